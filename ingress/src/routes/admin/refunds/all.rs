//! `GET /admin/refunds`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use schemas::refunds::ListedRefund;
use serde::Deserialize;
use utoipa::IntoParams;

use super::view::{AllRefunds, ListedRefundView};
use crate::{
    app::App,
    auth::permit,
    extract::Query,
    paging,
    problem::{Problem, VALIDATION_FAILED},
};

/// Which page of which refunds.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Only those of cash that are still to be paid out, or only the others; all if not given.
    owed: Option<bool>,
    /// 1 to 100; 20 if not given.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
    /// The last page's `next_cursor`.
    cursor: Option<String>,
}

/// Lists the refunds of all orders: those of cash that are still to be paid out first, the oldest of them at the head; then
/// the others, the youngest first.
#[utoipa::path(get, path = "/admin/refunds", tag = "admin", params(Wanted),
    security(("bearer" = ["orders_read"])), responses(
    (status = 200, body = AllRefunds),
))]
pub async fn all(
    State(app): State<Arc<App>>,
    _: permit::OrdersRead,
    Query(wanted): Query<Wanted>,
) -> Result<Answer<AllRefunds>, Problem> {
    let limit = paging::limit(wanted.limit)?;
    let (begin, end) = ListedRefund::places(wanted.owed);
    let after = paging::after_text(wanted.cursor.as_deref())?.unwrap_or_default();
    if !after.is_empty() && !after.starts_with("0/") && !after.starts_with("1/") {
        return Err(Problem::field(VALIDATION_FAILED, "cursor", "must be a next_cursor that this list gave"));
    }
    let found = app.refunds.page(begin.max(&after), end, limit + 1).await?;
    let (found, next_cursor) = paging::cut_by_text(found, limit, |listed| &listed.place);
    Ok(Answer(AllRefunds { items: found.into_iter().map(ListedRefundView::from).collect(), next_cursor }))
}
