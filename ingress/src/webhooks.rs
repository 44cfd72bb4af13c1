//! What gateways and carriers post to us: verified over the raw bytes, then read by pure functions.

pub mod carrier;
pub mod razorpay;
pub mod signature;
pub mod stripe;

/// What a verified body turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading<T> {
    /// An event that a worker must know.
    Event(T),
    /// An event of a type that means nothing to us.
    Ignored(String),
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
