//! What a successful registration or login answers.

use schemas::ids::UserId;
use serde::Serialize;
use shared::time::Timestamp;
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::{Account, LIFETIME_SECONDS},
    problem::{INTERNAL, Problem},
};

/// An access token and whose it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Session {
    /// The account.
    #[schema(value_type = String, format = Uuid)]
    user_id: UserId,
    /// Send it as `Authorization: Bearer …`.
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// Seconds until the token expires.
    expires_in: i64,
}

impl Session {
    /// Opens a session.
    ///
    /// # Errors
    /// A problem when the token cannot be signed.
    pub fn open(app: &App, account: &Account) -> Result<Self, Problem> {
        let user_id = account.user_id;
        let token = app.tokens.issue(user_id, account.role, Timestamp::now());
        let access_token = token.ok_or_else(|| Problem::new(INTERNAL).because("the token cannot be signed"))?;
        Ok(Self { user_id, access_token, token_type: "Bearer", expires_in: LIFETIME_SECONDS })
    }
}
