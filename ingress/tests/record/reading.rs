use std::{sync::atomic::Ordering, time::Duration};

use axum::http::header;
use schemas::{
    documents::{Order, StatusView},
    ids::UserId,
    types::OrderStatus,
};
use serde_json::json;
use shared::versioned_cache::Cached;

use crate::{
    samples::{body, drop_record, order, place, product, put_credit_note, put_invoice, put_order, put_product},
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
    bench.cache.full.store(true, Ordering::Relaxed);
    let user = UserId::generate();
    let placed = place(&bench, user).await;
    let path = format!("/orders/{}/status", placed.order_id);
    for (version, status) in [(1, OrderStatus::Reserving), (2, OrderStatus::Confirmed)] {
        put_order(&bench, &order(&placed, status), version).await;
        let (_, body) = bench.asked_by(user, "GET", &path, &[], &json!({})).await;
        assert_eq!((&body["version"], &body["status"]), (&json!(version), &json!(status.as_str())));
    }
    cache(&bench, &order(&placed, OrderStatus::Reserving), 1);
    let (_, body) = bench.asked_by(user, "GET", &path, &[], &json!({})).await;
    assert_eq!(body["version"], 2, "a cache restored from an old snapshot is not believed");
    drop_record(&bench).await;
}

fn cache(bench: &Bench, order: &Order, version: i64) {
    let entry = Cached { version, body: serde_json::to_vec(&order.status_view()).unwrap() };
    bench.cache.entries.lock().unwrap().insert(order.order_id.to_string(), entry);
}

#[tokio::test]
async fn a_status_is_never_older_than_what_the_order_itself_or_the_list_has_shown() {
    let bench = Bench::on_record().await;
    let user = UserId::generate();
    for shown_by in ["", "?limit=5"] {
        let placed = place(&bench, user).await;
        put_order(&bench, &order(&placed, OrderStatus::Confirmed), 5).await;
        cache(&bench, &order(&placed, OrderStatus::Reserving), 1);
        let path = format!("/orders/{}", placed.order_id);
        let shown = if shown_by.is_empty() { path.clone() } else { format!("/orders{shown_by}") };
        assert_eq!(bench.asked_by(user, "GET", &shown, &[], &json!({})).await.0, 200);
        let found = bench.cache.entries.lock().unwrap()[&placed.order_id.to_string()].version;
        assert_eq!(found, 5, "another ingress finds it there");
        let (_, body) = bench.asked_by(user, "GET", &format!("{path}/status"), &[], &json!({})).await;
        assert_eq!((&body["version"], &body["status"]), (&json!(5), &json!("confirmed")), "{shown}");
    }
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_record_behind_what_was_shown_is_not_shown() {
    let bench = Bench::on_record().await;
    let user = UserId::generate();
    let placed = place(&bench, user).await;
    let path = format!("/orders/{}/status", placed.order_id);
    put_order(&bench, &order(&placed, OrderStatus::Reserving), 1).await;
    bench.app.statuses.note(placed.order_id, 2);
    let (status, problem) = bench.asked_by(user, "GET", &path, &[], &json!({})).await;
    assert_eq!((status, &problem["code"]), (503, &json!("store_unavailable")));
    put_order(&bench, &order(&placed, OrderStatus::Confirmed), 2).await;
    let made_up = [("if-none-match", "\"99\"")];
    let (status, body) = bench.asked_by(user, "GET", &path, &made_up, &json!({})).await;
    assert_eq!((status, &body["version"]), (200, &json!(2)), "an ETag that was never given out denies nothing");
    drop_record(&bench).await;
}

#[tokio::test]
async fn what_was_read_from_the_record_is_in_the_cache_before_it_is_shown() {
    let bench = Bench::on_record().await;
    let user = UserId::generate();
    let placed = place(&bench, user).await;
    put_order(&bench, &order(&placed, OrderStatus::Confirmed), 3).await;
    let id = placed.order_id.to_string();
    kept(&bench, &id).await;
    bench.cache.entries.lock().unwrap().clear();
    let path = format!("/orders/{id}/status");
    assert_eq!(bench.asked_by(user, "GET", &path, &[], &json!({})).await.0, 200);
    let entry = bench.cache.entries.lock().unwrap().get(&id).cloned();
    assert_eq!(entry.map(|entry| entry.version), Some(3));
    drop_record(&bench).await;
}

/// What the cache holds, as soon as it holds anything.
async fn kept(bench: &Bench, id: &str) -> (i64, OrderStatus) {
    for _ in 0..50 {
        let kept = bench.cache.entries.lock().unwrap().get(id).cloned();
        if let Some(kept) = kept {
            let view: StatusView = serde_json::from_slice(&kept.body).unwrap();
            return (kept.version, view.status);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the cache knows nothing of {id}");
}

#[tokio::test]
async fn a_new_order_is_in_the_cache_and_one_asked_for_again_is_not_put_back_to_its_beginning() {
    let bench = Bench::on_record().await;
    let (part, user) = (product("BRK-PAD", 120_000), UserId::generate());
    put_product(&bench, &part).await;
    let named = [("idempotency-key", "k")];
    let (_, answer) = bench.asked_by(user, "POST", "/orders", &named, &body(&part, 1)).await;
    let id = answer["order_id"].as_str().unwrap();
    assert_eq!(kept(&bench, id).await, (0, OrderStatus::Accepted));
    bench.cache.entries.lock().unwrap().clear();
    assert_eq!(bench.asked_by(user, "POST", "/orders", &named, &body(&part, 1)).await, (202, answer.clone()));
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(bench.cache.entries.lock().unwrap().is_empty(), "the entry of an order that moved may have been forgotten");
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
    for path in [
        "",
        "/status",
        "/events",
        "/invoice",
        "/invoices",
        "/invoices/INV2627-00000001",
        "/credit-notes",
        "/credit-notes/CRN2627-00000001",
    ] {
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

#[tokio::test]
async fn credit_notes_are_listed_and_printed() {
    let bench = Bench::on_record().await;
    let user = UserId::generate();
    let placed = place(&bench, user).await;
    let path = format!("/orders/{}/credit-notes", placed.order_id);
    let (_, none) = bench.asked_by(user, "GET", &path, &[], &json!({})).await;
    assert_eq!(none["items"], json!([]));
    put_credit_note(&bench, &placed).await;
    let (_, list) = bench.asked_by(user, "GET", &path, &[], &json!({})).await;
    let listed = &list["items"][0];
    assert_eq!((&listed["number"], &listed["total"]["minor"]), (&json!("CRN2627-00000001"), &json!(318_200)));
    let bearer = format!("Bearer {}", bench.token(user));
    let printed = format!("{path}/CRN2627-00000001");
    let response = bench.send(request("GET", &printed, &[("authorization", &bearer)], "")).await;
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/pdf");
    let pdf = axum::body::to_bytes(response.into_body(), 1 << 22).await.unwrap();
    assert!(pdf.starts_with(b"%PDF-"));
    let (status, problem) = bench.asked_by(user, "GET", &format!("{path}/CRN2627-00000002"), &[], &json!({})).await;
    assert_eq!((status, &problem["code"]), (404, &json!("credit_note_not_found")));
    drop_record(&bench).await;
}
