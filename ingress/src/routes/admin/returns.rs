//! Goods that customers send back.

pub mod decide;
pub mod list;
pub mod order;
pub mod receive;

use axum::http::HeaderMap;
use schemas::{documents::Order, ids::OrderId, orders::OrdersMessage, returns::OrderReturn};
use shared::{id::MessageId, time::Timestamp};

use crate::{
    app::App,
    inbox,
    problem::{ORDER_NOT_FOUND, Problem, RETURN_NOT_OPEN},
    routes::orders::returns::named,
    views::ReturnAccepted,
};

/// The order and the return that a path names, whoever's they are.
async fn return_of(app: &App, order: &str, id: &str) -> Result<(Order, OrderReturn), Problem> {
    let none = || Problem::new(ORDER_NOT_FOUND);
    let order: OrderId = order.parse().map_err(|_| none())?;
    let order = app.orders.by_id(order).await?.ok_or_else(none)?.state;
    let found = named(&order, id)?;
    Ok((order, found))
}

fn not_open(of: &OrderReturn) -> Problem {
    Problem::new(RETURN_NOT_OPEN).detail(format!("the return is {}", of.state.as_str()))
}

/// Sends what an admin says about a return.
async fn send(
    app: &App,
    of: (OrderId, String),
    fact: &str,
    message: impl Into<OrdersMessage>,
    headers: &HeaderMap,
) -> Result<ReturnAccepted, Problem> {
    let (order_id, return_id) = of;
    let from = inbox::From::about(order_id, MessageId::of_fact(fact), Timestamp::now(), headers);
    app.inbox.send::<OrdersMessage>(order_id, message, from).await?;
    let status_url = format!("/api/v1/admin/orders/{order_id}/returns");
    Ok(ReturnAccepted { order_id, return_id, status_url })
}
