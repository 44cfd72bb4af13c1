//! What is booked of a payment.

use std::collections::HashSet;

use proptest::prelude::*;
use schemas::{
    ids::OrderId,
    ledger::{Account, Occasion, balances},
    payments::{GatewayPayment, GatewayReported, GatewayState},
    types::{GatewayName, Money},
};

use super::bench::{AMOUNT, Bench, reported};
use crate::{Holding, Payment, ledger::postings};

/// Debit, credit and amount of everything that was booked.
fn booked(bench: &Bench) -> Vec<(Account, Account, i64)> {
    bench.ledger.iter().map(|entry| (entry.debit, entry.credit, entry.amount.minor)).collect()
}

const TAKEN: (Account, Account, i64) = (Account::StripeClearing, Account::Customers, AMOUNT);
const GIVEN_BACK: (Account, Account, i64) = (Account::Customers, Account::StripeClearing, AMOUNT);

#[test]
fn what_was_only_promised_is_not_booked() {
    assert_eq!(booked(&Bench::capturing()), []);
}

#[test]
fn a_capture_is_booked_once_however_often_it_is_told() {
    let mut bench = Bench::captured();
    bench.report(bench.seen(GatewayState::Captured));
    bench.report(bench.seen(GatewayState::Authorized));
    assert_eq!(booked(&bench), [TAKEN]);
}

#[test]
fn a_refund_takes_back_what_the_capture_booked() {
    let mut bench = Bench::captured();
    bench.cancel();
    bench.done(2, bench.seen(GatewayState::Refunded));
    assert_eq!(booked(&bench), [TAKEN, GIVEN_BACK]);
    let open = balances(bench.ledger.iter().map(Into::into));
    assert!(open.values().all(|sides| sides.balance_minor() == 0));
}

#[test]
fn a_refund_made_at_the_gateway_s_own_dashboard_is_booked() {
    let mut bench = Bench::captured();
    let part = GatewayPayment { refunded_minor: 700, ..bench.seen(GatewayState::Captured) };
    bench.report(part);
    assert_eq!(booked(&bench), [TAKEN, (Account::Customers, Account::StripeClearing, 700)]);
}

#[test]
fn a_refund_that_fails_after_all_is_booked_back() {
    let mut bench = Bench::captured();
    bench.cancel();
    bench.done(2, bench.seen(GatewayState::Refunded));
    let failed = GatewayPayment { captured_minor: 0, refunded_minor: 0, ..bench.seen(GatewayState::Captured) };
    bench
        .give(GatewayReported { event_type: "refund.failed".to_owned(), ..reported(GatewayName::Stripe, failed) })
        .unwrap();
    bench.done(3, bench.seen(GatewayState::Captured));
    assert_eq!(booked(&bench), [TAKEN, GIVEN_BACK, TAKEN]);
    assert_eq!(bench.ledger[2].occasion, Occasion::RefundFailed);
}

#[test]
fn a_payment_that_does_not_count_is_booked_under_its_own_name() {
    let mut bench = Bench::captured();
    let names = ("pi_2".to_owned(), "pi_2".to_owned());
    let stray = GatewayPayment { gateway_ref: names.0, payment_ref: names.1, ..bench.seen(GatewayState::Captured) };
    bench.report(stray);
    assert_eq!(booked(&bench), [TAKEN, TAKEN]);
    let of: Vec<_> = bench.ledger.iter().map(|entry| entry.payment_ref.as_str()).collect();
    assert_eq!(of, ["pi_1", "pi_2"]);
}

#[test]
fn every_entry_has_a_name_of_its_own() {
    let mut bench = Bench::captured();
    bench.report(bench.seen(GatewayState::Refunded));
    let names: HashSet<_> = bench.ledger.iter().map(|entry| entry.entry_id.as_str()).collect();
    assert_eq!((names.len(), bench.ledger.len()), (2, 2));
}

fn holding(name: usize) -> impl Strategy<Value = Holding> {
    (0..1_000_i64, 0..1_000_i64).prop_map(move |(a, b)| Holding {
        payment_ref: format!("pay_{name}"),
        captured_minor: a.max(b),
        refunded_minor: a.min(b),
        ..Holding::new(Some(GatewayName::Razorpay), 1)
    })
}

fn payment() -> impl Strategy<Value = Payment> {
    (holding(0), holding(1)).prop_map(|(main, stray)| Payment {
        main,
        strays: vec![stray],
        ..Payment::new(OrderId::generate(), Holding::new(Some(GatewayName::Razorpay), 1), Money::inr(1_000))
    })
}

proptest! {
    /// Also where a payment that counted does not count any more: it is booked under its own name, wherever it stands.
    #[test]
    fn the_entries_of_all_steps_come_to_what_is_known(steps in proptest::collection::vec(payment(), 1..8)) {
        let mut sums = [(0, 0); 2];
        let mut before: Option<Payment> = None;
        for mut after in steps {
            if let Some(before) = &before {
                // What was captured only grows, what was refunded may turn out to be less.
                for (now, was) in [(&mut after.main, &before.main), (&mut after.strays[0], &before.strays[0])] {
                    now.captured_minor = now.captured_minor.max(was.captured_minor);
                }
            }
            for posting in postings(before.as_ref(), &after) {
                prop_assert!(posting.minor > 0);
                let (captured, refunded) = &mut sums[usize::from(posting.payment_ref == "pay_1")];
                match posting.occasion {
                    Occasion::Captured => *captured += posting.minor,
                    Occasion::Refunded => *refunded += posting.minor,
                    Occasion::RefundFailed => *refunded -= posting.minor,
                    other => prop_assert!(false, "nothing is disputed, and booked {other:?}"),
                }
            }
            let known = [&after.main, &after.strays[0]].map(|holding| (holding.captured_minor, holding.refunded_minor));
            prop_assert_eq!(sums, known);
            before = Some(after);
        }
    }
}
