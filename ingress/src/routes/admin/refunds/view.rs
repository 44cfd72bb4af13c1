//! Refunds as answers show them.

use schemas::{
    refunds::{OrderRefund, RefundedLine},
    types::{Money, Timestamp},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::views::{MoneyDoc, rfc3339};

/// The refunds of an order, and what they leave.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefundList {
    /// The refunds that the shop made, the oldest first.
    pub items: Vec<RefundView>,
    /// What was captured.
    #[schema(value_type = MoneyDoc)]
    pub captured: Money,
    /// All that went back, refunds made at the gateway included.
    #[schema(value_type = MoneyDoc)]
    pub refunded: Money,
    /// What may still go back.
    #[schema(value_type = MoneyDoc)]
    pub refundable: Money,
}

/// One refund.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefundView {
    /// Its name.
    refund_id: String,
    /// `asked`, `made` or `refused`.
    state: &'static str,
    /// Why it was refused, such as `exceeds_payment`; empty otherwise.
    code: String,
    /// How much.
    #[schema(value_type = MoneyDoc)]
    amount: Money,
    /// What it is for; empty if for nothing in particular.
    lines: Vec<RefundLineView>,
    /// Why.
    reason: String,
    /// The admin who gave it back.
    #[schema(value_type = String, format = Uuid)]
    by: schemas::ids::UserId,
    /// When it was asked for.
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    asked_at: Timestamp,
}

/// Units of one part.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefundLineView {
    /// The part.
    sku: String,
    /// How many.
    quantity: i32,
    /// What they were sold for, tax included.
    #[schema(value_type = MoneyDoc)]
    amount: Money,
}

impl From<OrderRefund> for RefundView {
    fn from(refund: OrderRefund) -> Self {
        let OrderRefund { refund_id, amount, lines, reason, by, asked_at, state, code } = refund;
        let lines = lines.into_iter().map(RefundLineView::from).collect();
        Self { refund_id, state: state.as_str(), code, amount, lines, reason, by, asked_at }
    }
}

impl From<RefundedLine> for RefundLineView {
    fn from(RefundedLine { sku, quantity, amount }: RefundedLine) -> Self {
        Self { sku: sku.to_string(), quantity, amount }
    }
}
