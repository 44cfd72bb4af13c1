//! A client that never ends its body holds its place for a bounded time, on every route that takes one.

use std::{convert::Infallible, time::Duration};

use axum::{body::Body, http::StatusCode};
use futures::{StreamExt, future::join_all, stream};
use ingress::auth::{Permissions, Role};

use crate::{
    permissions::somebody,
    samples::drop_record,
    testing::{Bench, described::Operation, request, settings},
};

/// One byte after another, without end: each comes in time.
fn endless() -> Body {
    let bytes = stream::repeat_with(|| Ok::<_, Infallible>(" "));
    Body::from_stream(bytes.then(async |byte| {
        tokio::time::sleep(Duration::from_millis(20)).await;
        byte
    }))
}

#[tokio::test]
async fn a_body_that_does_not_end_is_broken_off_on_every_route() {
    let mut hasty = settings();
    (hasty.limits.request_seconds, hasty.limits.upload_seconds) = (1, 1);
    let bench = Bench::on_record_with(hasty).await;
    let bearer = format!("Bearer {}", somebody(&bench, Role::Admin, Permissions::new()).await);
    let with_body: Vec<_> = Operation::all(&bench.description()).into_iter().filter(Operation::has_body).collect();
    assert!(with_body.len() > 40, "{}", with_body.len());
    let answers = with_body.iter().map(async |operation| {
        let is_file = !operation.told["requestBody"]["content"]["text/csv"].is_null();
        let media_type = if is_file { "text/csv" } else { "application/json" };
        let headers = [("content-type", media_type), ("authorization", &bearer), ("idempotency-key", "a-key")];
        let asked = bench.ask(request(&operation.method, &operation.address(), &headers, endless()));
        let answer = tokio::time::timeout(Duration::from_secs(30), asked).await;
        (operation.name(), answer.unwrap_or_else(|_| panic!("{}: no end", operation.name())))
    });
    for (name, (status, problem)) in join_all(answers).await {
        assert_eq!((status, &problem["code"]), (StatusCode::SERVICE_UNAVAILABLE, &"timed_out".into()), "{name}");
    }
    drop_record(&bench).await;
}
