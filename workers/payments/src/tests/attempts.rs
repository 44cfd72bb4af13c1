//! Several attempts at paying one order: the newest counts, and of the earlier ones nothing is kept.

use schemas::{
    ledger::{Account, Occasion},
    orders::OrdersMessage,
    payments::{GatewayCall, GatewayPayment, GatewayState},
    types::{GatewayName, Money},
};

use super::bench::{AMOUNT, Bench, reported};
use crate::{PaymentStatus, effect::Ask};

/// A second attempt, at Razorpay, as it describes it.
fn second(bench: &Bench, state: GatewayState) -> GatewayPayment {
    let payment_ref = if state == GatewayState::AwaitingCustomer { "" } else { "pay_2" };
    GatewayPayment {
        gateway_ref: "order_2".to_owned(),
        payment_ref: payment_ref.to_owned(),
        client_secret: String::new(),
        ..bench.seen(state)
    }
}

/// A customer who was declined at Stripe and turned to Razorpay, with both gateways' answers in.
fn changed() -> Bench {
    let mut bench = Bench::awaiting_customer();
    bench.report(bench.seen(GatewayState::Declined));
    bench.attempt(2, GatewayName::Razorpay);
    assert_eq!(bench.asked()[1..], [GatewayCall::Create, GatewayCall::Void]);
    bench.done(1, second(&bench, GatewayState::AwaitingCustomer));
    bench.done(2, bench.seen(GatewayState::Voided));
    bench
}

#[test]
fn the_earlier_attempt_is_voided_and_the_newer_one_pays() {
    let mut bench = changed();
    let gateways: Vec<_> = bench.calls.iter().map(|call| call.effect.gateway).collect();
    assert_eq!(gateways, [GatewayName::Stripe, GatewayName::Razorpay, GatewayName::Stripe]);
    bench.give(reported(GatewayName::Razorpay, second(&bench, GatewayState::Authorized))).unwrap();
    bench.done(3, second(&bench, GatewayState::Captured));
    assert_eq!(bench.told_names(), ["PaymentReady", "PaymentDeclined", "PaymentReady", "PaymentCaptured"]);
    let OrdersMessage::PaymentCaptured(captured) = &bench.told[3] else { panic!("{:?}", bench.told) };
    assert_eq!((captured.attempt, captured.gateway_ref.as_str()), (2, "pay_2"));
    assert_eq!((bench.state().status, bench.state().deadline), (PaymentStatus::Captured, None));
    assert_eq!((bench.ledger.len(), bench.ledger[0].debit), (1, Account::RazorpayClearing));
}

#[test]
fn a_late_authorisation_of_the_earlier_attempt_is_voided_and_never_captured() {
    let mut bench = changed();
    bench.report(bench.seen(GatewayState::Authorized));
    assert_eq!(bench.asked()[3..], [GatewayCall::Void]);
    assert_eq!(bench.calls[3].effect.gateway, GatewayName::Stripe);
    assert_eq!(bench.told_names(), ["PaymentReady", "PaymentDeclined", "PaymentReady"]);
    assert_eq!(bench.state().status, PaymentStatus::AwaitingCustomer, "the newer one can be paid");
}

#[test]
fn a_capture_under_way_when_the_customer_changes_goes_back_and_is_booked_at_its_gateway() {
    let mut bench = Bench::capturing();
    bench.attempt(2, GatewayName::Razorpay);
    bench.done(1, bench.seen(GatewayState::Captured));
    assert!(matches!(&bench.calls[3].effect.ask, Ask::Refund { amount, .. } if *amount == Money::inr(AMOUNT)));
    bench.done(3, bench.seen(GatewayState::Refunded));
    bench.done(2, second(&bench, GatewayState::AwaitingCustomer));
    assert_eq!(bench.told_names(), ["PaymentReady", "PaymentReady"], "the order is not told that it is paid");
    let booked: Vec<_> = bench.ledger.iter().map(|entry| (entry.occasion, entry.debit, entry.credit)).collect();
    assert_eq!(
        booked,
        [
            (Occasion::Captured, Account::StripeClearing, Account::Customers),
            (Occasion::Refunded, Account::Customers, Account::StripeClearing)
        ]
    );
}

#[test]
fn an_attempt_that_comes_when_the_order_was_told_that_it_is_paid_is_not_made() {
    let mut bench = Bench::captured();
    bench.attempt(2, GatewayName::Razorpay);
    assert_eq!((bench.calls.len(), bench.state().main.attempt), (2, 1));
    assert_eq!(bench.state().status, PaymentStatus::Captured);
}

#[test]
fn an_attempt_that_comes_after_the_cancellation_is_not_made() {
    let mut bench = Bench::awaiting_customer();
    bench.cancel();
    bench.attempt(2, GatewayName::Razorpay);
    assert_eq!(bench.asked(), [GatewayCall::Create, GatewayCall::Void]);
}

#[test]
fn an_attempt_that_is_told_twice_or_was_overtaken_changes_nothing() {
    let mut bench = changed();
    let before = bench.state().clone();
    bench.attempt(2, GatewayName::Razorpay);
    bench.attempt(1, GatewayName::Stripe);
    assert_eq!((bench.state(), bench.calls.len()), (&before, 3));
}

#[test]
fn a_creation_that_is_answered_after_the_change_is_voided_and_not_offered() {
    let mut bench = Bench::new();
    bench.request();
    bench.attempt(2, GatewayName::Razorpay);
    bench.done(0, bench.seen(GatewayState::AwaitingCustomer));
    assert_eq!(bench.asked(), [GatewayCall::Create, GatewayCall::Create, GatewayCall::Void]);
    assert!(bench.told.is_empty());
    assert_eq!(bench.state().strays.len(), 1, "it is the attempt that it was made for");
}

#[test]
fn of_two_attempts_at_one_gateway_each_answer_belongs_to_its_own() {
    let mut bench = Bench::awaiting_customer();
    bench.attempt(2, GatewayName::Stripe);
    // A report of the first, before the second is answered.
    bench.report(bench.seen(GatewayState::Authorized));
    assert_eq!((bench.state().main.gateway_ref.as_str(), bench.state().strays.len()), ("", 1));
    let third =
        |state| GatewayPayment { gateway_ref: "pi_3".to_owned(), payment_ref: "pi_3".to_owned(), ..bench.seen(state) };
    let (offered, paid) = (third(GatewayState::AwaitingCustomer), third(GatewayState::Authorized));
    bench.done(1, offered);
    bench.report(paid);
    assert_eq!(bench.asked(), [GatewayCall::Create, GatewayCall::Create, GatewayCall::Void, GatewayCall::Capture]);
    assert!(matches!(&bench.calls[3].effect.ask, Ask::Capture { target, .. } if target.gateway_ref == "pi_3"));
}

#[test]
fn a_new_attempt_after_one_that_failed_for_good_can_be_paid() {
    let mut bench = Bench::new();
    bench.request();
    bench.refused(0);
    assert_eq!(bench.told_names(), ["PaymentFailed"]);
    bench.attempt(2, GatewayName::Razorpay);
    bench.done(1, second(&bench, GatewayState::AwaitingCustomer));
    assert_eq!(bench.told_names(), ["PaymentFailed", "PaymentReady"]);
}

#[test]
fn a_payment_from_before_holdings_knew_their_gateways_has_them_all_at_its_own() {
    let mut bench = Bench::awaiting_customer();
    let stray = GatewayPayment {
        gateway_ref: "pi_0".to_owned(),
        payment_ref: "pi_0".to_owned(),
        ..bench.seen(GatewayState::Authorized)
    };
    bench.report(stray.clone());
    let mut document = mongodb::bson::serialize_to_document(bench.state()).unwrap();
    document.remove("attempt");
    for stray in document.get_array_mut("strays").unwrap() {
        let stray = stray.as_document_mut().unwrap();
        stray.remove("gateway");
        stray.remove("attempt");
    }
    bench.payment = Some(mongodb::bson::deserialize_from_document(document).unwrap());
    bench.attempt(2, GatewayName::Razorpay);
    bench.done(1, GatewayPayment { state: GatewayState::Voided, ..stray });
    let state = bench.state();
    let known: Vec<_> = state.strays.iter().map(|stray| (stray.gateway_ref.as_str(), stray.gateway)).collect();
    assert_eq!(known, [("pi_0", Some(GatewayName::Stripe)), ("pi_1", Some(GatewayName::Stripe))]);
    assert_eq!((state.main.gateway, state.main.attempt), (Some(GatewayName::Razorpay), 2));
}
