//! The rules of orders and payments.

use crate::ledger::Labels;
use crate::razorpay::payment::{Order, OrderStatus, OrderTerms, Payment, PaymentStatus, PaymentTerms, Refusal};
use proptest::prelude::*;
use std::sync::Arc;

fn order(amount: i64) -> Order {
    Order::new(OrderTerms {
        id: "order_1".into(),
        amount,
        currency: "INR".into(),
        receipt: None,
        notes: Arc::new(Labels::new()),
        captures_at_once: false,
        created_at: 1_700_000_000,
    })
}

fn payment_on(order: &Order, amount: i64) -> Payment {
    Payment::new(PaymentTerms {
        id: "pay_1".into(),
        order: Arc::clone(&order.terms),
        amount,
        method: "card".into(),
        created_at: 1_700_000_001,
    })
}

fn authorized(amount: i64) -> (Order, Payment) {
    let mut order = order(amount);
    order.attempt(&[]).expect("a fresh order may be paid");
    let mut payment = payment_on(&order, amount);
    assert!(payment.settle(true));
    (order, payment)
}

#[test]
fn a_capture_pays_the_order() {
    let (mut order, mut payment) = authorized(318_200);
    assert_eq!((order.status, order.amount_due()), (OrderStatus::Attempted, 318_200));
    assert_eq!(payment.capture(&mut order, 318_200, "INR"), Ok(true));
    assert_eq!((order.status, order.amount_due(), payment.captured()), (OrderStatus::Paid, 0, 318_200));
}

#[test]
fn a_second_capture_is_refused_also_after_a_refund() {
    let (mut order, mut payment) = authorized(500);
    payment.capture(&mut order, 500, "INR").expect("authorised");
    assert_eq!(payment.capture(&mut order, 500, "INR"), Err(Refusal::AlreadyCaptured));
    payment.refund(None).expect("captured");
    assert_eq!(payment.capture(&mut order, 500, "INR"), Err(Refusal::AlreadyCaptured));
}

#[test]
fn only_exactly_the_authorized_amount_can_be_captured() {
    let (mut order, mut payment) = authorized(500);
    assert_eq!(payment.capture(&mut order, 499, "INR"), Err(Refusal::CaptureAmountDiffers));
    assert_eq!(payment.capture(&mut order, 501, "INR"), Err(Refusal::CaptureAmountDiffers));
    assert_eq!(payment.capture(&mut order, 500, "USD"), Err(Refusal::CurrencyDiffers));
}

#[test]
fn a_failed_payment_cannot_be_captured_and_may_be_followed_by_another() {
    let mut order = order(500);
    order.attempt(&[]).expect("fresh");
    let mut payment = payment_on(&order, 500);
    payment.settle(false);
    assert_eq!(payment.capture(&mut order, 500, "INR"), Err(Refusal::NotAuthorized));
    assert_eq!(order.attempt(&[payment.status]), Ok(()));
    assert_eq!(order.attempts, 2);
}

#[test]
fn no_payment_starts_while_another_is_authorized_or_the_order_is_paid() {
    let (mut order, mut payment) = authorized(500);
    assert_eq!(order.attempt(&[payment.status]), Err(Refusal::PaymentUnderWay));
    payment.capture(&mut order, 500, "INR").expect("authorised");
    assert_eq!(order.attempt(&[payment.status]), Err(Refusal::OrderPaid));
}

#[test]
fn a_payment_of_one_rupee_does_not_pay_a_dear_order() {
    let mut order = order(315_200);
    order.attempt(&[]).expect("fresh");
    let mut payment = payment_on(&order, 100);
    payment.settle(true);
    assert_eq!(payment.capture(&mut order, 100, "INR"), Ok(false));
    assert_eq!((order.status, order.amount_due()), (OrderStatus::Attempted, 315_100));
}

#[test]
fn partial_refunds_add_up_and_the_last_one_ends_the_payment() {
    let (mut order, mut payment) = authorized(500);
    assert_eq!(payment.refund(None), Err(Refusal::NotCaptured));
    payment.capture(&mut order, 500, "INR").expect("authorised");
    assert_eq!(payment.refund(Some(99)), Err(Refusal::AmountTooSmall));
    assert_eq!(payment.refund(Some(200)), Ok(200));
    assert_eq!(payment.refund(Some(301)), Err(Refusal::RefundTooLarge));
    assert_eq!((payment.refund(None), payment.status), (Ok(300), PaymentStatus::Refunded));
    assert_eq!(payment.refund(None), Err(Refusal::AlreadyRefunded));
}

#[derive(Clone, Debug)]
enum Call {
    Settle(bool),
    Capture(i64),
    Refund(Option<i64>),
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        any::<bool>().prop_map(Call::Settle),
        prop_oneof![Just(1_000_i64), -10..1_500_i64].prop_map(Call::Capture),
        proptest::option::of(-10..1_500_i64).prop_map(Call::Refund),
    ]
}

proptest! {
    #[test]
    fn whatever_is_called_money_stays_within_what_was_authorized(calls in proptest::collection::vec(call(), 0..40)) {
        let mut order = order(1_000);
        order.attempt(&[]).expect("fresh");
        let mut payment = payment_on(&order, 1_000);
        let (mut captures, mut refunded) = (0, 0);
        for call in calls {
            match call {
                Call::Settle(approved) => { payment.settle(approved); }
                Call::Capture(amount) => captures += i32::from(payment.capture(&mut order, amount, "INR").is_ok()),
                Call::Refund(amount) => refunded += payment.refund(amount).unwrap_or(0),
            }
            prop_assert!(captures <= 1);
            prop_assert_eq!(payment.refunded, refunded);
            prop_assert!(0 <= refunded && refunded <= payment.captured() && payment.captured() <= payment.authorized());
            prop_assert_eq!(order.amount_paid, payment.captured());
        }
    }
}
