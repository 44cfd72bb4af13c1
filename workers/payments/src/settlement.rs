//! What the gateway settled of a payment: where its clearing account is emptied into.
//!
//! Reconciliation reads the settlements and tells each line; this keeps which lines are known, so that each is booked once
//! whatever run read it.

use schemas::{
    disputes::DisputeState,
    ledger::{Account, Occasion},
    settlements::{SettledKind, SettlementReported},
    types::{Currency, GatewayName, Timestamp},
};
use serde::{Deserialize, Serialize};
use shared::engine::Refusal;

use crate::{
    dispute::{Dispute, Moved, Standing, learn},
    ledger::Posting,
    payment::Payment,
};

/// One line of a settlement, as far as it is booked. What flows out is negative.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettledLine {
    /// The gateway that settled it.
    pub gateway: GatewayName,
    /// Names the line.
    pub line_id: String,
    /// What it is for.
    pub kind: SettledKind,
    /// The gateway's name for the money.
    pub payment_ref: String,
    /// What the gateway keeps, its tax included, in minor units.
    pub fee_minor: i64,
    /// The tax in that.
    pub tax_minor: i64,
    /// What it settles.
    pub net_minor: i64,
}

/// A line of a settlement. One that is known says nothing more.
///
/// # Errors
/// [`Refusal`] when it is not about this payment.
pub fn settled(mut payment: Payment, line: &SettlementReported, at: Timestamp) -> Result<Payment, Refusal> {
    if !payment.is_at(line.gateway) {
        let detail = format!("{} settles a payment that is not its own", line.gateway.as_str());
        return Err(Refusal::new("gateway_mismatch", detail));
    }
    if Currency::parse(&line.currency) != Some(payment.amount.currency) {
        return Err(Refusal::new("currency_mismatch", format!("{} is in {}", line.line_id, line.currency)));
    }
    if payment.settled.iter().any(|known| known.line_id == line.line_id) {
        return Ok(payment);
    }
    if line.kind == SettledKind::Dispute {
        learn(&mut payment.disputes, disputed(line, at));
    }
    payment.settled.push(SettledLine {
        gateway: line.gateway,
        line_id: line.line_id.clone(),
        kind: line.kind,
        payment_ref: line.payment_ref.clone(),
        fee_minor: line.fee_minor,
        tax_minor: line.tax_minor,
        net_minor: line.net_minor,
    });
    Ok(payment)
}

/// What a line tells of a dispute, if no webhook has told it: of where the dispute stands any other word counts more.
fn disputed(line: &SettlementReported, at: Timestamp) -> Dispute {
    let [withdrawn, reinstated] = [line.gross_minor.saturating_neg(), line.gross_minor].map(|minor| minor.max(0));
    let [fee, fee_returned] = [line.fee_minor, line.fee_minor.saturating_neg()].map(|minor| minor.max(0));
    Dispute {
        gateway: line.gateway,
        dispute_id: line.entity.clone(),
        payment_ref: line.payment_ref.clone(),
        standing: Standing {
            at: Timestamp::from_millis(0),
            is_chargeback: true,
            state: DisputeState::NeedsResponse,
            amount_minor: withdrawn.max(reinstated),
            evidence_due: None,
            reason: String::new(),
        },
        opened_at: at,
        moved: Moved { withdrawn, reinstated, fee, fee_returned },
    }
}

/// What a step is to be booked as, under the names of the lines.
pub fn postings<'a>(before: Option<&'a Payment>, after: &'a Payment) -> impl Iterator<Item = Posting> + 'a {
    let known = before.map_or(0, |before| before.settled.len()); // lines are only ever added
    after.settled.iter().skip(known).flat_map(SettledLine::postings)
}

impl SettledLine {
    /// What a dispute costs is booked with the dispute, so that its line is all net.
    fn postings(&self) -> impl Iterator<Item = Posting> + use<> {
        let of_dispute = self.kind == SettledKind::Dispute;
        let (fee, tax) =
            if of_dispute { (0, 0) } else { (self.fee_minor.saturating_sub(self.tax_minor), self.tax_minor) };
        let (gateway, line_id, payment_ref) = (self.gateway, self.line_id.clone(), self.payment_ref.clone());
        [
            (Occasion::Settled, self.net_minor),
            (Occasion::SettlementDeducted, self.net_minor.saturating_neg()),
            (Occasion::FeeKept, fee),
            (Occasion::FeeReturned, fee.saturating_neg()),
            (Occasion::FeeTaxKept, tax),
            (Occasion::FeeTaxReturned, tax.saturating_neg()),
        ]
        .into_iter()
        .filter(|(_, minor)| *minor > 0)
        .map(move |(occasion, minor)| Posting {
            name: Some(format!("{line_id}:{}", occasion.as_str())),
            money: Account::clearing(gateway),
            payment_ref: payment_ref.clone(),
            occasion,
            minor,
        })
    }
}
