//! `POST /auth/google`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use shared::time::Timestamp;
use utoipa::ToSchema;

use super::session::Session;
use crate::{
    app::App,
    audit::SecurityEvent,
    auth::{Account, Creation, GoogleUser, Linking, account_of_google, own_by_mailbox},
    extract::{Device, Json},
    middleware::request_id::RequestId,
    problem::{GOOGLE_EMAIL_UNVERIFIED, GOOGLE_NOT_CONFIGURED, GOOGLE_OTHER_ACCOUNT, Problem, STORE_UNAVAILABLE},
};

/// How often an account is looked for: others with the same Google account may be about to open it.
const LOOKS: usize = 3;

/// Who logs in with Google.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GoogleLogin {
    /// What Google's sign-in gave the app.
    #[schema(value_type = String)]
    id_token: SecretString,
    /// What the app gave Google's sign-in, if it did: the token must have the same.
    #[serde(default)]
    nonce: Option<String>,
}

/// Opens a session for whoever Google says it is.
///
/// It is the account that their Google account opened before; else the one with the same address, which it opens from now
/// on; else a new one. The latter two take an address that Google has verified. Where the shop had not seen before whose
/// the account's address is, whatever opened the account before opens it no longer, its password included. Where the shop
/// takes no Google accounts, the answer is 404.
#[utoipa::path(post, path = "/auth/google", tag = "auth", request_body = GoogleLogin, responses(
    (status = 200, body = Session),
    (status = 401, description = "invalid_id_token"),
    (status = 403, description = "google_email_unverified"),
    (status = 404, description = "google_not_configured"),
    (status = 409, description = "google_other_account"),
    (status = 503, description = "google_unavailable"),
))]
pub async fn google(
    State(app): State<Arc<App>>,
    device: Device,
    request: RequestId,
    Json(GoogleLogin { id_token, nonce }): Json<GoogleLogin>,
) -> Result<Answer<Session>, Problem> {
    let google = app.google.as_ref().ok_or_else(|| Problem::new(GOOGLE_NOT_CONFIGURED))?;
    let user = google.verify(id_token.expose_secret(), nonce.as_deref(), Timestamp::now()).await?;
    let account = account_of(&app, &user, &request).await?;
    Ok(Answer(Session::open(&app, account.user_id, account.standing(), device).await?))
}

async fn account_of(app: &App, user: &GoogleUser, request: &RequestId) -> Result<Account, Problem> {
    for _ in 0..LOOKS {
        if let Some(account) = app.accounts.by_google(&user.subject).await? {
            return Ok(account);
        }
        if !user.email_verified {
            return Err(Problem::new(GOOGLE_EMAIL_UNVERIFIED));
        }
        let found = match app.accounts.by_email(&user.email).await? {
            Some(account) => linked(app, account, user, request).await?,
            None => opened(app, user).await?,
        };
        if let Some(account) = found {
            return Ok(account);
        }
    }
    Err(Problem::new(STORE_UNAVAILABLE).retry_after(1).because("the account changes while it is looked for"))
}

/// The account, which the Google account opens from now on. None if it opens another since a moment ago.
async fn linked(
    app: &App,
    account: Account,
    user: &GoogleUser,
    request: &RequestId,
) -> Result<Option<Account>, Problem> {
    if account.google_subject.as_ref().is_some_and(|subject| *subject != user.subject) {
        return Err(Problem::new(GOOGLE_OTHER_ACCOUNT));
    }
    let account = own_by_mailbox(app, account, request).await?;
    match app.accounts.link_google(account.user_id, &user.subject).await? {
        Linking::Linked => {
            app.audit.note(SecurityEvent::GoogleLinked, account.user_id, request.as_str()).await;
            Ok(Some(account))
        }
        Linking::Other => Err(Problem::new(GOOGLE_OTHER_ACCOUNT)),
        Linking::Elsewhere => Ok(None),
    }
}

/// A new account. None if there is one since a moment ago.
async fn opened(app: &App, user: &GoogleUser) -> Result<Option<Account>, Problem> {
    let account = account_of_google(user);
    let created = app.accounts.create(&account).await?;
    Ok(Some(account).filter(|_| created == Creation::Created))
}
