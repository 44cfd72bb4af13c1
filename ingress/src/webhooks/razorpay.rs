//! Razorpay's events: <https://razorpay.com/docs/webhooks/payloads/payments/>.

mod dispute;

use std::collections::HashMap;

use schemas::{
    payments::{DisputeReported, GatewayPayment, GatewayReported, GatewayState},
    types::GatewayName,
};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{GatewayEvent, Malformed, Reading, moment};

/// The events that move money or end an attempt. That a refund failed comes with the payment, whose sum is not trusted
/// then: the worker asks.
const MATTERS: [&str; 6] =
    ["payment.authorized", "payment.captured", "payment.failed", "order.paid", "refund.processed", "refund.failed"];

#[derive(Deserialize)]
struct Event {
    event: String,
    /// Unix seconds.
    #[serde(default)]
    created_at: i64,
    #[serde(default)]
    payload: Payload,
}

#[derive(Default, Deserialize)]
struct Payload {
    payment: Option<Wrapped<Payment>>,
    #[serde(default)]
    dispute: Option<Wrapped<dispute::Dispute>>,
}

#[derive(Deserialize)]
struct Wrapped<T> {
    entity: T,
}

/// <https://razorpay.com/docs/api/payments/entity/>
#[derive(Deserialize)]
struct Payment {
    id: String,
    #[serde(default)]
    order_id: Option<String>,
    amount: i64,
    currency: String,
    status: String,
    #[serde(default)]
    captured: Option<bool>,
    #[serde(default)]
    amount_refunded: i64,
    #[serde(default)]
    notes: Notes,
    #[serde(default)]
    error_code: Option<String>,
}

/// An object, but an empty array when there are none.
#[derive(Deserialize)]
#[serde(untagged)]
enum Notes {
    Given(HashMap<String, serde_json::Value>),
    Other(serde::de::IgnoredAny),
}

impl Default for Notes {
    fn default() -> Self {
        Self::Other(serde::de::IgnoredAny)
    }
}

impl Notes {
    fn order_ref(&self) -> String {
        match self {
            Self::Given(notes) => notes.get("order_id").and_then(|note| note.as_str()).unwrap_or_default().to_owned(),
            Self::Other(_) => String::new(),
        }
    }
}

/// Reads a verified body. `event_id` is the header `x-razorpay-event-id`, the same at every redelivery; a body without
/// one is known by its digest.
///
/// # Errors
/// [`Malformed`] for a body that is not a documented event.
pub fn read(body: &[u8], event_id: Option<&str>) -> Result<Reading<GatewayEvent>, Malformed> {
    let event: Event = serde_json::from_slice(body)?;
    let of_dispute = dispute::EVENTS.contains(&event.event.as_str());
    if !of_dispute && !MATTERS.contains(&event.event.as_str()) {
        return Ok(Reading::Ignored(event.event));
    }
    let payment = event.payload.payment.ok_or_else(|| Malformed("an event without its payment".to_owned()))?;
    let payment = describe(payment.entity)?;
    let (gateway, event_type) = (GatewayName::Razorpay, event.event);
    let event_id = event_id.map_or_else(|| hex::encode(Sha256::digest(body)), ToOwned::to_owned);
    if !of_dispute {
        let report = GatewayReported { gateway, event_id, event_type, payment };
        return Ok(Reading::Event(GatewayEvent::Payment(report)));
    }
    let disputed = event.payload.dispute.ok_or_else(|| Malformed("an event without its dispute".to_owned()))?;
    let dispute = disputed.entity.describe(&payment, moment(event.created_at)?)?;
    Ok(Reading::Event(GatewayEvent::Dispute(DisputeReported { gateway, event_id, event_type, dispute })))
}

fn describe(payment: Payment) -> Result<GatewayPayment, Malformed> {
    let state = state_of(&payment)?;
    let captured = matches!(state, GatewayState::Captured | GatewayState::Refunded);
    Ok(GatewayPayment {
        order_ref: payment.notes.order_ref(),
        gateway_ref: payment.order_id.unwrap_or_default(),
        payment_ref: payment.id,
        state,
        amount_minor: payment.amount,
        captured_minor: if captured { payment.amount } else { 0 },
        refunded_minor: if captured { payment.amount_refunded } else { 0 },
        currency: payment.currency,
        failure_code: payment.error_code.filter(|_| state == GatewayState::Declined).unwrap_or_default(),
        client_secret: String::new(),
    })
}

/// A payment is captured whole or not at all: <https://razorpay.com/docs/payments/payments/#payment-life-cycle>.
fn state_of(payment: &Payment) -> Result<GatewayState, Malformed> {
    let all_back = payment.amount_refunded > 0 && payment.amount_refunded >= payment.amount;
    match payment.status.as_str() {
        "created" => Ok(GatewayState::AwaitingCustomer),
        "authorized" => Ok(GatewayState::Authorized),
        "captured" if all_back => Ok(GatewayState::Refunded),
        "captured" => Ok(GatewayState::Captured),
        // Refunded without having been captured: the authorisation has expired, and nothing was ever ours.
        "refunded" if payment.captured == Some(false) => Ok(GatewayState::Voided),
        "refunded" => Ok(GatewayState::Refunded),
        "failed" => Ok(GatewayState::Declined),
        _ => Err(Malformed("a payment of unknown status".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use schemas::disputes::DisputeState;
    use serde_json::{Value, json};

    use super::*;

    fn body(event: &str, status: &str, refunded: i64, notes: &Value) -> Vec<u8> {
        json!({
            "entity": "event", "event": event, "contains": ["payment"], "created_at": 1,
            "payload": {"payment": {"entity": {
                "id": "pay_1", "order_id": "order_1", "amount": 318_200, "currency": "INR", "status": status,
                "amount_refunded": refunded, "notes": notes, "error_code": null,
            }}},
        })
        .to_string()
        .into_bytes()
    }

    fn reported(body: &[u8], event_id: Option<&str>) -> GatewayReported {
        match read(body, event_id) {
            Ok(Reading::Event(GatewayEvent::Payment(event))) => event,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_payment_is_described_by_its_status() {
        for (event, status, state, captured) in [
            ("payment.authorized", "authorized", GatewayState::Authorized, 0),
            ("payment.captured", "captured", GatewayState::Captured, 318_200),
            ("payment.failed", "failed", GatewayState::Declined, 0),
            ("order.paid", "captured", GatewayState::Captured, 318_200),
        ] {
            let reported = reported(&body(event, status, 0, &json!({"order_id": "o-1"})), Some("ev_1"));
            assert_eq!((reported.payment.state, reported.payment.captured_minor), (state, captured));
            assert_eq!((reported.event_id.as_str(), reported.payment.order_ref.as_str()), ("ev_1", "o-1"));
            assert_eq!(reported.payment.gateway_ref, "order_1");
            assert_eq!(reported.payment.payment_ref, "pay_1");
        }
    }

    #[test]
    fn a_refund_in_full_and_in_part_are_told_apart() {
        let full = reported(&body("refund.processed", "captured", 318_200, &json!([])), Some("e"));
        assert_eq!(full.payment.state, GatewayState::Refunded);
        let part = reported(&body("refund.processed", "captured", 100, &json!([])), Some("e"));
        assert_eq!((part.payment.state, part.payment.refunded_minor), (GatewayState::Captured, 100));
    }

    #[test]
    fn a_failed_refund_is_passed_on_with_the_payments_names() {
        let failed = reported(&body("refund.failed", "captured", 318_200, &json!({"order_id": "o-1"})), Some("e"));
        assert_eq!(failed.event_type, "refund.failed");
        let names = (failed.payment.gateway_ref, failed.payment.payment_ref, failed.payment.order_ref);
        assert_eq!(names, ("order_1".to_owned(), "pay_1".to_owned(), "o-1".to_owned()));
    }

    #[test]
    fn an_authorisation_that_expired_is_void_and_was_never_captured() {
        let mut expired: Value =
            serde_json::from_slice(&body("refund.processed", "refunded", 318_200, &json!([]))).unwrap();
        expired["payload"]["payment"]["entity"]["captured"] = json!(false);
        let seen = reported(expired.to_string().as_bytes(), Some("e")).payment;
        assert_eq!((seen.state, seen.captured_minor, seen.refunded_minor), (GatewayState::Voided, 0, 0));
        let by_hand = reported(&body("refund.processed", "refunded", 318_200, &json!([])), Some("e")).payment;
        assert_eq!((by_hand.state, by_hand.captured_minor), (GatewayState::Refunded, 318_200));
    }

    #[test]
    fn notes_may_be_an_empty_array_and_the_event_id_may_be_missing() {
        let body = body("payment.captured", "captured", 0, &json!([]));
        let (first, second) = (reported(&body, None), reported(&body, None));
        assert_eq!(first.payment.order_ref, "");
        assert_eq!(first.event_id, second.event_id);
        assert_eq!(first.event_id.len(), 64);
    }

    #[test]
    fn a_dispute_is_described_with_the_names_of_its_payment() {
        let disputed = |status: &str, phase: &str, deducted: i64| {
            let mut event: Value =
                serde_json::from_slice(&body("payment.dispute.created", "captured", 0, &json!({"order_id": "o-1"})))
                    .unwrap();
            event["payload"]["dispute"]["entity"] = json!({
                "id": "disp_1", "entity": "dispute", "payment_id": "pay_1", "amount": 318_200, "currency": "INR",
                "amount_deducted": deducted, "reason_code": "chargeback_fraud", "respond_by": 1_700_000_000,
                "status": status, "phase": phase, "created_at": 1,
            });
            match read(event.to_string().as_bytes(), Some("e")) {
                Ok(Reading::Event(GatewayEvent::Dispute(event))) => event.dispute,
                other => panic!("{other:?}"),
            }
        };
        let open = disputed("open", "chargeback", 318_200);
        let names = (open.gateway_ref.as_str(), open.payment_ref.as_str(), open.order_ref.as_str());
        assert_eq!(names, ("order_1", "pay_1", "o-1"));
        assert_eq!((open.state, open.is_inquiry), (DisputeState::NeedsResponse, false));
        assert_eq!((open.withdrawn_minor, open.reinstated_minor), (318_200, 0));
        assert_eq!(open.evidence_due.map(|due| due.as_millis()), Some(1_700_000_000_000));
        let won = disputed("won", "chargeback", 0);
        assert_eq!((won.state, won.reinstated_minor), (DisputeState::Won, 318_200));
        assert!(disputed("open", "retrieval", 0).is_inquiry);
        let without = body("payment.dispute.lost", "captured", 0, &json!([]));
        assert!(read(&without, None).is_err(), "a dispute that is not there");
    }

    #[test]
    fn other_events_are_ignored_and_broken_ones_refused() {
        let other = br#"{"event":"invoice.paid","payload":{}}"#;
        assert_eq!(read(other, None), Ok(Reading::Ignored("invoice.paid".to_owned())));
        for broken in [&b""[..], b"{}", br#"{"event":"payment.captured","payload":{}}"#] {
            assert!(read(broken, None).is_err());
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(body in proptest::collection::vec(any::<u8>(), 0..256), text in ".*") {
            let _ = (read(&body, None), read(text.as_bytes(), Some("e")));
        }
    }
}
