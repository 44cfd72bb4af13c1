//! I4, the ledger: every rupee that moved at a gateway is booked once, on the right accounts, and nothing else is.

use std::collections::{BTreeMap, BTreeSet};

use schemas::ledger::{Account, Occasion};

use super::{Booked, Facts, GatewayPayment, Report};

pub(super) fn check(facts: &Facts, report: &mut Report) {
    report.looked_at("ledger entries", facts.ledger.len());
    let mut by_payment: BTreeMap<&str, Vec<&Booked>> = BTreeMap::new();
    let mut names = BTreeSet::new();
    for entry in &facts.ledger {
        by_payment.entry(entry.payment_id.as_str()).or_default().push(entry);
        check_entry(entry, report);
        report.require(names.insert(&entry.entry_id), &entry.entry_id, || "booked twice".to_owned());
    }
    for payment in &facts.payments {
        let entries = by_payment.remove(payment.payment_id.as_str()).unwrap_or_default();
        check_payment(payment, &entries, report);
    }
    for (payment, entries) in by_payment {
        report.add(payment, format!("{} entries for a payment that no gateway knows", entries.len()));
    }
}

/// Between whom money of this kind moves.
fn check_entry(entry: &Booked, report: &mut Report) {
    let clearing = |account| matches!(account, Account::StripeClearing | Account::RazorpayClearing);
    let fits = match entry.occasion {
        Occasion::Captured | Occasion::RefundFailed => clearing(entry.debit) && entry.credit == Account::Customers,
        Occasion::Refunded => entry.debit == Account::Customers && clearing(entry.credit),
    };
    report.require(fits && entry.amount > 0, &entry.entry_id, || format!("no such entry is possible: {entry:?}"));
}

/// What was booked of a payment is what its gateway says, for the order that it says; all accounts together come to nothing.
fn check_payment(payment: &GatewayPayment, entries: &[&Booked], report: &mut Report) {
    let of =
        |occasion| -> i64 { entries.iter().filter(|entry| entry.occasion == occasion).map(|entry| entry.amount).sum() };
    let booked = (of(Occasion::Captured), of(Occasion::Refunded) - of(Occasion::RefundFailed));
    let moved = (payment.captured, payment.refunded);
    report.require(booked == moved, &payment.payment_id, || format!("booked {booked:?}, the gateway moved {moved:?}"));
    for entry in entries {
        let same = Some(&entry.order_id) == payment.order_id.as_ref();
        let found = || format!("booked for {}, paid for {:?}", entry.order_id, payment.order_id);
        report.require(same, &entry.entry_id, found);
    }
    let mut balances: BTreeMap<Account, i64> = BTreeMap::new();
    for entry in entries {
        *balances.entry(entry.debit).or_default() += entry.amount;
        *balances.entry(entry.credit).or_default() -= entry.amount;
    }
    let held = payment.captured - payment.refunded;
    let customers = balances.remove(&Account::Customers).unwrap_or_default();
    let elsewhere: i64 = balances.values().sum();
    report.require(balances.len() <= 1, &payment.payment_id, || format!("several clearing accounts: {balances:?}"));
    report.require((elsewhere, customers) == (held, -held), &payment.payment_id, || {
        format!("{held} is kept, booked {elsewhere} as ours and {customers} for the customer")
    });
}

#[cfg(test)]
mod tests {
    use super::super::sample::{DELIVERED, REFUNDED, assert_caught};
    use super::*;

    fn entry_of(facts: &mut Facts, order: usize, occasion: Occasion) -> usize {
        let id = facts.orders[order].id.clone();
        let fits = |entry: &Booked| entry.order_id == id && entry.occasion == occasion;
        facts.ledger.iter().position(fits).unwrap()
    }

    #[test]
    fn a_capture_that_was_never_booked_is_caught() {
        assert_caught("I4", "booked (0, 0), the gateway moved (318200, 0)", |facts| {
            let entry = entry_of(facts, DELIVERED, Occasion::Captured);
            facts.ledger.remove(entry);
        });
    }

    #[test]
    fn a_refund_that_was_booked_twice_is_caught() {
        assert_caught("I4", "booked (318200, 636400), the gateway moved (318200, 318200)", |facts| {
            let entry = entry_of(facts, REFUNDED, Occasion::Refunded);
            let twin = Booked { entry_id: "another".to_owned(), ..facts.ledger[entry].clone() };
            facts.ledger.push(twin);
        });
    }

    #[test]
    fn an_entry_that_stands_there_twice_is_caught() {
        assert_caught("I4", "booked twice", |facts| {
            let twin = facts.ledger[0].clone();
            facts.ledger.push(twin);
        });
    }

    #[test]
    fn an_entry_of_another_amount_is_caught() {
        assert_caught("I4", "booked (318201, 0)", |facts| {
            let entry = entry_of(facts, DELIVERED, Occasion::Captured);
            facts.ledger[entry].amount += 1;
        });
    }

    #[test]
    fn an_entry_on_the_wrong_side_is_caught() {
        assert_caught("I4", "no such entry is possible", |facts| {
            let entry = entry_of(facts, DELIVERED, Occasion::Captured);
            let Booked { debit, credit, .. } = facts.ledger[entry].clone();
            (facts.ledger[entry].debit, facts.ledger[entry].credit) = (credit, debit);
        });
    }

    #[test]
    fn an_entry_for_another_order_is_caught() {
        assert_caught("I4", "booked for x, paid for Some(\"a\")", |facts| {
            let entry = entry_of(facts, DELIVERED, Occasion::Captured);
            facts.ledger[entry].order_id = "x".to_owned();
        });
    }

    #[test]
    fn an_entry_for_money_that_never_moved_is_caught() {
        assert_caught("I4", "1 entries for a payment that no gateway knows", |facts| {
            let made_up = Booked {
                payment_id: "pay_nobody".to_owned(),
                entry_id: "another".to_owned(),
                ..facts.ledger[0].clone()
            };
            facts.ledger.push(made_up);
        });
    }

    #[test]
    fn money_that_comes_from_one_gateway_and_goes_back_by_another_is_caught() {
        assert_caught("I4", "several clearing accounts", |facts| {
            let entry = entry_of(facts, REFUNDED, Occasion::Refunded);
            facts.ledger[entry].credit = Account::StripeClearing;
        });
    }
}
