//! The attempts at paying an order.

pub mod create;
pub mod list;
pub mod show;
mod view;

use schemas::{attempts::PaymentAttempt, documents::Order};

use super::own::{Claimed, not_found};
use crate::{app::App, problem::Problem};

/// The customer's own order as recorded; `None` if the orders worker has not seen it yet.
async fn recorded(app: &App, claimed: Claimed) -> Result<Option<Order>, Problem> {
    match app.orders.by_id(claimed.order).await? {
        Some(order) if order.state.user_id == claimed.user => Ok(Some(order.state)),
        Some(_) => Err(not_found()),
        None => {
            let request = app.requests.by_order(claimed.order).await?;
            request.filter(|request| request.user_id == claimed.user).map(|_| None).ok_or_else(not_found)
        }
    }
}

/// The attempts of the customer's own order.
async fn attempts(app: &App, claimed: Claimed) -> Result<Vec<PaymentAttempt>, Problem> {
    if let Some(order) = recorded(app, claimed).await? {
        return Ok(order.payment_attempts());
    }
    let request = app.requests.by_order(claimed.order).await?.ok_or_else(not_found)?;
    let place = request.place;
    let first = PaymentAttempt::first(place.order_id, place.payment_method, place.placed_at);
    Ok(vec![PaymentAttempt { any_gateway: place.any_gateway, ..first }])
}
