//! `POST /users/me/email/send` and `POST /users/me/email/verify`

use std::sync::Arc;

use axum::{Json as Answer, extract::State, http::StatusCode};
use serde::Deserialize;
use shared::time::Timestamp;
use utoipa::ToSchema;

use super::me::{AccountView, nobody};
use crate::{
    app::App,
    auth::{Profile, Purpose, User},
    extract::Json,
    messages::Recipient,
    problem::Problem,
    routes::auth::otp::{CodeSent, send_code, wrong_code},
};

/// The code that came by mail.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmailCode {
    /// Six digits.
    code: String,
}

/// Mails a code to the account's address, to show that it is the customer's.
#[utoipa::path(post, path = "/users/me/email/send", tag = "users", security(("bearer" = [])), responses(
    (status = 202, body = CodeSent),
))]
pub async fn send(State(app): State<Arc<App>>, User(user): User) -> Result<(StatusCode, Answer<CodeSent>), Problem> {
    let Profile { email, .. } = app.profiles.of(user).await?.ok_or_else(nobody)?;
    send_code(&app, Purpose::Email, Recipient::Email(email), true).await?;
    Ok(CodeSent::answer())
}

/// Notes that the account's address is the customer's. Nothing of the account changes besides.
#[utoipa::path(post, path = "/users/me/email/verify", tag = "users", request_body = EmailCode,
    security(("bearer" = [])), responses(
        (status = 200, body = AccountView),
        (status = 401, description = "invalid_code"),
    ))]
pub async fn verify(
    State(app): State<Arc<App>>,
    User(user): User,
    Json(EmailCode { code }): Json<EmailCode>,
) -> Result<Answer<AccountView>, Problem> {
    let profile = app.profiles.of(user).await?.ok_or_else(nobody)?;
    let to = Recipient::Email(profile.email.clone());
    if !app.codes.redeem(Purpose::Email, &to, &code, Timestamp::now()).await? {
        return Err(wrong_code());
    }
    app.accounts.confirm_email(user).await?;
    Ok(Answer(Profile { email_verified: true, ..profile }.into()))
}
