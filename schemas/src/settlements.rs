//! What gateways settle, as the payments worker is told of it.

use apache_avro::AvroSchema;
use serde::{Deserialize, Serialize};
use shared::body;

use crate::{ids::OrderId, types::GatewayName};

/// What a settled line is for: money taken from a customer, given back, or moved for a dispute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, AvroSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the Avro derive refuses comments on variants")]
pub enum SettledKind {
    Capture,
    Refund,
    Dispute,
}

/// One line of what a gateway settled. What flows out is negative.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct SettlementReported {
    /// The order whose money it is.
    pub order_id: OrderId,
    /// The gateway.
    pub gateway: GatewayName,
    /// Names the line for ever; it counts once, whoever reads it.
    pub line_id: String,
    /// What it is for.
    pub kind: SettledKind,
    /// The gateway's name for that: a charge, a refund, a dispute.
    pub entity: String,
    /// The gateway's name for the money.
    pub payment_ref: String,
    /// The amount before fees, in minor units.
    pub gross_minor: i64,
    /// What the gateway keeps, its tax included.
    pub fee_minor: i64,
    /// The tax in that.
    pub tax_minor: i64,
    /// What it settles.
    pub net_minor: i64,
    /// The ISO 4217 code.
    pub currency: String,
}

body!(SettlementReported: "../avro/SettlementReported.v1.avsc");
