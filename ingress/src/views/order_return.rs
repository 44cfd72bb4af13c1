//! Returns of goods.

use schemas::{
    documents::Order,
    ids::{OrderId, UserId},
    refunds::RefundState,
    returns::{ListedReturn, OrderReturn, ReturnLine, ReturnReason, ReturnState, ReturnStep},
    types::{Money, Timestamp},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{MoneyDoc, RefundStateDoc, ReturnReasonDoc, ReturnStateDoc};

/// A return.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Return)]
pub struct ReturnView {
    /// Its name.
    return_id: String,
    /// How far it has come.
    #[schema(value_type = ReturnStateDoc)]
    state: ReturnState,
    /// Why it was refused by the rules or not refunded, such as `return_window_over`; empty otherwise.
    code: String,
    /// What is to come back, and what of it came.
    items: Vec<ReturnItemView>,
    /// Why the goods come back.
    #[schema(value_type = ReturnReasonDoc)]
    reason: ReturnReason,
    /// What else the customer says.
    comment: String,
    /// When the customer asked.
    #[serde(serialize_with = "super::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    asked_at: Timestamp,
    /// Until when the goods must come; null before it is approved.
    #[schema(value_type = Option<String>, format = DateTime)]
    goods_due_at: Option<String>,
    /// What the shop last said about it.
    note: String,
    /// What the goods that came are paid back at; zero before they did.
    #[schema(value_type = MoneyDoc)]
    refund: Money,
    /// How far that has come; null if there is none.
    #[schema(value_type = Option<RefundStateDoc>)]
    refund_state: Option<RefundState>,
    /// Every state it was in.
    history: Vec<ReturnStepView>,
}

/// A part that comes back.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReturnItem)]
pub struct ReturnItemView {
    /// The part.
    sku: String,
    /// How many units were asked for.
    quantity: i32,
    /// How many came and are sold again.
    restocked: i32,
    /// How many came and are not.
    written_off: i32,
}

/// One state of a return's history.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReturnStep)]
pub struct ReturnStepView {
    /// The state it came to.
    #[schema(value_type = ReturnStateDoc)]
    state: ReturnState,
    /// When.
    #[serde(serialize_with = "super::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// The returns of an order.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct ReturnList {
    /// Each, the one that was asked for first at the head.
    items: Vec<ReturnView>,
    /// Until when goods of this order can be returned; null before it is delivered.
    #[schema(value_type = Option<String>, format = DateTime)]
    returnable_until: Option<String>,
}

/// A return in the list of all returns.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedReturnView {
    /// The order.
    #[schema(value_type = String, format = Uuid)]
    order_id: OrderId,
    /// The customer.
    #[schema(value_type = String, format = Uuid)]
    user_id: UserId,
    /// The return.
    #[serde(flatten)]
    content: ReturnView,
}

/// One page of all returns.
#[derive(Debug, Serialize, ToSchema)]
pub struct AllReturns {
    /// Open returns first, the oldest of them at the head; then the others, the youngest first.
    pub items: Vec<ListedReturnView>,
    /// Give it as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// A wish about a return was taken; what becomes of it is told at `status_url`.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReturnAccepted {
    /// The order.
    #[schema(value_type = String, format = Uuid)]
    pub order_id: OrderId,
    /// The return.
    pub return_id: String,
    /// Where it is read.
    pub status_url: String,
}

impl ReturnView {
    /// A return of this order.
    #[must_use]
    pub fn of(order: &Order, content: OrderReturn) -> Self {
        let refund = order.refunds.iter().find(|refund| refund.refund_id == content.return_id);
        let refund_state = refund.map(|refund| refund.state);
        Self { refund_state, ..Self::from(content) }
    }
}

impl From<OrderReturn> for ReturnView {
    fn from(content: OrderReturn) -> Self {
        Self {
            return_id: content.return_id,
            state: content.state,
            code: content.code,
            items: content.lines.into_iter().map(ReturnItemView::from).collect(),
            reason: content.reason,
            comment: content.comment,
            asked_at: content.asked_at,
            goods_due_at: content.goods_due_at.map(|at| at.to_string()),
            note: content.note,
            refund: content.refund,
            refund_state: None,
            history: content.history.into_iter().map(ReturnStepView::from).collect(),
        }
    }
}

impl From<ReturnLine> for ReturnItemView {
    fn from(ReturnLine { sku, quantity, restocked, written_off }: ReturnLine) -> Self {
        Self { sku: sku.to_string(), quantity, restocked, written_off }
    }
}

impl From<ReturnStep> for ReturnStepView {
    fn from(step: ReturnStep) -> Self {
        Self { state: step.state, at: step.at }
    }
}

impl From<Order> for ReturnList {
    fn from(order: Order) -> Self {
        let items = order.returns.iter().map(|content| ReturnView::of(&order, content.clone())).collect();
        Self { items, returnable_until: order.returnable_until.map(|until| until.to_string()) }
    }
}

impl From<ListedReturn> for ListedReturnView {
    fn from(ListedReturn { order_id, user_id, content, .. }: ListedReturn) -> Self {
        Self { order_id, user_id, content: content.into() }
    }
}
