//! Razorpay's disputes: <https://razorpay.com/docs/webhooks/payloads/disputes/>.

use schemas::{
    disputes::{DisputeState, GatewayDispute},
    payments::GatewayPayment,
};
use serde::Deserialize;
use shared::time::Timestamp;

use crate::webhooks::{Malformed, moment};

/// The events that tell how a dispute goes; each carries the whole dispute and its payment.
pub(super) const EVENTS: [&str; 6] = [
    "payment.dispute.created",
    "payment.dispute.under_review",
    "payment.dispute.action_required",
    "payment.dispute.won",
    "payment.dispute.lost",
    "payment.dispute.closed",
];

/// <https://razorpay.com/docs/api/disputes/entity/>
#[derive(Deserialize)]
pub(super) struct Dispute {
    id: String,
    amount: i64,
    currency: String,
    #[serde(default)]
    amount_deducted: i64,
    #[serde(default)]
    reason_code: Option<String>,
    /// Unix seconds.
    #[serde(default)]
    respond_by: Option<i64>,
    status: String,
    #[serde(default)]
    phase: String,
}

impl Dispute {
    /// The dispute in our words, as of `at`. Razorpay states what it has deducted, and nothing of what it gives back: that is
    /// all of it once the dispute is won. Its fee shows in the settlement alone.
    pub(super) fn describe(self, payment: &GatewayPayment, at: Timestamp) -> Result<GatewayDispute, Malformed> {
        let state = state_of(&self.status)?;
        Ok(GatewayDispute {
            dispute_id: self.id,
            gateway_ref: payment.gateway_ref.clone(),
            payment_ref: payment.payment_ref.clone(),
            order_ref: payment.order_ref.clone(),
            state,
            is_inquiry: matches!(self.phase.as_str(), "fraud" | "retrieval"),
            reason: self.reason_code.unwrap_or_default(),
            amount_minor: self.amount,
            withdrawn_minor: self.amount_deducted,
            reinstated_minor: if state == DisputeState::Won { self.amount } else { 0 },
            fee_minor: 0,
            fee_returned_minor: 0,
            currency: self.currency,
            evidence_due: self.respond_by.map(moment).transpose()?,
            at,
        })
    }
}

fn state_of(status: &str) -> Result<DisputeState, Malformed> {
    Ok(match status {
        "open" => DisputeState::NeedsResponse,
        "under_review" => DisputeState::UnderReview,
        "won" => DisputeState::Won,
        "lost" => DisputeState::Lost,
        "closed" => DisputeState::Closed,
        _ => return Err(Malformed("a dispute of unknown status".to_owned())),
    })
}
