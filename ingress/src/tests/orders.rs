//! Orders, as far as a cache and a broker suffice.

use std::sync::atomic::Ordering;

use axum::http::header;
use schemas::{
    ids::{OrderId, UserId},
    types::OrderStatus,
};
use serde_json::json;
use shared::{config::Environment, id::MessageId};

use super::scene::Scene;
use crate::testing::{Bench, request, settings};

#[tokio::test]
async fn a_status_shows_the_version_the_prompt_and_never_the_owner() {
    let scene = Scene::new().await;
    scene.stands_at(OrderStatus::AwaitingPayment, 3);
    let response = scene.bench.send(scene.get("/status")).await;
    assert_eq!(response.headers()[header::ETAG], "\"3\"");
    let (_, body) = scene.bench.ask(scene.get("/status")).await;
    let expected = json!({
        "order_id": scene.order, "status": "awaiting_payment", "version": 3, "since": "1970-01-01T00:00:01.000Z",
        "payment": {"gateway": "stripe", "gateway_ref": "pi_1", "client_secret": "pi_1_secret",
                    "amount": {"minor": 100, "currency": "INR"}},
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn an_unchanged_status_is_not_sent_again() {
    let scene = Scene::new().await;
    scene.stands_at(OrderStatus::Confirmed, 5);
    let with_tag = |tag: &str| scene.asked_by(scene.owner, "GET", "/status", &[("if-none-match", tag)], "");
    let response = scene.bench.send(with_tag("\"5\"")).await;
    assert_eq!((response.status().as_u16(), &response.headers()[header::ETAG]), (304, &"\"5\"".parse().unwrap()));
    assert_eq!(scene.bench.ask(with_tag("\"4\"")).await.0, 200);
}

#[tokio::test]
async fn a_cache_that_is_behind_what_was_shown_is_not_believed() {
    let scene = Scene::new().await;
    scene.stands_at(OrderStatus::Confirmed, 5);
    assert_eq!(scene.bench.ask(scene.get("/status")).await.0, 200);
    scene.stands_at(OrderStatus::Paid, 4);
    // The record is asked instead, and it is not there in this test.
    assert_eq!(scene.bench.ask(scene.get("/status")).await.0, 503);
    let ahead = scene.asked_by(scene.owner, "GET", "/status", &[("if-none-match", "\"6\"")], "");
    assert_eq!(scene.bench.ask(ahead).await.0, 503);
}

#[tokio::test]
async fn another_customers_order_does_not_exist() {
    let scene = Scene::new().await;
    scene.stands_at(OrderStatus::Confirmed, 1);
    let stranger = UserId::generate();
    for (method, path) in [("GET", "/status"), ("GET", "/events"), ("GET", "/invoice"), ("POST", "/cancel")] {
        let (status, code) = scene.bench.code(scene.asked_by(stranger, method, path, &[], "")).await;
        assert_eq!((status, code.as_str()), (404, "order_not_found"), "{method} {path}");
    }
    assert_eq!(scene.bench.appended(), 0);
}

#[tokio::test]
async fn an_id_that_is_none_is_an_order_that_does_not_exist() {
    let bench = Bench::new().await;
    let bearer = format!("Bearer {}", bench.token(UserId::generate()));
    for id in ["1", "not-an-id", "0192C1DE-7A4C-7B6E-8F3A-2D1C0B9A8E7F", "%00"] {
        let asked = request("GET", &format!("/orders/{id}/status"), &[("authorization", &bearer)], "");
        assert_eq!(bench.code(asked).await, (404, "order_not_found".to_owned()), "{id}");
    }
}

#[tokio::test]
async fn too_many_readers_of_the_record_are_told_to_come_back() {
    let mut tight = settings();
    tight.limits.status_reads = 0;
    let scene = Scene::of(Bench::with(tight, Environment::Development).await);
    let response = scene.bench.send(scene.get("/status")).await;
    assert_eq!((response.status().as_u16(), &response.headers()[header::RETRY_AFTER]), (503, &"2".parse().unwrap()));
    assert_eq!(scene.bench.code(scene.get("/status")).await, (503, "overloaded".to_owned()));
    scene.stands_at(OrderStatus::Packed, 1);
    assert_eq!(scene.bench.ask(scene.get("/status")).await.0, 200, "the cache has room for everybody");
}

#[tokio::test]
async fn an_order_is_cancelled_once_per_key_until_it_is_shipped() {
    let scene = Scene::new().await;
    scene.stands_at(OrderStatus::Confirmed, 1);
    let cancel =
        |key: &str, body: &str| scene.asked_by(scene.owner, "POST", "/cancel", &[("idempotency-key", key)], body);
    let (status, body) = scene.bench.ask(cancel("k1", r#"{"reason":"wrong part"}"#)).await;
    assert_eq!((status.as_u16(), body["order_id"].as_str()), (202, Some(scene.order.to_string().as_str())));
    assert_eq!(scene.bench.ask(cancel("k1", "")).await.0, 202);
    let expected = MessageId::of_fact(&format!("cancel/{}/k1", scene.order));
    for message in scene.bench.broker.taken.lock().unwrap().iter() {
        assert_eq!(shared::message::Envelope::decode(&message.payload).unwrap().message_id, expected);
    }
    scene.stands_at(OrderStatus::Shipped, 2);
    assert_eq!(scene.bench.code(cancel("k2", "")).await, (409, "not_cancellable".to_owned()));
    assert_eq!(scene.bench.code(cancel(" ", "")).await, (400, "invalid_idempotency_key".to_owned()));
    assert_eq!(scene.bench.code(cancel("k3", r#"{"refund":1}"#)).await, (422, "invalid_body".to_owned()));
}

#[tokio::test]
async fn an_unacknowledged_cancellation_is_not_a_rejection() {
    let scene = Scene::new().await;
    scene.stands_at(OrderStatus::Confirmed, 1);
    scene.bench.broker.down.store(true, Ordering::Relaxed);
    let response = scene.bench.send(scene.asked_by(scene.owner, "POST", "/cancel", &[], "")).await;
    assert_eq!((response.status().as_u16(), &response.headers()[header::RETRY_AFTER]), (503, &"1".parse().unwrap()));
}

#[tokio::test]
async fn an_order_that_names_its_own_price_or_owner_is_refused() {
    let bench = Bench::new().await;
    let bearer = format!("Bearer {}", bench.token(UserId::generate()));
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let good = json!({
        "items": [{"product_id": OrderId::generate(), "quantity": 1}],
        "address": {"name": "Asha", "phone": "9876543210", "line1": "12 MG Road", "city": "Pune",
                    "state_code": "27", "pincode": "411001"},
        "payment_method": "cod",
    });
    for field in ["total", "status", "user_id", "discount"] {
        let mut body = good.clone();
        body[field] = json!(1);
        for path in ["/orders", "/checkout/quote"] {
            let answer = bench.code(request("POST", path, &headers, body.to_string())).await;
            assert_eq!(answer, (422, "invalid_body".to_owned()), "{path} {field}");
        }
    }
    // Nothing is wrong with the good one but that the catalog is not there.
    for path in ["/orders", "/checkout/quote"] {
        let answer = bench.code(request("POST", path, &headers, good.to_string())).await;
        assert_eq!(answer, (503, "store_unavailable".to_owned()), "{path}");
    }
    assert_eq!(bench.appended(), 0);
}
