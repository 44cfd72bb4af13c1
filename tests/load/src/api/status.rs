//! Where an order stands, as the API spells it.

use serde::{Deserialize, Serialize};

/// The states of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the API's own words")]
pub enum Status {
    Accepted,
    Reserving,
    AwaitingPayment,
    Paid,
    Confirmed,
    Packed,
    Shipped,
    Delivered,
    Cancelling,
    Rejected,
    Expired,
    PaymentFailed,
    Cancelled,
    Refunded,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Accepted,
        Self::Reserving,
        Self::AwaitingPayment,
        Self::Paid,
        Self::Confirmed,
        Self::Packed,
        Self::Shipped,
        Self::Delivered,
        Self::Cancelling,
        Self::Rejected,
        Self::Expired,
        Self::PaymentFailed,
        Self::Cancelled,
        Self::Refunded,
    ];

    /// Whether nothing follows.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Delivered) || self.is_a_failure()
    }

    /// Whether the order ended without a sale.
    #[must_use]
    pub const fn is_a_failure(self) -> bool {
        matches!(self, Self::Rejected | Self::Expired | Self::PaymentFailed | Self::Cancelled | Self::Refunded)
    }

    /// Whether the sale is made: confirmed, or further on the goods' way.
    #[must_use]
    pub const fn is_confirmed(self) -> bool {
        matches!(self, Self::Confirmed | Self::Packed | Self::Shipped | Self::Delivered)
    }

    /// Whether waiting for `milestone` is over for an order that is seen here: it is there, beyond it, or at its end.
    #[must_use]
    pub fn is_past(self, milestone: Self) -> bool {
        self.is_terminal() || self.progress() >= milestone.progress()
    }

    /// How far it is on the goods' way. What is being taken back was surely paid, and may yet be shipped.
    const fn progress(self) -> u8 {
        match self {
            Self::Accepted => 0,
            Self::Reserving => 1,
            Self::AwaitingPayment => 2,
            Self::Paid | Self::Cancelling => 3,
            Self::Confirmed => 4,
            Self::Packed => 5,
            Self::Shipped => 6,
            Self::Delivered
            | Self::Rejected
            | Self::Expired
            | Self::PaymentFailed
            | Self::Cancelled
            | Self::Refunded => 7,
        }
    }

    /// The name as the API spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Reserving => "reserving",
            Self::AwaitingPayment => "awaiting_payment",
            Self::Paid => "paid",
            Self::Confirmed => "confirmed",
            Self::Packed => "packed",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Cancelling => "cancelling",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::PaymentFailed => "payment_failed",
            Self::Cancelled => "cancelled",
            Self::Refunded => "refunded",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_read_as_it_is_written() {
        for status in Status::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
    }

    #[test]
    fn a_milestone_is_behind_whoever_went_further_or_ended() {
        assert!(Status::Shipped.is_past(Status::Paid));
        assert!(Status::Rejected.is_past(Status::AwaitingPayment));
        assert!(Status::Cancelling.is_past(Status::Paid));
        assert!(!Status::Cancelling.is_past(Status::Delivered));
        assert!(!Status::Reserving.is_past(Status::AwaitingPayment));
        assert!(!Status::Cancelling.is_terminal());
    }
}
