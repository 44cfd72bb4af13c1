//! I4, cash: every rupee that was taken for an order, or paid out of it, is booked once; no more is taken than is due, and no
//! more goes back than was taken.

use std::collections::BTreeMap;

use schemas::{ledger::Occasion, types::OrderStatus};

use super::{Booked, Facts, Order, Report};

pub(super) fn check(facts: &Facts, report: &mut Report) {
    let mut by_order: BTreeMap<&str, Vec<&Booked>> = BTreeMap::new();
    for entry in facts.ledger.iter().filter(|entry| entry.is_cash()) {
        by_order.entry(entry.order_id.as_str()).or_default().push(entry);
    }
    for order in &facts.orders {
        check_booked(order, &by_order.remove(order.id.as_str()).unwrap_or_default(), report);
        check_account(order, report);
    }
    for (order, entries) in by_order {
        report.add(order, format!("{} entries of cash for an order that nobody knows", entries.len()));
    }
}

/// Movement by movement, the ledger has what the order says.
fn check_booked(order: &Order, entries: &[&Booked], report: &mut Report) {
    for (occasion, told) in [(Occasion::CashReceived, &order.cash), (Occasion::CashPaidOut, &order.paid_out)] {
        let of_kind = entries.iter().filter(|entry| entry.occasion == occasion);
        let booked = in_order(of_kind.map(|entry| entry.amount));
        let told = in_order(told.iter().copied());
        report.require(booked == told, &order.id, || format!("{}: {told:?}, booked {booked:?}", occasion.as_str()));
    }
}

fn in_order(amounts: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut amounts: Vec<i64> = amounts.collect();
    amounts.sort_unstable();
    amounts
}

/// The customer's account: what they were to pay, paid, and got back.
fn check_account(order: &Order, report: &mut Report) {
    let Order { id, grand_total, owed, credited, set_off, .. } = order;
    let (received, paid_out) = (order.received(), order.paid_out.iter().sum::<i64>());
    if order.is_paid_online() {
        report.require(received == 0, id, || format!("{received} taken in cash, though a gateway is paid"));
        return;
    }
    report.require(received + set_off <= *grand_total, id, || {
        format!("{received} taken in cash of {grand_total}, of which {set_off} was not due any more")
    });
    report.require(paid_out + owed <= received, id, || {
        format!("{paid_out} paid out and {owed} owed of {received} in cash")
    });
    if order.status == OrderStatus::Delivered {
        let (kept, due) = (received - paid_out - owed, grand_total - credited);
        report.require(kept <= due, id, || format!("{kept} of its cash is kept for goods of {due}"));
    } else {
        report.require(received == paid_out, id, || {
            format!("{}: {paid_out} of {received} in cash was paid out", order.status.as_str())
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{CASH, DELIVERED, RETURNED, assert_caught};
    use super::*;

    const TOTAL: i64 = 318_200;

    fn entry_of(facts: &mut Facts, order: usize, occasion: Occasion) -> usize {
        let id = facts.orders[order].id.clone();
        facts.ledger.iter().position(|entry| entry.order_id == id && entry.occasion == occasion).unwrap()
    }

    #[test]
    fn cash_that_was_never_booked_or_booked_twice_is_caught() {
        assert_caught("I4", "cash_received: [159100, 159100], booked [159100]", |facts| {
            let entry = entry_of(facts, CASH, Occasion::CashReceived);
            facts.ledger.remove(entry);
        });
        assert_caught("I4", "cash_paid_out: [159100], booked [159100, 159100]", |facts| {
            let entry = entry_of(facts, RETURNED, Occasion::CashPaidOut);
            let twin = Booked { entry_id: "another".to_owned(), ..facts.ledger[entry].clone() };
            facts.ledger.push(twin);
        });
    }

    #[test]
    fn cash_that_is_booked_with_another_amount_or_order_is_caught() {
        assert_caught("I4", "booked [159100, 159101]", |facts| {
            let entry = entry_of(facts, CASH, Occasion::CashReceived);
            facts.ledger[entry].amount += 1;
        });
        assert_caught("I4", "1 entries of cash for an order that nobody knows", |facts| {
            let entry = entry_of(facts, CASH, Occasion::CashReceived);
            facts.ledger[entry].order_id = "x".to_owned();
        });
    }

    #[test]
    fn cash_on_the_wrong_account_is_caught() {
        assert_caught("I4", "no such entry is possible", |facts| {
            let entry = entry_of(facts, CASH, Occasion::CashReceived);
            facts.ledger[entry].debit = schemas::ledger::Account::Bank;
        });
    }

    #[test]
    fn more_cash_than_is_due_is_caught() {
        assert_caught("I4", "318201 taken in cash of 318200, of which 0 was not due any more", |facts| {
            facts.orders[CASH].cash[0] += 1;
        });
        assert_caught("I4", "318200 taken in cash of 318200, of which 1 was not due any more", |facts| {
            facts.orders[CASH].set_off = 1;
        });
    }

    #[test]
    fn more_paid_out_than_was_received_is_caught() {
        assert_caught("I4", "159100 paid out and 0 owed of 159099 in cash", |facts| {
            facts.orders[RETURNED].cash = vec![TOTAL / 2 - 1];
        });
    }

    #[test]
    fn money_of_goods_that_came_back_is_not_kept() {
        assert_caught("I4", "318200 of its cash is kept for goods of 159100", |facts| {
            facts.orders[RETURNED].paid_out.clear();
        });
    }

    #[test]
    fn cash_kept_of_an_order_without_goods_is_caught() {
        assert_caught("I4", "cancelled: 0 of 318200 in cash was paid out", |facts| {
            facts.orders[CASH].status = OrderStatus::Cancelled;
        });
    }

    #[test]
    fn cash_for_an_order_that_a_gateway_is_paid_for_is_caught() {
        assert_caught("I4", "5 taken in cash, though a gateway is paid", |facts| facts.orders[DELIVERED].cash.push(5));
    }
}
