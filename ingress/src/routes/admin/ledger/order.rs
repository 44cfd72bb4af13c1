//! `GET /admin/orders/{id}/ledger`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use schemas::ids::OrderId;

use crate::{
    app::App,
    auth::permit,
    extract::Path,
    problem::{ORDER_NOT_FOUND, Problem},
    views::OrderLedger,
};

/// What was booked for an order, the oldest first, and what it comes to. An order that was not paid for has no entries.
#[utoipa::path(get, path = "/admin/orders/{id}/ledger", tag = "admin", params(("id" = String, Path)),
    security(("bearer" = ["money_read"])), responses(
        (status = 200, body = OrderLedger),
        (status = 404, description = "order_not_found"),
    ))]
pub async fn order(
    State(app): State<Arc<App>>,
    _: permit::MoneyRead,
    Path(id): Path<String>,
) -> Result<Answer<OrderLedger>, Problem> {
    let order_id: OrderId = id.parse().map_err(|_| Problem::new(ORDER_NOT_FOUND))?;
    let entries = app.ledger.of_order(order_id).await?;
    if entries.is_empty() && app.orders.by_id(order_id).await?.is_none() {
        return Err(Problem::new(ORDER_NOT_FOUND));
    }
    Ok(Answer(OrderLedger::of(order_id, entries)))
}
