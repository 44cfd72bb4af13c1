//! Stripe's events: <https://docs.stripe.com/api/events/types>.

mod dispute;

use std::collections::HashMap;

use schemas::{
    payments::{DisputeReported, GatewayPayment, GatewayReported, GatewayState},
    types::GatewayName,
};
use serde::Deserialize;
use serde_json::{Value, from_value};

use super::{GatewayEvent, Malformed, Reading, moment};

#[derive(Deserialize)]
struct Event {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    /// Unix seconds.
    #[serde(default)]
    created: i64,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: Value,
}

/// <https://docs.stripe.com/api/payment_intents/object>
#[derive(Deserialize)]
struct Intent {
    id: String,
    amount: i64,
    #[serde(default)]
    amount_received: i64,
    currency: String,
    status: String,
    #[serde(default)]
    metadata: HashMap<String, String>,
    #[serde(default)]
    last_payment_error: Option<PaymentError>,
}

#[derive(Deserialize)]
struct PaymentError {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    decline_code: Option<String>,
}

/// <https://docs.stripe.com/api/charges/object>
#[derive(Deserialize)]
struct Charge {
    payment_intent: Option<String>,
    amount: i64,
    amount_captured: i64,
    amount_refunded: i64,
    currency: String,
    #[serde(default)]
    metadata: HashMap<String, String>,
}

/// <https://docs.stripe.com/api/refunds/object>
#[derive(Deserialize)]
struct Refund {
    #[serde(default)]
    payment_intent: Option<String>,
    currency: String,
    #[serde(default)]
    metadata: Option<HashMap<String, String>>,
}

/// Reads a verified body. Of the events about payment intents only those that move money or end an attempt matter; that
/// an intent was created or is being processed is nothing a worker waits for.
///
/// # Errors
/// [`Malformed`] for a body that is not a documented event.
pub fn read(body: &[u8]) -> Result<Reading<GatewayEvent>, Malformed> {
    let event: Event = serde_json::from_slice(body)?;
    if dispute::EVENTS.contains(&event.kind.as_str()) {
        return of_dispute(event);
    }
    let payment = match event.kind.as_str() {
        "payment_intent.succeeded"
        | "payment_intent.payment_failed"
        | "payment_intent.canceled"
        | "payment_intent.amount_capturable_updated" => of_intent(from_value(event.data.object)?)?,
        "charge.refunded" => match of_charge(from_value(event.data.object)?) {
            Some(payment) => payment,
            None => return Ok(Reading::Ignored(event.kind)),
        },
        "refund.failed" => match of_failed_refund(from_value(event.data.object)?) {
            Some(payment) => payment,
            None => return Ok(Reading::Ignored(event.kind)),
        },
        _ => return Ok(Reading::Ignored(event.kind)),
    };
    let gateway = GatewayName::Stripe;
    let report = GatewayReported { gateway, event_id: event.id, event_type: event.kind, payment };
    Ok(Reading::Event(GatewayEvent::Payment(report)))
}

fn of_dispute(event: Event) -> Result<Reading<GatewayEvent>, Malformed> {
    let disputed: dispute::Dispute = from_value(event.data.object)?;
    let (gateway, event_id, event_type) = (GatewayName::Stripe, event.id, event.kind);
    Ok(match disputed.describe(moment(event.created)?)? {
        Some(dispute) => {
            Reading::Event(GatewayEvent::Dispute(DisputeReported { gateway, event_id, event_type, dispute }))
        }
        None => Reading::Ignored(event_type),
    })
}

fn of_intent(intent: Intent) -> Result<GatewayPayment, Malformed> {
    let state = state_of(&intent)?;
    let failure = intent.last_payment_error.filter(|_| state == GatewayState::Declined);
    Ok(GatewayPayment {
        payment_ref: intent.id.clone(),
        gateway_ref: intent.id,
        order_ref: order_ref(&intent.metadata),
        state,
        amount_minor: intent.amount,
        captured_minor: intent.amount_received,
        refunded_minor: 0,
        currency: intent.currency,
        failure_code: failure.and_then(|error| error.decline_code.or(error.code)).unwrap_or_default(),
        client_secret: String::new(),
    })
}

/// <https://docs.stripe.com/payments/paymentintents/lifecycle>
fn state_of(intent: &Intent) -> Result<GatewayState, Malformed> {
    match intent.status.as_str() {
        "requires_payment_method" if intent.last_payment_error.is_some() => Ok(GatewayState::Declined),
        "requires_payment_method" | "requires_confirmation" | "requires_action" | "processing" => {
            Ok(GatewayState::AwaitingCustomer)
        }
        "requires_capture" => Ok(GatewayState::Authorized),
        "succeeded" => Ok(GatewayState::Captured),
        "canceled" => Ok(GatewayState::Voided),
        _ => Err(Malformed("a payment intent of unknown status".to_owned())),
    }
}

/// `None` for a charge without an intent: we never make one, so it is not ours.
fn of_charge(charge: Charge) -> Option<GatewayPayment> {
    let gateway_ref = charge.payment_intent?;
    let all_back = charge.amount_refunded > 0 && charge.amount_refunded >= charge.amount_captured;
    Some(GatewayPayment {
        payment_ref: gateway_ref.clone(),
        gateway_ref,
        order_ref: order_ref(&charge.metadata),
        state: if all_back { GatewayState::Refunded } else { GatewayState::Captured },
        amount_minor: charge.amount,
        captured_minor: charge.amount_captured,
        refunded_minor: charge.amount_refunded,
        currency: charge.currency,
        failure_code: String::new(),
        client_secret: String::new(),
    })
}

/// Names the payment whose money is here again. A refund does not tell how its payment stands, so that no sum is given:
/// the worker asks. `None` for a refund of something that is not ours.
fn of_failed_refund(refund: Refund) -> Option<GatewayPayment> {
    let gateway_ref = refund.payment_intent?;
    Some(GatewayPayment {
        payment_ref: gateway_ref.clone(),
        gateway_ref,
        order_ref: order_ref(&refund.metadata.unwrap_or_default()),
        state: GatewayState::Captured,
        amount_minor: 0,
        captured_minor: 0,
        refunded_minor: 0,
        currency: refund.currency,
        failure_code: String::new(),
        client_secret: String::new(),
    })
}

fn order_ref(metadata: &HashMap<String, String>) -> String {
    metadata.get("order_id").cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn event(kind: &str, object: &Value) -> GatewayReported {
        let body = json!({"id": "evt_1", "type": kind, "data": {"object": object}}).to_string();
        match read(body.as_bytes()) {
            Ok(Reading::Event(GatewayEvent::Payment(event))) => event,
            other => panic!("{other:?}"),
        }
    }

    fn intent(status: &str) -> Value {
        json!({
            "id": "pi_1", "amount": 318_200, "amount_received": 0, "currency": "inr", "status": status,
            "metadata": {"order_id": "o-1"}, "client_secret": "never copied", "last_payment_error": null,
        })
    }

    #[test]
    fn an_intent_is_described_by_its_status() {
        for (kind, status, state) in [
            ("payment_intent.amount_capturable_updated", "requires_capture", GatewayState::Authorized),
            ("payment_intent.succeeded", "succeeded", GatewayState::Captured),
            ("payment_intent.canceled", "canceled", GatewayState::Voided),
            ("payment_intent.payment_failed", "requires_payment_method", GatewayState::AwaitingCustomer),
        ] {
            let reported = event(kind, &intent(status));
            assert_eq!((reported.event_id.as_str(), reported.event_type.as_str()), ("evt_1", kind));
            assert_eq!(reported.payment.state, state);
            assert_eq!((reported.payment.gateway_ref.as_str(), reported.payment.order_ref.as_str()), ("pi_1", "o-1"));
            assert_eq!((reported.payment.amount_minor, reported.payment.client_secret.as_str()), (318_200, ""));
        }
    }

    #[test]
    fn a_decline_carries_its_code() {
        let mut failed = intent("requires_payment_method");
        failed["last_payment_error"] = json!({"code": "card_declined", "decline_code": "insufficient_funds"});
        let payment = event("payment_intent.payment_failed", &failed).payment;
        assert_eq!((payment.state, payment.failure_code.as_str()), (GatewayState::Declined, "insufficient_funds"));
    }

    #[test]
    fn a_refund_in_full_and_in_part_are_told_apart() {
        let charge = |refunded: i64| {
            json!({"id": "ch_1", "payment_intent": "pi_1", "amount": 100, "amount_captured": 100,
                   "amount_refunded": refunded, "currency": "inr", "metadata": {}})
        };
        assert_eq!(event("charge.refunded", &charge(100)).payment.state, GatewayState::Refunded);
        let part = event("charge.refunded", &charge(40)).payment;
        assert_eq!((part.state, part.refunded_minor), (GatewayState::Captured, 40));
    }

    #[test]
    fn a_failed_refund_is_passed_on_with_the_payments_names_and_no_sum() {
        let refund = |intent: Value, metadata: Value| {
            json!({"id": "re_1", "object": "refund", "amount": 100, "charge": "ch_1", "payment_intent": intent,
                   "currency": "inr", "status": "failed", "failure_reason": "expired_or_canceled_card",
                   "metadata": metadata})
        };
        let failed = event("refund.failed", &refund(json!("pi_1"), json!({"order_id": "o-1"})));
        assert_eq!((failed.event_type.as_str(), failed.payment.order_ref.as_str()), ("refund.failed", "o-1"));
        assert_eq!((failed.payment.gateway_ref.as_str(), failed.payment.payment_ref.as_str()), ("pi_1", "pi_1"));
        assert_eq!((failed.payment.captured_minor, failed.payment.refunded_minor), (0, 0));
        assert_eq!(event("refund.failed", &refund(json!("pi_1"), Value::Null)).payment.order_ref, "");
        let stranger = json!({"id": "evt_1", "type": "refund.failed",
                              "data": {"object": refund(Value::Null, json!({}))}});
        let ignored = Ok(Reading::Ignored("refund.failed".to_owned()));
        assert_eq!(read(stranger.to_string().as_bytes()), ignored);
    }

    #[test]
    fn other_events_are_ignored_and_broken_ones_refused() {
        let other = br#"{"id":"evt_1","type":"customer.created","data":{"object":{}}}"#;
        assert_eq!(read(other), Ok(Reading::Ignored("customer.created".to_owned())));
        for broken in [&b""[..], b"{}", b"[]", br#"{"id":"e","type":"payment_intent.succeeded","data":{"object":{}}}"#]
        {
            assert!(read(broken).is_err());
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(body in proptest::collection::vec(any::<u8>(), 0..256), text in ".*") {
            let _ = (read(&body), read(text.as_bytes()));
        }
    }
}
