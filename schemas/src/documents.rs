//! The documents that one daemon writes and another reads: the contract of the stores, as the messages are that of the
//! topics. Each stands under `state` (an aggregate) or `row` (a row) of what the engine stores.

use serde::{Deserialize, Serialize};
use shared::{
    engine::{Memory, State},
    versioned_cache::CacheEntry,
};

use crate::{
    attempts::{Delay, PaymentAttempt},
    cash::CashInstalment,
    catalog::{Fitment, Labels, Page, PartKind, ProductStatus, Rating, Relations, SaleTerms},
    coupons::CouponCode,
    disputes::OrderDispute,
    ids::{OrderId, ProductId, Sku, UserId},
    refunds::{OrderRefund, RefundedLine},
    replacements::{InvoiceReplacement, Void},
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

/// What a status read answers from: kept in Redis under the order's id with the document's version, rebuilt from
/// [`Order`] at any time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusView {
    /// The order.
    pub order_id: OrderId,
    /// Whose it is; never shown to anybody else.
    pub user_id: UserId,
    /// Where it stands.
    pub status: OrderStatus,
    /// Since when.
    pub since: Timestamp,
    /// Why, as a stable code; empty where the state says it all.
    pub reason: String,
    /// What the client's payment form needs while the order awaits payment.
    pub payment: Option<PaymentPrompt>,
    /// What the customer waits for, while no gateway can be reached that may take the payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delayed: Option<DelayedPayment>,
}

/// A payment that cannot be made yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DelayedPayment {
    /// The attempt.
    pub attempt_id: String,
    /// What it waits for.
    #[serde(flatten)]
    pub delay: Delay,
}

/// What a client needs to let the customer pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentPrompt {
    /// The gateway.
    pub gateway: GatewayName,
    /// The gateway's name for the payment.
    pub gateway_ref: String,
    /// Stripe's client secret; empty for other gateways.
    pub client_secret: String,
    /// How much.
    pub amount: Money,
    /// Why the customer's last try to pay came to nothing, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_decline: Option<Decline>,
    /// The attempt that this is; empty in what was kept before there were several.
    #[serde(default)]
    pub attempt_id: String,
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

impl Order {
    /// The order as a status read shows it.
    #[must_use]
    pub fn status_view(&self) -> StatusView {
        let last = self.history.last();
        let current = self.current_attempt();
        let delayed = current
            .filter(|_| !self.status.is_terminal())
            .and_then(|attempt| Some(DelayedPayment { delay: attempt.unavailable()?, attempt_id: attempt.attempt_id }));
        StatusView {
            delayed,
            order_id: self.order_id,
            user_id: self.user_id,
            status: self.status,
            since: last.map_or(self.placed_at, |step| step.at),
            reason: last.map(|step| step.reason.clone()).unwrap_or_default(),
            payment: self.payment.as_ref().filter(|_| self.status == OrderStatus::AwaitingPayment).map(|payment| {
                PaymentPrompt {
                    gateway: payment.gateway,
                    gateway_ref: payment.gateway_ref.clone(),
                    client_secret: payment.client_secret.clone(),
                    amount: self.totals.grand_total,
                    last_decline: payment.last_decline.clone(),
                    attempt_id: self.current_attempt().map(|attempt| attempt.attempt_id).unwrap_or_default(),
                }
            }),
        }
    }
}

/// A product, in the collection `products`: written by the catalog worker alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// The product.
    pub product_id: ProductId,
    /// Its SKU.
    pub sku: Sku,
    /// Its name in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Its category.
    pub category: String,
    /// Its brand.
    pub brand: String,
    /// OEM or aftermarket.
    pub kind: PartKind,
    /// The vehicle maker's part number; empty for an aftermarket part without one.
    pub oem_number: String,
    /// Its HSN code.
    pub hsn: String,
    /// The GST rate in basis points, where neither its own slabs nor those of its HSN code say one.
    pub gst_basis_points: Option<i32>,
    /// The retail price of one.
    pub price: Money,
    /// The weight of one, in grams.
    pub weight_grams: i32,
    /// Whether it can be bought.
    pub active: bool,
    /// The vehicles it fits.
    pub fitment: Vec<Fitment>,
    /// How often it was put with something new to say; 1 for a new product.
    pub revision: i64,
    /// How it is sold, besides its price. A product from before there were such terms has none of them.
    #[serde(default)]
    pub terms: SaleTerms,
    /// What it is found by, besides its name.
    #[serde(default)]
    pub labels: Labels,
    /// When it was put for the first time; the epoch for a product from before this was noted.
    #[serde(default = "epoch")]
    pub listed_at: Timestamp,
    /// Where it stands, if whoever put it said so: ask [`Product::status`].
    #[serde(default)]
    pub status: Option<ProductStatus>,
    /// What its page shows.
    #[serde(default)]
    pub page: Page,
    /// Which other products it leads to.
    #[serde(default)]
    pub relations: Relations,
    /// The slugs that it had before, the last one first.
    #[serde(default)]
    pub former_slugs: Vec<String>,
    /// The OEM number and the cross references as they are compared.
    #[serde(default)]
    pub numbers: Vec<String>,
    /// What who bought it say of it. It counts no revision.
    #[serde(default)]
    pub rating: Rating,
}

impl Product {
    /// The cache of all products' versions, which the catalog worker and every ingress keep.
    #[must_use]
    pub fn cache(topic_prefix: &str) -> String {
        format!("{topic_prefix}products")
    }

    /// What is kept there: that a product's document has this version. The product itself stands in memory and in the record.
    #[must_use]
    pub fn cache_entry(id: String, version: i64) -> CacheEntry {
        // Without a body it would say no more than that older ones do not count.
        CacheEntry { id, version, body: b"known".to_vec() }
    }

    /// Where it stands.
    #[must_use]
    pub fn status(&self) -> ProductStatus {
        ProductStatus::of(self.active, self.status)
    }

    /// The product that is sold in its place, if it is not sold any more itself.
    #[must_use]
    pub fn successor(&self) -> Option<ProductId> {
        self.relations.replaced_by.filter(|_| self.status() == ProductStatus::Archived)
    }
}

const fn epoch() -> Timestamp {
    Timestamp::from_millis(0)
}

impl State for Product {
    const COLLECTION: &'static str = "products";
    /// A product is edited for as long as the shop sells it.
    const MEMORY: Memory = Memory::LastOffset;
}

/// A delivery note that was counted, in the collection [`StockReceipt::COLLECTION`]: written by the inventory worker
/// alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockReceipt {
    /// The part.
    pub sku: Sku,
    /// The delivery note's name; the same one counts once.
    pub receipt: String,
    /// How many units came with it.
    pub quantity: i64,
    /// When it was counted.
    pub at: Timestamp,
}

impl StockReceipt {
    /// Where the documents are.
    pub const COLLECTION: &'static str = "stock_receipts";

    /// The document's id.
    #[must_use]
    pub fn document_id(sku: &Sku, receipt: &str) -> String {
        format!("{sku}:{receipt}")
    }
}

/// Who sells, as a document says it (CGST Rules, rules 46(a) and 53(1A)(a)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seller {
    /// Legal name as registered.
    pub legal_name: String,
    /// Goods and Services Tax Identification Number.
    pub gstin: String,
    /// The address, one string a printed line.
    pub address_lines: Vec<String>,
    /// The two-digit GST code of the state of registration.
    pub state_code: String,
    /// E-mail address to print.
    pub email: Option<String>,
    /// Telephone number to print.
    pub phone: Option<String>,
}

/// An invoice, in the collection [`Invoice::COLLECTION`]: written by the invoicing worker alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    /// The order.
    pub order_id: OrderId,
    /// Its number.
    pub number: String,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// The seller as of then: what was issued never changes.
    pub seller: Seller,
    /// What was bought.
    pub lines: Vec<OrderLine>,
    /// What it came to.
    pub totals: Totals,
    /// The buyer.
    pub address: Address,
    /// How it is paid.
    pub payment_method: PaymentMethod,
    /// The gateway's name for the payment; empty for cash on delivery.
    pub payment_ref: String,
    /// The buyer's GSTIN; empty for a buyer who is not registered.
    #[serde(default)]
    pub buyer_gstin: String,
    /// The number of the void invoice that it stands for; empty for an order's first.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub replaces: String,
    /// Set once another stands for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub void: Option<Void>,
}

impl Invoice {
    /// Where the documents are.
    pub const COLLECTION: &'static str = "invoices";

    /// The document's id: an order's first invoice stands under the order's own.
    #[must_use]
    pub fn document_id(&self) -> String {
        if self.replaces.is_empty() {
            self.order_id.to_string()
        } else {
            Self::replacement_id(self.order_id, &self.number)
        }
    }

    /// The document's id of an invoice that stands for an earlier one.
    #[must_use]
    pub fn replacement_id(order: OrderId, number: &str) -> String {
        format!("{order}-{number}")
    }

    /// The Unique Quantity Code of what the shop sells: parts are counted.
    pub const UNIT: &'static str = "NOS";
}

/// A credit note, in the collection [`CreditNote::COLLECTION`]: written by the invoicing worker alone. It takes the whole
/// invoice back or a part of it (CGST Act, section 34; its particulars: CGST Rules, rule 53(1A)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditNote {
    /// The order.
    pub order_id: OrderId,
    /// Its number.
    pub number: String,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// The invoice it takes back.
    pub invoice_number: String,
    /// The date of that invoice.
    pub invoice_issued_at: Timestamp,
    /// The seller of that invoice.
    pub seller: Seller,
    /// What is credited.
    pub lines: Vec<OrderLine>,
    /// What that comes to.
    pub totals: Totals,
    /// The buyer.
    pub address: Address,
    /// How it was paid.
    pub payment_method: PaymentMethod,
    /// The gateway's name for the payment; empty for cash on delivery.
    pub payment_ref: String,
    /// The buyer's GSTIN; empty for a buyer who is not registered.
    #[serde(default)]
    pub buyer_gstin: String,
    /// How many credit notes the invoice had before.
    #[serde(default)]
    pub earlier: i32,
    /// Why, in a few words; may be empty.
    #[serde(default)]
    pub reason: String,
    /// What the invoice came to; not known of credit notes that were issued when all took the whole invoice back.
    #[serde(default)]
    pub invoice_total: Option<Money>,
}

impl CreditNote {
    /// Where the documents are.
    pub const COLLECTION: &'static str = "credit_notes";

    /// The document's id: the first of an order stands under the order's own.
    #[must_use]
    pub fn document_id(order: OrderId, earlier: i32) -> String {
        if earlier == 0 { order.to_string() } else { format!("{order}-{earlier}") }
    }
}
