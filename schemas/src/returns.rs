//! Returns: goods that a customer sends back. What is told of them; `kept` has what the order keeps of each, `rules` what
//! may still be asked for, and what the goods that came back are paid back at.

mod kept;
mod rules;

use apache_avro::AvroSchema;
use serde::{Deserialize, Serialize};
use shared::body;

pub use self::{
    kept::{ListedReturn, OrderReturn, ReturnLine, ReturnState, ReturnStep},
    rules::Unreturnable,
};
use crate::{
    ids::{OrderId, Sku, UserId},
    types::Timestamp,
};

/// A customer wants to send units of a delivered order back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct RequestReturn {
    /// The order.
    pub order_id: OrderId,
    /// Names this return: asked for once, however often it is told.
    pub return_id: String,
    /// What is to come back. Each part once.
    pub lines: Vec<ReturnedUnits>,
    /// Why.
    pub reason: ReturnReason,
    /// What else the customer says; may be empty.
    pub comment: String,
    /// When the customer asked.
    pub asked_at: Timestamp,
}

/// Units of a part that come back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct ReturnedUnits {
    /// The part.
    pub sku: Sku,
    /// How many units; at least 1.
    pub quantity: i32,
}

/// The customer keeps the goods after all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct WithdrawReturn {
    /// The order.
    pub order_id: OrderId,
    /// The return.
    pub return_id: String,
}

/// Somebody of the shop has decided about a return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct DecideReturn {
    /// The order.
    pub order_id: OrderId,
    /// The return.
    pub return_id: String,
    /// What was decided.
    pub decision: ReturnDecision,
    /// Why, in the words of whoever decided; may be empty.
    pub reason: String,
    /// Who decided: the account of an admin.
    pub admin_id: UserId,
}

/// The goods of a return came, all or some of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct ReceiveReturn {
    /// The order.
    pub order_id: OrderId,
    /// The return.
    pub return_id: String,
    /// What came. Each part once, none of which nothing came.
    pub lines: Vec<ReceivedUnits>,
    /// What else is to be said about the goods; may be empty.
    pub note: String,
    /// Who received them: the account of an admin.
    pub admin_id: UserId,
}

/// Units of a part that came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct ReceivedUnits {
    /// The part.
    pub sku: Sku,
    /// How many can be sold again.
    pub restock: i32,
    /// How many cannot.
    pub write_off: i32,
}

/// Why goods come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the Avro derive refuses comments on variants")]
pub enum ReturnReason {
    Damaged,
    Defective,
    WrongPart,
    DoesNotFit,
    NotAsDescribed,
    NotNeeded,
}

impl ReturnReason {
    /// The name as answers and documents spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Damaged => "damaged",
            Self::Defective => "defective",
            Self::WrongPart => "wrong_part",
            Self::DoesNotFit => "does_not_fit",
            Self::NotAsDescribed => "not_as_described",
            Self::NotNeeded => "not_needed",
        }
    }
}

/// What the shop says to a return.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the Avro derive refuses comments on variants")]
pub enum ReturnDecision {
    Approve,
    Refuse,
}

body!(RequestReturn: "../avro/RequestReturn.v1.avsc");
body!(WithdrawReturn: "../avro/WithdrawReturn.v1.avsc");
body!(DecideReturn: "../avro/DecideReturn.v1.avsc");
body!(ReceiveReturn: "../avro/ReceiveReturn.v1.avsc");
