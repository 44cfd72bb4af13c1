//! `POST /admin/orders/{id}/returns/{return_id}/decision`

use std::sync::Arc;

use axum::{
    Json as Answer,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use schemas::returns::{DecideReturn, ReturnDecision, ReturnState as R};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{not_open, return_of, send};
use crate::{
    app::App,
    auth::permit,
    extract::{IdempotencyKey, Json, Path},
    problem::{Problem, VALIDATION_FAILED},
    validate,
    views::{ReturnAccepted, ReturnDecisionDoc},
};

/// What the shop says to a return.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionForm {
    /// What the shop says.
    #[schema(value_type = ReturnDecisionDoc)]
    decision: ReturnDecision,
    /// Why, at most 500 characters, which the customer can read; a refusal must have a reason.
    #[serde(default)]
    reason: Option<String>,
}

/// Decides about a return that was requested. The first decision counts; the same one again, under whatever key, changes
/// nothing.
#[utoipa::path(post, path = "/admin/orders/{id}/returns/{return_id}/decision", tag = "admin",
    request_body = DecisionForm,
    params(("id" = String, Path), ("return_id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    security(("bearer" = ["returns_write"])),
    responses(
        (status = 202, body = ReturnAccepted),
        (status = 404, description = "order_not_found, return_not_found"),
        (status = 409, description = "return_not_open"),
    ))]
pub async fn decide(
    State(app): State<Arc<App>>,
    permit::ReturnsWrite(admin_id): permit::ReturnsWrite,
    Path((order, id)): Path<(String, String)>,
    IdempotencyKey(_key): IdempotencyKey,
    headers: HeaderMap,
    Json(form): Json<DecisionForm>,
) -> Result<(StatusCode, Answer<ReturnAccepted>), Problem> {
    let (least, decision) = (usize::from(form.decision == ReturnDecision::Refuse), form.decision);
    let reason = validate::line(form.reason.as_deref().unwrap_or_default(), least, 500)
        .map_err(|expected| Problem::field(VALIDATION_FAILED, "reason", expected))?;
    let (order, of) = return_of(&app, &order, &id).await?;
    let (fits, name) = match decision {
        ReturnDecision::Approve => (matches!(of.state, R::Requested | R::Approved), "approve"),
        // A return that the rules refused has a code; that was nobody's decision.
        ReturnDecision::Refuse => {
            (of.state == R::Requested || (of.state == R::Refused && of.code.is_empty()), "refuse")
        }
    };
    if !fits {
        return Err(not_open(&of));
    }
    let (order_id, return_id) = (order.order_id, of.return_id);
    let fact = format!("decide-return/{return_id}/{name}");
    let message = DecideReturn { order_id, return_id: return_id.clone(), decision, reason, admin_id };
    Ok((StatusCode::ACCEPTED, Answer(send(&app, (order_id, return_id), &fact, message, &headers).await?)))
}
