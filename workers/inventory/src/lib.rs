//! The inventory: how many units of each part there are, and who has them.
//!
//! One part has one writer, so a hot part needs no lock. What an order has of a part is a row beside the counters;
//! counters, rows and ledger move together or not at all, and every message may come twice.

pub mod handler;
pub mod rebuild;
pub mod receive;
pub mod recount;
pub mod reserve;
pub mod returns;
pub mod rows;
pub mod step;
pub mod stock;

use schemas::{imports::ImportsMessage, orders::OrdersMessage};
use serde::Deserialize;
use shared::{
    config::Section,
    daemon::{Context, StartError},
    engine::Worker,
    message::Topic,
};

/// `[inventory]`: nothing to set beyond what all daemons share.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {}

impl Section for Settings {}

/// Works on `inventory.inbox` until told to stop.
///
/// # Errors
/// [`StartError`] when the broker or the database refuses what the worker needs.
pub async fn start(context: Context<Settings>) -> Result<(), StartError> {
    let topics = [OrdersMessage::TOPIC, ImportsMessage::TOPIC];
    Worker::new(&context, handler::Inventory).sends_to(&topics).run().await
}
