//! The orders worker: the process manager, the only place that moves an order.
//!
//! Everything that can happen to an order is one pure function, [`step`]: from the order, a message and the time to the
//! order afterwards, what other workers are told, and the moves it made. Start reading in `step.rs`; the legal moves
//! are [`table::MOVES`]:
//!
//! ```mermaid
#![doc = include_str!("moves.mmd")]
//! ```
//!
//! Do and undo stand side by side: the coupon in `coupon.rs`, stock in `reserve.rs`, money in `pay.rs` (and the attempts at
//! it in `attempt.rs`, cash in `cash.rs`), papers in `invoice.rs`, the parcel in `ship.rs`; `cancel.rs` calls the undoing halves in their order,
//! `returns.rs` takes goods back that had arrived. [`handler`] connects `step` to the engine,
//! [`projection`] shows where each order stands, [`rebuild`] makes that anew from the record.

mod attempt;
mod cancel;
mod cash;
mod coupon;
mod credit;
mod deadline;
mod dispute;
mod draft;
pub mod handler;
mod invoice;
mod pay;
mod place;
pub mod policy;
pub mod projection;
pub mod rebuild;
mod refund;
mod replace;
mod reserve;
mod returns;
pub mod rows;
mod ship;
mod step;
pub mod table;
#[cfg(test)]
mod testing;

pub use draft::{Command, Step};
pub use policy::Policy;
pub use step::step;

use handler::OrdersHandler;
use projection::StatusProjection;
use schemas::{
    coupons::CouponsMessage, documents::Order, inventory::InventoryMessage, invoicing::InvoicingMessage,
    order_events::OrderEvent, payments::PaymentsMessage, shipping::ShippingMessage,
};
use shared::{
    daemon::{Context, StartError},
    engine::{Index, State, Worker},
    message::Topic,
};

/// A customer's orders, newest first: their ids are ordered by time.
const ORDERS_OF_A_USER: Index =
    Index { collection: Order::COLLECTION, keys: &[("state.user_id", 1), ("_id", -1)], unique: false };

/// Moves orders until shutdown.
///
/// # Errors
/// [`StartError`] when the broker or the database refuses what the worker needs.
pub async fn start(context: Context<Policy>) -> Result<(), StartError> {
    let projection = StatusProjection::connect(&context.redis.url, &context.kafka.topic_prefix)
        .map_err(|error| StartError::Other(format!("{error}; set SPAREPARTS_REDIS__URL to redis://host:port")))?;
    Worker::new(&context, OrdersHandler::new(context.settings.clone()))
        .projects_to(projection)
        .indexes(&[ORDERS_OF_A_USER])
        .indexes(&rows::INDEXES)
        .sends_to(&[
            CouponsMessage::TOPIC,
            InventoryMessage::TOPIC,
            PaymentsMessage::TOPIC,
            InvoicingMessage::TOPIC,
            ShippingMessage::TOPIC,
            OrderEvent::TOPIC,
        ])
        .run()
        .await
}
