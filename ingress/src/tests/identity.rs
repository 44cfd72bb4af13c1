//! Tokens, registration and login, as far as no account is needed.

use schemas::ids::{OrderId, UserId};

use crate::{
    auth::Role,
    testing::{Bench, request},
};

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn closed_routes_ask_for_a_token_of_ours() {
    let bench = Bench::new().await;
    let good = bench.token(UserId::generate());
    let (head, rest) = good.split_once('.').unwrap();
    let (claims, _) = rest.split_once('.').unwrap();
    // {"alg":"none","typ":"JWT"}
    let unsigned = format!("Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}.");
    let truncated = format!("Bearer {head}.{claims}.");
    let basic = format!("Basic {good}");
    let id = OrderId::generate();
    for (method, path) in [
        ("POST", "/orders".to_owned()),
        ("GET", "/orders".to_owned()),
        ("GET", format!("/orders/{id}")),
        ("GET", format!("/orders/{id}/status")),
        ("GET", format!("/orders/{id}/events")),
        ("GET", format!("/orders/{id}/invoice")),
        ("GET", format!("/orders/{id}/credit-notes")),
        ("GET", format!("/orders/{id}/credit-notes/CRN2627-00000001")),
        ("POST", format!("/orders/{id}/cancel")),
        ("POST", "/auth/logout".to_owned()),
        ("POST", "/auth/logout-all".to_owned()),
        ("GET", "/users/me".to_owned()),
        ("PATCH", "/users/me".to_owned()),
        ("POST", "/users/me/password".to_owned()),
        ("POST", "/users/me/email/send".to_owned()),
        ("POST", "/users/me/email/verify".to_owned()),
        ("POST", "/users/me/phone/send".to_owned()),
        ("POST", "/users/me/phone/verify".to_owned()),
        ("GET", "/users/me/addresses".to_owned()),
        ("POST", "/users/me/addresses".to_owned()),
        ("GET", format!("/users/me/addresses/{id}")),
        ("PUT", format!("/users/me/addresses/{id}")),
        ("DELETE", format!("/users/me/addresses/{id}")),
        ("GET", "/users/me/sessions".to_owned()),
        ("DELETE", format!("/users/me/sessions/{id}")),
        ("POST", format!("/orders/{id}/payments")),
        ("GET", format!("/orders/{id}/payments")),
        ("GET", format!("/payments/{id}-1")),
    ] {
        for authorization in ["", "Bearer", "Bearer x", &unsigned, &truncated, &basic] {
            let headers = [JSON, ("authorization", authorization)];
            let response = bench.send(request(method, &path, &headers, "{}")).await;
            assert_eq!(response.status(), 401, "{method} {path} {authorization}");
            assert_eq!(response.headers()["www-authenticate"], "Bearer");
        }
    }
}

/// Every route that is for admins alone.
const FOR_ADMINS: &[(&str, &str)] = &[
    ("GET", "/admin/me"),
    ("GET", "/admin/stuck"),
    ("GET", "/admin/ledger/balances"),
    ("GET", "/admin/orders/0192c1de-7a4c-7b6e-8f3a-2d1c0b9a8e7f/ledger"),
    ("GET", "/admin/orders/0192c1de-7a4c-7b6e-8f3a-2d1c0b9a8e7f/refunds"),
    ("POST", "/admin/orders/0192c1de-7a4c-7b6e-8f3a-2d1c0b9a8e7f/refunds"),
    ("GET", "/admin/reports/gstr1?month=2026-04"),
    ("GET", "/admin/audit"),
    ("GET", "/admin/staff"),
    ("PUT", "/admin/staff/asha@example.in"),
    ("PUT", "/admin/customers/asha@example.in/price-list"),
    ("GET", "/admin/tax-slabs"),
    ("PUT", "/admin/tax-slabs/8708"),
    ("DELETE", "/admin/tax-slabs/8708"),
    ("GET", "/admin/dead-letters"),
    ("GET", "/admin/dead-letters/orders.inbox-0-1"),
    ("POST", "/admin/dead-letters/replay"),
    ("POST", "/admin/dead-letters/orders.inbox-0-1/replay"),
    ("POST", "/admin/dead-letters/orders.inbox-0-1/discard"),
];

#[tokio::test]
async fn what_is_for_admins_is_closed_to_customers_and_without_a_token() {
    let bench = Bench::new().await;
    let customer = format!("Bearer {}", bench.token(UserId::generate()));
    for (method, path) in FOR_ADMINS {
        let code = |authorization| bench.code(request(method, path, &[JSON, ("authorization", authorization)], "{}"));
        assert_eq!(code("").await, (401, "unauthenticated".to_owned()), "{method} {path}");
        assert_eq!(code(&customer).await, (403, "forbidden".to_owned()), "{method} {path}");
    }
}

#[tokio::test]
async fn a_token_that_says_admin_opens_nothing_unless_the_record_says_so_too() {
    let bench = Bench::new().await;
    let token = format!("Bearer {}", bench.token_of(UserId::generate(), Role::Admin));
    let code = bench.code(request("GET", "/admin/me", &[("authorization", &token)], "")).await;
    assert_eq!(code, (503, "store_unavailable".to_owned()));
}

#[tokio::test]
async fn registration_tells_every_fault_at_once() {
    let bench = Bench::new().await;
    let body = r#"{"email":"nobody","password":"short","name":" ","phone":"12"}"#;
    let (status, problem) = bench.ask(request("POST", "/auth/register", &[JSON], body)).await;
    let fields: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|error| error["field"].clone()).collect();
    assert_eq!((status.as_u16(), fields.len()), (422, 4), "{problem}");
}

#[tokio::test]
async fn nobody_registers_with_a_role() {
    let bench = Bench::new().await;
    let body = r#"{"email":"a@b.in","password":"long enough for all","name":"A","role":"admin"}"#;
    let (status, problem) = bench.ask(request("POST", "/auth/register", &[JSON], body)).await;
    assert_eq!((status.as_u16(), problem["code"].as_str()), (422, Some("invalid_body")));
}

#[tokio::test]
async fn a_login_without_an_address_is_a_wrong_login() {
    let bench = Bench::new().await;
    let body = r#"{"email":"nobody","password":"whatever it is"}"#;
    assert_eq!(
        bench.code(request("POST", "/auth/login", &[JSON], body)).await,
        (401, "invalid_credentials".to_owned())
    );
}
