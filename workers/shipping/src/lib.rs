//! The shipping worker: books parcels with carriers, follows them to the customer, and stops them while it can.
//!
//! One order is one queue. Read [`handler`] for what it is told, [`booking`], [`answers`], [`tracking`] and [`overdue`]
//! for what it does; [`carrier`] is how the calls are made.

pub mod answers;
pub mod booking;
pub mod calls;
pub mod carrier;
pub mod effect;
pub mod handler;
pub mod limits;
pub mod overdue;
pub mod settings;
pub mod shipment;
pub mod step;
pub mod tracking;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod rules_tests;
#[cfg(test)]
mod testing;

use schemas::orders::OrdersMessage;
use shared::{
    daemon::{Context, StartError},
    engine::{Index, State, Worker},
    message::Topic,
};

pub use crate::settings::Settings;
use crate::{
    calls::CarrierCalls, carrier::swift::Swift, handler::Shipping, limits::Limits, shipment::Shipment, step::Rules,
};

/// A carrier's webhook may cite nothing but its own name for the shipment; the ingress finds the order by it.
const INDEXES: [Index; 1] =
    [Index { collection: Shipment::COLLECTION, keys: &[("state.shipment_ref", 1)], unique: false }];

/// Works until shutdown.
///
/// # Errors
/// [`StartError`] when the carrier's settings are not valid, or the broker or the database refuses what the worker needs
/// in order to start.
pub async fn start(context: Context<Settings>) -> Result<(), StartError> {
    let carriers = context.settings.carriers().map_err(|error| StartError::Other(error.to_string()))?;
    let rules = Rules { carrier: Swift::NAME, limits: Limits::from(context.settings.deadlines) };
    Worker::with_calls(&context, Shipping::new(rules), CarrierCalls::new(carriers))
        .indexes(&INDEXES)
        .sends_to(&[OrdersMessage::TOPIC])
        .run()
        .await
}
