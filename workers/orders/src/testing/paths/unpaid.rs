//! Orders that are not paid, or paid too late.

use schemas::{
    documents::Decline,
    types::{Money, PaymentMethod},
};

use crate::testing::{
    Journey, START, TOTAL, cancel_order, payment_captured, payment_declined, payment_failed, payment_ready,
    payment_refunded, reserved,
};

const NOTHING: [&str; 0] = [];
const GIVEN_BACK: [&str; 3] = ["ReleaseStock BRAKE-PAD", "ReleaseStock OIL-FILTER", "CancelPayment"];

fn awaiting_payment() -> Journey {
    let mut journey = Journey::placed(PaymentMethod::Stripe);
    journey.reserve_all();
    journey.tell(payment_ready());
    journey
}

#[test]
fn a_declined_card_is_shown_and_the_customer_may_pay_all_the_same() {
    let mut journey = awaiting_payment();
    let deadline = journey.order.deadline;
    assert_eq!(journey.tell(payment_declined()), NOTHING);
    let shown = journey.order.status_view().payment.unwrap();
    assert_eq!(shown.last_decline, Some(Decline { code: "card_declined".to_owned(), at: START }));
    assert_eq!((shown.gateway_ref.as_str(), shown.client_secret.as_str()), ("pi_1", "pi_1_secret"));
    assert_eq!(journey.order.deadline, deadline, "a decline buys no time");
    journey.tell(payment_captured(TOTAL));
    assert_eq!(journey.path_after(2), "awaiting_payment paid");
}

#[test]
fn a_declined_order_that_nobody_pays_expires_with_nothing_held() {
    let mut journey = awaiting_payment();
    journey.tell(payment_declined());
    assert_eq!(journey.run_out(), GIVEN_BACK);
    assert_eq!(journey.path_after(2), "awaiting_payment expired(unpaid)");
    assert_eq!(journey.tell(payment_declined()), NOTHING);
}

#[test]
fn a_payment_that_failed_for_good_leaves_no_stock_held_and_no_payment_open() {
    let mut journey = awaiting_payment();
    assert_eq!(journey.tell(payment_failed()), GIVEN_BACK);
    assert_eq!(journey.path_after(2), "awaiting_payment payment_failed(gateway_refused)");
}

#[test]
fn a_payment_that_the_gateway_refuses_to_create_fails_the_order() {
    let mut journey = Journey::placed(PaymentMethod::Stripe);
    journey.reserve_all();
    assert_eq!(journey.tell(payment_failed()), GIVEN_BACK);
    assert_eq!(journey.path_after(1), "reserving payment_failed(gateway_refused)");
}

#[test]
fn a_payment_that_was_voided_at_the_gateway_fails_the_order() {
    let mut journey = awaiting_payment();
    assert_eq!(journey.tell(payment_refunded(Money::inr(0))), GIVEN_BACK);
    assert_eq!(journey.path_after(3), "payment_failed(payment_voided)");
    assert_eq!(journey.order.payment.unwrap().refunded, Money::inr(0));
}

#[test]
fn one_rupee_does_not_pay_for_an_order_and_goes_back() {
    let mut journey = awaiting_payment();
    assert_eq!(journey.tell(payment_captured(Money::inr(100))), GIVEN_BACK);
    journey.tell(payment_refunded(Money::inr(100)));
    assert_eq!(journey.path_after(3), "payment_failed(amount_mismatch)");
    let payment = journey.order.payment.unwrap();
    assert_eq!((payment.captured, payment.refunded), (Money::inr(100), Money::inr(100)));
}

#[test]
fn money_that_comes_for_an_order_that_ended_goes_back_and_nothing_is_shipped() {
    let endings: [fn(&mut Journey); 3] = [
        |journey| drop(journey.tell(cancel_order())),
        |journey| drop(journey.run_out()),
        |journey| drop(journey.tell(payment_failed())),
    ];
    for end in endings {
        let mut journey = awaiting_payment();
        end(&mut journey);
        let path = journey.path();
        assert_eq!(journey.tell(payment_captured(TOTAL)), ["CancelPayment"]);
        assert_eq!(journey.tell(payment_refunded(TOTAL)), NOTHING);
        assert_eq!(journey.path(), path);
        let payment = journey.order.payment.unwrap();
        assert_eq!((payment.captured, payment.refunded), (TOTAL, TOTAL));
    }
}

#[test]
fn a_refund_that_is_reported_before_its_capture_adds_up_to_nothing_kept() {
    let mut journey = awaiting_payment();
    journey.tell(cancel_order());
    journey.tell(payment_refunded(TOTAL));
    assert_eq!(journey.tell(payment_captured(TOTAL)), ["CancelPayment"]);
    let payment = journey.order.payment.unwrap();
    assert_eq!((payment.captured, payment.refunded), (TOTAL, TOTAL));
}

#[test]
fn a_payment_that_becomes_possible_after_the_end_is_taken_back() {
    let mut journey = Journey::placed(PaymentMethod::Stripe);
    journey.reserve_all();
    journey.tell(cancel_order());
    assert_eq!(journey.tell(payment_ready()), ["CancelPayment"]);
    assert_eq!(journey.path_after(2), "cancelled(cancel_requested)");
}

#[test]
fn a_payment_reported_before_it_was_asked_for_is_refused() {
    let mut journey = Journey::placed(PaymentMethod::Stripe);
    journey.tell(reserved("BRAKE-PAD"));
    for refusal in [
        journey.try_tell(payment_ready()),
        journey.try_tell(payment_captured(TOTAL)),
        journey.try_tell(payment_declined()),
        journey.try_tell(payment_failed()),
        journey.try_tell(payment_refunded(TOTAL)),
    ] {
        assert_eq!(refusal.unwrap_err().code, "payment_not_requested");
    }
}
