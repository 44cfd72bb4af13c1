use axum::http::header;
use schemas::{ids::UserId, types::OrderStatus};
use serde_json::json;

use crate::{
    samples::{drop_record, order, place, put_invoice, put_order},
    testing::{Bench, request},
};

#[tokio::test]
async fn an_order_is_readable_before_any_worker_has_seen_it() {
    let bench = Bench::on_record().await;
    let user = UserId::generate();
    let placed = place(&bench, user).await;
    let path = format!("/orders/{}", placed.order_id);
    let (status, body) = bench.asked_by(user, "GET", &format!("{path}/status"), &[], &json!({})).await;
    assert_eq!((status, &body["status"], &body["version"]), (200, &json!("accepted"), &json!(0)));
    let (status, body) = bench.asked_by(user, "GET", &path, &[], &json!({})).await;
    assert_eq!((status, &body["status"]), (200, &json!("accepted")));
    assert_eq!(body["totals"]["grand_total"], json!({"minor": 318_200, "currency": "INR"}));
    assert_eq!(bench.asked_by(user, "POST", &format!("{path}/cancel"), &[], &json!({})).await.0, 202);
    drop_record(&bench).await;
}

#[tokio::test]
async fn without_the_cache_the_record_is_read_and_never_an_older_version() {
    let bench = Bench::on_record().await;
    let user = UserId::generate();
    let placed = place(&bench, user).await;
    let path = format!("/orders/{}/status", placed.order_id);
    for (version, status) in [(1, OrderStatus::Reserving), (2, OrderStatus::Confirmed)] {
        put_order(&bench, &order(&placed, status), version).await;
        let (_, body) = bench.asked_by(user, "GET", &path, &[], &json!({})).await;
        assert_eq!((&body["version"], &body["status"]), (&json!(version), &json!(status.as_str())));
    }
    let old = order(&placed, OrderStatus::Reserving).status_view();
    let old = shared::versioned_cache::Cached { version: 1, body: serde_json::to_vec(&old).unwrap() };
    bench.cache.0.lock().unwrap().insert(placed.order_id.to_string(), old);
    let (_, body) = bench.asked_by(user, "GET", &path, &[], &json!({})).await;
    assert_eq!(body["version"], 2, "a cache restored from an old snapshot is not believed");
    drop_record(&bench).await;
}

#[tokio::test]
async fn customers_see_their_own_orders_newest_first_and_nobody_elses() {
    let bench = Bench::on_record().await;
    let (user, stranger) = (UserId::generate(), UserId::generate());
    let mut ids = Vec::new();
    for _ in 0..3 {
        let placed = place(&bench, user).await;
        put_order(&bench, &order(&placed, OrderStatus::Confirmed), 1).await;
        ids.insert(0, placed.order_id.to_string());
    }
    let (_, page) = bench.asked_by(user, "GET", "/orders?limit=2", &[], &json!({})).await;
    let cursor = page["next_cursor"].as_str().unwrap();
    let (_, rest) = bench.asked_by(user, "GET", &format!("/orders?limit=2&cursor={cursor}"), &[], &json!({})).await;
    let listed: Vec<_> = [&page, &rest]
        .iter()
        .flat_map(|page| page["items"].as_array().unwrap())
        .map(|item| item["order_id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!((listed, rest["next_cursor"].is_null()), (ids.clone(), true));
    let (_, none) = bench.asked_by(stranger, "GET", &format!("/orders?cursor={cursor}"), &[], &json!({})).await;
    assert_eq!(none["items"], json!([]));
    for path in ["", "/status", "/events", "/invoice"] {
        let (status, problem) =
            bench.asked_by(stranger, "GET", &format!("/orders/{}{path}", ids[0]), &[], &json!({})).await;
        assert_eq!((status, problem["code"].as_str()), (404, Some("order_not_found")), "{path}");
    }
    drop_record(&bench).await;
}

#[tokio::test]
async fn an_invoice_is_printed_once_it_is_issued() {
    let bench = Bench::on_record().await;
    let user = UserId::generate();
    let placed = place(&bench, user).await;
    let path = format!("/orders/{}/invoice", placed.order_id);
    let (status, problem) = bench.asked_by(user, "GET", &path, &[], &json!({})).await;
    assert_eq!((status, problem["code"].as_str()), (404, Some("invoice_not_ready")));
    put_invoice(&bench, &placed).await;
    let bearer = format!("Bearer {}", bench.token(user));
    let response = bench.send(request("GET", &path, &[("authorization", &bearer)], "")).await;
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/pdf");
    assert_eq!(response.headers()[header::CONTENT_DISPOSITION], "inline; filename=\"INV2627-00000001.pdf\"");
    let pdf = axum::body::to_bytes(response.into_body(), 1 << 22).await.unwrap();
    assert!(pdf.starts_with(b"%PDF-"));
    drop_record(&bench).await;
}
