//! `GET /admin/orders/{id}/invoice/replacements`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};

use super::view::{ReplacementList, ReplacementView};
use crate::{app::App, auth::permit, extract::Path, problem::Problem, routes::admin::refunds::order_of};

/// The replacements of an order's invoice that were asked for, the oldest first, with what came of each.
#[utoipa::path(get, path = "/admin/orders/{id}/invoice/replacements", tag = "admin", params(("id" = String, Path)),
    security(("bearer" = ["orders_read"])), responses(
        (status = 200, body = ReplacementList),
        (status = 404, description = "order_not_found"),
    ))]
pub async fn list(
    State(app): State<Arc<App>>,
    _: permit::OrdersRead,
    Path(id): Path<String>,
) -> Result<Answer<ReplacementList>, Problem> {
    let order = order_of(&app, &id).await?;
    Ok(Answer(ReplacementList { items: order.replacements.into_iter().map(ReplacementView::from).collect() }))
}
