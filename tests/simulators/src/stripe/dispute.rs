//! Disputes about charges: <https://docs.stripe.com/api/disputes/object>.

use super::Stripe;
use super::book::Cause;
use super::event::{Kind, StripeEvent};
use super::intent::Intent;
use crate::clock::unix_millis;
use crate::dispute::{Dispute, Move, Standing, Verdict, Wish};
use crate::ids::fresh;
use crate::web::dispute_answer;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Serialize;
use std::sync::Arc;

/// What Stripe charges for a chargeback, in minor units.
const FEE: i64 = 150_000;

/// A dispute as the API shows it.
#[derive(Serialize)]
pub(super) struct DisputeObject<'a> {
    id: &'a str,
    object: &'static str,
    amount: i64,
    balance_transactions: Vec<Transaction<'a>>,
    charge: Option<&'a str>,
    created: i64,
    currency: &'a str,
    evidence: Evidence,
    evidence_details: EvidenceDetails,
    is_charge_refundable: bool,
    livemode: bool,
    metadata: Evidence,
    payment_intent: &'a str,
    reason: &'a str,
    status: &'static str,
}

/// An empty object.
#[derive(Default, Serialize)]
struct Evidence {}

#[derive(Serialize)]
struct EvidenceDetails {
    due_by: i64,
    has_evidence: bool,
    past_due: bool,
    submission_count: u8,
}

#[derive(Serialize)]
struct Transaction<'a> {
    id: String,
    object: &'static str,
    amount: i64,
    currency: &'a str,
    fee: i64,
    net: i64,
    reporting_category: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
}

impl<'a> DisputeObject<'a> {
    pub(super) fn of(dispute: &'a Dispute, intent: &'a Intent) -> Self {
        let transaction = |(nth, moved): (usize, &Move)| Transaction {
            id: transaction_id(dispute, nth),
            object: "balance_transaction",
            amount: moved.amount,
            currency: &intent.terms.currency,
            fee: moved.fee,
            net: moved.amount - moved.fee,
            reporting_category: category(moved),
            kind: "adjustment",
        };
        Self {
            id: &dispute.id,
            object: "dispute",
            amount: dispute.amount,
            balance_transactions: dispute.moves.iter().enumerate().map(transaction).collect(),
            charge: intent.charge.as_deref(),
            created: dispute.opened_ms / 1_000,
            currency: &intent.terms.currency,
            evidence: Evidence {},
            evidence_details: EvidenceDetails {
                due_by: dispute.due_by(),
                has_evidence: dispute.standing != Standing::Open,
                past_due: false,
                submission_count: u8::from(dispute.standing != Standing::Open),
            },
            is_charge_refundable: dispute.is_inquiry,
            livemode: false,
            metadata: Evidence {},
            payment_intent: &dispute.payment,
            reason: &dispute.reason,
            status: status(dispute),
        }
    }
}

/// The id of what moved for a dispute in the account's balance.
pub(super) fn transaction_id(dispute: &Dispute, nth: usize) -> String {
    format!("txn_{}_{nth}", dispute.id)
}

/// How the balance calls it.
pub(super) const fn category(moved: &Move) -> &'static str {
    if moved.amount < 0 { "dispute" } else { "dispute_reversal" }
}

const fn status(dispute: &Dispute) -> &'static str {
    match (dispute.standing, dispute.is_inquiry) {
        (Standing::Open, true) => "warning_needs_response",
        (Standing::Open, false) => "needs_response",
        (Standing::UnderReview, true) => "warning_under_review",
        (Standing::UnderReview, false) => "under_review",
        (Standing::Won, _) => "won",
        (Standing::Lost, _) => "lost",
        (Standing::Closed, _) => "warning_closed",
    }
}

/// `POST /_sim/disputes`
pub(super) async fn open(State(stripe): State<Arc<Stripe>>, body: Bytes) -> Response {
    let wish = serde_json::from_slice::<Wish>(&body).map_err(|error| error.to_string());
    dispute_answer(wish.and_then(|wish| stripe.dispute(wish)))
}

/// `POST /_sim/disputes/{id}/{verdict}`
pub(super) async fn decide(
    State(stripe): State<Arc<Stripe>>,
    Path((id, verdict)): Path<(String, Verdict)>,
) -> Response {
    dispute_answer(stripe.decide(&id, verdict))
}

impl Stripe {
    fn dispute(&self, wish: Wish) -> Result<String, String> {
        let mut book = self.book();
        let found = book.intent(&wish.payment).filter(|intent| intent.captured > 0);
        let intent = found.ok_or_else(|| format!("no captured payment {:?}", wish.payment))?;
        let dispute = Dispute::open(fresh("dp_1", 23), wish, intent.captured, FEE, unix_millis());
        let id = dispute.id.clone();
        let taken: &[&str] = if dispute.is_inquiry { &[] } else { &["charge.dispute.funds_withdrawn"] };
        for kind in ["charge.dispute.created"].iter().chain(taken) {
            self.tell(kind, &dispute, &intent);
        }
        book.disputes.push(dispute);
        Ok(id)
    }

    fn decide(&self, id: &str, verdict: Verdict) -> Result<String, String> {
        let mut book = self.book();
        let found = book.disputes.iter_mut().find(|dispute| dispute.id == id);
        let dispute = found.ok_or_else(|| format!("no dispute {id:?}"))?;
        if !dispute.decide(verdict, unix_millis()) {
            return Err(format!("{id} cannot come to {verdict:?}"));
        }
        let dispute = dispute.clone();
        let intent = book.intent(&dispute.payment).ok_or("its payment is gone")?;
        let kinds: &[&'static str] = match verdict {
            Verdict::Review => &["charge.dispute.updated"],
            Verdict::Win => &["charge.dispute.funds_reinstated", "charge.dispute.closed"],
            Verdict::Lose | Verdict::Close => &["charge.dispute.closed"],
        };
        for kind in kinds {
            self.tell(kind, &dispute, &intent);
        }
        Ok(dispute.id)
    }

    fn tell(&self, kind: &'static str, dispute: &Dispute, intent: &Intent) {
        let event = StripeEvent::new(Kind::Dispute(kind), intent.clone(), &Cause::now(None));
        self.outbox.post(event.about(dispute.clone()));
    }
}
