//! Orders.

use schemas::{
    documents::{CouponState, Decline, DocumentRef, Move, OrderCoupon, OrderPayment, OrderShipment},
    ids::OrderId,
    orders::AppliedCoupon,
    types::{Address, GatewayName, Money, OrderLine, OrderStatus, PaymentMethod, Timestamp, Totals},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    AddressDoc, CouponStateDoc, GatewayDoc, LineDoc, MoneyDoc, OrderCashView, OrderStatusDoc, PaymentMethodDoc,
    TotalsDoc,
};
use crate::read_models::{OrderDocument, OrderRequest};

/// An order in full.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Order)]
pub struct OrderView {
    /// The order.
    #[schema(value_type = String, format = Uuid)]
    order_id: OrderId,
    /// Where it stands.
    #[schema(value_type = OrderStatusDoc)]
    status: OrderStatus,
    /// Counts the order's changes.
    version: i64,
    /// When the client placed it.
    #[serde(serialize_with = "super::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    placed_at: Timestamp,
    /// How it is paid.
    #[schema(value_type = PaymentMethodDoc)]
    payment_method: PaymentMethod,
    /// What is bought.
    #[schema(value_type = Vec<LineDoc>)]
    lines: Vec<OrderLine>,
    /// What it comes to.
    #[schema(value_type = TotalsDoc)]
    totals: Totals,
    /// Where it goes.
    #[schema(value_type = AddressDoc)]
    address: Address,
    /// The buyer's GSTIN, if they gave one.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    buyer_gstin: String,
    /// Its coupon, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    coupon: Option<CouponView>,
    /// Every state it was in.
    history: Vec<MoveView>,
    /// Its payment, once the gateway knows it.
    payment: Option<PaymentView>,
    /// How far it is paid, if it is paid in cash.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    cash: Option<OrderCashView>,
    /// Its invoice, once issued.
    invoice: Option<DocumentView>,
    /// The credit note that takes the invoice back.
    credit_note: Option<DocumentView>,
    /// Its shipment, once booked.
    shipment: Option<ShipmentView>,
    /// Until when its goods can be returned, once it is delivered.
    #[schema(value_type = Option<String>, format = DateTime)]
    returnable_until: Option<String>,
}

/// An order's coupon.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderCoupon)]
pub struct CouponView {
    /// Its code.
    code: String,
    /// What it takes off: part of the discounts of the lines.
    #[schema(value_type = MoneyDoc)]
    discount: Money,
    /// Whether the order uses it.
    #[schema(value_type = CouponStateDoc)]
    state: CouponState,
}

/// One state of an order's history.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderMove)]
pub struct MoveView {
    /// The state it came to.
    #[schema(value_type = OrderStatusDoc)]
    status: OrderStatus,
    /// When.
    #[serde(serialize_with = "super::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Why, as a stable code, where the state does not say it all.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    reason: String,
}

/// An order's payment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderPayment)]
pub struct PaymentView {
    /// Who took it.
    #[schema(value_type = GatewayDoc)]
    gateway: GatewayName,
    /// The gateway's name for the payment.
    gateway_ref: String,
    /// What was captured.
    #[schema(value_type = MoneyDoc)]
    captured: Money,
    /// What went back.
    #[schema(value_type = MoneyDoc)]
    refunded: Money,
    /// Why the customer's last try to pay came to nothing, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_decline: Option<DeclineView>,
}

/// The customer's bank said no. While the order awaits payment, they may try again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Decline)]
pub struct DeclineView {
    /// The gateway's code, such as `insufficient_funds`.
    code: String,
    /// When the shop heard of it.
    #[serde(serialize_with = "super::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// An invoice or a credit note.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NumberedDocument)]
pub struct DocumentView {
    /// Its number.
    number: String,
    /// When it was issued.
    #[serde(serialize_with = "super::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    issued_at: Timestamp,
}

/// An order's shipment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderShipment)]
pub struct ShipmentView {
    /// The carrier.
    carrier: String,
    /// What the parcel is tracked by.
    tracking_number: String,
}

/// An order in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderSummary {
    /// The order.
    #[schema(value_type = String, format = Uuid)]
    pub order_id: OrderId,
    /// Where it stands.
    #[schema(value_type = OrderStatusDoc)]
    pub status: OrderStatus,
    /// Counts the order's changes.
    pub version: i64,
    /// When the client placed it.
    #[serde(serialize_with = "super::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub placed_at: Timestamp,
    /// How it is paid.
    #[schema(value_type = PaymentMethodDoc)]
    pub payment_method: PaymentMethod,
    /// How many lines it has.
    pub line_count: usize,
    /// What the customer pays.
    #[schema(value_type = MoneyDoc)]
    pub grand_total: Money,
}

/// One page of orders.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderList {
    /// The orders, newest first.
    pub items: Vec<OrderSummary>,
    /// Give it as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

impl From<OrderDocument> for OrderView {
    fn from(document: OrderDocument) -> Self {
        let order = document.state;
        let cash = OrderCashView::of(&order);
        Self {
            order_id: order.order_id,
            status: order.status,
            version: document.version,
            placed_at: order.placed_at,
            payment_method: order.payment_method,
            lines: order.lines,
            totals: order.totals,
            address: order.address,
            buyer_gstin: order.buyer_gstin,
            coupon: order.coupon.map(CouponView::from),
            history: order.history.into_iter().map(MoveView::from).collect(),
            payment: order.payment.map(PaymentView::from),
            cash,
            invoice: order.invoice.map(DocumentView::from),
            credit_note: order.credit_note.map(DocumentView::from),
            shipment: order.shipment.map(ShipmentView::from),
            returnable_until: order.returnable_until.map(|until| until.to_string()),
        }
    }
}

/// An order that the orders worker has not seen yet.
impl From<OrderRequest> for OrderView {
    fn from(request: OrderRequest) -> Self {
        let place = request.place;
        let accepted = Move { status: OrderStatus::Accepted, at: place.placed_at, reason: String::new() };
        Self {
            order_id: place.order_id,
            status: OrderStatus::Accepted,
            version: 0,
            placed_at: place.placed_at,
            payment_method: place.payment_method,
            lines: place.lines,
            totals: place.totals,
            address: place.address,
            buyer_gstin: place.buyer_gstin,
            coupon: place.coupon.map(CouponView::from),
            history: vec![accepted.into()],
            payment: None,
            cash: None,
            invoice: None,
            credit_note: None,
            shipment: None,
            returnable_until: None,
        }
    }
}

impl From<OrderDocument> for OrderSummary {
    fn from(document: OrderDocument) -> Self {
        let order = document.state;
        Self {
            order_id: order.order_id,
            status: order.status,
            version: document.version,
            placed_at: order.placed_at,
            payment_method: order.payment_method,
            line_count: order.lines.len(),
            grand_total: order.totals.grand_total,
        }
    }
}

impl From<OrderCoupon> for CouponView {
    fn from(OrderCoupon { code, discount, state }: OrderCoupon) -> Self {
        Self { code: code.to_string(), discount, state }
    }
}

impl From<AppliedCoupon> for CouponView {
    fn from(AppliedCoupon { code, discount }: AppliedCoupon) -> Self {
        OrderCoupon { code, discount, state: CouponState::Asked }.into()
    }
}

impl From<Move> for MoveView {
    fn from(step: Move) -> Self {
        Self { status: step.status, at: step.at, reason: step.reason }
    }
}

impl From<OrderPayment> for PaymentView {
    fn from(payment: OrderPayment) -> Self {
        Self {
            gateway: payment.gateway,
            gateway_ref: payment.gateway_ref,
            captured: payment.captured,
            refunded: payment.refunded,
            last_decline: payment.last_decline.map(DeclineView::from),
        }
    }
}

impl From<Decline> for DeclineView {
    fn from(decline: Decline) -> Self {
        Self { code: decline.code, at: decline.at }
    }
}

impl From<DocumentRef> for DocumentView {
    fn from(document: DocumentRef) -> Self {
        Self { number: document.number, issued_at: document.issued_at }
    }
}

impl From<OrderShipment> for ShipmentView {
    fn from(shipment: OrderShipment) -> Self {
        Self { carrier: shipment.carrier, tracking_number: shipment.tracking_number }
    }
}
