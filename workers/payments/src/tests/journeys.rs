//! A payment's journeys, each from its request to its rest.

use schemas::{
    orders::{OrdersMessage, PaymentCaptured, PaymentFailed, PaymentReady, PaymentRefunded},
    payments::{
        GatewayCall::{self, Create},
        GatewayPayment, GatewayState,
    },
    types::{GatewayName, Money},
};

use super::bench::{AMOUNT, Bench};
use crate::{PaymentStatus, effect::Ask};

#[test]
fn a_payment_is_created_authorised_captured_and_told_once() {
    let bench = Bench::captured();
    let order_id = bench.order;
    let (gateway_ref, client_secret) = ("pi_1".to_owned(), "pi_1_secret".to_owned());
    let gateway = Some(GatewayName::Stripe);
    let captured =
        PaymentCaptured { order_id, amount: Money::inr(AMOUNT), gateway_ref: gateway_ref.clone(), attempt: 1, gateway };
    assert_eq!(
        bench.told,
        [
            OrdersMessage::from(PaymentReady { order_id, gateway_ref, client_secret, attempt: 1, gateway }),
            OrdersMessage::from(captured),
        ]
    );
    assert_eq!(bench.asked(), [GatewayCall::Create, GatewayCall::Capture]);
    assert_eq!((bench.state().status, bench.state().deadline), (PaymentStatus::Captured, None));
}

#[test]
fn a_capture_reported_before_our_own_calls_answer_is_told_once() {
    let mut bench = Bench::capturing();
    bench.report(bench.seen(GatewayState::Captured));
    bench.done(1, bench.seen(GatewayState::Captured));
    assert_eq!(bench.told_names(), ["PaymentReady", "PaymentCaptured"]);
    assert_eq!(bench.state().status, PaymentStatus::Captured);
}

#[test]
fn an_authorisation_that_overtakes_the_creations_answer_counts() {
    let mut bench = Bench::new();
    bench.request();
    bench.report(bench.seen(GatewayState::Authorized));
    bench.done(0, bench.seen(GatewayState::AwaitingCustomer));
    bench.done(1, bench.seen(GatewayState::Captured));
    assert_eq!(bench.told_names(), ["PaymentCaptured"]);
}

#[test]
fn a_declined_card_is_told_and_the_customer_may_pay_all_the_same() {
    let mut bench = Bench::awaiting_customer();
    bench.report(bench.seen(GatewayState::Declined));
    let OrdersMessage::PaymentDeclined(declined) = &bench.told[1] else { panic!("{:?}", bench.told) };
    assert_eq!((declined.order_id, declined.code.as_str()), (bench.order, "card_declined"));
    assert_eq!((bench.asked().as_slice(), bench.state().status), (&[Create][..], PaymentStatus::AwaitingCustomer));
    bench.report(bench.seen(GatewayState::Authorized));
    bench.done(1, bench.seen(GatewayState::Captured));
    assert_eq!(bench.told_names(), ["PaymentReady", "PaymentDeclined", "PaymentCaptured"]);
    assert_eq!((bench.state().status, bench.state().deadline), (PaymentStatus::Captured, None));
}

#[test]
fn each_decline_is_told_but_not_again_when_the_gateway_is_asked() {
    let mut bench = Bench::awaiting_customer();
    bench.report(bench.seen(GatewayState::Declined));
    bench.report(GatewayPayment { failure_code: String::new(), ..bench.seen(GatewayState::Declined) });
    bench.wait();
    assert_eq!(bench.asked(), [GatewayCall::Create, GatewayCall::Query], "the customer may have paid meanwhile");
    bench.done(1, bench.seen(GatewayState::Declined));
    assert_eq!(bench.told_names(), ["PaymentReady", "PaymentDeclined", "PaymentDeclined"]);
}

#[test]
fn a_decline_that_only_asking_brought_up_is_told() {
    let mut bench = Bench::awaiting_customer();
    bench.wait();
    bench.done(1, bench.seen(GatewayState::Declined));
    assert_eq!(bench.told_names(), ["PaymentReady", "PaymentDeclined"]);
}

#[test]
fn a_decline_that_arrives_after_the_money_is_no_news() {
    let mut bench = Bench::capturing();
    bench.report(bench.seen(GatewayState::Declined));
    bench.done(1, bench.seen(GatewayState::Captured));
    assert_eq!(bench.told_names(), ["PaymentReady", "PaymentCaptured"]);
}

#[test]
fn a_decline_that_overtakes_the_creations_answer_does_not_keep_the_way_to_pay_from_the_customer() {
    let mut bench = Bench::new();
    bench.request();
    bench.report(bench.seen(GatewayState::Declined));
    bench.unknown(0);
    bench.wait();
    assert_eq!(bench.asked(), [GatewayCall::Create, GatewayCall::Query], "it exists, as the report says");
    let secret = GatewayPayment { client_secret: "pi_1_secret".to_owned(), ..bench.seen(GatewayState::Declined) };
    bench.done(1, secret);
    assert_eq!(bench.told_names(), ["PaymentDeclined", "PaymentReady"]);
    assert!(matches!(&bench.told[1], OrdersMessage::PaymentReady(ready) if ready.client_secret == "pi_1_secret"));
}

#[test]
fn a_creation_that_the_gateway_refuses_fails_the_payment() {
    let mut bench = Bench::new();
    bench.request();
    bench.refused(0);
    let failed = PaymentFailed { order_id: bench.order, code: "gateway_refused".to_owned(), attempt: 1 };
    assert_eq!(bench.told, [OrdersMessage::from(failed)]);
    assert_eq!((bench.state().status, bench.state().deadline), (PaymentStatus::Failed, None));
}

#[test]
fn a_cancellation_before_any_request_is_answered_at_once_and_bars_the_request() {
    let mut bench = Bench::new();
    bench.cancel();
    bench.request();
    let nothing = PaymentRefunded { order_id: bench.order, amount: Money::inr(0) };
    assert_eq!(bench.told, [OrdersMessage::from(nothing)]);
    assert!(bench.calls.is_empty());
}

#[test]
fn a_cancellation_before_the_customer_paid_voids_and_returns_nothing() {
    let mut bench = Bench::awaiting_customer();
    bench.cancel();
    assert_eq!(bench.told_names(), ["PaymentReady"]);
    bench.done(1, bench.seen(GatewayState::Voided));
    let nothing = PaymentRefunded { order_id: bench.order, amount: Money::inr(0) };
    assert_eq!(bench.told[1..], [OrdersMessage::from(nothing)]);
    assert_eq!(bench.state().status, PaymentStatus::Voided);
}

#[test]
fn a_cancellation_during_the_creation_waits_for_it_and_then_voids() {
    let mut bench = Bench::new();
    bench.request();
    bench.cancel();
    assert!(bench.told.is_empty());
    bench.done(0, bench.seen(GatewayState::AwaitingCustomer));
    bench.done(1, bench.seen(GatewayState::Voided));
    assert_eq!(bench.asked(), [GatewayCall::Create, GatewayCall::Void]);
    assert_eq!(bench.told_names(), ["PaymentRefunded"]);
}

#[test]
fn a_cancellation_during_the_capture_waits_for_it_and_then_refunds_without_telling_a_capture() {
    let mut bench = Bench::capturing();
    bench.cancel();
    assert_eq!(bench.asked(), [GatewayCall::Create, GatewayCall::Capture]);
    bench.done(1, bench.seen(GatewayState::Captured));
    bench.done(2, bench.seen(GatewayState::Refunded));
    assert_eq!(bench.asked()[2], GatewayCall::Refund);
    let all = PaymentRefunded { order_id: bench.order, amount: Money::inr(AMOUNT) };
    assert_eq!(bench.told[1..], [OrdersMessage::from(all)]);
}

#[test]
fn a_captured_payment_is_refunded_in_full_and_every_further_cancellation_is_answered_again() {
    let mut bench = Bench::captured();
    bench.cancel();
    bench.cancel();
    assert!(matches!(&bench.calls[2].effect.ask, Ask::Refund { amount, .. } if *amount == Money::inr(AMOUNT)));
    bench.done(2, bench.seen(GatewayState::Refunded));
    bench.cancel();
    assert_eq!(bench.calls.len(), 3);
    assert_eq!(bench.told_names()[2..], ["PaymentRefunded", "PaymentRefunded"]);
    assert_eq!((bench.state().status, bench.state().deadline), (PaymentStatus::Refunded, None));
}

#[test]
fn a_void_refused_because_the_money_was_captured_ends_in_a_refund() {
    let mut bench = Bench::awaiting_customer();
    bench.cancel();
    bench.refused(1);
    bench.done(2, bench.seen(GatewayState::Captured));
    bench.done(3, bench.seen(GatewayState::Refunded));
    assert_eq!(bench.asked()[1..], [GatewayCall::Void, GatewayCall::Query, GatewayCall::Refund]);
    assert_eq!(bench.told_names(), ["PaymentReady", "PaymentRefunded"]);
}

#[test]
fn a_late_capture_after_the_cancellation_was_answered_is_refunded() {
    let mut bench = Bench::awaiting_customer();
    bench.cancel();
    bench.done(1, bench.seen(GatewayState::Voided));
    bench.report(bench.seen(GatewayState::Captured));
    assert_eq!(bench.state().status, PaymentStatus::Refunding);
    bench.done(2, bench.seen(GatewayState::Refunded));
    assert_eq!(bench.state().main.held_minor(), 0);
    assert!(!bench.told_names().contains(&"PaymentCaptured"));
}

#[test]
fn a_refund_at_the_gateways_dashboard_is_told_once_so_that_nothing_is_shipped() {
    let mut bench = Bench::captured();
    bench.report(bench.seen(GatewayState::Refunded));
    bench.report(bench.seen(GatewayState::Refunded));
    let all = PaymentRefunded { order_id: bench.order, amount: Money::inr(AMOUNT) };
    assert_eq!(bench.told[2..], [OrdersMessage::from(all.clone())]);
    assert_eq!((bench.state().status, bench.state().deadline), (PaymentStatus::Refunded, None));
    bench.cancel();
    assert_eq!(bench.told[3..], [OrdersMessage::from(all)], "the order withdraws and asks");
    assert_eq!(bench.calls.len(), 2, "nothing is left to give back");
}

#[test]
fn a_refund_in_part_is_told_and_leaves_the_order_paid() {
    let mut bench = Bench::captured();
    bench.report(GatewayPayment { refunded_minor: 100, ..bench.seen(GatewayState::Captured) });
    assert_eq!(bench.told_names(), ["PaymentReady", "PaymentCaptured", "PaymentPartlyRefunded"]);
    assert_eq!(bench.state().status, PaymentStatus::Captured);
}

#[test]
fn a_payment_first_seen_refunded_never_sells_the_order() {
    let mut bench = Bench::awaiting_customer();
    bench.report(bench.seen(GatewayState::Refunded));
    let failed = PaymentFailed { order_id: bench.order, code: "refunded_at_gateway".to_owned(), attempt: 1 };
    assert_eq!(bench.told[1..], [OrdersMessage::from(failed)]);
    assert_eq!((bench.state().status, bench.state().deadline), (PaymentStatus::Refunded, None));
    bench.cancel();
    let all = PaymentRefunded { order_id: bench.order, amount: Money::inr(AMOUNT) };
    assert_eq!(bench.told[2..], [OrdersMessage::from(all)]);
}
