//! What readers of order statuses saw.

use schemas::types::OrderStatus;

/// One read of one order's status that was answered. Times are in microseconds since the run began, all of one clock.
#[derive(Debug, Clone)]
pub struct StatusRead {
    /// The order; its 202 was there before the read began.
    pub order: String,
    /// Who read.
    pub reader: usize,
    /// When it was asked.
    pub asked: u64,
    /// When the answer was complete.
    pub answered: u64,
    /// The answer.
    pub seen: Seen,
}

/// What a read showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// A version, as `ETag` and body say it, and the status.
    Version(i64, OrderStatus),
    /// An `ETag` and a body that do not agree, or a status of no known name.
    Nonsense(String),
    /// 404: no such order.
    Nothing,
}
