//! A new order that may be taken now.

use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};
use schemas::ids::UserId;

use super::IdempotencyKey;
use crate::{
    admission::{Place, Refusal},
    app::App,
    auth::Bearer,
    problem::Problem,
    read_models::request_id,
};

/// Whose order it is, under which key, and its place. It comes before the body: what is refused is not even read.
pub struct Admitted {
    /// The customer.
    pub bearer: Bearer,
    /// The client's name for the request.
    pub key: Option<String>,
    _place: Place,
}

impl FromRequestParts<Arc<App>> for Admitted {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let bearer = Bearer::from_request_parts(parts, app).await?;
        let IdempotencyKey(key) = IdempotencyKey::from_request_parts(parts, app).await?;
        let place = match app.admission.order() {
            Ok(place) => place,
            Err(refusal) => repetition(app, refusal, bearer.user, key.as_deref()).await.map_err(Refusal::answer)?,
        };
        Ok(Self { bearer, key, _place: place })
    }
}

/// A place after all, if the request was taken before. A record that does not answer knows nothing.
async fn repetition(app: &App, refusal: Refusal, user: UserId, key: Option<&str>) -> Result<Place, Refusal> {
    let (place, key) = (app.admission.repetition(refusal)?, key.ok_or(refusal)?);
    let repetitions = app.admission.repetitions();
    let is_known = repetitions.knows(&request_id(user, Some(key)))
        || (repetitions.may_ask() && matches!(app.requests.by_key(user, key).await, Ok(Some(_))));
    if is_known { Ok(place) } else { Err(refusal) }
}
