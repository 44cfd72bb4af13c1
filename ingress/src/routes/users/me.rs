//! `GET` and `PATCH /users/me`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use schemas::ids::UserId;
use serde::{Deserialize, Deserializer, Serialize};
use shared::time::Timestamp;
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::{Profile, Role, User},
    extract::Json,
    problem::{Problem, UNAUTHENTICATED},
    validate::{self, Faults},
    views::{RoleDoc, rfc3339},
};

/// The account of who asks.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountView {
    /// The account.
    #[schema(value_type = String, format = Uuid)]
    user_id: UserId,
    /// In lower case.
    email: String,
    /// Whether somebody has shown that it is theirs.
    email_verified: bool,
    /// Their name.
    name: String,
    /// `+91` and ten digits; null if they have none.
    phone: Option<String>,
    /// Whether the customer has shown that it is theirs, and may log in with it.
    phone_verified: bool,
    /// What its owner may do.
    #[schema(value_type = RoleDoc)]
    role: Role,
    /// When the account was opened.
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// What is to be another from now on. Nothing else of an account is its owner's to say: naming it is an error.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountChanges {
    /// 1 to 100 characters.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String)]
    name: Option<String>,
    /// `+91` and ten digits; null takes it away, and the account cannot be logged in to with it any more.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    phone: Option<Option<String>>,
}

/// What is given, be it null, is not what is missing (RFC 7396).
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(value: D) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}

/// Shows the account.
#[utoipa::path(get, path = "/users/me", tag = "users", security(("bearer" = [])), responses(
    (status = 200, body = AccountView),
))]
pub async fn show(State(app): State<Arc<App>>, User(user): User) -> Result<Answer<AccountView>, Problem> {
    let profile = app.profiles.of(user).await?.ok_or_else(nobody)?;
    Ok(Answer(profile.into()))
}

/// Changes name and telephone; what is not given stays.
#[utoipa::path(patch, path = "/users/me", tag = "users", request_body = AccountChanges, security(("bearer" = [])), responses(
    (status = 200, body = AccountView),
))]
pub async fn change(
    State(app): State<Arc<App>>,
    User(user): User,
    Json(AccountChanges { name, phone }): Json<AccountChanges>,
) -> Result<Answer<AccountView>, Problem> {
    let mut faults = Faults::default();
    let name = name.map(|name| faults.check("name", validate::line(&name, 1, 100)));
    let phone = phone.map(|phone| phone.map(|phone| faults.check("phone", validate::phone(&phone))));
    let (name, phone) = faults.none_in((name, phone)).map_err(Problem::invalid)?;
    let profile = app.profiles.change(user, name, phone).await?.ok_or_else(nobody)?;
    Ok(Answer(profile.into()))
}

/// The account behind a token is gone.
pub(super) fn nobody() -> Problem {
    Problem::new(UNAUTHENTICATED).detail("there is no account behind this token").challenge("Bearer")
}

impl From<Profile> for AccountView {
    fn from(profile: Profile) -> Self {
        let Profile { user_id, email, email_verified, name, phone, verified_phone, role, created_at, .. } = profile;
        let phone_verified = verified_phone.is_some_and(|verified| verified == phone);
        let phone = Some(phone).filter(|phone| !phone.is_empty());
        Self { user_id, email, email_verified, name, phone, phone_verified, role, created_at }
    }
}
