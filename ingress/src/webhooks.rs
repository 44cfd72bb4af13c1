//! What gateways and carriers post to us: verified over the raw bytes, then read by pure functions.

pub mod carrier;
pub mod razorpay;
pub mod signature;
pub mod stripe;

use schemas::payments::{DisputeReported, GatewayReported, PaymentsMessage};
use shared::time::Timestamp;

/// What a verified body turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading<T> {
    /// An event that a worker must know.
    Event(T),
    /// An event of a type that means nothing to us.
    Ignored(String),
}

/// What a payment gateway tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GatewayEvent {
    /// A payment.
    Payment(GatewayReported),
    /// A dispute about one.
    Dispute(DisputeReported),
}

impl GatewayEvent {
    /// The gateway's id of the event; one effect each.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Payment(event) => &event.event_id,
            Self::Dispute(event) => &event.event_id,
        }
    }

    /// Our order, as the gateway kept it, and the gateway's name for what we created.
    #[must_use]
    pub fn names(&self) -> (&str, &str) {
        match self {
            Self::Payment(event) => (&event.payment.order_ref, &event.payment.gateway_ref),
            Self::Dispute(event) => (&event.dispute.order_ref, &event.dispute.gateway_ref),
        }
    }
}

impl From<GatewayEvent> for PaymentsMessage {
    fn from(event: GatewayEvent) -> Self {
        match event {
            GatewayEvent::Payment(event) => event.into(),
            GatewayEvent::Dispute(event) => event.into(),
        }
    }
}

/// A time as the gateways state it: seconds since the Unix epoch.
fn moment(seconds: i64) -> Result<Timestamp, Malformed> {
    let millis = seconds.checked_mul(1_000).map(Timestamp::from_millis);
    millis.ok_or_else(|| Malformed("a time out of range".to_owned()))
}

/// A verified body that cannot be read: not what the sender documents.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub String);

impl From<serde_json::Error> for Malformed {
    /// The place of the fault and nothing of the content, which may be personal.
    fn from(error: serde_json::Error) -> Self {
        Self(format!("not the documented JSON at line {} column {}", error.line(), error.column()))
    }
}
