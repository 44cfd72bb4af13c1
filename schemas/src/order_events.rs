//! `orders.events`: facts about orders, for whoever wants to know. Keyed by order id.

use apache_avro::AvroSchema;
use serde::{Deserialize, Serialize};
use shared::{body, topic};

pub use crate::disputes::OrderDisputed;
use crate::{
    ids::{OrderId, UserId},
    refunds::RefundedLine,
    returns::{ReturnLine, ReturnReason, ReturnState},
    types::{Money, OrderStatus, Timestamp},
};

topic! {
    /// What happened to orders.
    pub enum OrderEvent = "orders.events" {
        /// An order moved.
        OrderMoved,
        /// Some of the money of an order that stands went back.
        OrderRefunded,
        /// A payment for an order is disputed, or something has come of that.
        OrderDisputed,
        /// A return of goods moved.
        ReturnMoved,
    }
}

/// An order moved from one state to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct OrderMoved {
    /// The order.
    pub order_id: OrderId,
    /// Whose it is.
    pub user_id: UserId,
    /// How many moves the order has made, this one included.
    pub sequence: i32,
    /// Where it was; the same as `to` for its first state.
    pub from: OrderStatus,
    /// Where it is.
    pub to: OrderStatus,
    /// When.
    pub at: Timestamp,
}

/// Some of the money of an order that stands went back. Together with full refunds, these come to all that went back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct OrderRefunded {
    /// The order.
    pub order_id: OrderId,
    /// Whose it is.
    pub user_id: UserId,
    /// The refund; empty if it was made at the gateway and not by us.
    pub refund_id: String,
    /// How much went back by this refund.
    pub amount: Money,
    /// What it was for; empty if for nothing in particular.
    pub lines: Vec<RefundedLine>,
    /// The invoice that it lessens; empty if it is not issued yet.
    pub invoice_number: String,
    /// When.
    pub at: Timestamp,
}

/// A return moved from one state to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct ReturnMoved {
    /// The order.
    pub order_id: OrderId,
    /// Whose it is.
    pub user_id: UserId,
    /// The return.
    pub return_id: String,
    /// How many moves the return has made, this one included.
    pub sequence: i32,
    /// Where it is.
    pub to: ReturnState,
    /// Why the goods come back.
    pub reason: ReturnReason,
    /// What is to come back, and what of it came.
    pub lines: Vec<ReturnLine>,
    /// What the goods that came are paid back at; zero before they did.
    pub refund: Money,
    /// When.
    pub at: Timestamp,
}

body!(ReturnMoved: "../avro/ReturnMoved.v1.avsc");
body!(OrderRefunded: "../avro/OrderRefunded.v1.avsc");
body!(OrderMoved: "../avro/OrderMoved.v1.avsc");
