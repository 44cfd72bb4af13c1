//! What the description shows as an example can be sent: whatever becomes of it, its shape is never what is wrong.

use axum::{body::Body, http::Request};
use ingress::auth::{Permissions, Role};
use serde_json::Value;

use crate::{
    permissions::somebody,
    samples::drop_record,
    testing::{Bench, request},
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

fn of(parameter: &Value) -> String {
    let beside = Some(&parameter["example"]).filter(|example| !example.is_null());
    match beside.unwrap_or(&parameter["schema"]["examples"][0]) {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// A request made of the operation's examples alone.
fn shown(method: &str, template: &str, operation: &Value, token: &str) -> Request<Body> {
    let (mut path, mut query) = (template.to_owned(), Vec::new());
    let bearer = format!("Bearer {token}");
    let mut headers =
        vec![("authorization".to_owned(), bearer), ("content-type".to_owned(), "application/json".to_owned())];
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let (name, value) = (parameter["name"].as_str().unwrap(), of(parameter));
        let must_be = parameter["required"] == true;
        assert!(!(must_be && value.is_empty()), "{method} {template}: {name} has no example");
        match parameter["in"].as_str().unwrap() {
            "path" => path = path.replace(&format!("{{{name}}}"), &value),
            "query" if !value.is_empty() => query.push(format!("{name}={}", value.replace(' ', "+"))),
            "header" if must_be => headers.push((name.to_owned(), value)),
            _ => {}
        }
    }
    let body = &operation["requestBody"]["content"]["application/json"]["example"];
    let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let body = if body.is_null() { String::new() } else { body.to_string() };
    request(method, &format!("{path}?{}", query.join("&")), &headers, body)
}

#[tokio::test]
async fn what_is_shown_as_an_example_has_the_shape_that_is_asked_for() {
    let bench = Bench::on_record().await;
    let description = bench.ask(Request::get("/openapi.json").body(Body::empty()).unwrap()).await.1;
    let (mut sent, mut refused) = (0, Vec::new());
    for (path, methods) in description["paths"].as_object().unwrap() {
        let path = path.strip_prefix("/api/v1").unwrap();
        for (method, operation) in methods.as_object().unwrap() {
            // A webhook is signed, and what waits for news would wait.
            if path.starts_with("/webhooks/") || path.ends_with("/events") {
                continue;
            }
            let admin = somebody(&bench, Role::Admin, Permissions::new()).await;
            let (status, answer) = bench.ask(shown(&method.to_uppercase(), path, operation, &admin)).await;
            let code = answer["code"].as_str().unwrap_or_default();
            if WRONG_SHAPE.contains(&code) {
                refused.push(format!("{method} {path}: {status} {answer}"));
            }
            sent += 1;
        }
    }
    assert!(sent > 100 && refused.is_empty(), "of {sent}:\n{}", refused.join("\n"));
    drop_record(&bench).await;
}
