//! `orders.events`: facts about orders, for whoever wants to know. Keyed by order id.

use apache_avro::AvroSchema;
use serde::{Deserialize, Serialize};
use shared::{body, topic};

use crate::{
    ids::{OrderId, UserId},
    types::{OrderStatus, Timestamp},
};

topic! {
    /// What happened to orders.
    pub enum OrderEvent = "orders.events" {
        /// An order moved.
        OrderMoved,
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

body!(OrderMoved: "../avro/OrderMoved.v1.avsc");
