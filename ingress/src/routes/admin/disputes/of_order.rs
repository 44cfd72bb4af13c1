//! `GET /admin/orders/{id}/disputes`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use schemas::ids::OrderId;

use super::view::{DisputeList, DisputeView};
use crate::{
    app::App,
    auth::permit,
    extract::Path,
    problem::{ORDER_NOT_FOUND, Problem},
};

/// The disputes about an order's payment, with what they took and cost.
#[utoipa::path(get, path = "/admin/orders/{id}/disputes", tag = "admin", params(("id" = String, Path)),
    security(("bearer" = ["disputes_read"])), responses(
        (status = 200, body = DisputeList),
        (status = 404, description = "order_not_found"),
    ))]
pub async fn of_order(
    State(app): State<Arc<App>>,
    _: permit::DisputesRead,
    Path(id): Path<String>,
) -> Result<Answer<DisputeList>, Problem> {
    let order_id: OrderId = id.parse().map_err(|_| Problem::new(ORDER_NOT_FOUND))?;
    let found = app.disputes.of_order(order_id).await?;
    if found.is_empty() && app.orders.by_id(order_id).await?.is_none() {
        return Err(Problem::new(ORDER_NOT_FOUND));
    }
    Ok(Answer(DisputeList { items: found.into_iter().map(DisputeView::from).collect(), next_cursor: None }))
}
