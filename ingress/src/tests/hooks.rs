//! Webhooks: believed or not, and acknowledged only once safe.

use std::sync::atomic::Ordering;

use axum::{body::Body, http::Request};
use schemas::{
    ids::OrderId,
    payments::{GatewayState, PaymentsMessage},
    shipping::{ParcelState, ShippingMessage},
};
use serde_json::json;
use shared::{
    config::{Environment, Section},
    id::MessageId,
    message::{Delivery, Position, Topic},
    time::Timestamp,
};

use crate::{
    testing::{self, Bench, request},
    webhooks::signature::digest,
};

fn timestamped(secret: &str, body: &str, age_seconds: i64) -> String {
    let time = (Timestamp::now().as_millis() / 1000 - age_seconds).to_string();
    let signature = hex::encode(digest(secret.as_bytes(), &[time.as_bytes(), b".", body.as_bytes()]));
    format!("t={time},v1={signature}")
}

fn stripe_body(order: &str) -> String {
    json!({"id": "evt_1", "type": "payment_intent.succeeded", "data": {"object": {
        "id": "pi_1", "amount": 100, "amount_received": 100, "currency": "inr", "status": "succeeded",
        "metadata": {"order_id": order},
    }}})
    .to_string()
}

fn stripe(body: &str, signature: &str) -> Request<Body> {
    request("POST", "/webhooks/stripe", &[("stripe-signature", signature)], body.to_owned())
}

fn only_message<T: Topic>(bench: &Bench) -> Delivery<T> {
    let taken = bench.broker.taken.lock().unwrap();
    assert_eq!((taken.len(), &*taken[0].topic), (1, T::TOPIC));
    let place = Position { partition: 0, offset: 0 };
    Delivery::decode(&taken[0].payload, place, Timestamp::now(), Some(taken[0].trace)).unwrap()
}

#[tokio::test]
async fn a_signed_stripe_event_reaches_the_payments_worker() {
    let bench = Bench::new().await;
    let order = OrderId::generate();
    let body = stripe_body(&order.to_string());
    assert_eq!(bench.ask(stripe(&body, &timestamped("whsec_demo", &body, 0))).await.0, 200);
    let delivery = only_message::<PaymentsMessage>(&bench);
    assert_eq!(delivery.id, MessageId::of_fact("stripe/evt_1"));
    assert_eq!(delivery.aggregate_id, order.to_string());
    let PaymentsMessage::GatewayReported(reported) = delivery.message else { panic!() };
    assert_eq!((reported.payment.state, reported.payment.captured_minor), (GatewayState::Captured, 100));
}

#[tokio::test]
async fn an_unbelieved_event_leaves_no_trace() {
    let bench = Bench::new().await;
    let body = stripe_body(&OrderId::generate().to_string());
    let other_body = body.replace("100", "1");
    for signature in [
        String::new(),
        "garbage".to_owned(),
        timestamped("whsec_other", &body, 0),
        timestamped("whsec_demo", &body, 301),
        timestamped("whsec_demo", &body, -400),
        timestamped("whsec_demo", &other_body, 0),
    ] {
        assert_eq!(bench.code(stripe(&body, &signature)).await, (400, "invalid_signature".to_owned()), "{signature}");
    }
    assert_eq!(bench.appended(), 0);
}

#[tokio::test]
async fn an_exchanged_secret_is_believed_until_its_end_and_no_longer() {
    let hour = std::time::Duration::from_secs(3_600);
    let now = Timestamp::now();
    for (until, expected) in [(now.plus(hour), 200), (now.minus(hour), 400)] {
        let mut settings = testing::settings();
        settings.stripe_webhook_secret = "whsec_new".into();
        settings.stripe_previous_webhook_secret = Some("whsec_demo".into());
        settings.stripe_previous_valid_until = Some(until);
        settings.razorpay_webhook_secret = "rzp_new".into();
        settings.razorpay_previous_webhook_secret = Some("rzp_whsec_demo".into());
        settings.razorpay_previous_valid_until = Some(until);
        settings.check(Environment::Development).unwrap();
        let bench = Bench::with(settings, Environment::Development).await;
        let body = stripe_body(&OrderId::generate().to_string());
        let by = |secret| stripe(&body, &timestamped(secret, &body, 0));
        assert_eq!(bench.ask(by("whsec_new")).await.0, 200);
        assert_eq!(bench.ask(by("whsec_demo")).await.0, expected, "{until}");
        let plain = |secret: &str| {
            let signature = hex::encode(digest(secret.as_bytes(), &[br#"{"event":"invoice.paid"}"#]));
            let headers = [("x-razorpay-signature", signature.as_str())];
            request("POST", "/webhooks/razorpay", &headers, r#"{"event":"invoice.paid"}"#)
        };
        assert_eq!(bench.ask(plain("rzp_new")).await.0, 200);
        assert_eq!(bench.ask(plain("rzp_whsec_demo")).await.0, expected, "{until}");
    }
}

#[tokio::test]
async fn no_event_is_acknowledged_before_it_is_safe() {
    let bench = Bench::new().await;
    bench.broker.down.store(true, Ordering::Relaxed);
    let body = stripe_body(&OrderId::generate().to_string());
    assert_eq!(bench.code(stripe(&body, &timestamped("whsec_demo", &body, 0))).await, (503, "fate_unknown".to_owned()));
}

#[tokio::test]
async fn an_event_that_names_no_order_waits_for_the_record_that_knows_it() {
    let bench = Bench::new().await;
    let body = stripe_body("not an order");
    assert_eq!(bench.code(stripe(&body, &timestamped("whsec_demo", &body, 0))).await.0, 503);
}

#[tokio::test]
async fn events_that_mean_nothing_are_taken_and_broken_ones_refused() {
    let bench = Bench::new().await;
    let other = r#"{"id":"evt_2","type":"customer.created","data":{"object":{}}}"#;
    assert_eq!(bench.ask(stripe(other, &timestamped("whsec_demo", other, 0))).await.0, 200);
    let broken = r#"{"id":"evt_3"}"#;
    let answer = bench.code(stripe(broken, &timestamped("whsec_demo", broken, 0))).await;
    assert_eq!(answer, (400, "malformed_event".to_owned()));
    assert_eq!(bench.appended(), 0);
}

#[tokio::test]
async fn a_signed_razorpay_event_is_known_by_its_header() {
    let bench = Bench::new().await;
    let order = OrderId::generate();
    let body = json!({"event": "payment.captured", "payload": {"payment": {"entity": {
        "id": "pay_1", "order_id": "order_1", "amount": 100, "currency": "INR", "status": "captured",
        "notes": {"order_id": order},
    }}}})
    .to_string();
    let signature = hex::encode(digest(b"rzp_whsec_demo", &[body.as_bytes()]));
    let headers = [("x-razorpay-signature", signature.as_str()), ("x-razorpay-event-id", "ev_1")];
    assert_eq!(bench.ask(request("POST", "/webhooks/razorpay", &headers, body)).await.0, 200);
    assert_eq!(only_message::<PaymentsMessage>(&bench).id, MessageId::of_fact("razorpay/ev_1"));
}

#[tokio::test]
async fn a_signed_carrier_event_reaches_the_shipping_worker() {
    let bench = Bench::new().await;
    let order = OrderId::generate();
    let body = json!({"id": "cev_1", "type": "shipment.delivered", "created": 1, "data": {
        "shipment_id": "shp_1", "reference": order, "status": "delivered", "occurred_at": 1_700_000_000,
    }})
    .to_string();
    let signature = timestamped("carrier_whsec_demo", &body, 0);
    let hook = |carrier: &str| {
        let headers = [("x-carrier-signature", signature.as_str())];
        request("POST", &format!("/webhooks/carriers/{carrier}"), &headers, body.clone())
    };
    assert_eq!(bench.code(hook("Not%20One")).await.0, 404);
    assert_eq!(bench.ask(hook("swift")).await.0, 200);
    let ShippingMessage::CarrierReported(reported) = only_message::<ShippingMessage>(&bench).message else { panic!() };
    assert_eq!((reported.carrier.as_str(), reported.state), ("swift", ParcelState::Delivered));
}
