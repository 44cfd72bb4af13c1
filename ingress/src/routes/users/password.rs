//! `POST /users/me/password`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use super::me::nobody;
use crate::{
    app::App,
    audit::SecurityEvent,
    auth::{User, count_attempt},
    extract::{Device, Json},
    middleware::request_id::RequestId,
    problem::{INVALID_CREDENTIALS, Problem, VALIDATION_FAILED},
    routes::auth::session::Session,
    validate,
};

/// The password that is and the one that shall be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    #[schema(value_type = String, format = Password)]
    current_password: SecretString,
    /// 10 to 128 characters.
    #[schema(value_type = String, format = Password, min_length = 10, max_length = 128)]
    new_password: SecretString,
}

/// Changes the password. All sessions end, and the answer is a new one: whoever knew the old password is out.
///
/// A wrong current password counts as a failed login.
#[utoipa::path(post, path = "/users/me/password", tag = "users", request_body = PasswordChange, security(("bearer" = [])),
    responses(
        (status = 200, body = Session),
        (status = 401, description = "invalid_credentials"),
        (status = 429, description = "too_many_attempts"),
    ))]
pub async fn change(
    State(app): State<Arc<App>>,
    User(user): User,
    device: Device,
    request: RequestId,
    Json(PasswordChange { current_password, new_password }): Json<PasswordChange>,
) -> Result<Answer<Session>, Problem> {
    let wrong = || Problem::new(INVALID_CREDENTIALS).challenge("Bearer");
    let refuse = |expected| Problem::field(VALIDATION_FAILED, "new_password", expected);
    validate::new_password(&new_password).map_err(refuse)?;
    if !validate::may_be_password(&current_password) {
        return Err(wrong());
    }
    let account = app.accounts.by_id(user).await?.ok_or_else(nobody)?;
    count_attempt(&app, &account.email, &request).await?;
    if !app.passwords.verify(current_password, account.password()).await? {
        return Err(wrong());
    }
    let hash = app.passwords.hash(new_password).await?;
    // Of two changes at the same moment one comes too late: its current password is none any more.
    let standing = app.accounts.change_password(user, &account.password_hash, &hash).await?.ok_or_else(wrong)?;
    app.audit.note(SecurityEvent::PasswordChanged, user, request.as_str()).await;
    app.revocations.revoke_account(user, standing.epoch).await?;
    app.attempts.succeeded(&account.email).await?;
    Ok(Answer(Session::open(&app, user, standing, device).await?))
}
