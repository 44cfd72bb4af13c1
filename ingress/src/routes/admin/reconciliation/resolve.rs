//! `POST /admin/reconciliation/{id}/resolve`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use schemas::{ids::FindingId, reconciliation::Finding};
use serde::Deserialize;
use shared::time::Timestamp;
use utoipa::ToSchema;

use super::view::FindingView;
use crate::{
    app::App,
    auth::permit,
    extract::{IdempotencyKey, Json, Path},
    problem::{FINDING_NOT_FOUND, FINDING_NOT_OPEN, IDEMPOTENCY_KEY_REUSED, Problem, VALIDATION_FAILED},
    read_models::Resolution,
    validate,
};

/// How a finding was dealt with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolutionForm {
    /// In words, 1 to 500 characters.
    note: String,
}

/// Closes a finding that a person has dealt with. The same `Idempotency-Key` is the same request.
#[utoipa::path(post, path = "/admin/reconciliation/{id}/resolve", tag = "admin", request_body = ResolutionForm,
    params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header)), security(("bearer" = ["money_write"])),
    responses(
        (status = 200, body = FindingView),
        (status = 404, description = "finding_not_found"),
        (status = 409, description = "finding_not_open"),
    ))]
pub async fn resolve(
    State(app): State<Arc<App>>,
    permit::MoneyWrite(admin): permit::MoneyWrite,
    Path(id): Path<String>,
    IdempotencyKey(key): IdempotencyKey,
    Json(form): Json<ResolutionForm>,
) -> Result<Answer<FindingView>, Problem> {
    let id: FindingId = id.parse().map_err(|_| Problem::new(FINDING_NOT_FOUND))?;
    let note =
        validate::line(&form.note, 1, 500).map_err(|expected| Problem::field(VALIDATION_FAILED, "note", expected))?;
    let (by, key) = (admin.to_string(), key.unwrap_or_default());
    let resolution = Resolution { at: Timestamp::now(), by, note, key };
    if let Some(resolved) = app.findings.resolve(id, &resolution).await? {
        return Ok(Answer(resolved.into()));
    }
    let known = app.findings.by_id(id).await?.ok_or_else(|| Problem::new(FINDING_NOT_FOUND))?;
    repeated(known, &resolution).map(|finding| Answer(finding.into()))
}

/// The same request again is answered as it was; another one comes too late.
fn repeated(known: Finding, resolution: &Resolution) -> Result<Finding, Problem> {
    let closing = known.closing.as_ref().filter(|closing| closing.by == resolution.by);
    match closing.filter(|closing| !closing.key.is_empty() && closing.key == resolution.key) {
        Some(closing) if closing.note == resolution.note => Ok(known),
        Some(_) => Err(Problem::new(IDEMPOTENCY_KEY_REUSED)),
        None => Err(Problem::new(FINDING_NOT_OPEN).detail(format!("it is {}", known.state.as_str()))),
    }
}
