//! `payments.inbox`: commands of the process manager, the gateways' webhooks and the gateways' answers to our own calls.
//! Keyed by order id.

use apache_avro::AvroSchema;
use serde::{Deserialize, Serialize};
use shared::{body, topic};

pub use crate::{cash::BookCash, disputes::DisputeReported, settlements::SettlementReported};
use crate::{
    ids::OrderId,
    types::{GatewayName, Money, Timestamp},
};

topic! {
    /// Everything that can happen to a payment.
    pub enum PaymentsMessage = "payments.inbox" {
        /// An order wants to be paid.
        RequestPayment,
        /// An order no longer wants to be paid; what was taken goes back.
        CancelPayment,
        /// Some of what an order paid goes back; the order stands.
        RefundPayment,
        /// Cash came in for an order, or was paid out of it.
        BookCash,
        /// A gateway reported something.
        GatewayReported,
        /// A gateway answered a call of ours.
        GatewayAnswered,
        /// The time a payment's state allows has run out.
        PaymentDeadlineReached,
        /// A gateway reported something about a dispute.
        DisputeReported,
        /// A gateway settled something.
        SettlementReported,
    }
}

/// Let the customer pay for an order. Answered by `PaymentReady` (after any number of `PaymentDelayed`) and then, after any number of
/// `PaymentDeclined`, by `PaymentCaptured` or `PaymentFailed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct RequestPayment {
    /// The order.
    pub order_id: OrderId,
    /// The gateway the customer chose.
    pub gateway: GatewayName,
    /// Exactly this much.
    pub amount: Money,
    /// Which of the order's attempts at payment this is: a newer one takes the place of the one before, of which nothing
    /// counts any more.
    #[serde(default = "first")]
    #[avro(default = "1")]
    pub attempt: i32,
    /// Whether the customer leaves the gateway to the shop: where this one certainly has not made it, another may.
    #[serde(default)]
    #[avro(default = "false")]
    pub any_gateway: bool,
}

/// In messages of the first version.
const fn first() -> i32 {
    1
}

/// The order ended without the customer's goods: void what is authorised, refund what is captured, whenever it comes.
/// Answered by `PaymentRefunded` once nothing is held or owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct CancelPayment {
    /// The order.
    pub order_id: OrderId,
}

/// Give some of the money back while the order stands. Answered by `PaymentPartlyRefunded`, or by `RefundRefused`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct RefundPayment {
    /// The order.
    pub order_id: OrderId,
    /// Names this refund: made once, however often it is asked for.
    pub refund_id: String,
    /// How much goes back.
    pub amount: Money,
}

/// What a gateway says about a payment: the customer has not paid yet, the money is held for us, it is ours, the last
/// attempt was declined, the payment is void and nothing was taken, or all that was captured went back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, AvroSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the Avro derive refuses comments on variants")]
pub enum GatewayState {
    AwaitingCustomer,
    Authorized,
    Captured,
    Declined,
    Voided,
    Refunded,
}

/// One payment as a gateway describes it, in a webhook or in an answer: what is compared with the order before anything
/// counts as paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct GatewayPayment {
    /// The gateway's name for what we created: Stripe's payment intent (`pi_…`), Razorpay's order (`order_…`).
    pub gateway_ref: String,
    /// The gateway's name for the money itself: Stripe's payment intent again, Razorpay's payment (`pay_…`); empty
    /// before there is one.
    pub payment_ref: String,
    /// Our order, as the gateway kept it; empty if it did not.
    pub order_ref: String,
    /// Where it stands.
    pub state: GatewayState,
    /// The amount asked for, in minor units.
    pub amount_minor: i64,
    /// The amount captured, in minor units.
    pub captured_minor: i64,
    /// The amount refunded, in minor units.
    pub refunded_minor: i64,
    /// The ISO 4217 code as the gateway spelt it.
    pub currency: String,
    /// The gateway's code for a decline (`card_declined`); empty otherwise.
    pub failure_code: String,
    /// What the client's payment form needs (Stripe's client secret); empty in webhooks.
    pub client_secret: String,
}

/// A webhook: signature already verified over the raw bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct GatewayReported {
    /// The gateway.
    pub gateway: GatewayName,
    /// The gateway's id of the event; one effect each.
    pub event_id: String,
    /// The gateway's name of the event (`payment_intent.succeeded`).
    pub event_type: String,
    /// The payment it is about.
    pub payment: GatewayPayment,
}

/// The calls we make to a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, AvroSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the Avro derive refuses comments on variants")]
pub enum GatewayCall {
    Create,
    Capture,
    Void,
    Refund,
    Query,
}

/// How a call to a gateway ended: it described the payment, it refused, or its fate is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, AvroSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the Avro derive refuses comments on variants")]
pub enum CallOutcome {
    Done,
    Refused,
    Unknown,
}

/// A gateway's answer to a call of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct GatewayAnswered {
    /// The order.
    pub order_id: OrderId,
    /// What we asked.
    pub call: GatewayCall,
    /// How it ended.
    pub outcome: CallOutcome,
    /// The payment as the gateway describes it; set when done.
    pub payment: Option<GatewayPayment>,
    /// The gateway's error code, or why the fate is unknown; empty when done.
    pub error_code: String,
    /// The gateway; `None` in messages of the first version, when an order had but one.
    #[serde(default)]
    pub gateway: Option<GatewayName>,
    /// Whether it is certain that nothing was done, though the fate is called unknown: this call was never sent, or turned
    /// away before anybody looked at it.
    #[serde(default)]
    #[avro(default = "false")]
    pub not_made: bool,
}

/// The time that the payment's state allows has run out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct PaymentDeadlineReached {
    /// The order.
    pub order_id: OrderId,
    /// The deadline that was reached; stale if the payment has another by now.
    pub due_at: Timestamp,
}

body!(RequestPayment: "../avro/RequestPayment.v1.avsc", "../avro/RequestPayment.v2.avsc", "../avro/RequestPayment.v3.avsc");
body!(CancelPayment: "../avro/CancelPayment.v1.avsc");
body!(RefundPayment: "../avro/RefundPayment.v1.avsc");
body!(GatewayReported: "../avro/GatewayReported.v1.avsc");
body!(GatewayAnswered: "../avro/GatewayAnswered.v1.avsc", "../avro/GatewayAnswered.v2.avsc", "../avro/GatewayAnswered.v3.avsc");
body!(PaymentDeadlineReached: "../avro/PaymentDeadlineReached.v1.avsc");
