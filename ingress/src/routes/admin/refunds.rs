//! Money that goes back while the order stands.

pub mod all;
pub mod create;
pub mod list;
pub mod pay_out;
mod view;

use schemas::{documents::Order, ids::OrderId};

use crate::{
    app::App,
    problem::{ORDER_NOT_FOUND, Problem},
};

/// The order of this id, whoever's it is.
pub(super) async fn order_of(app: &App, id: &str) -> Result<Order, Problem> {
    let none = || Problem::new(ORDER_NOT_FOUND);
    let id: OrderId = id.parse().map_err(|_| none())?;
    Ok(app.orders.by_id(id).await?.ok_or_else(none)?.state)
}
