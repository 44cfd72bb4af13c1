//! `POST /auth/otp/send` and `POST /auth/otp/verify`

use std::sync::Arc;

use axum::{Json as Answer, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use shared::{id::MessageId, time::Timestamp};
use utoipa::ToSchema;

use super::session::Session;
use crate::{
    app::App,
    auth::{Account, CODE_SECONDS, Purpose, own_by_mailbox},
    extract::{Device, Json},
    messages::{Message, Recipient},
    middleware::request_id::RequestId,
    problem::{INVALID_CODE, Problem, VALIDATION_FAILED},
    validate,
};

/// Who wants a code: an e-mail address or a telephone, one of them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeRequest {
    /// The account's address.
    #[serde(default)]
    email: Option<String>,
    /// `+91` and ten digits; one that the account's owner has verified.
    #[serde(default)]
    phone: Option<String>,
}

/// The code that came.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeLogin {
    /// As it was asked for.
    #[serde(default)]
    email: Option<String>,
    /// As it was asked for.
    #[serde(default)]
    phone: Option<String>,
    /// Six digits.
    code: String,
}

/// A code is on its way, if there is an account.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CodeSent {
    /// Seconds for which it is good.
    expires_in: u64,
}

impl CodeSent {
    /// The answer to everybody.
    pub fn answer() -> (StatusCode, Answer<Self>) {
        (StatusCode::ACCEPTED, Answer(Self { expires_in: CODE_SECONDS }))
    }
}

/// Sends a code to log in with. The answer is the same whether there is an account or not, and does not wait for the
/// message.
#[utoipa::path(post, path = "/auth/otp/send", tag = "auth", request_body = CodeRequest, responses(
    (status = 202, body = CodeSent),
))]
pub async fn send(
    State(app): State<Arc<App>>,
    Json(request): Json<CodeRequest>,
) -> Result<(StatusCode, Answer<CodeSent>), Problem> {
    let to = recipient(request.email, request.phone)?;
    let is_known = account_of(&app, &to).await?.is_some();
    send_code(&app, Purpose::Login, to, is_known).await?;
    Ok(CodeSent::answer())
}

/// Opens a session for whoever brings the code. It is good once; five wrong ones, whatever codes are sent meanwhile, and
/// none is for a quarter of an hour. Where nobody had shown before that the account's address is theirs, whatever opened
/// the account before opens it no longer, its password included.
#[utoipa::path(post, path = "/auth/otp/verify", tag = "auth", request_body = CodeLogin, responses(
    (status = 200, body = Session), (status = 401, description = "invalid_code"),
))]
pub async fn verify(
    State(app): State<Arc<App>>,
    device: Device,
    request: RequestId,
    Json(login): Json<CodeLogin>,
) -> Result<Answer<Session>, Problem> {
    let to = recipient(login.email, login.phone)?;
    let account = account_of(&app, &to).await?;
    let is_right = app.codes.redeem(Purpose::Login, &to, &login.code, Timestamp::now()).await?;
    let account = account.filter(|_| is_right).ok_or_else(wrong_code)?;
    let account = match to {
        Recipient::Email(_) => own_by_mailbox(&app, account, &request).await?,
        Recipient::Phone(_) => account,
    };
    Ok(Answer(Session::open(&app, account.user_id, account.standing(), device).await?))
}

/// Draws a code, and hands it over to be sent if somebody is to have it. Everything else is done in any case.
///
/// # Errors
/// A problem when the store does not answer.
pub async fn send_code(app: &App, purpose: Purpose, to: Recipient, is_wanted: bool) -> Result<(), Problem> {
    let code = app.codes.issue(purpose, &to, Timestamp::now()).await?;
    if let Some(code) = code.filter(|_| is_wanted) {
        let text = format!("{code} is your SpareParts code. It is good for five minutes. We never ask you for it.");
        app.outbox.put(Message { id: MessageId::generate(), to, subject: "Your SpareParts code", text: text.into() });
    }
    Ok(())
}

/// Why it is wrong is not told.
pub fn wrong_code() -> Problem {
    Problem::new(INVALID_CODE).challenge("Bearer")
}

async fn account_of(app: &App, to: &Recipient) -> Result<Option<Account>, Problem> {
    match to {
        Recipient::Email(email) => app.accounts.by_email(email).await,
        Recipient::Phone(phone) => app.accounts.by_verified_phone(phone).await,
    }
}

fn recipient(email: Option<String>, phone: Option<String>) -> Result<Recipient, Problem> {
    let refuse = |field: &'static str| move |expected| Problem::field(VALIDATION_FAILED, field, expected);
    match (email, phone) {
        (Some(email), None) => validate::email(&email).map(Recipient::Email).map_err(refuse("email")),
        (None, Some(phone)) => validate::phone(&phone).map(Recipient::Phone).map_err(refuse("phone")),
        _ => Err(Problem::field(VALIDATION_FAILED, "email", "give either email or phone")),
    }
}
