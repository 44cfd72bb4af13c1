//! Disputes: what the customer's bank takes back, or asks about.
//!
//! Reports come late, twice and in any order, so knowledge only grows: of where a dispute stands the latest word counts, by
//! the gateway's own clock, and of each amount the largest. What is known, and what is booked of it, is the same whatever
//! the order in which it was heard.

use schemas::{
    disputes::{DisputeRecord, DisputeReported, DisputeState, GatewayDispute},
    ledger::{Account, Occasion},
    orders::PaymentDisputed,
    types::{Currency, GatewayName, Money, Timestamp},
};
use serde::{Deserialize, Serialize};
use shared::engine::Refusal;

use crate::{
    handler::{Out, tell},
    holding::Holding,
    ledger::Posting,
    payment::Payment,
    rows::PaymentsRow,
};

/// What is known of one dispute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    /// The gateway that holds the money.
    pub gateway: GatewayName,
    /// The gateway's name for it.
    pub dispute_id: String,
    /// The gateway's name for the money.
    pub payment_ref: String,
    /// Where it stands.
    pub standing: Standing,
    /// When it was first heard of, by the gateway's clock.
    pub opened_at: Timestamp,
    /// What moved for it.
    pub moved: Moved,
}

/// Where a dispute stands. The greatest that was heard is the latest, and of two of the same moment always the same one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Standing {
    /// Since when, by the gateway's clock.
    pub at: Timestamp,
    /// Whether the bank takes the money back, and does not only ask.
    pub is_chargeback: bool,
    /// The state.
    pub state: DisputeState,
    /// How much is in dispute, in minor units.
    pub amount_minor: i64,
    /// Until when evidence may be handed in.
    pub evidence_due: Option<Timestamp>,
    /// The bank's reason.
    pub reason: String,
}

/// What moved for a dispute, in minor units: running totals, of which the largest is the newest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// What the gateway took, without its fee.
    pub withdrawn: i64,
    /// What of that it gave back.
    pub reinstated: i64,
    /// What it charged.
    pub fee: i64,
    /// What of that it gave back.
    pub fee_returned: i64,
}

/// A gateway's report on a dispute.
///
/// # Errors
/// [`Refusal`] when it is not about this payment.
pub fn dispute(mut payment: Payment, event: &DisputeReported) -> Result<Payment, Refusal> {
    let seen = &event.dispute;
    if !payment.is_at(event.gateway) {
        let detail = format!("{} reports on a payment that is not its own", event.gateway.as_str());
        return Err(Refusal::new("gateway_mismatch", detail));
    }
    let names = |name: &String| !name.is_empty() && *name == seen.gateway_ref;
    let is_there = |holding: &Holding| holding.gateway == Some(event.gateway) && names(&holding.gateway_ref);
    let ours = payment.holdings().any(is_there);
    if !ours && seen.order_ref != payment.order_id.to_string() {
        let detail = format!("{} disputes {}, which is no payment of this order", seen.dispute_id, seen.gateway_ref);
        return Err(Refusal::new("foreign_dispute", detail));
    }
    if Currency::parse(&seen.currency) != Some(payment.amount.currency) {
        let detail = format!("{} is in {}", seen.dispute_id, seen.currency);
        return Err(Refusal::new("currency_mismatch", detail));
    }
    learn(&mut payment.disputes, Dispute::heard(event.gateway, seen));
    Ok(payment)
}

/// Takes in what is told of one dispute.
pub fn learn(disputes: &mut Vec<Dispute>, news: Dispute) {
    match disputes.iter_mut().find(|known| known.is_same(&news)) {
        Some(known) => known.join(news),
        None => disputes.push(news),
    }
}

/// Notes with each of the payment's holdings what of it is in dispute. Nothing of that is given back.
#[must_use]
pub fn set_aside(mut payment: Payment) -> Payment {
    let disputes = std::mem::take(&mut payment.disputes);
    for (holding, _) in payment.holdings_mut() {
        let of_own = |part: fn(&Dispute) -> i64| {
            let own = disputes.iter().filter(|dispute| dispute.is_about(holding));
            own.fold(0_i64, |sum, dispute| sum.saturating_add(part(dispute))).min(holding.captured_minor)
        };
        (holding.disputed_minor, holding.lost_minor) = (of_own(Dispute::held_back), of_own(Dispute::lost));
    }
    payment.disputes = disputes;
    payment
}

/// Writes down what is new about disputes, and tells the order where they stand.
pub fn tell_of_disputes(before: Option<&Payment>, payment: &Payment, out: &mut Out<'_>) {
    for dispute in &payment.disputes {
        let known = known(before, dispute);
        if known == Some(dispute) {
            continue;
        }
        out.save(PaymentsRow::Dispute(dispute.record(payment)));
        if known.is_none_or(|known| known.standing != dispute.standing) {
            tell(out, dispute.news(payment), payment.order_id);
        }
    }
}

/// What a step is to be booked as.
pub fn postings<'a>(before: Option<&'a Payment>, after: &'a Payment) -> impl Iterator<Item = Posting> + 'a {
    after.disputes.iter().flat_map(move |dispute| {
        let was = known(before, dispute).map(Dispute::booked).unwrap_or_default();
        moved(&was, &dispute.booked()).map(|(occasion, minor)| Posting {
            name: None,
            money: Account::clearing(dispute.gateway),
            payment_ref: dispute.payment_ref.clone(),
            occasion,
            minor,
        })
    })
}

/// What is booked of a dispute altogether, in minor units.
#[derive(Default)]
struct Booked {
    moved: Moved,
    lost: i64,
}

fn moved(was: &Booked, is: &Booked) -> impl Iterator<Item = (Occasion, i64)> + use<> {
    [
        (Occasion::DisputeWithdrawn, is.moved.withdrawn.saturating_sub(was.moved.withdrawn)),
        (Occasion::DisputeReinstated, is.moved.reinstated.saturating_sub(was.moved.reinstated)),
        (Occasion::DisputeLost, is.lost.saturating_sub(was.lost)),
        (Occasion::DisputeRecovered, was.lost.saturating_sub(is.lost)),
        (Occasion::DisputeCharged, is.moved.fee.saturating_sub(was.moved.fee)),
        (Occasion::DisputeChargeReturned, is.moved.fee_returned.saturating_sub(was.moved.fee_returned)),
    ]
    .into_iter()
    .filter(|(_, minor)| *minor > 0)
}

fn known<'a>(before: Option<&'a Payment>, dispute: &Dispute) -> Option<&'a Dispute> {
    before?.disputes.iter().find(|known| known.is_same(dispute))
}

impl Dispute {
    /// Takes in more about it, heard before or after.
    pub fn join(&mut self, other: Self) {
        self.standing = self.standing.clone().max(other.standing);
        self.opened_at = self.opened_at.min(other.opened_at);
        self.moved = self.moved.join(other.moved);
    }

    fn is_same(&self, other: &Self) -> bool {
        self.gateway == other.gateway && self.dispute_id == other.dispute_id
    }

    fn is_about(&self, holding: &Holding) -> bool {
        holding.gateway == Some(self.gateway) && holding.payment_ref == self.payment_ref
    }

    /// What is not ours to give back, in minor units.
    #[must_use]
    pub fn held_back(&self) -> i64 {
        let Standing { state, is_chargeback, amount_minor, .. } = self.standing;
        if state.holds_money(!is_chargeback) { amount_minor } else { 0 }
    }

    /// What the customer got back by it for good, in minor units.
    #[must_use]
    pub fn lost(&self) -> i64 {
        if self.standing.state == DisputeState::Lost { self.standing.amount_minor } else { 0 }
    }

    /// No more is given back than was taken, whatever was heard first.
    fn booked(&self) -> Booked {
        let Moved { withdrawn, reinstated, fee, fee_returned } = self.moved;
        let moved =
            Moved { withdrawn, reinstated: reinstated.min(withdrawn), fee, fee_returned: fee_returned.min(fee) };
        let is_lost = self.standing.state == DisputeState::Lost;
        Booked { moved, lost: if is_lost { moved.withdrawn - moved.reinstated } else { 0 } }
    }

    fn record(&self, payment: &Payment) -> DisputeRecord {
        let Standing { at, is_chargeback, state, amount_minor, evidence_due, ref reason } = self.standing;
        let Booked { moved, .. } = self.booked();
        let changed_at = at.max(self.opened_at); // of one that only a settlement told of
        let money = |minor: i64| Money { minor, ..payment.amount };
        DisputeRecord {
            dispute_id: self.dispute_id.clone(),
            gateway: self.gateway,
            order_id: payment.order_id,
            payment_ref: self.payment_ref.clone(),
            state,
            is_inquiry: !is_chargeback,
            reason: reason.clone(),
            amount: money(amount_minor),
            withdrawn: money(moved.withdrawn - moved.reinstated),
            fee: money(moved.fee - moved.fee_returned),
            evidence_due,
            opened_at: self.opened_at,
            changed_at,
            place: DisputeRecord::place_of(state, evidence_due, changed_at),
        }
    }

    fn news(&self, payment: &Payment) -> PaymentDisputed {
        let Standing { is_chargeback, state, amount_minor, evidence_due, ref reason, .. } = self.standing;
        PaymentDisputed {
            order_id: payment.order_id,
            dispute_id: self.dispute_id.clone(),
            state,
            is_inquiry: !is_chargeback,
            reason: reason.clone(),
            amount: Money { minor: amount_minor, ..payment.amount },
            evidence_due,
        }
    }
}

impl Moved {
    fn join(self, other: Self) -> Self {
        Self {
            withdrawn: self.withdrawn.max(other.withdrawn),
            reinstated: self.reinstated.max(other.reinstated),
            fee: self.fee.max(other.fee),
            fee_returned: self.fee_returned.max(other.fee_returned),
        }
    }
}

impl Dispute {
    /// What a gateway tells of it.
    fn heard(gateway: GatewayName, seen: &GatewayDispute) -> Self {
        Self {
            gateway,
            dispute_id: seen.dispute_id.clone(),
            payment_ref: seen.payment_ref.clone(),
            standing: Standing {
                at: seen.at,
                is_chargeback: !seen.is_inquiry,
                state: seen.state,
                amount_minor: seen.amount_minor.max(0),
                evidence_due: seen.evidence_due,
                reason: seen.reason.clone(),
            },
            opened_at: seen.at,
            moved: Moved {
                withdrawn: seen.withdrawn_minor.max(0),
                reinstated: seen.reinstated_minor.max(0),
                fee: seen.fee_minor.max(0),
                fee_returned: seen.fee_returned_minor.max(0),
            },
        }
    }
}
