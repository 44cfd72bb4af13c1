//! Findings as answers show them.

use schemas::{
    reconciliation::{Closing, Finding, FindingKind, FindingState, StatedAmount},
    types::GatewayName,
};
use serde::Serialize;
use shared::time::Timestamp;
use utoipa::ToSchema;

use crate::views::{FindingKindDoc, FindingStateDoc, GatewayDoc, rfc3339};

/// A page of findings.
#[derive(Debug, Serialize, ToSchema)]
pub struct FindingList {
    /// The findings.
    pub items: Vec<FindingView>,
    /// What to ask for to see more.
    pub next_cursor: Option<String>,
}

/// One finding.
#[derive(Debug, Serialize, ToSchema)]
pub struct FindingView {
    /// The finding.
    #[schema(value_type = String, format = Uuid)]
    id: schemas::ids::FindingId,
    /// What is wrong.
    #[schema(value_type = FindingKindDoc)]
    kind: FindingKind,
    /// Whether anything is left to do.
    #[schema(value_type = FindingStateDoc)]
    state: FindingState,
    /// With whose report.
    #[schema(value_type = GatewayDoc)]
    gateway: GatewayName,
    /// With what: the gateway's name for it, or a file and a line.
    subject: String,
    /// The order, where there is one.
    order_id: Option<String>,
    /// The gateway's name for what we created.
    gateway_ref: String,
    /// The gateway's name for the money.
    payment_ref: String,
    /// What it should be.
    expected: Option<AmountView>,
    /// What it is.
    found: Option<AmountView>,
    /// What was seen.
    detail: String,
    /// What to do about it, in words.
    proposed_action: &'static str,
    /// When it was first seen.
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    first_seen: Timestamp,
    /// When it was last seen.
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    last_seen: Timestamp,
    /// How it ended.
    closing: Option<ClosingView>,
}

/// An amount in minor units; what flows out is negative.
#[derive(Debug, Serialize, ToSchema)]
pub struct AmountView {
    /// Minor units.
    minor: i64,
    /// ISO 4217.
    currency: String,
}

/// How a finding ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClosingView {
    /// When.
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The admin's account, or `reconciliation`.
    by: String,
    /// In words.
    note: String,
}

impl From<Finding> for FindingView {
    fn from(finding: Finding) -> Self {
        let seen = finding.difference;
        Self {
            id: finding.id,
            kind: seen.kind,
            state: finding.state,
            gateway: seen.gateway,
            subject: seen.subject,
            order_id: seen.order_id.map(|id| id.to_string()),
            gateway_ref: seen.gateway_ref,
            payment_ref: seen.payment_ref,
            expected: seen.expected.map(AmountView::from),
            found: seen.found.map(AmountView::from),
            detail: seen.detail,
            proposed_action: seen.action.sentence(),
            first_seen: finding.first_seen,
            last_seen: finding.last_seen,
            closing: finding.closing.map(|Closing { at, by, note, .. }| ClosingView { at, by, note }),
        }
    }
}

impl From<StatedAmount> for AmountView {
    fn from(StatedAmount { minor, currency }: StatedAmount) -> Self {
        Self { minor, currency }
    }
}
