//! `GET /orders/{id}/returns` and `GET /orders/{id}/returns/{return_id}`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};

use super::{order_of, return_of};
use crate::{
    app::App,
    auth::User,
    extract::Path,
    problem::Problem,
    routes::orders::own::Claimed,
    views::{ReturnList, ReturnView},
};

/// Lists the returns of an order, the one that was asked for first at the head.
#[utoipa::path(get, path = "/orders/{id}/returns", tag = "orders", params(("id" = String, Path)),
    security(("bearer" = [])),
    responses(
        (status = 200, body = ReturnList),
        (status = 404, description = "order_not_found"),
    ))]
pub async fn list(State(app): State<Arc<App>>, claimed: Claimed) -> Result<Answer<ReturnList>, Problem> {
    Ok(Answer(order_of(&app, claimed).await?.map(ReturnList::from).unwrap_or_default()))
}

/// Shows one return.
#[utoipa::path(get, path = "/orders/{id}/returns/{return_id}", tag = "orders",
    params(("id" = String, Path), ("return_id" = String, Path)), security(("bearer" = [])),
    responses(
        (status = 200, body = ReturnView),
        (status = 404, description = "order_not_found, return_not_found"),
    ))]
pub async fn show(
    State(app): State<Arc<App>>,
    user: User,
    Path((order, id)): Path<(String, String)>,
) -> Result<Answer<ReturnView>, Problem> {
    let (order, content) = return_of(&app, user, &order, &id).await?;
    Ok(Answer(ReturnView::of(&order, content)))
}
