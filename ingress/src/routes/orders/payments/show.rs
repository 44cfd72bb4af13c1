//! `GET /payments/{id}`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use schemas::attempts::order_of_attempt;

use super::{super::own::Claimed, attempts, view::AttemptView};
use crate::{
    app::App,
    auth::User,
    extract::Path,
    problem::{ORDER_NOT_FOUND, PAYMENT_NOT_FOUND, Problem},
};

/// One attempt at paying an order. It may be another than the request of this name asked for, if that one could be paid
/// all along.
#[utoipa::path(get, path = "/payments/{id}", tag = "payments", params(("id" = String, Path)),
    security(("bearer" = [])), responses(
        (status = 200, body = AttemptView),
        (status = 404, description = "payment_not_found"),
    ))]
pub async fn show(
    State(app): State<Arc<App>>,
    User(user): User,
    Path(id): Path<String>,
) -> Result<Answer<AttemptView>, Problem> {
    let none = || Problem::new(PAYMENT_NOT_FOUND);
    let order = order_of_attempt(&id).ok_or_else(none)?;
    let known = match attempts(&app, Claimed { order, user }).await {
        Err(problem) if problem.kind() == ORDER_NOT_FOUND => return Err(none()),
        known => known?,
    };
    let found = known.into_iter().find(|attempt| attempt.answers(&id));
    found.map(|attempt| Answer(attempt.into())).ok_or_else(none)
}
