//! `POST /auth/login`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use super::session::Session;
use crate::{
    app::App,
    auth::{Account, count_attempt},
    extract::{Device, Json},
    middleware::request_id::RequestId,
    problem::{INVALID_CREDENTIALS, Problem},
    validate,
};

/// Who logs in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    email: String,
    #[schema(value_type = String, format = Password)]
    password: SecretString,
}

/// Opens a session.
///
/// An unknown address and a wrong password get the same answer after the same work, and are counted and locked alike.
#[utoipa::path(post, path = "/auth/login", tag = "auth", request_body = Credentials, responses(
    (status = 200, body = Session), (status = 401, description = "invalid_credentials"),
))]
pub async fn login(
    State(app): State<Arc<App>>,
    device: Device,
    request: RequestId,
    Json(credentials): Json<Credentials>,
) -> Result<Answer<Session>, Problem> {
    let wrong = || Problem::new(INVALID_CREDENTIALS).challenge("Bearer");
    let email = validate::email(&credentials.email).map_err(|_| wrong())?;
    if !validate::may_be_password(&credentials.password) {
        return Err(wrong());
    }
    count_attempt(&app, &email, &request).await?;
    let account = authenticate(&app, &email, credentials.password).await?.ok_or_else(wrong)?;
    app.attempts.succeeded(&email).await?;
    Ok(Answer(Session::open(&app, account.user_id, account.standing(), device).await?))
}

async fn authenticate(app: &App, email: &str, password: SecretString) -> Result<Option<Account>, Problem> {
    let account = app.accounts.by_email(email).await?;
    let hash = account.as_ref().and_then(Account::password);
    let right = app.passwords.verify(password, hash).await?;
    Ok(account.filter(|_| right))
}
