//! `orders.inbox`: what the process manager is told, by clients and by the other workers. Keyed by order id.

use apache_avro::AvroSchema;
use serde::{Deserialize, Serialize};
use shared::{body, topic};

use crate::{
    ids::{OrderId, Sku, UserId},
    types::{Address, Money, OrderLine, PaymentMethod, Timestamp, Totals},
};

topic! {
    /// Everything that can happen to an order.
    pub enum OrdersMessage = "orders.inbox" {
        /// A client placed it.
        PlaceOrder,
        /// A client cancelled it.
        CancelOrder,
        /// A part is held for it.
        StockReserved,
        /// A part cannot be held for it.
        StockRefused,
        /// The customer can pay now.
        PaymentReady,
        /// It is paid.
        PaymentCaptured,
        /// It will not be paid.
        PaymentFailed,
        /// Its money went back.
        PaymentRefunded,
        /// Its invoice exists.
        InvoiceIssued,
        /// Its credit note exists.
        CreditNoteIssued,
        /// A carrier will fetch its parcel.
        ShipmentBooked,
        /// No carrier takes its parcel.
        ShipmentRefused,
        /// The carrier has its parcel.
        ShipmentPickedUp,
        /// The customer has its parcel.
        ShipmentDelivered,
        /// Its parcel stays here.
        ShipmentCancelled,
        /// Its parcel could not be stopped.
        ShipmentCancelRefused,
        /// The time its state allows has run out.
        OrderDeadlineReached,
    }
}

/// A priced order, as the ingress accepted it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct PlaceOrder {
    /// The order.
    pub order_id: OrderId,
    /// Whose it is.
    pub user_id: UserId,
    /// What is bought; at least one line, each SKU once.
    pub lines: Vec<OrderLine>,
    /// What it comes to.
    pub totals: Totals,
    /// Where it goes.
    pub address: Address,
    /// How it is paid.
    pub payment_method: PaymentMethod,
    /// When the client placed it.
    pub placed_at: Timestamp,
}

/// The customer does not want it any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct CancelOrder {
    /// The order.
    pub order_id: OrderId,
    /// Why, in the customer's words; may be empty.
    pub reason: String,
}

/// The inventory holds a part for the order, and those of its parts that stand before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct StockReserved {
    /// The order.
    pub order_id: OrderId,
    /// The part.
    pub sku: Sku,
}

/// The inventory cannot hold that many of a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct StockRefused {
    /// The order.
    pub order_id: OrderId,
    /// The part.
    pub sku: Sku,
    /// How many there were.
    pub available: i64,
}

/// The gateway knows the payment; the customer can pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct PaymentReady {
    /// The order.
    pub order_id: OrderId,
    /// The gateway's name for the payment (`pi_…`, `order_…`).
    pub gateway_ref: String,
    /// What the client's payment form needs besides (Stripe's client secret); empty if nothing.
    pub client_secret: String,
}

/// The money is ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct PaymentCaptured {
    /// The order.
    pub order_id: OrderId,
    /// How much; equal to the order's grand total, or the payments worker would have refused it.
    pub amount: Money,
    /// The gateway's name for the payment (`pi_…`, `pay_…`).
    pub gateway_ref: String,
}

/// The payment failed for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct PaymentFailed {
    /// The order.
    pub order_id: OrderId,
    /// A stable code: `card_declined`, `amount_mismatch`, `gateway_refused`.
    pub code: String,
}

/// All the money went back, or none was ever taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct PaymentRefunded {
    /// The order.
    pub order_id: OrderId,
    /// How much went back; zero if none was taken.
    pub amount: Money,
}

/// The invoice has its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct InvoiceIssued {
    /// The order.
    pub order_id: OrderId,
    /// The invoice's number.
    pub number: String,
}

/// The credit note has its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct CreditNoteIssued {
    /// The order.
    pub order_id: OrderId,
    /// The credit note's number.
    pub number: String,
}

/// The carrier accepted the parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct ShipmentBooked {
    /// The order.
    pub order_id: OrderId,
    /// The carrier.
    pub carrier: String,
    /// What the customer tracks the parcel by.
    pub tracking_number: String,
}

/// The carrier will not take the parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct ShipmentRefused {
    /// The order.
    pub order_id: OrderId,
    /// The carrier's reason.
    pub reason: String,
}

/// The parcel left the shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct ShipmentPickedUp {
    /// The order.
    pub order_id: OrderId,
}

/// The parcel arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct ShipmentDelivered {
    /// The order.
    pub order_id: OrderId,
}

/// There is no parcel any more, or there never was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct ShipmentCancelled {
    /// The order.
    pub order_id: OrderId,
}

/// The parcel is on its way and cannot be stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct ShipmentCancelRefused {
    /// The order.
    pub order_id: OrderId,
}

/// The time that the order's state allows has run out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct OrderDeadlineReached {
    /// The order.
    pub order_id: OrderId,
    /// The deadline that was reached; stale if the order has another by now.
    pub due_at: Timestamp,
}

body!(PlaceOrder: "../avro/PlaceOrder.v1.avsc", "../avro/PlaceOrder.v2.avsc");
body!(CancelOrder: "../avro/CancelOrder.v1.avsc");
body!(StockReserved: "../avro/StockReserved.v1.avsc");
body!(StockRefused: "../avro/StockRefused.v1.avsc");
body!(PaymentReady: "../avro/PaymentReady.v1.avsc");
body!(PaymentCaptured: "../avro/PaymentCaptured.v1.avsc");
body!(PaymentFailed: "../avro/PaymentFailed.v1.avsc");
body!(PaymentRefunded: "../avro/PaymentRefunded.v1.avsc");
body!(InvoiceIssued: "../avro/InvoiceIssued.v1.avsc");
body!(CreditNoteIssued: "../avro/CreditNoteIssued.v1.avsc");
body!(ShipmentBooked: "../avro/ShipmentBooked.v1.avsc");
body!(ShipmentRefused: "../avro/ShipmentRefused.v1.avsc");
body!(ShipmentPickedUp: "../avro/ShipmentPickedUp.v1.avsc");
body!(ShipmentDelivered: "../avro/ShipmentDelivered.v1.avsc");
body!(ShipmentCancelled: "../avro/ShipmentCancelled.v1.avsc");
body!(ShipmentCancelRefused: "../avro/ShipmentCancelRefused.v1.avsc");
body!(OrderDeadlineReached: "../avro/OrderDeadlineReached.v1.avsc");
