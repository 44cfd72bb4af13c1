//! Stripe's disputes: <https://docs.stripe.com/api/disputes/object>.

use schemas::disputes::{DisputeState, GatewayDispute};
use serde::Deserialize;
use shared::time::Timestamp;

use crate::webhooks::{Malformed, moment};

/// The events that tell how a dispute goes; each carries the whole dispute.
pub(super) const EVENTS: [&str; 5] = [
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
];

#[derive(Deserialize)]
pub(super) struct Dispute {
    id: String,
    amount: i64,
    currency: String,
    status: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    payment_intent: Option<String>,
    #[serde(default)]
    evidence_details: Evidence,
    #[serde(default)]
    balance_transactions: Vec<Transaction>,
}

#[derive(Default, Deserialize)]
struct Evidence {
    /// Unix seconds.
    #[serde(default)]
    due_by: Option<i64>,
}

/// Money that moved for the dispute: what flows out is negative, and the fee is apart from it.
#[derive(Deserialize)]
struct Transaction {
    amount: i64,
    #[serde(default)]
    fee: i64,
}

impl Dispute {
    /// The dispute in our words, as of `at`; `None` for one about a charge without an intent: we never make one.
    pub(super) fn describe(self, at: Timestamp) -> Result<Option<GatewayDispute>, Malformed> {
        let (state, is_inquiry) = standing(&self.status)?;
        let Some(intent) = self.payment_intent else { return Ok(None) };
        let sum = |part: fn(&Transaction) -> i64| {
            self.balance_transactions.iter().fold(0_i64, |sum, moved| sum.saturating_add(part(moved).max(0)))
        };
        Ok(Some(GatewayDispute {
            dispute_id: self.id,
            payment_ref: intent.clone(),
            gateway_ref: intent,
            order_ref: String::new(),
            state,
            is_inquiry,
            withdrawn_minor: sum(|moved| moved.amount.saturating_neg()),
            reinstated_minor: sum(|moved| moved.amount),
            fee_minor: sum(|moved| moved.fee),
            fee_returned_minor: sum(|moved| moved.fee.saturating_neg()),
            reason: self.reason,
            amount_minor: self.amount,
            currency: self.currency,
            evidence_due: self.evidence_details.due_by.map(moment).transpose()?,
            at,
        }))
    }
}

/// <https://docs.stripe.com/disputes/how-disputes-work>: what begins with `warning_` is an inquiry.
fn standing(status: &str) -> Result<(DisputeState, bool), Malformed> {
    Ok(match status {
        "warning_needs_response" => (DisputeState::NeedsResponse, true),
        "warning_under_review" => (DisputeState::UnderReview, true),
        "warning_closed" | "prevented" => (DisputeState::Closed, true),
        "needs_response" => (DisputeState::NeedsResponse, false),
        "under_review" => (DisputeState::UnderReview, false),
        "won" => (DisputeState::Won, false),
        "lost" => (DisputeState::Lost, false),
        _ => return Err(Malformed("a dispute of unknown status".to_owned())),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn dispute(status: &str, transactions: Value) -> Value {
        json!({
            "id": "dp_1", "object": "dispute", "amount": 318_200, "currency": "inr", "status": status,
            "reason": "fraudulent", "charge": "ch_1", "payment_intent": "pi_1", "metadata": {},
            "evidence_details": {"due_by": 1_700_000_000, "has_evidence": false}, "balance_transactions": transactions,
        })
    }

    fn read(value: Value) -> Result<Option<GatewayDispute>, Malformed> {
        serde_json::from_value::<Dispute>(value).unwrap().describe(Timestamp::from_millis(5))
    }

    #[test]
    fn what_moved_is_summed_with_the_fee_apart() {
        let taken = json!({"amount": -318_200, "fee": 1_500, "net": -319_700});
        let given = json!({"amount": 318_200, "fee": -1_500, "net": 319_700});
        let seen = read(dispute("needs_response", json!([taken]))).unwrap().unwrap();
        let moved = |seen: &GatewayDispute| (seen.withdrawn_minor, seen.reinstated_minor, seen.fee_minor);
        assert_eq!((moved(&seen), seen.fee_returned_minor), ((318_200, 0, 1_500), 0));
        assert_eq!((seen.gateway_ref.as_str(), seen.payment_ref.as_str()), ("pi_1", "pi_1"));
        assert_eq!(seen.evidence_due, Some(Timestamp::from_millis(1_700_000_000_000)));
        assert_eq!((seen.reason.as_str(), seen.at), ("fraudulent", Timestamp::from_millis(5)));
        let won = read(dispute("won", json!([taken, given]))).unwrap().unwrap();
        assert_eq!((moved(&won), won.fee_returned_minor), ((318_200, 318_200, 1_500), 1_500));
    }

    #[test]
    fn an_inquiry_is_told_from_a_chargeback() {
        for (status, state, is_inquiry) in [
            ("warning_needs_response", DisputeState::NeedsResponse, true),
            ("warning_under_review", DisputeState::UnderReview, true),
            ("warning_closed", DisputeState::Closed, true),
            ("needs_response", DisputeState::NeedsResponse, false),
            ("under_review", DisputeState::UnderReview, false),
            ("won", DisputeState::Won, false),
            ("lost", DisputeState::Lost, false),
        ] {
            let seen = read(dispute(status, json!([]))).unwrap().unwrap();
            assert_eq!((seen.state, seen.is_inquiry), (state, is_inquiry), "{status}");
        }
        assert!(read(dispute("pondered", json!([]))).is_err());
    }

    #[test]
    fn a_dispute_about_a_charge_without_an_intent_is_not_ours() {
        let mut stranger = dispute("lost", json!([]));
        stranger["payment_intent"] = Value::Null;
        assert_eq!(read(stranger), Ok(None));
    }
}
