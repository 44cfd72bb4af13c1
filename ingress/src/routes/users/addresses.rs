//! `GET` and `POST /users/me/addresses`, `GET`, `PUT` and `DELETE /users/me/addresses/{id}`

use std::sync::Arc;

use axum::{
    Json as Answer,
    extract::State,
    http::{StatusCode, header},
};
use schemas::types::Address;
use serde::Serialize;
use shared::id::MessageId;
use utoipa::ToSchema;

use super::me::nobody;
use crate::{
    app::App,
    auth::{AddressId, Keeping, KeptAddress, User},
    extract::{IdempotencyKey, Json, Path},
    problem::{ADDRESS_NOT_FOUND, IDEMPOTENCY_KEY_REUSED, Problem, TOO_MANY_ADDRESSES},
    routes::orders::form::AddressForm,
    validate::Faults,
    views::AddressDoc,
};

/// An address that the customer keeps.
#[derive(Debug, Serialize, ToSchema)]
pub struct AddressView {
    /// Its name for requests.
    #[schema(value_type = String, format = Uuid)]
    address_id: AddressId,
    /// The address.
    #[serde(flatten)]
    #[schema(value_type = AddressDoc)]
    address: Address,
}

/// The addresses that the customer keeps.
#[derive(Debug, Serialize, ToSchema)]
pub struct AddressBook {
    /// In the order in which they were kept: at most 20.
    items: Vec<AddressView>,
}

/// Lists the customer's addresses.
#[utoipa::path(get, path = "/users/me/addresses", tag = "users", security(("bearer" = [])), responses(
    (status = 200, body = AddressBook),
))]
pub async fn list(State(app): State<Arc<App>>, User(user): User) -> Result<Answer<AddressBook>, Problem> {
    let profile = app.profiles.of(user).await?.ok_or_else(nobody)?;
    Ok(Answer(AddressBook { items: profile.addresses.into_iter().map(AddressView::from).collect() }))
}

/// Keeps an address, checked as an order's is. The same `Idempotency-Key` is the same address.
#[utoipa::path(post, path = "/users/me/addresses", tag = "users", request_body = AddressForm,
    params(("Idempotency-Key" = Option<String>, Header)), security(("bearer" = [])),
    responses(
        (status = 201, body = AddressView),
        (status = 409, description = "too_many_addresses"),
    ))]
pub async fn add(
    State(app): State<Arc<App>>,
    User(user): User,
    IdempotencyKey(key): IdempotencyKey,
    Json(form): Json<AddressForm>,
) -> Result<(StatusCode, [(header::HeaderName, String); 1], Answer<AddressView>), Problem> {
    let named = |key: String| AddressId::from_uuid(MessageId::of_fact(&format!("address/{user}/{key}")).as_uuid());
    let kept = KeptAddress { id: key.map_or_else(AddressId::generate, named), address: parse(&form)? };
    match app.profiles.keep(user, &kept).await? {
        Keeping::Kept => {
            let url = format!("/api/v1/users/me/addresses/{}", kept.id);
            Ok((StatusCode::CREATED, [(header::LOCATION, url)], Answer(kept.into())))
        }
        Keeping::Other => Err(Problem::new(IDEMPOTENCY_KEY_REUSED)),
        Keeping::Full => Err(Problem::new(TOO_MANY_ADDRESSES).detail("remove one of the twenty first")),
        Keeping::Nobody => Err(nobody()),
    }
}

/// Shows one of the customer's addresses.
#[utoipa::path(get, path = "/users/me/addresses/{id}", tag = "users", params(("id" = String, Path)),
    security(("bearer" = [])), responses(
        (status = 200, body = AddressView),
        (status = 404, description = "address_not_found"),
    ))]
pub async fn show(
    State(app): State<Arc<App>>,
    User(user): User,
    Path(id): Path<String>,
) -> Result<Answer<AddressView>, Problem> {
    let id = read(&id)?;
    let profile = app.profiles.of(user).await?.ok_or_else(nobody)?;
    let kept = profile.addresses.into_iter().find(|kept| kept.id == id).ok_or_else(unknown)?;
    Ok(Answer(kept.into()))
}

/// Puts another address in the place of one of the customer's.
#[utoipa::path(put, path = "/users/me/addresses/{id}", tag = "users", request_body = AddressForm,
    params(("id" = String, Path)), security(("bearer" = [])),
    responses(
        (status = 200, body = AddressView),
        (status = 404, description = "address_not_found"),
    ))]
pub async fn replace(
    State(app): State<Arc<App>>,
    User(user): User,
    Path(id): Path<String>,
    Json(form): Json<AddressForm>,
) -> Result<Answer<AddressView>, Problem> {
    let kept = KeptAddress { id: read(&id)?, address: parse(&form)? };
    if app.profiles.replace(user, &kept).await? { Ok(Answer(kept.into())) } else { Err(unknown()) }
}

/// Forgets one of the customer's addresses. Orders keep theirs.
#[utoipa::path(delete, path = "/users/me/addresses/{id}", tag = "users", params(("id" = String, Path)),
    security(("bearer" = [])), responses(
        (status = 204),
        (status = 404, description = "address_not_found"),
    ))]
pub async fn remove(
    State(app): State<Arc<App>>,
    User(user): User,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    if app.profiles.forget(user, read(&id)?).await? { Ok(StatusCode::NO_CONTENT) } else { Err(unknown()) }
}

fn parse(form: &AddressForm) -> Result<Address, Problem> {
    let mut faults = Faults::default();
    let address = form.parse("", &mut faults);
    faults.none_in(address).map_err(Problem::invalid)
}

fn read(id: &str) -> Result<AddressId, Problem> {
    id.parse().map_err(|_| unknown())
}

fn unknown() -> Problem {
    Problem::new(ADDRESS_NOT_FOUND)
}

impl From<KeptAddress> for AddressView {
    fn from(kept: KeptAddress) -> Self {
        Self { address_id: kept.id, address: kept.address }
    }
}
