//! Refunds that the gateway took and that fail days later.

use schemas::{
    payments::{GatewayCall, GatewayPayment, GatewayReported, GatewayState},
    types::{GatewayName, Money},
};

use super::bench::{AMOUNT, Bench, reported};
use crate::{PaymentStatus, effect::Ask};

/// The event as Stripe sends it: of the refund, with no word on how the payment stands.
fn refund_failed(seen: GatewayPayment) -> GatewayReported {
    let payment = GatewayPayment { amount_minor: 0, captured_minor: 0, refunded_minor: 0, ..seen };
    GatewayReported { event_type: "refund.failed".to_owned(), ..reported(GatewayName::Stripe, payment) }
}

fn refunded() -> Bench {
    let mut bench = Bench::captured();
    bench.cancel();
    bench.done(2, bench.seen(GatewayState::Refunded));
    bench.give(refund_failed(bench.seen(GatewayState::Captured))).unwrap();
    bench
}

#[test]
fn a_refund_that_fails_after_all_is_looked_up_and_made_again() {
    let mut bench = refunded();
    assert_eq!(bench.asked()[3..], [GatewayCall::Query]);
    assert_eq!(bench.state().status, PaymentStatus::Refunding);
    bench.done(3, bench.seen(GatewayState::Captured));
    assert_eq!(bench.calls.len(), 4, "not at once, or one that fails at once would be made without end");
    bench.wait();
    assert!(matches!(&bench.calls[4].effect.ask, Ask::Refund { amount, .. } if *amount == Money::inr(AMOUNT)));
    bench.done(4, bench.seen(GatewayState::Refunded));
    assert_eq!((bench.state().status, bench.state().deadline), (PaymentStatus::Refunded, None));
    assert_eq!(bench.told_names()[2..], ["PaymentRefunded", "PaymentRefunded"], "told again, which harms nobody");
}

#[test]
fn of_several_refunds_only_what_failed_is_made_again() {
    let mut bench = refunded();
    bench.done(3, GatewayPayment { refunded_minor: AMOUNT - 100, ..bench.seen(GatewayState::Captured) });
    bench.wait();
    assert!(matches!(&bench.calls[4].effect.ask, Ask::Refund { amount, .. } if *amount == Money::inr(100)));
}

#[test]
fn a_failure_that_was_made_good_meanwhile_changes_nothing() {
    let mut bench = refunded();
    bench.done(3, bench.seen(GatewayState::Refunded));
    assert_eq!(bench.calls.len(), 4);
    assert_eq!((bench.state().status, bench.state().deadline), (PaymentStatus::Refunded, None));
}

#[test]
fn an_unanswered_look_is_repeated_until_it_is_answered() {
    let mut bench = refunded();
    bench.unknown(3);
    bench.wait();
    bench.wait();
    assert_eq!(bench.asked()[3..], [GatewayCall::Query; 3]);
    bench.done(5, bench.seen(GatewayState::Captured));
    bench.wait();
    assert_eq!(bench.asked().last(), Some(&GatewayCall::Refund));
}

#[test]
fn a_second_failure_during_the_look_is_looked_up_again() {
    let mut bench = refunded();
    bench.give(refund_failed(bench.seen(GatewayState::Captured))).unwrap();
    assert_eq!(bench.calls.len(), 4, "one call at a time");
    bench.done(3, bench.seen(GatewayState::Refunded));
    assert_eq!(bench.asked()[3..], [GatewayCall::Query, GatewayCall::Query]);
}

#[test]
fn a_dashboard_refund_that_fails_leaves_a_paid_order_paid() {
    let mut bench = Bench::captured();
    bench.report(bench.seen(GatewayState::Refunded));
    bench.give(refund_failed(bench.seen(GatewayState::Captured))).unwrap();
    bench.done(2, bench.seen(GatewayState::Captured));
    assert_eq!((bench.state().status, bench.state().deadline), (PaymentStatus::Captured, None));
    bench.cancel();
    bench.wait();
    assert_eq!(bench.asked().last(), Some(&GatewayCall::Refund), "the order withdrew when it heard of the refund");
}

#[test]
fn a_failed_refund_of_a_payment_that_does_not_count_is_made_again_too() {
    let mut bench = Bench::captured();
    let names = ("pi_2".to_owned(), "pi_2".to_owned());
    let stray =
        |seen: GatewayPayment| GatewayPayment { gateway_ref: names.0.clone(), payment_ref: names.1.clone(), ..seen };
    bench.report(stray(bench.seen(GatewayState::Captured)));
    bench.done(2, stray(bench.seen(GatewayState::Refunded)));
    bench.give(refund_failed(stray(bench.seen(GatewayState::Captured)))).unwrap();
    bench.done(3, stray(bench.seen(GatewayState::Captured)));
    bench.wait();
    assert_eq!(bench.asked()[2..], [GatewayCall::Refund, GatewayCall::Query, GatewayCall::Refund]);
    let foreign = GatewayPayment { gateway_ref: "pi_9".to_owned(), ..bench.seen(GatewayState::Captured) };
    assert_eq!(bench.give(refund_failed(foreign)).unwrap_err().code, "foreign_refund");
}
