//! Everything that goes wrong is a problem document, whoever noticed it.

use axum::{
    body::Body,
    http::{Request, header},
};
use proptest::prelude::*;
use schemas::ids::UserId;
use secrecy::SecretString;
use shared::config::Environment;

use crate::testing::{Bench, described::Operation, request, settings};

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn unknown_routes_and_methods_are_problems() {
    let bench = Bench::new().await;
    assert_eq!(bench.code(request("GET", "/nothing", &[], "")).await, (404, "not_found".to_owned()));
    let outside = Request::get("/").body(Body::empty()).unwrap();
    assert_eq!(bench.code(outside).await, (404, "not_found".to_owned()));
    assert_eq!(bench.code(request("DELETE", "/orders", &[], "")).await, (405, "method_not_allowed".to_owned()));
    let response = bench.send(request("PUT", "/auth/login", &[], "")).await;
    assert_eq!(response.headers()[header::ALLOW], "POST");
}

#[tokio::test]
async fn bodies_are_json_of_the_right_shape_and_size() {
    let bench = Bench::new().await;
    for (headers, body, expected) in [
        (&[JSON][..], "{", (400, "malformed_json")),
        (&[JSON], r#"{"email":"a@b.in","password":"x","role":"admin"}"#, (422, "invalid_body")),
        (&[], "{}", (415, "unsupported_media_type")),
        (&[("content-type", "text/plain")], "{}", (415, "unsupported_media_type")),
    ] {
        let (status, code) = bench.code(request("POST", "/auth/login", headers, body)).await;
        assert_eq!((status, code.as_str()), expected, "{body}");
    }
    let large = request("POST", "/auth/login", &[JSON], vec![b' '; 64 * 1024 + 1]);
    assert_eq!(bench.code(large).await, (413, "body_too_large".to_owned()));
}

#[tokio::test]
async fn queries_and_paths_are_checked() {
    let bench = Bench::new().await;
    for (path, expected) in [
        ("/products?limit=101", (422, "validation_failed")),
        ("/products?limit=many", (422, "invalid_query")),
        ("/products?order=price", (422, "invalid_query")),
        ("/products?cursor=zz", (422, "validation_failed")),
        ("/products?model=Swift", (422, "validation_failed")),
        ("/products/%ff", (400, "invalid_path")),
    ] {
        let (status, code) = bench.code(request("GET", path, &[], "")).await;
        assert_eq!((status, code.as_str()), expected, "{path}");
    }
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_a_passing_state() {
    let bench = Bench::new().await;
    let response = bench.send(request("GET", "/products", &[], "")).await;
    assert_eq!((response.status().as_u16(), &response.headers()[header::RETRY_AFTER]), (503, &"1".parse().unwrap()));
}

#[tokio::test]
async fn the_cause_of_a_failure_is_told_in_development_alone() {
    let mut secrets = settings();
    secrets.jwt_secret = SecretString::from("k".repeat(32));
    let production = Bench::with(secrets, Environment::Production).await;
    let (_, problem) = production.ask(request("GET", "/products", &[], "")).await;
    assert!(problem.get("detail").is_none(), "{problem}");
    let (_, problem) = Bench::new().await.ask(request("GET", "/products", &[], "")).await;
    assert!(problem["detail"].is_string());
}

#[tokio::test]
async fn a_request_keeps_its_id() {
    let bench = Bench::new().await;
    let response = bench.send(request("GET", "/nothing", &[("x-request-id", "abc-1")], "")).await;
    assert_eq!(response.headers()["x-request-id"], "abc-1");
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let mut production = settings();
    production.cors_origins = vec!["https://shop.example".to_owned()];
    let bench = Bench::with(production, Environment::Production).await;
    let response = bench.send(request("GET", "/nothing", &[("origin", "https://shop.example")], "")).await;
    let headers = response.headers();
    assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    assert_eq!(headers[header::X_FRAME_OPTIONS], "DENY");
    assert!(headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
    assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "https://shop.example");
    let foreign = bench.send(request("GET", "/nothing", &[("origin", "https://evil.example")], "")).await;
    assert!(!foreign.headers().contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN));
}

#[tokio::test]
async fn documentation_is_open_in_development_locked_in_staging_and_absent_in_production() {
    let docs = |authorization: &str| {
        Request::get("/openapi.json").header(header::AUTHORIZATION, authorization).body(Body::empty()).unwrap()
    };
    let open = Bench::new().await.ask(docs("")).await;
    assert_eq!(open.0, 200);
    for path in ["/api/v1/orders", "/api/v1/orders/{id}/status", "/api/v1/webhooks/stripe"] {
        assert!(open.1["paths"][path].is_object(), "{path}");
    }
    let mut staging = settings();
    staging.docs_password = Some(SecretString::from("sesame"));
    let staging = Bench::with(staging, Environment::Staging).await;
    assert_eq!(staging.code(docs("")).await.0, 401);
    assert_eq!(staging.code(docs("Basic dXNlcjp3cm9uZw==")).await.0, 401);
    assert_eq!(staging.ask(docs("Basic dXNlcjpzZXNhbWU=")).await.0, 200);
    let production = Bench::with(settings(), Environment::Production).await;
    assert_eq!(production.code(docs("")).await.0, 404);
    assert_eq!(production.code(Request::get("/docs/").body(Body::empty()).unwrap()).await.0, 404);
}

#[tokio::test]
async fn what_is_too_much_at_once_is_told_to_come_back() {
    let mut tight = settings();
    tight.limits.in_flight = 0;
    let bench = Bench::with(tight, Environment::Development).await;
    assert_eq!(bench.code(request("GET", "/products", &[], "")).await, (503, "overloaded".to_owned()));
}

#[test]
fn any_bytes_on_any_route_get_a_4xx_before_a_store_is_asked() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let bench = runtime.block_on(Bench::new());
    let bearer = format!("Bearer {}", bench.token(UserId::generate()));
    let looks_at_the_request = |operation: &Operation| operation.has_body() || operation.takes_token();
    let operations: Vec<_> = Operation::all(&bench.description()).into_iter().filter(looks_at_the_request).collect();
    proptest!(ProptestConfig::with_cases(64), |(body in proptest::collection::vec(any::<u8>(), 1..200), token in "[ -~]{0,40}")| {
        // Without a body, or with `{}`, a token that holds may log out: that does ask a store.
        prop_assume!(serde_json::from_slice::<serde_json::Value>(&body).is_err());
        for operation in &operations {
            // What takes no body does what it does with any token that holds.
            let authorizations = if operation.has_body() { vec![&bearer, &token] } else { vec![&token] };
            for authorization in authorizations {
                let headers = [
                    JSON,
                    ("authorization", authorization.as_str()),
                    ("cart-token", &token),
                    ("idempotency-key", &token),
                    ("stripe-signature", &token),
                ];
                let sent = request(&operation.method, &operation.address(), &headers, body.clone());
                let (status, _) = runtime.block_on(bench.code(sent));
                prop_assert!((400..500).contains(&status), "{}: {status}", operation.name());
            }
        }
    });
    assert_eq!(bench.appended(), 0);
}
