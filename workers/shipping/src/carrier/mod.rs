//! Carriers: who they are, what they are asked, and what their answers mean.

pub mod swift;

use std::{collections::BTreeMap, sync::Arc};

use futures::future::BoxFuture;
use schemas::ids::OrderId;

use crate::shipment::Parcel;

/// A carrier's API. Every call carries an idempotency key and may be made more than once with it.
pub trait Carrier: Send + Sync + 'static {
    /// Its name in messages, documents and its webhooks' address.
    fn name(&self) -> &'static str;

    /// Asks it to fetch a parcel.
    fn book<'a>(
        &'a self,
        order_id: OrderId,
        parcel: &'a Parcel,
        idempotency_key: &'a str,
    ) -> BoxFuture<'a, Result<Booking, CallError>>;

    /// Asks it to leave a parcel here.
    fn cancel<'a>(&'a self, shipment_ref: &'a str, idempotency_key: &'a str) -> BoxFuture<'a, Result<(), CallError>>;
}

/// A parcel that a carrier has accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// The carrier's name for the shipment.
    pub shipment_ref: String,
    /// What the customer tracks the parcel by.
    pub tracking_number: String,
}

/// A call that was not carried out, or of which that is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The carrier said no, and always will.
    #[error("refused: {0}")]
    Refused(String),
    /// The carrier may or may not have carried it out, or cannot at present: asking again is right.
    #[error("no answer: {0}")]
    Unanswered(String),
}

/// A carrier cannot be called with these settings.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The address is none.
    #[error("shipping.carrier_url is {0:?}; it must be an http or https address such as https://api.carrier.example")]
    Url(String),
    /// The token cannot stand in a header.
    #[error("shipping.carrier_token has characters that no HTTP header may have")]
    Token,
    /// The HTTP client cannot be built.
    #[error("HTTP client: {0}")]
    Client(#[from] reqwest::Error),
}

/// The carriers that the shop works with, by name.
#[derive(Clone, Default)]
pub struct Carriers(BTreeMap<&'static str, Arc<dyn Carrier>>);

impl Carriers {
    /// These and one more.
    #[must_use]
    pub fn with(mut self, carrier: impl Carrier) -> Self {
        self.0.insert(carrier.name(), Arc::new(carrier));
        self
    }

    /// The carrier of that name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&dyn Carrier> {
        self.0.get(name).map(AsRef::as_ref)
    }
}
