//! Tokens, registration and login, as far as no account is needed.

use schemas::ids::UserId;

use crate::{
    auth::Role,
    testing::{Bench, described::Operation, request},
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
    for operation in Operation::all(&bench.description()).iter().filter(|operation| operation.takes_token()) {
        let none = Some(None).filter(|_| !operation.is_open());
        let bad = ["", "Bearer", "Bearer x", &unsigned, &truncated, &basic].map(Some);
        for authorization in none.into_iter().chain(bad) {
            let mut headers = vec![JSON, ("idempotency-key", "a-key")];
            headers.extend(authorization.map(|authorization| ("authorization", authorization)));
            let response = bench.send(request(&operation.method, &operation.address(), &headers, "{}")).await;
            assert_eq!(response.status(), 401, "{} {authorization:?}", operation.name());
            assert_eq!(response.headers()["www-authenticate"], "Bearer");
        }
    }
}

/// What anybody may call. What the description does not close is here by intent, or it is a mistake.
const OPEN: &[&str] = &[
    "GET /brands",
    "GET /categories",
    "GET /products",
    "GET /products/suggest",
    "GET /products/{id}/alternatives",
    "GET /products/{id}/fitment",
    "GET /products/{id}/reviews",
    "GET /products/{id}/variants",
    "GET /products/{slug}",
    "GET /vehicles",
    "GET /vehicles/makes",
    "GET /vehicles/models",
    "GET /vehicles/variants",
    "GET /vehicles/years",
    "POST /auth/google",
    "POST /auth/login",
    "POST /auth/otp/send",
    "POST /auth/otp/verify",
    "POST /auth/password/forgot",
    "POST /auth/password/reset",
    "POST /auth/refresh",
    "POST /auth/register",
    "POST /webhooks/carriers/{carrier}",
    "POST /webhooks/razorpay",
    "POST /webhooks/stripe",
];

/// What guests may call, too; a token that is no good is refused all the same.
const OPEN_TO_GUESTS: &[&str] = &[
    "DELETE /cart",
    "DELETE /cart/coupon",
    "DELETE /cart/items/{id}",
    "GET /cart",
    "PATCH /cart/items/{id}",
    "POST /auth/logout",
    "POST /cart/coupon",
    "POST /cart/items",
    "POST /checkout/quote",
];

#[tokio::test]
async fn no_route_is_open_but_those_that_are_meant_to_be() {
    let operations = Operation::all(&Bench::new().await.description());
    let open = |takes_token: bool| {
        let wanted = |operation: &&Operation| operation.is_open() && operation.takes_token() == takes_token;
        let mut names: Vec<String> = operations.iter().filter(wanted).map(Operation::name).collect();
        names.sort();
        names
    };
    assert_eq!(open(false), OPEN);
    assert_eq!(open(true), OPEN_TO_GUESTS);
}

#[tokio::test]
async fn what_is_for_admins_is_closed_to_customers_and_without_a_token() {
    let bench = Bench::new().await;
    let customer = format!("Bearer {}", bench.token(UserId::generate()));
    let operations = Operation::all(&bench.description());
    let for_admins: Vec<_> = operations.iter().filter(|operation| operation.template.starts_with("/admin")).collect();
    assert!(for_admins.len() > 40, "{}", for_admins.len());
    for operation in for_admins {
        let code = |authorization| {
            let headers = [JSON, ("authorization", authorization)];
            bench.code(request(&operation.method, &operation.address(), &headers, "{}"))
        };
        assert_eq!(code("").await, (401, "unauthenticated".to_owned()), "{}", operation.name());
        assert_eq!(code(&customer).await, (403, "forbidden".to_owned()), "{}", operation.name());
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
