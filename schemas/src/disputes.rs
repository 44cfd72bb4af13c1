//! Disputes: customers who ask their bank for the money back. What the gateways report, what the order is told, and the
//! documents that people work through.

use apache_avro::AvroSchema;
use serde::{Deserialize, Serialize};
use shared::body;

use crate::{
    ids::{OrderId, UserId},
    types::{GatewayName, Money, Timestamp},
};

/// Where a dispute stands: the shop must answer, the bank decides, it came to nothing, the money is lost, or kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, AvroSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the Avro derive refuses comments on variants")]
pub enum DisputeState {
    NeedsResponse,
    UnderReview,
    Closed,
    Lost,
    Won,
}

impl DisputeState {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::NeedsResponse, Self::UnderReview, Self::Closed, Self::Lost, Self::Won];

    /// The name as answers and documents spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NeedsResponse => "needs_response",
            Self::UnderReview => "under_review",
            Self::Closed => "closed",
            Self::Lost => "lost",
            Self::Won => "won",
        }
    }

    /// Whether it is not decided yet.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::NeedsResponse | Self::UnderReview)
    }

    /// Whether the disputed money is not ours to give back: the bank has it, or may take it. A mere inquiry takes nothing,
    /// and giving the money back is how it is best answered.
    #[must_use]
    pub const fn holds_money(self, is_inquiry: bool) -> bool {
        match self {
            Self::NeedsResponse | Self::UnderReview => !is_inquiry,
            Self::Lost => true,
            Self::Closed | Self::Won => false,
        }
    }
}

/// One dispute as a gateway describes it. The amounts that moved are running totals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct GatewayDispute {
    /// The gateway's name for it: `dp_…`, `disp_…`.
    pub dispute_id: String,
    /// The gateway's name for what we created: Stripe's payment intent, Razorpay's order.
    pub gateway_ref: String,
    /// The gateway's name for the money.
    pub payment_ref: String,
    /// Our order, as the gateway kept it; empty if it did not.
    pub order_ref: String,
    /// Where it stands.
    pub state: DisputeState,
    /// Whether the bank only asks, and has taken nothing yet.
    pub is_inquiry: bool,
    /// The bank's reason as the gateway codes it (`fraudulent`).
    pub reason: String,
    /// How much is in dispute, in minor units.
    pub amount_minor: i64,
    /// The ISO 4217 code as the gateway spelt it.
    pub currency: String,
    /// What the gateway has taken from us for it, without its fee.
    pub withdrawn_minor: i64,
    /// What of that it has given back.
    pub reinstated_minor: i64,
    /// What it charges for the dispute.
    pub fee_minor: i64,
    /// What of that it has given back.
    pub fee_returned_minor: i64,
    /// Until when evidence may be handed in; `None` if there is no such time.
    pub evidence_due: Option<Timestamp>,
    /// When it came to this, by the gateway's clock.
    pub at: Timestamp,
}

/// A webhook about a dispute: signature already verified over the raw bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct DisputeReported {
    /// The gateway.
    pub gateway: GatewayName,
    /// The gateway's id of the event; one effect each.
    pub event_id: String,
    /// The gateway's name of the event (`charge.dispute.created`).
    pub event_type: String,
    /// The dispute.
    pub dispute: GatewayDispute,
}

/// The customer disputes the payment at their bank, or something has come of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct PaymentDisputed {
    /// The order.
    pub order_id: OrderId,
    /// The gateway's name for the dispute.
    pub dispute_id: String,
    /// Where it stands.
    pub state: DisputeState,
    /// Whether the bank only asks.
    pub is_inquiry: bool,
    /// The bank's reason.
    pub reason: String,
    /// How much is in dispute.
    pub amount: Money,
    /// Until when evidence may be handed in.
    pub evidence_due: Option<Timestamp>,
}

/// A payment for an order is disputed, or something has come of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct OrderDisputed {
    /// The order.
    pub order_id: OrderId,
    /// Whose it is.
    pub user_id: UserId,
    /// The gateway's name for the dispute.
    pub dispute_id: String,
    /// Where it stands.
    pub state: DisputeState,
    /// The bank's reason.
    pub reason: String,
    /// How much is in dispute.
    pub amount: Money,
    /// Until when evidence may be handed in.
    pub evidence_due: Option<Timestamp>,
    /// When the order heard of it.
    pub at: Timestamp,
}

body!(DisputeReported: "../avro/DisputeReported.v1.avsc");
body!(PaymentDisputed: "../avro/PaymentDisputed.v1.avsc");
body!(OrderDisputed: "../avro/OrderDisputed.v1.avsc");

/// A dispute as its order keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderDispute {
    /// The gateway's name for it.
    pub dispute_id: String,
    /// Where it stands.
    pub state: DisputeState,
    /// Whether the bank only asks.
    pub is_inquiry: bool,
    /// The bank's reason.
    pub reason: String,
    /// How much is in dispute.
    pub amount: Money,
    /// Until when evidence may be handed in.
    pub evidence_due: Option<Timestamp>,
}

/// A dispute in the collection [`DISPUTES`], each under `row`: written by the payments worker alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisputeRecord {
    /// The gateway's name for it.
    pub dispute_id: String,
    /// The gateway.
    pub gateway: GatewayName,
    /// The order whose payment is disputed.
    pub order_id: OrderId,
    /// The gateway's name for the money.
    pub payment_ref: String,
    /// Where it stands.
    pub state: DisputeState,
    /// Whether the bank only asks.
    pub is_inquiry: bool,
    /// The bank's reason.
    pub reason: String,
    /// How much is in dispute.
    pub amount: Money,
    /// What the gateway has of ours for it now, without its fee.
    pub withdrawn: Money,
    /// What the dispute costs.
    pub fee: Money,
    /// Until when evidence may be handed in.
    pub evidence_due: Option<Timestamp>,
    /// When it was first heard of, by the gateway's clock.
    pub opened_at: Timestamp,
    /// When it came to this, by the gateway's clock.
    pub changed_at: Timestamp,
    /// Where it stands in the list of all: [`DisputeRecord::place_of`].
    pub place: Timestamp,
}

/// The collection of the disputes.
pub const DISPUTES: &str = "disputes";

/// The place of open disputes that nobody need answer: behind those that have a deadline, before those that are closed.
const WITHOUT_DEADLINE: i64 = 1 << 50;

impl DisputeRecord {
    /// From here on stand those that are closed.
    pub const CLOSED_FROM: Timestamp = Timestamp::from_millis(WITHOUT_DEADLINE + 1);

    /// The open ones by their deadlines, then those that are closed, the youngest first.
    #[must_use]
    pub fn place_of(state: DisputeState, evidence_due: Option<Timestamp>, changed_at: Timestamp) -> Timestamp {
        if state.is_open() {
            let due = evidence_due.map_or(WITHOUT_DEADLINE, Timestamp::as_millis);
            return Timestamp::from_millis(due.min(WITHOUT_DEADLINE));
        }
        let age = WITHOUT_DEADLINE.saturating_sub(changed_at.as_millis()).max(0);
        Timestamp::from_millis(Self::CLOSED_FROM.as_millis().saturating_add(age))
    }

    /// The document's id.
    #[must_use]
    pub fn document_id(gateway: GatewayName, dispute_id: &str) -> String {
        format!("{}/{dispute_id}", gateway.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_disputes_stand_first_by_their_deadline_and_closed_ones_last_the_youngest_first() {
        let at = Timestamp::from_millis;
        let place = |state, due: Option<i64>, changed| DisputeRecord::place_of(state, due.map(at), at(changed));
        let sorted = [
            place(DisputeState::NeedsResponse, Some(5_000), 9_000),
            place(DisputeState::UnderReview, Some(6_000), 1_000),
            place(DisputeState::UnderReview, None, 1_000),
            place(DisputeState::Lost, Some(1), 9_000),
            place(DisputeState::Won, Some(2), 8_000),
            place(DisputeState::Closed, None, i64::MIN),
        ];
        assert!(sorted.is_sorted() && sorted[2] < sorted[3], "{sorted:?}");
        assert!(sorted.iter().all(|place| (*place >= DisputeRecord::CLOSED_FROM) == (*place > sorted[2])));
    }

    #[test]
    fn states_are_stored_under_the_names_that_answers_have() {
        for state in DisputeState::ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
    }

    #[test]
    fn an_inquiry_holds_no_money_and_a_loss_always_does() {
        let holding = |is_inquiry| DisputeState::ALL.map(|state| state.holds_money(is_inquiry));
        assert_eq!(holding(false), [true, true, false, true, false]);
        assert_eq!(holding(true), [false, false, false, true, false]);
    }
}
