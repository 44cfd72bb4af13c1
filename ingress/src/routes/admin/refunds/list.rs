//! `GET /admin/orders/{id}/refunds`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};

use super::{
    order_of,
    view::{RefundList, RefundView},
};
use crate::{app::App, auth::permit, extract::Path, problem::Problem};

/// The refunds of an order, the oldest first, with how far each has come and how much may still go back.
#[utoipa::path(get, path = "/admin/orders/{id}/refunds", tag = "admin", params(("id" = String, Path)),
    security(("bearer" = ["orders_read"])), responses(
        (status = 200, body = RefundList),
        (status = 404, description = "order_not_found"),
    ))]
pub async fn list(
    State(app): State<Arc<App>>,
    _: permit::OrdersRead,
    Path(id): Path<String>,
) -> Result<Answer<RefundList>, Problem> {
    let order = order_of(&app, &id).await?;
    let none = order.totals.grand_total.zero();
    let (captured, refunded) = match &order.payment {
        _ if order.is_cash() => (order.cash_received(), order.cash_paid_out()),
        Some(payment) => (payment.captured, payment.refunded),
        None => (none, none),
    };
    let refundable = order.refundable();
    let items = order.refunds.into_iter().map(RefundView::from).collect();
    Ok(Answer(RefundList { items, captured, refunded, refundable }))
}
