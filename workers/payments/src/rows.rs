//! The records beside the payments.

use schemas::{
    disputes::{DISPUTES, DisputeRecord},
    ledger::{LEDGER, LedgerEntry},
};
use serde::{Deserialize, Serialize};
use shared::engine::{Index, Row, RowKey};

/// Everything that this worker keeps beside its payments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PaymentsRow {
    /// An entry of the money ledger: written once, never changed.
    Entry(LedgerEntry),
    /// A dispute as it stands.
    Dispute(DisputeRecord),
}

/// The list of disputes is read by the first of the last two, those of an order by the last; see [`DisputeRecord`]. The
/// balances of any date are read from the ledger's first index alone, an order's entries by its second.
pub const INDEXES: [Index; 4] = [
    Index {
        collection: LEDGER,
        keys: &[
            ("row.at", 1),
            ("row.debit", 1),
            ("row.credit", 1),
            ("row.amount.currency", 1),
            ("row.amount.minor", 1),
        ],
        unique: false,
    },
    Index { collection: LEDGER, keys: &[("row.order_id", 1), ("row.at", 1), ("_id", 1)], unique: false },
    Index { collection: DISPUTES, keys: &[("row.place", 1), ("_id", 1)], unique: false },
    Index { collection: DISPUTES, keys: &[("row.order_id", 1), ("_id", 1)], unique: false },
];

impl PaymentsRow {
    /// The ledger's entry, if it is one.
    #[must_use]
    pub const fn entry(&self) -> Option<&LedgerEntry> {
        match self {
            Self::Entry(entry) => Some(entry),
            Self::Dispute(_) => None,
        }
    }
}

impl Row for PaymentsRow {
    fn key(&self) -> RowKey {
        match self {
            Self::Entry(entry) => RowKey { collection: LEDGER, id: entry.entry_id.clone() },
            Self::Dispute(row) => {
                RowKey { collection: DISPUTES, id: DisputeRecord::document_id(row.gateway, &row.dispute_id) }
            }
        }
    }
}
