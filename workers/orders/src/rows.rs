//! The records beside the orders: what lists go through.

use schemas::{refunds::ListedRefund, returns::ListedReturn};
use serde::{Deserialize, Serialize};
use shared::engine::{Index, Row, RowKey};

/// Everything that this worker keeps beside its orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OrdersRow {
    /// A return as it stands.
    Return(ListedReturn),
    /// A refund as it stands.
    Refund(ListedRefund),
}

/// Both lists are read by their places.
pub const INDEXES: [Index; 2] = [
    Index { collection: ListedReturn::COLLECTION, keys: &[("row.place", 1)], unique: true },
    Index { collection: ListedRefund::COLLECTION, keys: &[("row.place", 1)], unique: true },
];

impl Row for OrdersRow {
    fn key(&self) -> RowKey {
        match self {
            Self::Return(row) => row.key(),
            Self::Refund(row) => row.key(),
        }
    }
}
