//! The objects decode with the types of `async-stripe`, which nobody here wrote and which want every documented field.

use super::rules::intent;
use crate::stripe::book::{Cause, Refund};
use crate::stripe::event::{Kind, StripeEvent};
use crate::stripe::intent::{CaptureMethod, Decline, Verdict};
use crate::stripe::render::{ChargeObject, IntentObject};
use crate::webhook::Event;

fn decode<T: miniserde::Deserialize>(object: &impl serde::Serialize) -> T {
    let written = serde_json::to_string(object).expect("JSON");
    miniserde::json::from_str(&written).unwrap_or_else(|_| panic!("the typed client cannot decode {written}"))
}

#[test]
fn intents_in_every_state_decode() {
    let mut intent = intent(500, CaptureMethod::Manual);
    let fresh: stripe_shared::PaymentIntent = decode(&IntentObject::of(&intent));
    assert_eq!(fresh.status, stripe_shared::PaymentIntentStatus::RequiresPaymentMethod);
    let declined = Verdict::Declined(Decline::InsufficientFunds);
    intent.confirm("pm_card".into(), "ch_1".into(), declined).expect("a decline");
    let failed: stripe_shared::PaymentIntent = decode(&IntentObject::of(&intent));
    assert_eq!(failed.last_payment_error.expect("an error").decline_code.as_deref(), Some("insufficient_funds"));
    intent.confirm("pm_card_visa".into(), "ch_2".into(), Verdict::Approved).expect("an approval");
    let authorized: stripe_shared::PaymentIntent = decode(&IntentObject::of(&intent));
    assert_eq!((authorized.amount_capturable, authorized.amount_received), (500, 0));
    intent.cancel(7, Some("abandoned".into())).expect("a release");
    let canceled: stripe_shared::PaymentIntent = decode(&IntentObject::of(&intent));
    assert_eq!(canceled.canceled_at, Some(7));
}

#[test]
fn charges_and_refunds_decode() {
    let mut intent = intent(500, CaptureMethod::Automatic);
    intent.confirm("pm_card_visa".into(), "ch_1".into(), Verdict::Approved).expect("an approval");
    intent.refund(Some(200)).expect("part of it");
    let charge: stripe_shared::Charge = decode(&ChargeObject::of(&intent));
    assert_eq!((charge.amount_captured, charge.amount_refunded, charge.refunded), (500, 200, false));
    let refund = Refund {
        id: "re_1".into(),
        amount: 200,
        intent,
        metadata: [("order_id".to_owned(), "order-1".to_owned())].into(),
        reason: None,
        cause: Cause::now(None),
    };
    let decoded: stripe_shared::Refund = decode(&refund.object());
    assert_eq!((decoded.amount, decoded.status.as_deref()), (200, Some("succeeded")));
}

#[test]
fn events_decode_and_are_written_the_same_at_every_attempt() {
    let event = StripeEvent::new(Kind::Created, intent(500, CaptureMethod::Manual), &Cause::now(Some("key")));
    let body = event.body();
    assert_eq!(body, event.body());
    let decoded: stripe_shared::Event =
        miniserde::json::from_str(std::str::from_utf8(&body).expect("UTF-8")).expect("the typed client decodes it");
    assert_eq!(decoded.id.as_str(), event.id());
}
