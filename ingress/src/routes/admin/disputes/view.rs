//! Disputes as answers show them.

use schemas::{
    disputes::{DisputeRecord, DisputeState},
    types::{GatewayName, Money, Timestamp},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::views::{DisputeStateDoc, GatewayDoc, MoneyDoc, rfc3339};

/// A page of disputes.
#[derive(Debug, Serialize, ToSchema)]
pub struct DisputeList {
    /// The disputes.
    pub items: Vec<DisputeView>,
    /// What to ask for to see more.
    pub next_cursor: Option<String>,
}

/// One dispute.
#[derive(Debug, Serialize, ToSchema)]
pub struct DisputeView {
    /// The gateway's name for it.
    dispute_id: String,
    /// The gateway.
    #[schema(value_type = GatewayDoc)]
    gateway: GatewayName,
    /// The order whose payment is disputed.
    #[schema(value_type = String, format = Uuid)]
    order_id: schemas::ids::OrderId,
    /// The gateway's name for the money.
    payment_ref: String,
    /// Where it stands.
    #[schema(value_type = DisputeStateDoc)]
    state: DisputeState,
    /// Whether the bank only asks: nothing is taken, and a refund answers it.
    is_inquiry: bool,
    /// The bank's reason as the gateway codes it, such as `fraudulent`.
    reason: String,
    /// How much is in dispute.
    #[schema(value_type = MoneyDoc)]
    amount: Money,
    /// What the gateway has of ours for it now.
    #[schema(value_type = MoneyDoc)]
    withdrawn: Money,
    /// What the dispute costs.
    #[schema(value_type = MoneyDoc)]
    fee: Money,
    /// Until when evidence may be handed in, in the gateway's dashboard.
    evidence_due: Option<String>,
    /// When it was first heard of.
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    opened_at: Timestamp,
    /// When it came to this.
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    changed_at: Timestamp,
}

impl From<DisputeRecord> for DisputeView {
    fn from(record: DisputeRecord) -> Self {
        Self {
            dispute_id: record.dispute_id,
            gateway: record.gateway,
            order_id: record.order_id,
            payment_ref: record.payment_ref,
            state: record.state,
            is_inquiry: record.is_inquiry,
            reason: record.reason,
            amount: record.amount,
            withdrawn: record.withdrawn,
            fee: record.fee,
            evidence_due: record.evidence_due.map(|due| due.to_string()),
            opened_at: record.opened_at,
            changed_at: record.changed_at,
        }
    }
}
