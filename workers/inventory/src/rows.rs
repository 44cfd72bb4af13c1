//! The records beside the counters: who holds what, which delivery notes were counted, and every movement with its cause.

use schemas::{
    documents::StockReceipt,
    ids::{OrderId, Sku},
    types::Timestamp,
};
use serde::{Deserialize, Serialize};
use shared::{
    engine::{Row, RowKey},
    id::MessageId,
};

use crate::stock::{Change, Delta};

/// Everything that the inventory keeps beside its counters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum InventoryRow {
    /// What an order has of a part.
    Reservation(Reservation),
    /// A delivery note that was counted.
    Receipt(StockReceipt),
    /// What came back of a part with a customer's return.
    Return(StockReturn),
    /// A movement of the counters.
    LedgerEntry(LedgerEntry),
}

/// What an order has of a part. Never removed: it is how a repeated message is recognised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// The order.
    pub order_id: OrderId,
    /// The part.
    pub sku: Sku,
    /// How many units it asked for; 0 when it gave them back before it asked.
    pub quantity: i64,
    /// What became of them.
    pub state: ReservationState,
    /// How many units there were when it was refused.
    pub available_at_refusal: Option<i64>,
    /// The message that sold it, so that its repetition after a return is known for what it is.
    pub sold_by: Option<MessageId>,
    /// How many of the units that were sold the customer has returned.
    #[serde(default)]
    pub returned: i64,
    /// When it came to this state.
    pub at: Timestamp,
}

/// What became of the units an order asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReservationState {
    /// They wait for the order's payment.
    Held,
    /// They are the customer's.
    Sold,
    /// The order gave them back, or will never get any.
    Released,
    /// There were not that many.
    Refused,
}

/// What came back of a part with a customer's return. Written once: it is how the return is recognised when it is told again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockReturn {
    /// The return.
    pub return_id: String,
    /// The order.
    pub order_id: OrderId,
    /// The part.
    pub sku: Sku,
    /// How many units are sold again.
    pub restocked: i64,
    /// How many are written off.
    pub written_off: i64,
    /// When.
    pub at: Timestamp,
}

/// One movement of a part's counters. Written once, never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// The part.
    pub sku: Sku,
    /// The message that moved the counters; it moves them once.
    pub cause: MessageId,
    /// The order it moved them for; none for a delivery.
    pub order_id: Option<OrderId>,
    /// Why they moved.
    pub change: Change,
    /// By how much.
    pub delta: Delta,
    /// When.
    pub at: Timestamp,
}

impl Reservation {
    /// Which document keeps what this order has of this part.
    #[must_use]
    pub fn row_key(order_id: OrderId, sku: &Sku) -> RowKey {
        RowKey { collection: "reservations", id: format!("{order_id}:{sku}") }
    }

    /// How many units the order has, or had before it gave them back.
    #[must_use]
    pub const fn units(&self) -> i64 {
        self.quantity - self.returned
    }
}

impl StockReturn {
    /// Where the documents are.
    pub const COLLECTION: &'static str = "stock_returns";

    /// Which document keeps what came back of this part with this return.
    #[must_use]
    pub fn row_key(return_id: &str, sku: &Sku) -> RowKey {
        RowKey { collection: Self::COLLECTION, id: format!("{return_id}:{sku}") }
    }
}

impl Row for InventoryRow {
    fn key(&self) -> RowKey {
        match self {
            Self::Reservation(row) => Reservation::row_key(row.order_id, &row.sku),
            Self::Receipt(row) => receipt_key(&row.sku, &row.receipt),
            Self::Return(row) => StockReturn::row_key(&row.return_id, &row.sku),
            Self::LedgerEntry(row) => RowKey { collection: "stock_ledger", id: row.cause.to_string() },
        }
    }
}

/// Which document remembers that a delivery note was counted.
#[must_use]
pub fn receipt_key(sku: &Sku, receipt: &str) -> RowKey {
    RowKey { collection: StockReceipt::COLLECTION, id: StockReceipt::document_id(sku, receipt) }
}
