//! The password in front of the documentation in staging.

use axum::{
    extract::{Request, State},
    http::header,
    middleware::Next,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    problem::{DOCS_PASSWORD, Problem},
    webhooks::signature,
};

/// Lets the request through if it brings the password; any user name does.
pub async fn docs_password(State(password): State<SecretString>, request: Request, next: Next) -> Response {
    if presented(&request).is_some_and(|given| same(&given, password.expose_secret().as_bytes())) {
        return next.run(request).await;
    }
    Problem::new(DOCS_PASSWORD).challenge(r#"Basic realm="SpareParts documentation", charset="UTF-8""#).into_response()
}

fn presented(request: &Request) -> Option<Vec<u8>> {
    let header = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let decoded = STANDARD.decode(header.strip_prefix("Basic ")?).ok()?;
    let colon = decoded.iter().position(|byte| *byte == b':')?;
    Some(decoded[colon + 1..].to_vec())
}

/// Compares digests, so that the time tells nothing about the password.
fn same(given: &[u8], password: &[u8]) -> bool {
    signature::matches(password, &[given], &signature::digest(password, &[password]))
}
