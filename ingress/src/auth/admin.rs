//! The admin that a request comes from.

use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};
use schemas::ids::UserId;

use super::{Role, user};
use crate::{
    app::App,
    problem::{FORBIDDEN, Problem},
};

/// The bearer of an admin's access token whose account is an admin's still. A handler that asks for this is closed to
/// everybody else.
///
/// The token must say so, so that a customer cannot make the record be asked; and the account must say so, so that an
/// admin who is one no longer is none from that moment on and not when the token expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admin(pub UserId);

impl FromRequestParts<Arc<App>> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let bearer = user::bearer(parts, app)?;
        if bearer.role == Role::Admin && app.accounts.role_of(bearer.user).await? == Some(Role::Admin) {
            return Ok(Self(bearer.user));
        }
        Err(Problem::new(FORBIDDEN).detail("this is for admins; one who became one just now logs in again"))
    }
}
