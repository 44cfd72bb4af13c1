//! I4, the settlement: each mistake in a gateway's file is reported by reconciliation, once, and nothing else is.

use std::collections::BTreeSet;

use super::{Discrepancy, Report, Settlement};

pub(super) fn check(settlement: Option<&Settlement>, report: &mut Report) {
    let Some(Settlement { planted, reported }) = settlement else { return report.looked_at("planted mistakes", 0) };
    report.looked_at("planted mistakes", planted.len());
    let (expected, mut open): (BTreeSet<&Discrepancy>, BTreeSet<&Discrepancy>) =
        (planted.iter().collect(), planted.iter().collect());
    for found in reported {
        let fresh = open.remove(found);
        let Discrepancy { kind, payment } = found;
        report.require(expected.contains(found), payment, || format!("a false report of a {kind} line"));
        report.require(fresh || !expected.contains(found), payment, || format!("a {kind} line reported twice"));
    }
    for Discrepancy { kind, payment } in open {
        report.add(payment, format!("a {kind} line that reconciliation missed"));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Facts, sample::assert_caught};
    use super::*;

    fn reported(facts: &mut Facts) -> &mut Vec<Discrepancy> {
        &mut facts.settlement.as_mut().unwrap().reported
    }

    #[test]
    fn a_missed_line_is_caught() {
        assert_caught("I4", "a missing line that reconciliation missed", |facts| {
            reported(facts).retain(|found| found.kind != "missing");
        });
    }

    #[test]
    fn a_false_report_is_caught() {
        assert_caught("I4", "a false report of a duplicate line", |facts| {
            reported(facts).push(Discrepancy { kind: "duplicate".to_owned(), payment: "pay_sound".to_owned() });
        });
    }

    #[test]
    fn a_line_reported_twice_is_caught() {
        assert_caught("I4", "a missing line reported twice", |facts| {
            let again = reported(facts)[0].clone();
            reported(facts).push(again);
        });
    }
}
