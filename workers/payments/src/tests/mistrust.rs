//! Nothing a gateway says counts before it is compared with our own record.

use schemas::{
    orders::{OrdersMessage, PaymentFailed},
    payments::{GatewayCall, GatewayPayment, GatewayState, RequestPayment},
    types::{GatewayName, Money},
};

use super::bench::{AMOUNT, Bench, reported};
use crate::PaymentStatus;

#[test]
fn a_rupee_never_pays_for_an_order() {
    let mut bench = Bench::awaiting_customer();
    bench.report(GatewayPayment { amount_minor: 100, ..bench.seen(GatewayState::Authorized) });
    let failed = PaymentFailed { order_id: bench.order, code: "amount_mismatch".to_owned(), attempt: 1 };
    assert_eq!(bench.told[1..], [OrdersMessage::from(failed)]);
    assert_eq!(bench.asked(), [GatewayCall::Create, GatewayCall::Void]);
}

#[test]
fn a_capture_of_another_amount_is_refunded_and_fails() {
    let mut bench = Bench::capturing();
    bench.done(1, GatewayPayment { captured_minor: AMOUNT - 1, ..bench.seen(GatewayState::Captured) });
    assert_eq!(bench.told_names(), ["PaymentReady", "PaymentFailed"]);
    assert_eq!(bench.asked()[2], GatewayCall::Refund);
    bench.done(
        2,
        GatewayPayment { captured_minor: AMOUNT - 1, refunded_minor: AMOUNT - 1, ..bench.seen(GatewayState::Refunded) },
    );
    assert_eq!(bench.state().status, PaymentStatus::Refunded);
}

#[test]
fn another_currency_or_another_order_is_a_mismatch() {
    for (code, wrong) in [("currency_mismatch", ("usd", "")), ("order_mismatch", ("INR", "another order"))] {
        let mut bench = Bench::awaiting_customer();
        let seen = bench.seen(GatewayState::Authorized);
        bench.report(GatewayPayment { currency: wrong.0.to_owned(), order_ref: wrong.1.to_owned(), ..seen });
        assert!(matches!(&bench.told[1], OrdersMessage::PaymentFailed(failed) if failed.code == code), "{code}");
        assert!(!bench.asked().contains(&GatewayCall::Capture));
    }
}

#[test]
fn a_second_payment_for_the_order_goes_back_while_the_first_counts() {
    let mut bench = Bench::captured();
    let seen = bench.seen(GatewayState::Captured);
    let second = GatewayPayment { gateway_ref: "pi_2".to_owned(), payment_ref: "pi_2".to_owned(), ..seen };
    bench.report(second.clone());
    assert_eq!(bench.asked()[2], GatewayCall::Refund);
    bench.done(2, GatewayPayment { refunded_minor: AMOUNT, state: GatewayState::Refunded, ..second });
    assert_eq!((bench.state().status, bench.state().deadline), (PaymentStatus::Captured, None));
    assert_eq!(bench.told_names(), ["PaymentReady", "PaymentCaptured"]);
}

#[test]
fn a_second_authorisation_of_the_same_gateway_order_is_not_captured() {
    let mut bench = Bench::capturing();
    bench.report(GatewayPayment { payment_ref: "pay_2".to_owned(), ..bench.seen(GatewayState::Authorized) });
    assert_eq!(bench.asked(), [GatewayCall::Create, GatewayCall::Capture, GatewayCall::Void]);
    assert_eq!(bench.state().strays[0].payment_ref, "pay_2");
}

#[test]
fn a_stranger_s_payment_is_refused_and_never_touched() {
    let mut bench = Bench::awaiting_customer();
    let seen = bench.seen(GatewayState::Captured);
    let stranger = GatewayPayment { gateway_ref: "pi_9".to_owned(), order_ref: "another order".to_owned(), ..seen };
    assert_eq!(bench.try_report(stranger).unwrap_err().code, "foreign_payment");
    let wrong_gateway = reported(GatewayName::Razorpay, bench.seen(GatewayState::Captured));
    assert_eq!(bench.give(wrong_gateway).unwrap_err().code, "gateway_mismatch");
    let nameless = GatewayPayment { payment_ref: String::new(), ..bench.seen(GatewayState::Authorized) };
    assert_eq!(bench.try_report(nameless).unwrap_err().code, "payment_ref_missing");
    assert_eq!(bench.calls.len(), 1);
}

#[test]
fn a_report_for_an_order_without_a_payment_is_refused() {
    let mut bench = Bench::new();
    assert_eq!(bench.try_report(bench.seen(GatewayState::Captured)).unwrap_err().code, "unknown_payment");
}

#[test]
fn the_terms_of_a_payment_cannot_change() {
    let mut bench = Bench::awaiting_customer();
    bench.request();
    let wish = |gateway, minor, attempt| RequestPayment {
        order_id: bench.order,
        gateway,
        amount: Money::inr(minor),
        attempt,
        any_gateway: false,
    };
    for (other, code) in [
        (wish(GatewayName::Stripe, 1, 1), "terms_changed"),
        (wish(GatewayName::Razorpay, AMOUNT, 1), "terms_changed"),
        (wish(GatewayName::Razorpay, 1, 2), "terms_changed"),
        (wish(GatewayName::Stripe, 0, 1), "amount_not_positive"),
    ] {
        assert_eq!(bench.give(other.clone()).unwrap_err().code, code, "{other:?}");
    }
}
