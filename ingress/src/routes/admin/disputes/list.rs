//! `GET /admin/disputes`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use schemas::disputes::DisputeRecord;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::view::{DisputeList, DisputeView};
use crate::{app::App, auth::permit, extract::Query, paging, problem::Problem, read_models::WhichDisputes};

/// Which disputes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Whether they are decided; all if not given.
    #[param(inline)]
    state: Option<Stage>,
    /// 1 to 100; 20 if not given.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
    /// The last page's `next_cursor`.
    cursor: Option<String>,
}

/// Whether a dispute is decided.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// It is not.
    Open,
    /// It is.
    Closed,
}

/// Lists what customers dispute at their banks: the open ones first, by the time until which evidence may be handed in,
/// then those that are decided, the youngest first.
#[utoipa::path(get, path = "/admin/disputes", tag = "admin", params(Wanted), security(("bearer" = ["disputes_read"])), responses(
    (status = 200, body = DisputeList),
))]
pub async fn list(
    State(app): State<Arc<App>>,
    _: permit::DisputesRead,
    Query(wanted): Query<Wanted>,
) -> Result<Answer<DisputeList>, Problem> {
    let limit = paging::limit(wanted.limit)?;
    let after = paging::after_time(wanted.cursor.as_deref())?;
    let which = match wanted.state {
        None => WhichDisputes::All,
        Some(Stage::Open) => WhichDisputes::Open,
        Some(Stage::Closed) => WhichDisputes::Closed,
    };
    let found = app.disputes.page(which, after, limit + 1).await?;
    let id = |dispute: &DisputeRecord| DisputeRecord::document_id(dispute.gateway, &dispute.dispute_id);
    let (page, next_cursor) = paging::cut_by_time(found, limit, |dispute| (dispute.place, id(dispute)));
    Ok(Answer(DisputeList { items: page.into_iter().map(DisputeView::from).collect(), next_cursor }))
}
