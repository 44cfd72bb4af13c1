//! `POST /auth/register`

use std::sync::Arc;

use axum::{Json as Answer, extract::State, http::StatusCode};
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use super::session::Session;
use crate::{
    app::App,
    auth::{Account, Creation},
    extract::{Device, Json},
    problem::{EMAIL_TAKEN, FieldError, Problem},
    validate::{self, Faults},
};

/// Who registers. There is no role: everybody who registers is a customer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    email: String,
    /// 10 to 128 characters.
    #[schema(value_type = String, format = Password, min_length = 10, max_length = 128)]
    password: SecretString,
    name: String,
    /// `+91` and ten digits.
    #[serde(default)]
    phone: Option<String>,
}

/// Opens an account and a session.
///
/// That an address is taken is told: without a mail that the address's owner confirms, any other answer would leave the
/// customer without an account and without a reason, and a following login would tell the same. The hash is made first,
/// so that at least the time does not tell more than the answer.
#[utoipa::path(post, path = "/auth/register", tag = "auth", request_body = Registration, responses(
    (status = 201, body = Session), (status = 409, description = "email_taken"),
))]
pub async fn register(
    State(app): State<Arc<App>>,
    device: Device,
    Json(registration): Json<Registration>,
) -> Result<(StatusCode, Answer<Session>), Problem> {
    let (email, name, phone) = check(&registration).map_err(Problem::invalid)?;
    let password_hash = app.passwords.hash(registration.password).await?;
    let account = Account::new(email, name, phone, password_hash);
    if app.accounts.create(&account).await? == Creation::EmailTaken {
        return Err(Problem::new(EMAIL_TAKEN).detail("log in, or register with another address"));
    }
    let session = Session::open(&app, account.user_id, account.standing(), device).await?;
    Ok((StatusCode::CREATED, Answer(session)))
}

fn check(registration: &Registration) -> Result<(String, String, String), Vec<FieldError>> {
    let mut faults = Faults::default();
    let email = faults.check("email", validate::email(&registration.email));
    let name = faults.check("name", validate::line(&registration.name, 1, 100));
    let phone = match &registration.phone {
        Some(phone) => faults.check("phone", validate::phone(phone)),
        None => String::new(),
    };
    faults.check("password", validate::new_password(&registration.password));
    faults.none_in((email, name, phone))
}
