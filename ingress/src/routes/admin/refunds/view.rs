//! Refunds as answers show them.

use schemas::{
    cash::Payout,
    ids::{OrderId, UserId},
    refunds::{ListedRefund, OrderRefund, RefundState, RefundedLine},
    types::{Money, Timestamp},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::views::{MoneyDoc, RefundStateDoc, rfc3339};

/// The refunds of an order, and what they leave.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefundList {
    /// The refunds that the shop made, the oldest first.
    pub items: Vec<RefundView>,
    /// What was captured, or received in cash.
    #[schema(value_type = MoneyDoc)]
    pub captured: Money,
    /// All that went back, refunds made at the gateway included.
    #[schema(value_type = MoneyDoc)]
    pub refunded: Money,
    /// What may still go back.
    #[schema(value_type = MoneyDoc)]
    pub refundable: Money,
}

/// One page of the refunds of all orders.
#[derive(Debug, Serialize, ToSchema)]
pub struct AllRefunds {
    /// Each with its order.
    pub items: Vec<ListedRefundView>,
    /// Give it as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// A refund, with its order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListedRefund)]
pub struct ListedRefundView {
    /// The order.
    #[schema(value_type = String, format = Uuid)]
    order_id: OrderId,
    /// Whose it is.
    #[schema(value_type = String, format = Uuid)]
    user_id: UserId,
    /// The refund.
    #[serde(flatten)]
    refund: RefundView,
}

/// One refund.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefundView {
    /// Its name.
    refund_id: String,
    /// How far it has come: of an order for cash `owed` until it is paid out, `set_off` where nobody had paid for it.
    #[schema(value_type = RefundStateDoc)]
    state: RefundState,
    /// Why it was refused, such as `exceeds_payment`; empty otherwise.
    code: String,
    /// How much.
    #[schema(value_type = MoneyDoc)]
    amount: Money,
    /// What of it lessens what nobody has paid yet, of an order for cash; the rest goes back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<MoneyDoc>, required = false)]
    set_off: Option<Money>,
    /// How it was paid out, of an order for cash.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    paid_out: Option<PayoutView>,
    /// What it is for; empty if for nothing in particular.
    lines: Vec<RefundLineView>,
    /// Why.
    reason: String,
    /// The admin who gave it back.
    #[schema(value_type = String, format = Uuid)]
    by: UserId,
    /// When it was asked for.
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    asked_at: Timestamp,
}

/// How a refund of cash was paid out.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayoutView {
    /// The UTR of the transfer, or the number of the receipt.
    reference: String,
    /// When.
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    paid_at: Timestamp,
    /// The operator who said so.
    #[schema(value_type = String, format = Uuid)]
    by: UserId,
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
        let OrderRefund { refund_id, amount, lines, reason, by, asked_at, state, code, set_off, paid_out } = refund;
        let lines = lines.into_iter().map(RefundLineView::from).collect();
        let paid_out = paid_out.map(PayoutView::from);
        Self { refund_id, state, code, amount, set_off, paid_out, lines, reason, by, asked_at }
    }
}

impl From<ListedRefund> for ListedRefundView {
    fn from(ListedRefund { order_id, user_id, content, .. }: ListedRefund) -> Self {
        Self { order_id, user_id, refund: content.into() }
    }
}

impl From<Payout> for PayoutView {
    fn from(Payout { reference, paid_at, by, .. }: Payout) -> Self {
        Self { reference, paid_at, by }
    }
}

impl From<RefundedLine> for RefundLineView {
    fn from(RefundedLine { sku, quantity, amount }: RefundedLine) -> Self {
        Self { sku: sku.to_string(), quantity, amount }
    }
}
