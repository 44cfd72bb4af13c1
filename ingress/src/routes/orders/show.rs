//! `GET /orders/{id}`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};

use super::own::{Claimed, not_found};
use crate::{app::App, problem::Problem, read_models::Snapshot, views::OrderView};

/// Shows one order in full. One that the orders worker has not seen yet is shown as it was asked for.
#[utoipa::path(get, path = "/orders/{id}", tag = "orders", params(("id" = String, Path)), security(("bearer" = [])),
    responses(
        (status = 200, body = OrderView),
        (status = 404, description = "order_not_found"),
    ))]
pub async fn show(State(app): State<Arc<App>>, claimed: Claimed) -> Result<Answer<OrderView>, Problem> {
    let ticket = app.statuses.ticket();
    if let Some(order) = app.orders.by_id(claimed.order).await? {
        if order.state.user_id != claimed.user {
            return Err(not_found());
        }
        app.statuses.showing(&[Snapshot::of_order(&order)], &ticket).await;
        return Ok(Answer(order.into()));
    }
    let request = app.requests.by_order(claimed.order).await?.filter(|request| request.user_id == claimed.user);
    request.map(|request| Answer(request.into())).ok_or_else(not_found)
}
