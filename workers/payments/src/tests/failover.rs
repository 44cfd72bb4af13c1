//! Attempts that any gateway may make: where one has certainly not made it, another does.

use schemas::{
    orders::{OrdersMessage, PaymentDelayed},
    payments::{GatewayPayment, GatewayState},
    types::GatewayName::{self, Razorpay, Stripe},
};

use super::bench::{Bench, reported};
use crate::PaymentStatus;

/// A card payment that Stripe was asked to make.
fn asked() -> Bench {
    let mut bench = Bench::new();
    bench.card_attempt(1, Stripe);
    bench
}

/// Which gateways were asked for something.
fn gateways(bench: &Bench) -> Vec<GatewayName> {
    bench.calls.iter().map(|call| call.effect.gateway).collect()
}

fn at_razorpay(bench: &Bench, state: GatewayState) -> GatewayPayment {
    let payment_ref = if state == GatewayState::AwaitingCustomer { "" } else { "pay_2" };
    let (gateway_ref, payment_ref) = ("order_2".to_owned(), payment_ref.to_owned());
    GatewayPayment { gateway_ref, payment_ref, ..bench.seen(state) }
}

fn delays(bench: &Bench) -> Vec<&PaymentDelayed> {
    let told = bench.told.iter().filter_map(|told| match told {
        OrdersMessage::PaymentDelayed(delay) => Some(delay),
        _ => None,
    });
    told.collect()
}

#[test]
fn what_one_gateway_certainly_did_not_make_the_other_makes_and_is_paid_at() {
    let mut bench = asked();
    bench.not_made(0);
    assert_eq!(gateways(&bench), [Stripe, Razorpay]);
    bench.done(1, at_razorpay(&bench, GatewayState::AwaitingCustomer));
    bench.give(reported(Razorpay, at_razorpay(&bench, GatewayState::Authorized))).unwrap();
    bench.done(2, at_razorpay(&bench, GatewayState::Captured));
    assert_eq!(bench.told_names(), ["PaymentReady", "PaymentCaptured"], "nobody had to wait");
    let OrdersMessage::PaymentReady(ready) = &bench.told[0] else { panic!() };
    assert_eq!((ready.gateway, ready.attempt), (Some(Razorpay), 1));
    let OrdersMessage::PaymentCaptured(paid) = &bench.told[1] else { panic!() };
    assert_eq!((paid.gateway, paid.attempt), (Some(Razorpay), 1));
    assert_eq!(bench.state().status, PaymentStatus::Captured);
}

#[test]
fn what_a_gateway_may_have_made_is_not_made_elsewhere_and_the_order_is_told_of_the_wait() {
    let mut bench = asked();
    bench.unknown(0);
    let retry_at = bench.state().deadline.unwrap();
    let delays = delays(&bench);
    assert_eq!((delays[0].gateway, delays[0].retry_at, delays[0].attempt), (Stripe, retry_at, 1));
    bench.wait();
    bench.not_made(1);
    bench.wait();
    assert_eq!(gateways(&bench), [Stripe, Stripe, Stripe], "the first may still be there");
}

#[test]
fn a_payment_for_one_gateway_waits_for_it() {
    let mut bench = Bench::new();
    bench.request();
    bench.not_made(0);
    assert_eq!(delays(&bench).len(), 1);
    bench.wait();
    assert_eq!(gateways(&bench), [Stripe, Stripe]);
    bench.done(1, bench.seen(GatewayState::AwaitingCustomer));
    assert_eq!(bench.told_names(), ["PaymentDelayed", "PaymentReady"]);
}

#[test]
fn while_no_gateway_makes_it_each_is_tried_again_once_every_while() {
    let mut bench = asked();
    bench.not_made(0);
    bench.not_made(1);
    assert_eq!((gateways(&bench).len(), delays(&bench).len()), (2, 1));
    bench.wait();
    bench.not_made(2);
    bench.not_made(3);
    assert_eq!(gateways(&bench), [Stripe, Razorpay, Razorpay, Stripe]);
    let delays = delays(&bench);
    assert!(delays.len() == 2 && delays[0].retry_at < delays[1].retry_at, "{delays:?}");
}

#[test]
fn what_one_gateway_refuses_the_other_makes_and_both_refusals_end_the_order() {
    let mut bench = asked();
    bench.refused(0);
    assert_eq!(gateways(&bench), [Stripe, Razorpay]);
    assert!(bench.told.is_empty());
    bench.refused(1);
    assert_eq!(bench.told_names(), ["PaymentFailed"]);
    let mut bench = asked();
    bench.unknown(0);
    bench.wait();
    bench.refused(1);
    assert_eq!(gateways(&bench), [Stripe, Stripe], "an earlier one may have been made");
    assert_eq!(bench.told_names(), ["PaymentDelayed", "PaymentFailed"]);
}

#[test]
fn an_order_that_gave_up_or_asked_otherwise_is_not_followed_to_another_gateway() {
    let mut bench = asked();
    bench.cancel();
    bench.not_made(0);
    assert_eq!(gateways(&bench), [Stripe]);
    let mut bench = asked();
    bench.attempt(2, Razorpay);
    bench.not_made(0);
    assert_eq!(gateways(&bench), [Stripe, Razorpay]);
}

#[test]
fn being_asked_again_for_an_attempt_that_has_moved_changes_nothing() {
    let mut bench = asked();
    bench.not_made(0);
    let before = bench.state().clone();
    bench.card_attempt(1, Stripe);
    assert_eq!((bench.state(), bench.calls.len()), (&before, 2));
}

#[test]
fn money_at_a_gateway_that_did_not_make_it_after_all_goes_back() {
    let mut bench = asked();
    bench.not_made(0);
    bench.done(1, at_razorpay(&bench, GatewayState::AwaitingCustomer));
    // A process that the partition was taken from had made the call, and did not know.
    bench.report(bench.seen(GatewayState::Authorized));
    assert_eq!(gateways(&bench), [Stripe, Razorpay, Stripe]);
    bench.done(2, bench.seen(GatewayState::Voided));
    assert_eq!((bench.state().strays.len(), bench.told_names()), (1, vec!["PaymentReady"]));
}

#[test]
fn a_client_who_does_not_wait_pays_by_another_attempt_and_what_was_in_doubt_is_let_go() {
    let mut bench = asked();
    bench.unknown(0);
    bench.card_attempt(2, Razorpay);
    bench.done(1, at_razorpay(&bench, GatewayState::AwaitingCustomer));
    bench.report(bench.seen(GatewayState::Authorized));
    assert_eq!(gateways(&bench), [Stripe, Razorpay, Stripe]);
    bench.done(2, bench.seen(GatewayState::Voided));
    bench.give(reported(Razorpay, at_razorpay(&bench, GatewayState::Authorized))).unwrap();
    bench.done(3, at_razorpay(&bench, GatewayState::Captured));
    assert_eq!(bench.told_names(), ["PaymentDelayed", "PaymentReady", "PaymentCaptured"]);
}
