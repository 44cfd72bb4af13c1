//! The user that a request comes from.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use schemas::ids::UserId;
use shared::time::Timestamp;

use super::Bearer;
use crate::{
    app::App,
    problem::{Problem, UNAUTHENTICATED},
};

/// The bearer of a valid access token. A handler that asks for this is closed to everybody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct User(pub UserId);

impl FromRequestParts<Arc<App>> for User {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        bearer(&parts.headers, app).map(|bearer| Self(bearer.user))
    }
}

impl FromRequestParts<Arc<App>> for Bearer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        bearer(&parts.headers, app)
    }
}

/// Whom the request's access token names, unless it was revoked.
///
/// # Errors
/// A problem where there is no such token.
pub fn bearer(headers: &HeaderMap, app: &App) -> Result<Bearer, Problem> {
    let refusal = || {
        Problem::new(UNAUTHENTICATED)
            .detail("send the access token as `Authorization: Bearer <token>`; log in again if it has expired")
            .challenge("Bearer")
    };
    let mut headers = headers.get_all(header::AUTHORIZATION).iter();
    let header = headers.next().filter(|_| headers.next().is_none()).ok_or_else(refusal)?;
    let (scheme, token) = header.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(refusal)?;
    let verify = || app.tokens.verify(token.trim(), Timestamp::now()).filter(|bearer| !app.revocations.cover(bearer));
    scheme.eq_ignore_ascii_case("bearer").then(verify).flatten().ok_or_else(refusal)
}
