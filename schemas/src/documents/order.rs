//! An order, as the orders worker keeps it.

use serde::{Deserialize, Serialize};
use shared::engine::State;

use crate::{
    attempts::PaymentAttempt,
    cash::CashInstalment,
    coupons::CouponCode,
    disputes::OrderDispute,
    ids::{OrderId, UserId},
    refunds::{OrderRefund, RefundedLine},
    replacements::InvoiceReplacement,
    returns::OrderReturn,
    types::{Address, GatewayName, Money, OrderLine, OrderStatus, PaymentMethod, Timestamp, Totals},
};

/// An order, in the collection `orders`: written by the orders worker alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The order.
    pub order_id: OrderId,
    /// Whose it is.
    pub user_id: UserId,
    /// Where it stands.
    pub status: OrderStatus,
    /// What is bought, ordered by SKU.
    pub lines: Vec<OrderLine>,
    /// What it comes to.
    pub totals: Totals,
    /// Where it goes.
    pub address: Address,
    /// How it is paid.
    pub payment_method: PaymentMethod,
    /// When the client placed it.
    pub placed_at: Timestamp,
    /// The buyer's GSTIN; empty for a buyer who is not registered.
    #[serde(default)]
    pub buyer_gstin: String,
    /// Its coupon, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon: Option<OrderCoupon>,
    /// How many of its lines are held, in the order of `lines`: lines are asked for one after another.
    pub lines_reserved: u32,
    /// What the gateway said, once it knows the payment that counts.
    pub payment: Option<OrderPayment>,
    /// The attempts at paying it, the newest last; none in an order from before they were kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<PaymentAttempt>,
    /// The invoice in force, once issued.
    pub invoice: Option<DocumentRef>,
    /// The replacements of its invoice that somebody of the shop asked for, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replacements: Vec<InvoiceReplacement>,
    /// The credit note that takes the invoice back, or what was left of it.
    pub credit_note: Option<DocumentRef>,
    /// The credit notes over parts of the invoice, in their order.
    #[serde(default)]
    pub credits: Vec<Credit>,
    /// What is still to be credited of the invoice, the one that was asked for first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to_credit: Vec<ToCredit>,
    /// The shipment, once booked.
    pub shipment: Option<OrderShipment>,
    /// How its cancellation goes, once it was cancelled.
    #[serde(default)]
    pub cancellation: Option<Cancellation>,
    /// The refunds that somebody of the shop made while it stood.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refunds: Vec<OrderRefund>,
    /// The cash that was taken for it, and what was refused to count for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cash: Vec<CashInstalment>,
    /// What went back while it stood by none of them, at the gateway's own desk, in minor units.
    #[serde(default)]
    pub refunded_elsewhere: i64,
    /// The disputes about its payment, as they stand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disputes: Vec<OrderDispute>,
    /// Until when its goods can be returned, once it is delivered.
    #[serde(default)]
    pub returnable_until: Option<Timestamp>,
    /// The returns of its goods, the one that was asked for first.
    pub returns: Vec<OrderReturn>,
    /// Every state it was in, with the time and the reason.
    pub history: Vec<Move>,
    /// When its state's time runs out; `None` in a terminal state.
    pub deadline: Option<Timestamp>,
    /// Set when a deadline passed that nothing but a person can resolve.
    pub stuck: bool,
}

/// An order's coupon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderCoupon {
    /// The coupon.
    pub code: CouponCode,
    /// What it takes off: part of the discounts of the lines.
    pub discount: Money,
    /// Whether the order uses it.
    pub state: CouponState,
}

/// Whether an order uses its coupon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CouponState {
    /// The coupons worker was asked.
    Asked,
    /// It does.
    Used,
    /// It may not.
    Refused,
    /// It does not any more, or never did and never will.
    GivenBack,
}

impl CouponState {
    /// The name as answers and documents spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Used => "used",
            Self::Refused => "refused",
            Self::GivenBack => "given_back",
        }
    }
}

/// One entry of an order's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// The state it came to.
    pub status: OrderStatus,
    /// When.
    pub at: Timestamp,
    /// Why, as a stable code; empty where the state says it all.
    pub reason: String,
}

/// An order's payment, as far as the order must know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPayment {
    /// The gateway.
    pub gateway: GatewayName,
    /// The gateway's name for the payment.
    pub gateway_ref: String,
    /// What the client's payment form needs (Stripe's client secret); empty if nothing.
    pub client_secret: String,
    /// What was captured; zero before.
    pub captured: Money,
    /// What went back.
    pub refunded: Money,
    /// Why the customer's last try to pay came to nothing, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_decline: Option<Decline>,
}

/// The customer's bank said no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decline {
    /// The gateway's code for the reason.
    pub code: String,
    /// When we heard of it.
    pub at: Timestamp,
}

/// A numbered document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentRef {
    /// Its number.
    pub number: String,
    /// When it was issued.
    pub issued_at: Timestamp,
}

/// A credit note over a part of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// Its number.
    pub number: String,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// What it credits.
    pub total: Money,
    /// Whether it was for units of parts, as were all before it; if not, something was taken off every line.
    #[serde(default)]
    pub by_units: bool,
}

/// Money that went back and is still to be credited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToCredit {
    /// How much, tax included.
    pub amount: Money,
    /// The units that it was for; empty if it was for nothing in particular.
    pub lines: Vec<RefundedLine>,
    /// Why it went back.
    pub reason: String,
    /// Whether the invoicing worker was asked.
    pub is_asked: bool,
}

/// An order's shipment, as far as the order must know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderShipment {
    /// The carrier.
    pub carrier: String,
    /// What the customer tracks the parcel by.
    pub tracking_number: String,
}

/// How the cancellation of an order goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancellation {
    /// Why, in the customer's words; empty if they gave none or did not ask for it.
    pub note: String,
    /// Whether the carrier has still to say if the parcel stays here. Nothing is given back before it has.
    pub parcel_open: bool,
    /// The date of the credit note, once asked for.
    pub credit_note_dated: Option<Timestamp>,
}

impl State for Order {
    const COLLECTION: &'static str = "orders";

    /// That of its state or, where it may rest for ever, that of the goods which are to come back.
    fn deadline(&self) -> Option<Timestamp> {
        self.deadline.or_else(|| self.goods_due_at())
    }

    fn is_stuck(&self) -> bool {
        self.stuck
    }
}
