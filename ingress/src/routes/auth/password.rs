//! `POST /auth/password/forgot` and `POST /auth/password/reset`

use std::sync::Arc;

use axum::{Json as Answer, extract::State, http::StatusCode};
use secrecy::SecretString;
use serde::Deserialize;
use shared::time::Timestamp;
use utoipa::ToSchema;

use super::otp::{CodeSent, send_code, wrong_code};
use crate::{
    app::App,
    audit::SecurityEvent,
    auth::{Purpose, own_by_mailbox},
    extract::Json,
    messages::Recipient,
    middleware::request_id::RequestId,
    problem::{Problem, VALIDATION_FAILED},
    validate,
};

/// Who has forgotten their password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Forgotten {
    email: String,
}

/// The code that came, and the password that shall be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reset {
    email: String,
    /// Six digits.
    code: String,
    /// 10 to 128 characters.
    #[schema(value_type = String, format = Password, min_length = 10, max_length = 128)]
    new_password: SecretString,
}

/// Mails a code to set a new password with. The answer is the same whether there is an account or not.
#[utoipa::path(post, path = "/auth/password/forgot", tag = "auth", request_body = Forgotten, responses(
    (status = 202, body = CodeSent),
))]
pub async fn forgot(
    State(app): State<Arc<App>>,
    Json(Forgotten { email }): Json<Forgotten>,
) -> Result<(StatusCode, Answer<CodeSent>), Problem> {
    let email = address(&email)?;
    let is_known = app.accounts.by_email(&email).await?.is_some();
    send_code(&app, Purpose::NewPassword, Recipient::Email(email), is_known).await?;
    Ok(CodeSent::answer())
}

/// Sets a new password, ends all sessions and lifts a lock: whoever has the mailbox is let in again, nobody else stays.
#[utoipa::path(post, path = "/auth/password/reset", tag = "auth", request_body = Reset, responses(
    (status = 204), (status = 401, description = "invalid_code"),
))]
pub async fn reset(
    State(app): State<Arc<App>>,
    request: RequestId,
    Json(Reset { email, code, new_password }): Json<Reset>,
) -> Result<StatusCode, Problem> {
    let email = address(&email)?;
    let refuse = |expected| Problem::field(VALIDATION_FAILED, "new_password", expected);
    validate::new_password(&new_password).map_err(refuse)?;
    let account = app.accounts.by_email(&email).await?;
    let to = Recipient::Email(email);
    let is_right = app.codes.redeem(Purpose::NewPassword, &to, &code, Timestamp::now()).await?;
    let account = account.filter(|_| is_right).ok_or_else(wrong_code)?;
    let hash = app.passwords.hash(new_password).await?;
    let account = own_by_mailbox(&app, account, &request).await?;
    let user = account.user_id;
    // A password that is changed meanwhile stays as it is: the code was asked for before.
    let standing = app.accounts.change_password(user, &account.password_hash, &hash).await?.ok_or_else(wrong_code)?;
    app.audit.note(SecurityEvent::PasswordReset, user, request.as_str()).await;
    app.revocations.revoke_account(user, standing.epoch).await?;
    app.attempts.succeeded(to.address()).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn address(email: &str) -> Result<String, Problem> {
    validate::email(email).map_err(|expected| Problem::field(VALIDATION_FAILED, "email", expected))
}
