//! `GET /admin/audit`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use serde::{Deserialize, Serialize};
use shared::time::Timestamp;
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::App,
    audit::{AuditEntry, AuditId, WantedEntries},
    auth::permit,
    extract::Query,
    paging,
    problem::Problem,
    views::rfc3339,
};

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditFilter {
    /// What this user did.
    actor: Option<String>,
    /// What was done on this: the id of a user, an order, a dead letter.
    subject: Option<String>,
    /// 1 to 100; 20 if not given.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
    /// The last page's `next_cursor`.
    cursor: Option<String>,
}

/// An entry of the audit log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub struct AuditView {
    /// The entry.
    #[schema(value_type = String, format = Uuid)]
    audit_id: AuditId,
    /// When.
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Who: a user's id, or `make-admin`; null where nobody knows.
    actor: Option<String>,
    /// Method and route, or `login_locked`, `refresh_token_reused`, `password_changed`, `password_reset`,
    /// `logged_out_everywhere`.
    action: String,
    /// On what: ids.
    subject: Option<String>,
    /// The request.
    request_id: String,
    /// The status it was answered with; null for what is no request, or whose fate is unknown.
    result: Option<i32>,
}

/// A page of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditList {
    /// The newest first.
    items: Vec<AuditView>,
    /// For the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Lists what operators did and what happened to the security of accounts, the newest first.
#[utoipa::path(get, path = "/admin/audit", tag = "admin", params(AuditFilter), security(("bearer" = ["audit_read"])),
    responses(
        (status = 200, body = AuditList),
    ))]
pub async fn list(
    State(app): State<Arc<App>>,
    _: permit::AuditRead,
    Query(filter): Query<AuditFilter>,
) -> Result<Answer<AuditList>, Problem> {
    let limit = paging::limit(filter.limit)?;
    let before = paging::after(filter.cursor.as_deref(), AuditId::from_uuid)?;
    let wanted = WantedEntries { actor: filter.actor, subject: filter.subject, before };
    let found = app.audit.page(&wanted, limit + 1).await?.into_iter().map(AuditView::from).collect();
    let (items, next_cursor) = paging::cut(found, limit, |view: &AuditView| view.audit_id.as_uuid());
    Ok(Answer(AuditList { items, next_cursor }))
}

impl From<AuditEntry> for AuditView {
    fn from(entry: AuditEntry) -> Self {
        let AuditEntry { id, at, actor, action, subject, request_id, result } = entry;
        Self { audit_id: id, at, actor, action, subject, request_id, result }
    }
}
