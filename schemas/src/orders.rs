//! `orders.inbox`: what the process manager is told, by clients and by the other workers. Keyed by order id.

use apache_avro::AvroSchema;
use serde::{Deserialize, Serialize};
use shared::{body, topic};

pub use crate::{
    cash::{RecordCash, RecordPayout},
    disputes::PaymentDisputed,
};
use crate::{
    coupons::CouponCode,
    ids::{OrderId, Sku, UserId},
    returns::{DecideReturn, ReceiveReturn, RequestReturn, WithdrawReturn},
    types::{Address, GatewayName, Money, OrderLine, PaymentMethod, Timestamp, Totals},
};

topic! {
    /// Everything that can happen to an order.
    pub enum OrdersMessage = "orders.inbox" {
        /// A client placed it.
        PlaceOrder,
        /// A client cancelled it.
        CancelOrder,
        /// Its customer wants to pay it, again or otherwise.
        PayOrder,
        /// Somebody of the shop gives some of its money back.
        RefundOrder,
        /// Cash was taken for it.
        RecordCash,
        /// A refund of its cash was paid out.
        RecordPayout,
        /// It uses its coupon.
        CouponRedeemed,
        /// It cannot use its coupon.
        CouponRefused,
        /// A customer wants to send some of it back.
        RequestReturn,
        /// The customer keeps it after all.
        WithdrawReturn,
        /// Somebody of the shop has decided about a return.
        DecideReturn,
        /// The goods of a return came.
        ReceiveReturn,
        /// A part is held for it.
        StockReserved,
        /// A part cannot be held for it.
        StockRefused,
        /// The customer can pay now.
        PaymentReady,
        /// The customer cannot pay yet: no gateway that may take it can be reached.
        PaymentDelayed,
        /// It is paid.
        PaymentCaptured,
        /// The customer's bank declined; they may try again.
        PaymentDeclined,
        /// It will not be paid.
        PaymentFailed,
        /// Its money went back.
        PaymentRefunded,
        /// Some of its money went back.
        PaymentPartlyRefunded,
        /// A refund will not be made.
        RefundRefused,
        /// Its payment is disputed, or something has come of that.
        PaymentDisputed,
        /// Its invoice exists.
        InvoiceIssued,
        /// Its credit note exists.
        CreditNoteIssued,
        /// A part of its invoice is taken back, or what was left of it.
        InvoiceCredited,
        /// Its invoice names the wrong buyer.
        CorrectInvoice,
        /// Its invoice is void, and another stands for it.
        InvoiceReplaced,
        /// Its invoice stays in force.
        ReplacementRefused,
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
    /// The buyer's GSTIN, checked; empty for a buyer who is not registered.
    #[serde(default)]
    #[avro(default = r#""""#)]
    pub buyer_gstin: String,
    /// The coupon that its prices count on, if there is one.
    #[serde(default)]
    pub coupon: Option<AppliedCoupon>,
    /// Whether the customer leaves the gateway to the shop; `payment_method` is then what a reader goes by that knows nothing
    /// of this.
    #[serde(default)]
    #[avro(default = "false")]
    pub any_gateway: bool,
}

/// A coupon, and what it takes off an order if the order may use it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct AppliedCoupon {
    /// The coupon.
    pub code: CouponCode,
    /// What it takes off: part of the discounts of the lines.
    pub discount: Money,
}

/// The customer does not want it any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct CancelOrder {
    /// The order.
    pub order_id: OrderId,
    /// Why, in the customer's words; may be empty.
    pub reason: String,
}

/// The customer wants to try again to pay, or to pay otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct PayOrder {
    /// The order.
    pub order_id: OrderId,
    /// Names the attempt: made once, however often it is asked for.
    pub attempt_id: String,
    /// How it is to be paid.
    pub method: PaymentMethod,
    /// Whether the customer leaves the gateway to the shop, as in `PlaceOrder`.
    #[serde(default)]
    #[avro(default = "false")]
    pub any_gateway: bool,
}

/// Give some of an order's money back; the order stands. What and how much was decided by a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct RefundOrder {
    /// The order.
    pub order_id: OrderId,
    /// Names this refund: made once, however often it is asked for.
    pub refund_id: String,
    /// How much; `None` if it follows from the lines.
    pub amount: Option<Money>,
    /// What it is for; empty if it is for nothing in particular. Each part once.
    pub lines: Vec<RefundedUnits>,
    /// Why, in the words of whoever gives it back.
    pub reason: String,
    /// Who gives it back: the account of an admin.
    pub admin_id: UserId,
}

/// Units of a part that are paid back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct RefundedUnits {
    /// The part.
    pub sku: Sku,
    /// How many units; at least 1.
    pub quantity: i32,
}

/// The order uses its coupon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct CouponRedeemed {
    /// The order.
    pub order_id: OrderId,
}

/// The order cannot use its coupon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct CouponRefused {
    /// The order.
    pub order_id: OrderId,
    /// Why, as a stable code: `used_up`, `used_up_by_user`, `inactive`, `expired`, `unknown`.
    pub code: String,
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
    /// Which of the order's attempts at payment; the first in messages of the first version, as below.
    #[serde(default = "first")]
    #[avro(default = "1")]
    pub attempt: i32,
    /// The gateway; `None` in messages of the first versions, when an attempt was made where it was asked for or nowhere.
    #[serde(default)]
    pub gateway: Option<GatewayName>,
}

const fn first() -> i32 {
    1
}

/// The gateway could not be reached, or not to the point. It is tried again, and so are others where the customer left that
/// to the shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct PaymentDelayed {
    /// The order.
    pub order_id: OrderId,
    /// Which of the order's attempts at payment.
    pub attempt: i32,
    /// The gateway that is tried next.
    pub gateway: GatewayName,
    /// When.
    pub retry_at: Timestamp,
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
    /// Which of the order's attempts at payment.
    #[serde(default = "first")]
    #[avro(default = "1")]
    pub attempt: i32,
    /// The gateway, as in `PaymentReady`.
    #[serde(default)]
    pub gateway: Option<GatewayName>,
}

/// The customer's bank declined. The order still waits: the customer may pay the same payment, or ask for another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct PaymentDeclined {
    /// The order.
    pub order_id: OrderId,
    /// Which of the order's attempts at payment: 1, 2 and so on.
    pub attempt: i32,
    /// The gateway's code, such as `insufficient_funds`; `card_declined` if it gave none.
    pub code: String,
    /// When we heard of it.
    pub declined_at: Timestamp,
}

/// The payment failed for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct PaymentFailed {
    /// The order.
    pub order_id: OrderId,
    /// A stable code: `amount_mismatch`, `payment_voided`, `gateway_refused`.
    pub code: String,
    /// Which of the order's attempts at payment.
    #[serde(default = "first")]
    #[avro(default = "1")]
    pub attempt: i32,
}

/// All the money went back, or none was ever taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct PaymentRefunded {
    /// The order.
    pub order_id: OrderId,
    /// How much went back; zero if none was taken.
    pub amount: Money,
}

/// Some of the money went back, and the rest is kept: one of our refunds, or one that was made at the gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct PaymentPartlyRefunded {
    /// The order.
    pub order_id: OrderId,
    /// All that has gone back so far.
    pub amount: Money,
    /// The refund that was made; empty if it was not one of ours.
    pub refund_id: String,
}

/// A refund will not be made; nothing of it went back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct RefundRefused {
    /// The order.
    pub order_id: OrderId,
    /// The refund.
    pub refund_id: String,
    /// A stable code: `not_paid`, `withdrawn`, `exceeds_payment`, `disputed`.
    pub code: String,
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

/// A credit note over a part of the invoice, or over what was left of it, has its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct InvoiceCredited {
    /// The order.
    pub order_id: OrderId,
    /// The credit note's number.
    pub number: String,
    /// How many credit notes the invoice had before it.
    pub earlier: i32,
    /// What is credited.
    pub total: Money,
    /// The date of the credit note.
    pub issued_at: Timestamp,
}

/// Replace an order's invoice by one that names the right buyer. Decided by a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct CorrectInvoice {
    /// The order.
    pub order_id: OrderId,
    /// Names this replacement: made once, however often it is asked for.
    pub replacement_id: String,
    /// The invoice that is wrong.
    pub invoice_number: String,
    /// The right buyer, in the same state.
    pub address: Address,
    /// The right GSTIN; empty for a buyer who is not registered.
    pub buyer_gstin: String,
    /// Why, in the words of whoever decided it.
    pub reason: String,
    /// Who decided it: the account of an operator.
    pub admin_id: UserId,
}

/// The order's invoice is void, and another stands for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct InvoiceReplaced {
    /// The order.
    pub order_id: OrderId,
    /// The replacement.
    pub replacement_id: String,
    /// The number of the invoice in force.
    pub number: String,
    /// Its date.
    pub issued_at: Timestamp,
}

/// The order's invoice is not replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct ReplacementRefused {
    /// The order.
    pub order_id: OrderId,
    /// The replacement.
    pub replacement_id: String,
    /// A stable code: those of `Irreplaceable`.
    pub code: String,
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

body!(PlaceOrder: "../avro/PlaceOrder.v1.avsc", "../avro/PlaceOrder.v2.avsc", "../avro/PlaceOrder.v3.avsc", "../avro/PlaceOrder.v4.avsc");
body!(CancelOrder: "../avro/CancelOrder.v1.avsc");
body!(PayOrder: "../avro/PayOrder.v1.avsc", "../avro/PayOrder.v2.avsc");
body!(RefundOrder: "../avro/RefundOrder.v1.avsc");
body!(CouponRedeemed: "../avro/CouponRedeemed.v1.avsc");
body!(CouponRefused: "../avro/CouponRefused.v1.avsc");
body!(StockReserved: "../avro/StockReserved.v1.avsc");
body!(StockRefused: "../avro/StockRefused.v1.avsc");
body!(PaymentReady: "../avro/PaymentReady.v1.avsc", "../avro/PaymentReady.v2.avsc", "../avro/PaymentReady.v3.avsc");
body!(PaymentDelayed: "../avro/PaymentDelayed.v1.avsc");
body!(PaymentCaptured: "../avro/PaymentCaptured.v1.avsc", "../avro/PaymentCaptured.v2.avsc", "../avro/PaymentCaptured.v3.avsc");
body!(PaymentDeclined: "../avro/PaymentDeclined.v1.avsc");
body!(PaymentFailed: "../avro/PaymentFailed.v1.avsc", "../avro/PaymentFailed.v2.avsc");
body!(PaymentRefunded: "../avro/PaymentRefunded.v1.avsc");
body!(PaymentPartlyRefunded: "../avro/PaymentPartlyRefunded.v1.avsc");
body!(RefundRefused: "../avro/RefundRefused.v1.avsc");
body!(InvoiceIssued: "../avro/InvoiceIssued.v1.avsc");
body!(CreditNoteIssued: "../avro/CreditNoteIssued.v1.avsc");
body!(InvoiceCredited: "../avro/InvoiceCredited.v1.avsc");
body!(CorrectInvoice: "../avro/CorrectInvoice.v1.avsc");
body!(InvoiceReplaced: "../avro/InvoiceReplaced.v1.avsc");
body!(ReplacementRefused: "../avro/ReplacementRefused.v1.avsc");
body!(ShipmentBooked: "../avro/ShipmentBooked.v1.avsc");
body!(ShipmentRefused: "../avro/ShipmentRefused.v1.avsc");
body!(ShipmentPickedUp: "../avro/ShipmentPickedUp.v1.avsc");
body!(ShipmentDelivered: "../avro/ShipmentDelivered.v1.avsc");
body!(ShipmentCancelled: "../avro/ShipmentCancelled.v1.avsc");
body!(ShipmentCancelRefused: "../avro/ShipmentCancelRefused.v1.avsc");
body!(OrderDeadlineReached: "../avro/OrderDeadlineReached.v1.avsc");
