//! What the description shows as an example can be sent: whatever becomes of it, its shape is never what is wrong.

use axum::{body::Body, http::Request};
use ingress::auth::{Permissions, Role};

use crate::{
    permissions::somebody,
    samples::drop_record,
    testing::{Bench, described::Operation, request},
};

/// What a client is told whose request has the wrong shape.
const WRONG_SHAPE: [&str; 7] = [
    "bad_request",
    "malformed_json",
    "invalid_body",
    "invalid_path",
    "invalid_query",
    "invalid_idempotency_key",
    "validation_failed",
];

/// A request made of the operation's examples alone.
fn shown(operation: &Operation, token: &str) -> Request<Body> {
    let bearer = format!("Bearer {token}");
    let mut headers =
        vec![("authorization".to_owned(), bearer), ("content-type".to_owned(), "application/json".to_owned())];
    for parameter in operation.told["parameters"].as_array().into_iter().flatten() {
        let all = operation.parameters(parameter["in"].as_str().unwrap());
        let (name, value) = all.into_iter().find(|(name, _)| parameter["name"] == **name).unwrap();
        let must_be = parameter["required"] == true;
        assert!(!(must_be && value.is_empty()), "{}: {name} has no example", operation.name());
        if operation.needs(&name) {
            headers.push((name, value));
        }
    }
    let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let body = operation.body().map(ToString::to_string).unwrap_or_default();
    request(&operation.method, &operation.address(), &headers, body)
}

#[tokio::test]
async fn what_is_shown_as_an_example_has_the_shape_that_is_asked_for() {
    let bench = Bench::on_record().await;
    let description = bench.ask(Request::get("/openapi.json").body(Body::empty()).unwrap()).await.1;
    let (mut sent, mut refused) = (0, Vec::new());
    for operation in Operation::all(&description) {
        // A webhook is signed, and what waits for news would wait.
        if operation.template.starts_with("/webhooks/") || operation.template.ends_with("/events") {
            continue;
        }
        let admin = somebody(&bench, Role::Admin, Permissions::new()).await;
        let (status, answer) = bench.ask(shown(&operation, &admin)).await;
        let code = answer["code"].as_str().unwrap_or_default();
        if WRONG_SHAPE.contains(&code) {
            refused.push(format!("{}: {status} {answer}", operation.name()));
        }
        sent += 1;
    }
    assert!(sent > 100 && refused.is_empty(), "of {sent}:\n{}", refused.join("\n"));
    drop_record(&bench).await;
}
