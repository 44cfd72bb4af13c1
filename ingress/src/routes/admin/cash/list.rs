//! `GET /admin/orders/{id}/cash`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};

use crate::{
    app::App, auth::permit, extract::Path, problem::Problem, routes::admin::refunds::order_of, views::CashAccount,
};

/// The cash that was taken for an order, instalment by instalment, those that were refused among them, with what is due,
/// outstanding and owed.
#[utoipa::path(get, path = "/admin/orders/{id}/cash", tag = "admin", params(("id" = String, Path)),
    security(("bearer" = ["orders_read"])), responses(
        (status = 200, body = CashAccount),
        (status = 404, description = "order_not_found"),
    ))]
pub async fn list(
    State(app): State<Arc<App>>,
    _: permit::OrdersRead,
    Path(id): Path<String>,
) -> Result<Answer<CashAccount>, Problem> {
    Ok(Answer(CashAccount::of(order_of(&app, &id).await?)))
}
