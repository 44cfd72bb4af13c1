//! Payments: one aggregate per order, moved by the process manager's commands, the gateways' webhooks and the gateways'
//! answers to our own calls.
//!
//! [`handler`] is the contents page. A message teaches the payment something ([`request`], [`refund`], [`report`], [`answer`],
//! [`deadline`]; what a gateway says passes [`observe`], which compares it with our record); then [`advance`] makes
//! whatever call stands between what is known and what is wanted ([`holding`]). At most one changing call per payment is
//! open at any time, and its fate is known before the next is made. An attempt that any gateway may make goes on to the next
//! where one certainly has not made it ([`roaming`]). What the step made of the money is booked ([`ledger`]).
//! What a customer [`dispute`]s is not given back. What was settled ([`settlement`]) reconciliation tells.
//! Cash ([`cash`]) passes no gateway, and is booked alone.
//!
//! Beside it, [`reconciliation`] compares what came of all this with the gateways' own books.

mod advance;
mod answer;
mod cash;
mod deadline;
mod dispute;
pub mod effect;
pub mod gateway;
mod handler;
mod holding;
pub mod ledger;
mod observe;
mod payment;
pub mod reconciliation;
mod refund;
mod report;
mod request;
mod roaming;
mod rows;
mod settings;
mod settlement;

#[cfg(test)]
mod tests;

use schemas::orders::OrdersMessage;
use shared::{
    daemon::{Context, StartError},
    engine::{Index, State, Worker},
    message::Topic,
};

pub use cash::CashMoved;
pub use deadline::Patience;
pub use dispute::Dispute;
pub use handler::Payments;
pub use holding::{Aim, Flight, Holding, Part};
pub use payment::{Payment, PaymentStatus};
pub use roaming::Roaming;
pub use rows::PaymentsRow;
pub use settings::Settings;
pub use settlement::SettledLine;

/// Webhooks name a payment by the gateway's name for it, whether it counts or not.
const BY_GATEWAY_REF: [Index; 2] = [
    Index { collection: Payment::COLLECTION, keys: &[("state.gateway_ref", 1)], unique: false },
    Index { collection: Payment::COLLECTION, keys: &[("state.strays.gateway_ref", 1)], unique: false },
];

/// Runs the payments worker until shutdown.
///
/// # Errors
/// [`StartError`] when the broker or the database refuses what the worker needs.
pub async fn start(context: Context<Settings>) -> Result<(), StartError> {
    let payments = Payments { patience: context.settings.patience() };
    let gateways = context.settings.gateways().map_err(StartError::Other)?;
    gateway::numbers::begin();
    let reconciliation = tokio::spawn(reconciliation::by_schedule(&context)?);
    let worked = Worker::with_calls(&context, payments, gateways)
        .indexes(&BY_GATEWAY_REF)
        .indexes(&rows::INDEXES)
        .indexes(&reconciliation::INDEXES)
        .sends_to(&[OrdersMessage::TOPIC])
        .run()
        .await;
    context.shutdown.cancel();
    let _ = reconciliation.await;
    worked
}
