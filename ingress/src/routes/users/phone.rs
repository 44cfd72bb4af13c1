//! `POST /users/me/phone/send` and `POST /users/me/phone/verify`

use std::sync::Arc;

use axum::{Json as Answer, extract::State, http::StatusCode};
use serde::Deserialize;
use shared::time::Timestamp;
use utoipa::ToSchema;

use super::me::{AccountView, nobody};
use crate::{
    app::App,
    auth::{Bearer, Purpose, User},
    extract::Json,
    messages::Recipient,
    problem::{Problem, VALIDATION_FAILED},
    routes::auth::otp::{CodeSent, send_code, wrong_code},
    validate,
};

/// A telephone that shall be the account's.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PhoneForm {
    /// `+91` and ten digits.
    phone: String,
}

/// The code that came to it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PhoneCode {
    /// As it was asked for.
    phone: String,
    /// Six digits.
    code: String,
}

/// Sends a code to a telephone, to show that it is the customer's.
#[utoipa::path(post, path = "/users/me/phone/send", tag = "users", request_body = PhoneForm,
    security(("bearer" = [])), responses(
        (status = 202, body = CodeSent),
    ))]
pub async fn send(
    State(app): State<Arc<App>>,
    _: User,
    Json(PhoneForm { phone }): Json<PhoneForm>,
) -> Result<(StatusCode, Answer<CodeSent>), Problem> {
    send_code(&app, Purpose::Phone, telephone(&phone)?, true).await?;
    Ok(CodeSent::answer())
}

/// Makes the telephone the account's, to log in with. Another account that had it has it no longer: a number belongs to
/// whoever showed last that it is theirs.
#[utoipa::path(post, path = "/users/me/phone/verify", tag = "users", request_body = PhoneCode,
    security(("bearer" = [])), responses(
        (status = 200, body = AccountView),
        (status = 401, description = "invalid_code"),
    ))]
pub async fn verify(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Json(PhoneCode { phone, code }): Json<PhoneCode>,
) -> Result<Answer<AccountView>, Problem> {
    let to = telephone(&phone)?;
    if !app.codes.redeem(Purpose::Phone, &to, &code, Timestamp::now()).await? {
        return Err(wrong_code());
    }
    let profile = app.profiles.take_phone(bearer, to.address()).await?.ok_or_else(nobody)?;
    Ok(Answer(profile.into()))
}

fn telephone(phone: &str) -> Result<Recipient, Problem> {
    let refuse = |expected| Problem::field(VALIDATION_FAILED, "phone", expected);
    validate::phone(phone).map(Recipient::Phone).map_err(refuse)
}
