//! I4, the ledger: every rupee that moved at a gateway is booked once, on the right accounts, and nothing else is. (Cash is
//! [`super::i4_cash`]'s.)

use std::collections::{BTreeMap, BTreeSet};

use schemas::ledger::{Account, Occasion};

use super::{Booked, Disputed, Facts, GatewayPayment, Report, Settlement};

pub(super) fn check(facts: &Facts, report: &mut Report) {
    report.looked_at("ledger entries", facts.ledger.len());
    let mut by_payment: BTreeMap<&str, Vec<&Booked>> = BTreeMap::new();
    let mut names = BTreeSet::new();
    for entry in &facts.ledger {
        if !entry.is_cash() {
            by_payment.entry(entry.payment_id.as_str()).or_default().push(entry);
        }
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
    if let Some(settlement) = &facts.settlement {
        check_settled(settlement, &facts.ledger, report);
    }
}

/// Between whom money of this kind moves.
fn check_entry(entry: &Booked, report: &mut Report) {
    let clearing = |account| matches!(account, Account::StripeClearing | Account::RazorpayClearing);
    let fits = match entry.occasion {
        Occasion::Captured | Occasion::RefundFailed => clearing(entry.debit) && entry.credit == Account::Customers,
        Occasion::Refunded => entry.debit == Account::Customers && clearing(entry.credit),
        Occasion::DisputeWithdrawn => entry.debit == Account::Disputes && clearing(entry.credit),
        Occasion::DisputeReinstated => clearing(entry.debit) && entry.credit == Account::Disputes,
        Occasion::DisputeLost => entry.debit == Account::DisputeLosses && entry.credit == Account::Disputes,
        Occasion::DisputeRecovered => entry.debit == Account::Disputes && entry.credit == Account::DisputeLosses,
        Occasion::DisputeCharged | Occasion::FeeKept => entry.debit == Account::GatewayFees && clearing(entry.credit),
        Occasion::DisputeChargeReturned | Occasion::FeeReturned => {
            clearing(entry.debit) && entry.credit == Account::GatewayFees
        }
        Occasion::Settled => entry.debit == Account::Bank && clearing(entry.credit),
        Occasion::SettlementDeducted => clearing(entry.debit) && entry.credit == Account::Bank,
        Occasion::FeeTaxKept => entry.debit == Account::GstOnFees && clearing(entry.credit),
        Occasion::FeeTaxReturned => clearing(entry.debit) && entry.credit == Account::GstOnFees,
        Occasion::CashReceived => entry.debit == Account::Cash && entry.credit == Account::Customers,
        Occasion::CashPaidOut => entry.debit == Account::Customers && entry.credit == Account::Cash,
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
    check_disputes(payment, of, report);
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
    let clearing = [Account::StripeClearing, Account::RazorpayClearing];
    let used = clearing.iter().filter(|account| balances.contains_key(account)).count();
    report.require(used <= 1, &payment.payment_id, || format!("several clearing accounts: {balances:?}"));
    report.require((elsewhere, customers) == (held, -held), &payment.payment_id, || {
        format!("{held} is kept, booked {elsewhere} as ours and {customers} for the customer")
    });
}

/// Once all is settled a gateway has nothing of ours, but for what it settled twice, which it will want back.
fn check_settled(settlement: &Settlement, ledger: &[Booked], report: &mut Report) {
    for (gateway, clearing) in [("stripe", Account::StripeClearing), ("razorpay", Account::RazorpayClearing)] {
        let side = |on: fn(&Booked) -> Account| -> i64 {
            ledger.iter().filter(|entry| on(entry) == clearing).map(|entry| entry.amount).sum()
        };
        let balance = side(|entry| entry.debit) - side(|entry| entry.credit);
        let twice = settlement.planted.iter().filter(|planted| planted.kind == "settlement_duplicate");
        let twice = twice.filter(|planted| planted.subject.split('/').next() == Some(gateway));
        let owed: i64 = twice.filter_map(|planted| planted.expected).sum();
        report.require(balance == -owed, clearing.as_str(), || {
            format!("all is settled, {owed} of it twice, and {balance} is left")
        });
    }
}

/// What was booked of its disputes is what its gateway took and gave back for them, and what is lost is booked as such.
fn check_disputes(payment: &GatewayPayment, of: impl Fn(Occasion) -> i64, report: &mut Report) {
    let sum = |part: fn(&Disputed) -> i64| -> i64 { payment.disputes.iter().map(part).sum() };
    let moved = [
        sum(|dispute| dispute.withdrawn),
        sum(|dispute| dispute.reinstated),
        sum(Disputed::lost),
        sum(|dispute| dispute.fee),
    ];
    let booked = [
        of(Occasion::DisputeWithdrawn),
        of(Occasion::DisputeReinstated),
        of(Occasion::DisputeLost) - of(Occasion::DisputeRecovered),
        of(Occasion::DisputeCharged) - of(Occasion::DisputeChargeReturned),
    ];
    report.require(booked == moved, &payment.payment_id, || {
        format!("booked {booked:?} for disputes (taken, given back, lost, charged), the gateway {moved:?}")
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
    fn a_settled_rupee_that_was_never_booked_is_caught() {
        assert_caught("I4", "all is settled, 318200 of it twice, and 0 is left", |facts| {
            let entry = entry_of(facts, DELIVERED, Occasion::Settled);
            facts.ledger.remove(entry);
        });
    }

    #[test]
    fn a_refund_that_was_settled_the_wrong_way_round_is_caught() {
        assert_caught("I4", "no such entry is possible", |facts| {
            let entry = entry_of(facts, REFUNDED, Occasion::SettlementDeducted);
            facts.ledger[entry].occasion = Occasion::Settled;
        });
    }

    /// A dispute that the gateway has decided and the shop has booked.
    fn disputed(facts: &mut Facts, standing: &str) -> GatewayPayment {
        let id = facts.orders[DELIVERED].id.clone();
        let payment = facts.payments.iter_mut().find(|payment| payment.order_id.as_ref() == Some(&id)).unwrap();
        payment.disputes.push(Disputed { standing: standing.to_owned(), withdrawn: 500, reinstated: 0, fee: 15 });
        payment.clone()
    }

    fn book(facts: &mut Facts, of: &GatewayPayment, occasion: Occasion, sides: (Account, Account), amount: i64) {
        facts.ledger.push(Booked {
            entry_id: format!("{occasion:?}"),
            order_id: of.order_id.clone().unwrap(),
            payment_id: of.payment_id.clone(),
            occasion,
            debit: sides.0,
            credit: sides.1,
            amount,
        });
    }

    #[test]
    fn a_dispute_that_was_booked_as_it_went_is_sound() {
        let mut facts = super::super::sample::sound();
        let of = disputed(&mut facts, "lost");
        facts.orders[DELIVERED].lost = 500;
        let clearing = Account::RazorpayClearing;
        book(&mut facts, &of, Occasion::SettlementDeducted, (clearing, Account::Bank), 515);
        book(&mut facts, &of, Occasion::DisputeWithdrawn, (Account::Disputes, clearing), 500);
        book(&mut facts, &of, Occasion::DisputeLost, (Account::DisputeLosses, Account::Disputes), 500);
        book(&mut facts, &of, Occasion::DisputeCharged, (Account::GatewayFees, clearing), 15);
        assert_eq!(super::super::check(&facts), []);
    }

    #[test]
    fn a_dispute_that_was_never_booked_or_booked_the_wrong_way_is_caught() {
        let missing =
            "booked [0, 0, 0, 0] for disputes (taken, given back, lost, charged), the gateway [500, 0, 500, 15]";
        assert_caught("I4", missing, |facts| {
            disputed(facts, "lost");
        });
        assert_caught("I4", "no such entry is possible", |facts| {
            let of = disputed(facts, "open");
            book(facts, &of, Occasion::DisputeWithdrawn, (Account::RazorpayClearing, Account::Disputes), 500);
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
