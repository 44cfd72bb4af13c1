//! What is refused when there is too much to do, and what is not.

use std::time::{Duration, Instant};

use axum::http::header;
use schemas::{ids::UserId, types::OrderStatus};
use serde_json::json;
use shared::kafka::Progress;

use super::scene::Scene;
use crate::{
    admission::{Admission, watched},
    read_models::request_id,
    testing::{Bench, request},
};

/// Looks at pools that do nothing while more and more waits.
fn stand_still(admission: &Admission) {
    for second in 0..3 {
        let end = 10_000 * (second + 1);
        let look: Vec<_> = watched().iter().map(|_| vec![Progress { end, committed: 0 }]).collect();
        admission.hear(&look, Instant::now() - Duration::from_secs(2 - second.unsigned_abs()));
    }
}

#[tokio::test]
async fn a_new_order_is_told_when_to_come_again_before_its_body_is_read() {
    let bench = Bench::new().await;
    stand_still(&bench.app.admission);
    let bearer = format!("Bearer {}", bench.token(UserId::generate()));
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", "k")];
    let response = bench.send(request("POST", "/orders", &headers, "no JSON")).await;
    assert_eq!(response.status().as_u16(), 503);
    let seconds: u64 = response.headers()[header::RETRY_AFTER].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert_eq!(bench.code(request("POST", "/orders", &headers, "no JSON")).await, (503, "overloaded".to_owned()));
    assert_eq!(bench.code(request("POST", "/orders", &[], "")).await.0, 401, "a stranger learns nothing");
}

#[tokio::test]
async fn reads_cancellations_and_webhooks_go_on() {
    let scene = Scene::new().await;
    stand_still(&scene.bench.app.admission);
    scene.stands_at(OrderStatus::Confirmed, 2);
    assert_eq!(scene.bench.ask(scene.get("/status")).await.0, 200);
    assert_eq!(scene.bench.ask(scene.asked_by(scene.owner, "POST", "/cancel", &[], "")).await.0, 202);
    assert_eq!(scene.bench.code(request("POST", "/webhooks/stripe", &[], "{}")).await.0, 400, "its signature is read");
}

#[tokio::test]
async fn the_repetition_of_an_order_that_was_taken_is_let_in() {
    let bench = Bench::new().await;
    stand_still(&bench.app.admission);
    let user = UserId::generate();
    bench.app.admission.repetitions().remember(&request_id(user, Some("taken")));
    // What is let in is read, and here it is no order.
    for (key, expected) in [("taken", 422), ("new", 503)] {
        let asked = bench.asked_by(user, "POST", "/orders", &[("idempotency-key", key)], &json!({})).await;
        assert_eq!(asked.0, expected, "{key}");
    }
}
