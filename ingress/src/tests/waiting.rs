//! Clients that wait for an order to move.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use axum::http::header;
use futures::future::join_all;
use schemas::{documents::StatusView, ids::UserId, types::OrderStatus};
use serde_json::{Value, json};
use shared::config::Environment;

use super::scene::Scene;
use crate::testing::{Bench, settings};

#[tokio::test]
async fn a_waiting_client_is_answered_when_the_order_moves() {
    let scene = Scene::new().await;
    scene.stands_at(OrderStatus::Reserving, 1);
    let waiting = scene.bench.ask(scene.get("/status?wait_for=confirmed&timeout=10"));
    let moving = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        scene.stands_at(OrderStatus::AwaitingPayment, 2);
        tokio::time::sleep(Duration::from_millis(100)).await;
        scene.stands_at(OrderStatus::Confirmed, 3);
    };
    let started = Instant::now();
    let ((status, body), ()) = tokio::join!(waiting, moving);
    assert_eq!((status.as_u16(), body["status"].as_str()), (200, Some("confirmed")));
    assert!(started.elapsed() < Duration::from_millis(900), "news wake at once, not the slow look");
    assert_eq!(scene.bench.cache.asked.load(Ordering::Relaxed), 1, "the news say it all");
}

#[tokio::test]
async fn news_are_held_to_what_a_reading_is_held_to() {
    let scene = Scene::new().await;
    scene.stands_at(OrderStatus::Packed, 3);
    let waiting = scene.bench.ask(scene.get("/status?wait_for=delivered&timeout=1"));
    let telling = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        scene.is_told(2, &scene.body(OrderStatus::Delivered));
        scene.is_told(3, &scene.body(OrderStatus::Delivered));
        tokio::time::sleep(Duration::from_millis(100)).await;
        let strangers = Scene { owner: UserId::generate(), ..Scene::new().await };
        let mut view: StatusView = serde_json::from_slice(&strangers.body(OrderStatus::Delivered)).unwrap();
        view.order_id = scene.order;
        scene.is_told(4, &serde_json::to_vec(&view).unwrap());
    };
    let ((status, body), ()) = tokio::join!(waiting, telling);
    assert_eq!((status.as_u16(), &body["status"], &body["version"]), (200, &json!("packed"), &json!(3)));
}

#[tokio::test]
async fn a_full_house_answers_whose_order_is_there_already() {
    let mut tight = settings();
    tight.limits.waiters = 0;
    let scene = Scene::of(Bench::with(tight, Environment::Development).await);
    scene.stands_at(OrderStatus::Confirmed, 1);
    assert_eq!(scene.bench.ask(scene.get("/status?wait_for=paid")).await.0, 200);
}

#[tokio::test]
async fn waiting_ends_with_the_status_as_it_is() {
    let scene = Scene::new().await;
    scene.stands_at(OrderStatus::Reserving, 1);
    let (status, body) = scene.bench.ask(scene.get("/status?wait_for=confirmed&timeout=1")).await;
    assert_eq!((status.as_u16(), body["status"].as_str()), (200, Some("reserving")));
    for bad in ["wait_for=unknown", "wait_for=confirmed&timeout=31", "wait=1"] {
        assert_eq!(scene.bench.ask(scene.get(&format!("/status?{bad}"))).await.0, 422, "{bad}");
    }
}

#[tokio::test]
async fn too_many_waiting_clients_are_told_to_poll() {
    let mut tight = settings();
    tight.limits.waiters = 0;
    let scene = Scene::of(Bench::with(tight, Environment::Development).await);
    scene.stands_at(OrderStatus::Reserving, 1);
    assert_eq!(scene.bench.code(scene.get("/events")).await, (503, "overloaded".to_owned()));
    assert_eq!(scene.bench.code(scene.get("/status?wait_for=paid")).await, (503, "overloaded".to_owned()));
    assert_eq!(scene.bench.ask(scene.get("/status")).await.0, 200);
}

#[tokio::test]
async fn a_stream_shows_every_change_and_ends_with_the_order() {
    let scene = Scene::new().await;
    scene.stands_at(OrderStatus::Packed, 1);
    let response = scene.bench.send(scene.get("/events")).await;
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
    let moving = async {
        for (status, version) in [(OrderStatus::Shipped, 2), (OrderStatus::Delivered, 3)] {
            tokio::time::sleep(Duration::from_millis(100)).await;
            scene.stands_at(status, version);
        }
    };
    let (stream, ()) = tokio::join!(axum::body::to_bytes(response.into_body(), 1 << 16), moving);
    let text = String::from_utf8(stream.unwrap().to_vec()).unwrap();
    let statuses: Vec<Value> = text
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .map(|data| serde_json::from_str::<Value>(data).unwrap()["status"].clone())
        .collect();
    assert_eq!(statuses, ["packed", "shipped", "delivered"]);
    assert!(text.contains("id: 3"));
}

/// A scene whose record has no room for any reader.
async fn crowded() -> Scene {
    let mut tight = settings();
    tight.limits.status_reads = 0;
    Scene::of(Bench::with(tight, Environment::Development).await)
}

#[tokio::test]
async fn a_burst_that_finds_the_cache_away_and_no_room_at_the_record_is_answered_by_the_news() {
    let scene = crowded().await;
    scene.bench.cache.down.store(true, Ordering::Relaxed);
    let path = "/status?wait_for=confirmed&timeout=10";
    let burst = join_all((0..300).map(|_| scene.bench.ask(scene.get(path))));
    let recovering = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        scene.bench.cache.down.store(false, Ordering::Relaxed);
        scene.stands_at(OrderStatus::Confirmed, 5);
    };
    let started = Instant::now();
    let (answers, ()) = tokio::join!(burst, recovering);
    assert!(answers.iter().all(|(status, body)| status.as_u16() == 200 && body["status"] == "confirmed"));
    assert!(started.elapsed() < Duration::from_secs(4), "before anybody looks again");
    assert_eq!(
        scene.bench.cache.asked.load(Ordering::Relaxed),
        1,
        "the others leave a cache alone that has just failed"
    );
}

#[tokio::test]
async fn who_knows_something_is_answered_with_it_when_no_source_answers_at_the_end() {
    let scene = crowded().await;
    scene.stands_at(OrderStatus::Reserving, 1);
    let waiting = scene.bench.ask(scene.get("/status?wait_for=confirmed&timeout=1"));
    let failing = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        scene.bench.cache.down.store(true, Ordering::Relaxed);
    };
    let ((status, body), ()) = tokio::join!(waiting, failing);
    assert_eq!((status.as_u16(), body["status"].as_str()), (200, Some("reserving")));
}

#[tokio::test]
async fn what_is_known_is_no_answer_when_newer_has_been_shown_or_nothing_is_known() {
    let scene = crowded().await;
    scene.stands_at(OrderStatus::Reserving, 1);
    let waiting = scene.bench.code(scene.get("/status?wait_for=confirmed&timeout=1"));
    let showing = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        scene.bench.cache.down.store(true, Ordering::Relaxed);
        scene.bench.app.statuses.note(scene.order, 2);
    };
    assert_eq!(tokio::join!(waiting, showing).0, (503, "overloaded".to_owned()));
    let unknown = scene.bench.code(scene.get("/status?wait_for=confirmed&timeout=1"));
    assert_eq!(unknown.await, (503, "overloaded".to_owned()));
}

#[tokio::test]
async fn who_waits_leaves_the_record_to_others_while_the_cache_is_away() {
    let scene = crowded().await;
    scene.bench.cache.down.store(true, Ordering::Relaxed);
    let statuses = &scene.bench.app.statuses;
    assert_eq!(statuses.look(scene.order, 1).await, Ok(None), "the cache has failed just now");
    assert_eq!(statuses.look(scene.order, 1).await, Ok(None), "and is left alone");
    assert_eq!(scene.bench.cache.asked.load(Ordering::Relaxed), 1);
    assert!(statuses.read(scene.order, 1).await.is_err(), "the record is asked, and has no room");
}
