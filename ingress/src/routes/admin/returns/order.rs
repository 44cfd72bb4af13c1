//! `GET /admin/orders/{id}/returns`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use schemas::ids::OrderId;

use crate::{
    app::App,
    auth::permit,
    extract::Path,
    problem::{ORDER_NOT_FOUND, Problem},
    views::ReturnList,
};

/// The returns of an order, the one that was asked for first at the head, with how far each one's refund has come.
#[utoipa::path(get, path = "/admin/orders/{id}/returns", tag = "admin", params(("id" = String, Path)),
    security(("bearer" = ["returns_read"])), responses(
        (status = 200, body = ReturnList),
        (status = 404, description = "order_not_found"),
    ))]
pub async fn order(
    State(app): State<Arc<App>>,
    _: permit::ReturnsRead,
    Path(id): Path<String>,
) -> Result<Answer<ReturnList>, Problem> {
    let none = || Problem::new(ORDER_NOT_FOUND);
    let id: OrderId = id.parse().map_err(|_| none())?;
    Ok(Answer(app.orders.by_id(id).await?.ok_or_else(none)?.state.into()))
}
