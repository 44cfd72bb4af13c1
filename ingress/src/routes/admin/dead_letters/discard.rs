//! `POST /admin/dead-letters/{id}/discard`

use std::sync::Arc;

use axum::{extract::State, http::StatusCode};
use serde::Deserialize;
use shared::engine::Discarded;
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::permit,
    extract::{Json, Path},
    problem::{DEAD_LETTER_NOT_FOUND, DEAD_LETTER_SETTLED, DEAD_LETTER_WAITS, FieldError, Problem},
    validate,
};

/// Why it is given up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// 1 to 200 characters.
    reason: String,
}

/// Gives a dead letter up. Where others wait for it, they follow by themselves.
#[utoipa::path(post, path = "/admin/dead-letters/{id}/discard", tag = "admin", params(("id" = String, Path)),
    request_body = Reason, security(("bearer" = ["operations"])), responses(
        (status = 204),
        (status = 404, description = "dead_letter_not_found"),
        (status = 409, description = "dead_letter_settled, dead_letter_waits"),
    ))]
pub async fn discard(
    State(app): State<Arc<App>>,
    permit::Operations(admin): permit::Operations,
    Path(id): Path<String>,
    Json(reason): Json<Reason>,
) -> Result<StatusCode, Problem> {
    let reason = validate::line(&reason.reason, 1, 200)
        .map_err(|fault| Problem::invalid(vec![FieldError::new("reason", fault)]))?;
    match app.dead_letters.discard(&id, &admin.to_string(), &reason).await? {
        Discarded::Done => Ok(StatusCode::NO_CONTENT),
        Discarded::Unknown => Err(Problem::new(DEAD_LETTER_NOT_FOUND)),
        Discarded::Replayed => Err(Problem::new(DEAD_LETTER_SETTLED).detail("it was sent again")),
        Discarded::NotFirst => {
            Err(Problem::new(DEAD_LETTER_WAITS).detail("settle the one that its key waits for first"))
        }
    }
}
