//! `inventory.inbox`: what the inventory is told to do. Keyed by SKU, so each part has one writer.

use apache_avro::AvroSchema;
use serde::{Deserialize, Serialize};
use shared::{body, topic};

use crate::{
    ids::{OrderId, Sku},
    imports::ImportRow,
};

topic! {
    /// Everything that can happen to the stock of a part.
    pub enum InventoryMessage = "inventory.inbox" {
        /// Units arrive.
        ReceiveStock,
        /// Units are held for an order.
        ReserveStock,
        /// Held or sold units come free again.
        ReleaseStock,
        /// Held units are sold.
        CommitStock,
        /// Sold units come back from a customer.
        ReturnStock,
        /// The counters are put right by the records.
        RecountStock,
    }
}

/// Units arrived from a supplier. Answered with `RowApplied` or `RowRefused` if it is a row of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct ReceiveStock {
    /// The part.
    pub sku: Sku,
    /// How many; at least 1.
    pub quantity: i64,
    /// The delivery note; the same receipt counts once.
    pub receipt: String,
    /// The row that waits for an answer. None in messages of the first version.
    #[serde(default)]
    #[avro(default = "null")]
    pub answer_to: Option<ImportRow>,
}

/// Hold units for an order, all or none, then those of the parts that follow. The last part answers `StockReserved`, the
/// first that cannot be held `StockRefused`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct ReserveStock {
    /// The order.
    pub order_id: OrderId,
    /// The part.
    pub sku: Sku,
    /// How many; at least 1.
    pub quantity: i64,
    /// What to hold next, once these are held. Empty in messages of the first version.
    #[avro(default = "[]")]
    pub then: Vec<UnitsOfPart>,
}

/// Some units of a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct UnitsOfPart {
    /// The part.
    pub sku: Sku,
    /// How many; at least 1.
    pub quantity: i64,
}

/// Give back what the order holds or has bought of this part; nothing if it holds none. Not answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct ReleaseStock {
    /// The order.
    pub order_id: OrderId,
    /// The part.
    pub sku: Sku,
}

/// What the order holds of this part is sold. Not answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct CommitStock {
    /// The order.
    pub order_id: OrderId,
    /// The part.
    pub sku: Sku,
}

/// Units that the order has bought came back: some can be sold again, the others are written off. A return counts once for
/// each of its parts. Not answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct ReturnStock {
    /// The order.
    pub order_id: OrderId,
    /// The part.
    pub sku: Sku,
    /// The return.
    pub return_id: String,
    /// How many units can be sold again.
    pub restock: i64,
    /// How many cannot.
    pub write_off: i64,
}

/// The counters of a part say otherwise than its records: put them right by the difference. What happens to the part
/// meanwhile moves counters and records alike and leaves the difference as it is. Not answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct RecountStock {
    /// The part.
    pub sku: Sku,
    /// How often the counters had been put right when the difference was found; if it is more often by now, the message is
    /// out of date and changes nothing.
    pub recounts: i64,
    /// By how much the counters change.
    pub counters: UnitsByState,
    /// By how much the sums of the ledger change: nothing where only the counters were wrong.
    pub ledger: UnitsByState,
}

/// Units of a part by what became of them; as a difference they may be negative.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct UnitsByState {
    /// All that ever came in.
    pub received: i64,
    /// What can be reserved.
    pub available: i64,
    /// What orders hold.
    pub reserved: i64,
    /// What orders have bought.
    pub sold: i64,
    /// What was lost or broken. Nothing in messages of the first version.
    #[serde(default)]
    #[avro(default = "0")]
    pub written_off: i64,
}

body!(ReceiveStock: "../avro/ReceiveStock.v1.avsc", "../avro/ReceiveStock.v2.avsc");
body!(ReserveStock: "../avro/ReserveStock.v1.avsc", "../avro/ReserveStock.v2.avsc");
body!(ReleaseStock: "../avro/ReleaseStock.v1.avsc");
body!(CommitStock: "../avro/CommitStock.v1.avsc");
body!(ReturnStock: "../avro/ReturnStock.v1.avsc");
body!(RecountStock: "../avro/RecountStock.v1.avsc", "../avro/RecountStock.v2.avsc");
