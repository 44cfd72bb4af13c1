//! The invoicing worker: gives orders their numbered invoices and credit notes.
//!
//! Its inbox is keyed by series and financial year, so each series has one writer and its numbers are consecutive. Read
//! [`handler`] for what it is told, [`issue`] and [`replace`] for what it does.

pub mod credit;
pub mod document;
pub mod handler;
pub mod issue;
pub mod replace;
pub mod series;
pub mod settings;
pub mod sums;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod testing;

use schemas::orders::OrdersMessage;
use shared::{
    daemon::{Context, StartError},
    engine::{Index, Worker},
    message::Topic,
};

pub use settings::Settings;

/// A number stands on one document: should two writers ever race, the second is refused by the store.
/// An order's invoices and its credit notes are also read together, and the documents of a month for the tax return.
const INDEXES: [Index; 6] = [
    Index { collection: document::INVOICES, keys: &[("row.number", 1)], unique: true },
    Index { collection: document::INVOICES, keys: &[("row.order_id", 1), ("row.number", 1)], unique: true },
    Index { collection: document::CREDIT_NOTES, keys: &[("row.number", 1)], unique: true },
    Index { collection: document::CREDIT_NOTES, keys: &[("row.order_id", 1), ("row.earlier", 1)], unique: true },
    Index { collection: document::INVOICES, keys: &[("row.issued_at", 1)], unique: false },
    Index { collection: document::CREDIT_NOTES, keys: &[("row.issued_at", 1)], unique: false },
];

/// Works until shutdown.
///
/// # Errors
/// [`StartError`] when the broker or the database refuses what the worker needs in order to start.
pub async fn start(context: Context<Settings>) -> Result<(), StartError> {
    let handler = handler::Invoicing { seller: context.settings.seller.clone().into() };
    Worker::new(&context, handler).indexes(&INDEXES).sends_to(&[OrdersMessage::TOPIC]).run().await
}
