//! `GET /orders`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use schemas::ids::OrderId;

use crate::{
    app::App,
    auth::User,
    extract::Query,
    paging::{self, WantedPage},
    problem::Problem,
    read_models::Snapshot,
    views::{OrderList, OrderSummary},
};

/// Lists the customer's own orders, newest first.
#[utoipa::path(get, path = "/orders", tag = "orders", params(WantedPage), security(("bearer" = [])), responses(
    (status = 200, body = OrderList),
))]
pub async fn list(
    State(app): State<Arc<App>>,
    User(user): User,
    Query(wanted): Query<WantedPage>,
) -> Result<Answer<OrderList>, Problem> {
    let limit = paging::limit(wanted.limit)?;
    let before = paging::after(wanted.cursor.as_deref(), OrderId::from_uuid)?;
    let ticket = app.statuses.ticket();
    let found = app.orders.of_user(user, before, limit + 1).await?;
    app.statuses.showing(&found.iter().map(Snapshot::of_order).collect::<Vec<_>>(), &ticket).await;
    let summaries = found.into_iter().map(OrderSummary::from).collect();
    let (items, next_cursor) = paging::cut(summaries, limit, |order: &OrderSummary| order.order_id.as_uuid());
    Ok(Answer(OrderList { items, next_cursor }))
}
