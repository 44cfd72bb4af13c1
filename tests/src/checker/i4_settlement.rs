//! I4, the settlement: each mistake in what a gateway settled is reported by reconciliation, once, and nothing else is.

use std::collections::BTreeSet;

use super::{Discrepancy, Report, Settlement};

pub(super) fn check(settlement: Option<&Settlement>, report: &mut Report) {
    let nothing = Settlement::default();
    let Settlement { compared, healed, unprovoked, planted, reported } = settlement.unwrap_or(&nothing);
    report.looked_at("settlement lines", *compared);
    report.looked_at("planted mistakes", planted.len());
    report.looked_at("differences healed", *healed);
    for found in unprovoked {
        report.add(&found.subject, format!("reported before anything was planted: {}", told(found)));
    }
    let planted: BTreeSet<&Discrepancy> = planted.iter().collect();
    let mut open = planted.clone();
    for found in reported {
        let (expected, fresh) = (planted.contains(found), open.remove(found));
        report.require(expected, &found.subject, || format!("a false report: {}", told(found)));
        report.require(fresh || !expected, &found.subject, || format!("reported twice: {}", told(found)));
    }
    for missed in open {
        report.add(&missed.subject, format!("planted and not reported: {}", told(missed)));
    }
}

fn told(discrepancy: &Discrepancy) -> String {
    let Discrepancy { kind, expected, found, open, .. } = discrepancy;
    format!("{kind}, expected {expected:?}, found {found:?}{}", if *open { "" } else { ", closed" })
}

#[cfg(test)]
mod tests {
    use super::super::{Facts, sample::assert_caught};
    use super::*;

    fn settlement(facts: &mut Facts) -> &mut Settlement {
        facts.settlement.as_mut().unwrap()
    }

    #[test]
    fn a_line_that_reconciliation_missed_is_caught() {
        for kind in ["settlement_missing", "settlement_duplicate", "settlement_amount"] {
            assert_caught("I4", &format!("planted and not reported: {kind}"), |facts| {
                settlement(facts).reported.retain(|found| found.kind != kind);
            });
        }
    }

    #[test]
    fn a_false_report_is_caught() {
        assert_caught("I4", "a false report: settlement_duplicate", |facts| {
            let reported = &mut settlement(facts).reported;
            let false_report = Discrepancy { subject: "razorpay/pay_sound".to_owned(), ..reported[1].clone() };
            reported.push(false_report);
        });
    }

    #[test]
    fn a_report_of_another_amount_is_caught() {
        for as_what in ["a false report: settlement_amount", "planted and not reported: settlement_amount"] {
            assert_caught("I4", as_what, |facts| settlement(facts).reported[2].found = Some(1));
        }
    }

    #[test]
    fn a_line_reported_twice_is_caught() {
        assert_caught("I4", "reported twice: settlement_missing", |facts| {
            let again = settlement(facts).reported[0].clone();
            settlement(facts).reported.push(again);
        });
    }

    #[test]
    fn a_report_that_is_closed_while_the_mistake_stands_is_caught() {
        assert_caught("I4", "a false report: settlement_missing, expected Some(318200), found None, closed", |facts| {
            settlement(facts).reported[0].open = false;
        });
    }

    #[test]
    fn a_report_before_anything_is_planted_is_caught_even_if_the_line_is_spoiled_later() {
        assert_caught("I4", "reported before anything was planted: settlement_missing", |facts| {
            let early = settlement(facts).planted[0].clone();
            settlement(facts).unprovoked.push(early);
        });
    }
}
