//! What the reconciliation of our books with the gateways' reports: written by the payments worker, read and resolved by
//! people through the ingress.

use serde::{Deserialize, Serialize};
use shared::id::Uuid;

use crate::{
    ids::{FindingId, OrderId},
    types::{GatewayName, Timestamp},
};

mod sheet;

pub use sheet::{Sheet, decimal};

/// The collection of the findings.
pub const FINDINGS: &str = "reconciliation_findings";
/// The collection of the reports of runs.
pub const RUNS: &str = "reconciliation_runs";

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// The gateway says what our books do not: its webhook never arrived.
    LostWebhook,
    /// The gateway holds money for an order that ended without goods.
    CapturedForEndedOrder,
    /// A payment is not of the amount that was asked for.
    AmountMismatch,
    /// A payment is in another currency.
    CurrencyMismatch,
    /// A second payment was taken for one order.
    DuplicateCapture,
    /// Our books have a payment that the gateway does not know.
    UnknownToGateway,
    /// The gateway has a payment that our books do not know.
    Orphan,
    /// A capture or a refund is in no settlement.
    SettlementMissing,
    /// A capture or a refund is settled more than once.
    SettlementDuplicate,
    /// A settlement line is of another amount or currency than the capture or the refund it is for, or does not add up.
    SettlementAmount,
    /// A settlement line is for a capture or a refund that nobody knows.
    SettlementUnknown,
    /// A row of a settlement file cannot be read.
    SettlementUnreadable,
}

/// What somebody should do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProposedAction {
    /// Nothing: the payments worker was told.
    TellPayments,
    /// Give the money back.
    Refund,
    /// Compare by hand.
    Compare,
    /// Ask the gateway about it.
    AskGateway,
    /// Find whose money it is, or give it back.
    AssignOrRefund,
    /// Claim what is missing from the gateway.
    Claim,
    /// Expect the gateway to take back what it paid too much.
    ExpectReversal,
    /// Mend the row and give the file again.
    MendFile,
}

/// Whether anything is left to do about a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingState {
    /// It is so.
    Open,
    /// It is not so any more.
    Healed,
    /// A person has dealt with it.
    Resolved,
}

/// An amount as somebody states it, in minor units of whatever currency they name. What flows out is negative.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatedAmount {
    /// Minor units.
    pub minor: i64,
    /// The ISO 4217 code in upper case.
    pub currency: String,
}

/// One difference between two books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// What is wrong.
    pub kind: FindingKind,
    /// With what: a gateway and its name for a payment, a charge or a refund; or a file and a line. One finding for each
    /// kind and subject.
    pub subject: String,
    /// The gateway.
    pub gateway: GatewayName,
    /// Our order, where there is one.
    pub order_id: Option<OrderId>,
    /// The gateway's name for what we created; empty if unknown.
    pub gateway_ref: String,
    /// The gateway's name for the money; empty if unknown.
    pub payment_ref: String,
    /// What it should be.
    pub expected: Option<StatedAmount>,
    /// What it is.
    pub found: Option<StatedAmount>,
    /// What to do about it.
    pub action: ProposedAction,
    /// What was seen, in a sentence.
    pub detail: String,
}

/// How a finding ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// When.
    pub at: Timestamp,
    /// By whom: `reconciliation`, or a person.
    pub by: String,
    /// How, in words.
    pub note: String,
    /// The `Idempotency-Key` of the request that did it; empty if it had none.
    #[serde(default)]
    pub key: String,
}

/// A difference with what became of it, in the collection [`FINDINGS`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Follows from kind and subject, so that a difference that is found again is the same finding.
    #[serde(rename = "_id")]
    pub id: FindingId,
    /// The difference as it was last seen.
    pub difference: Difference,
    /// Whether anything is left to do.
    pub state: FindingState,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When it was last seen.
    pub last_seen: Timestamp,
    /// How it ended.
    #[serde(default)]
    pub closing: Option<Closing>,
}

impl FindingKind {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::LostWebhook,
        Self::CapturedForEndedOrder,
        Self::AmountMismatch,
        Self::CurrencyMismatch,
        Self::DuplicateCapture,
        Self::UnknownToGateway,
        Self::Orphan,
        Self::SettlementMissing,
        Self::SettlementDuplicate,
        Self::SettlementAmount,
        Self::SettlementUnknown,
        Self::SettlementUnreadable,
    ];

    /// The name as the API, metrics and sheets spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LostWebhook => "lost_webhook",
            Self::CapturedForEndedOrder => "captured_for_ended_order",
            Self::AmountMismatch => "amount_mismatch",
            Self::CurrencyMismatch => "currency_mismatch",
            Self::DuplicateCapture => "duplicate_capture",
            Self::UnknownToGateway => "unknown_to_gateway",
            Self::Orphan => "orphan",
            Self::SettlementMissing => "settlement_missing",
            Self::SettlementDuplicate => "settlement_duplicate",
            Self::SettlementAmount => "settlement_amount",
            Self::SettlementUnknown => "settlement_unknown",
            Self::SettlementUnreadable => "settlement_unreadable",
        }
    }

    /// Whether it is about a settlement rather than about a payment.
    #[must_use]
    pub const fn is_of_settlement(self) -> bool {
        matches!(
            self,
            Self::SettlementMissing
                | Self::SettlementDuplicate
                | Self::SettlementAmount
                | Self::SettlementUnknown
                | Self::SettlementUnreadable
        )
    }

    /// What is proposed about it.
    #[must_use]
    pub const fn action(self) -> ProposedAction {
        match self {
            Self::LostWebhook => ProposedAction::TellPayments,
            Self::CapturedForEndedOrder | Self::DuplicateCapture => ProposedAction::Refund,
            Self::AmountMismatch | Self::CurrencyMismatch => ProposedAction::Compare,
            Self::UnknownToGateway => ProposedAction::AskGateway,
            Self::Orphan | Self::SettlementUnknown => ProposedAction::AssignOrRefund,
            Self::SettlementMissing | Self::SettlementAmount => ProposedAction::Claim,
            Self::SettlementDuplicate => ProposedAction::ExpectReversal,
            Self::SettlementUnreadable => ProposedAction::MendFile,
        }
    }
}

impl ProposedAction {
    /// The proposal in words.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::TellPayments => "The payments worker was told; look at the payment only if this stays open.",
            Self::Refund => {
                "The payments worker was told to give it back; refund it at the gateway if this stays open."
            }
            Self::Compare => "Compare the payment with its order, then refund or collect the difference.",
            Self::AskGateway => "Ask the gateway what became of the payment; hold back goods that have not left.",
            Self::AssignOrRefund => "Find out whose money it is; refund it at the gateway if it is nobody's.",
            Self::Claim => "Claim the difference from the gateway, naming the payment.",
            Self::ExpectReversal => "Tell the gateway; it will take back what it settled twice.",
            Self::MendFile => "Download the file again or mend the row, then give it again.",
        }
    }
}

impl FindingState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Open, Self::Healed, Self::Resolved];

    /// The name as the API, metrics and sheets spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Healed => "healed",
            Self::Resolved => "resolved",
        }
    }
}

impl Difference {
    /// Under which id it is kept.
    #[must_use]
    pub fn id(&self) -> FindingId {
        let name = format!("reconciliation/{}/{}", self.kind.as_str(), self.subject);
        FindingId::from_uuid(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_that_the_documents_carry() {
        for kind in FindingKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        for state in FindingState::ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
    }
}
