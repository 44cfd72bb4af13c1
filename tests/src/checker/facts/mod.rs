//! What a judgement is made from, as plain data. Amounts are in paise, times in Unix milliseconds of the machine's clock; the
//! date of a document is the shop's, whose clock may be ahead.

mod conservation;
mod coupons;
mod idempotency;
mod ledger;
mod settlement;
mod statuses;
mod webhooks;

use std::collections::BTreeMap;

use load::generator::OverloadReport;
use schemas::types::{OrderStatus, PaymentMethod};

pub use conservation::{Conservation, Consumed, DeadLetter, Inbox, Origin, Partition, Promised, Trace};
pub use coupons::{Coupon, CouponUser, OrderCoupon, Redemption};
pub use idempotency::{Burst, Posted};
pub use ledger::Booked;
pub use settlement::{Discrepancy, Settlement};
pub use statuses::{Seen, StatusRead};
pub use webhooks::{Forgery, GatewayEvent, WebhookPost};

/// Everything that is known about a run.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The client's log: every order that it tried to place.
    pub requests: Vec<Request>,
    /// The orders in the record.
    pub orders: Vec<Order>,
    /// How many units of each part suppliers brought.
    pub delivered: BTreeMap<String, i64>,
    /// The counters of each part.
    pub stock: Vec<Stock>,
    /// The counters as they were seen during the run.
    pub samples: StockSamples,
    /// Who has how many units.
    pub reservations: Vec<Reservation>,
    /// The coupons.
    pub coupons: Vec<Coupon>,
    /// Which orders use them.
    pub redemptions: Vec<Redemption>,
    /// How many orders of each customer do.
    pub coupon_users: Vec<CouponUser>,
    /// The stock ledger.
    pub movements: Vec<Movement>,
    /// The payments in the gateways' books.
    pub payments: Vec<GatewayPayment>,
    /// What the shop has booked of them.
    pub ledger: Vec<Booked>,
    /// The parcels in the carrier's book.
    pub parcels: Vec<Parcel>,
    /// The invoices.
    pub invoices: Vec<Invoice>,
    /// The credit notes.
    pub credit_notes: Vec<CreditNote>,
    /// The settlements, with and without planted mistakes, and what reconciliation said about them, if it was asked.
    pub settlement: Option<Settlement>,
    /// What readers of statuses saw during the run.
    pub reads: Vec<StatusRead>,
    /// Equal requests sent at once, and what else was sent under their keys.
    pub bursts: Vec<Burst>,
    /// The events of gateways and carriers, with their posts and what came of them.
    pub events: Vec<GatewayEvent>,
    /// Webhooks that somebody else posted.
    pub forgeries: Vec<Forgery>,
    /// What stands in the inboxes and what became of it, if they were read.
    pub conservation: Option<Conservation>,
    /// A run above capacity beside one at capacity, if there was one.
    pub overload: Option<OverloadReport>,
}

/// An order that the client tried to place, with all its attempts.
#[derive(Debug, Clone)]
pub struct Request {
    /// The client's own name for it, which it wrote into the address.
    pub reference: String,
    /// What it asked for, ordered by part.
    pub lines: Vec<OrderLine>,
    /// What it was told at each attempt.
    pub answers: Vec<Answered>,
}

/// A part and how many units of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct OrderLine {
    /// The part.
    pub sku: String,
    /// How many.
    pub quantity: i64,
}

/// Units of a part that came back from a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names of the record's own fields")]
pub struct Returned {
    pub sku: String,
    pub restocked: i64,
    pub written_off: i64,
}

/// What the client was told.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answered {
    /// 202 with this order.
    Accepted(String),
    /// A clear no: 4xx.
    Refused(u16),
    /// Nothing, or a 5xx: it may have been taken or not.
    Unknown(String),
}

/// An order in the record.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the names of the record's own fields")]
pub struct Order {
    pub id: String,
    /// The client's own name for it.
    pub reference: String,
    pub status: OrderStatus,
    /// Every state with its time.
    pub history: Vec<(OrderStatus, i64)>,
    /// Ordered by part.
    pub lines: Vec<OrderLine>,
    pub grand_total: i64,
    pub method: PaymentMethod,
    /// What was captured, as far as the order knows.
    pub captured: i64,
    /// What went back, as far as the order knows.
    pub refunded: i64,
    /// How many attempts at paying it there were.
    pub attempts: usize,
    /// Whether the customer's bank said no at least once, as far as the order knows.
    pub declined: bool,
    /// What the shop gave back while it stood: the refunds that it made.
    pub given_back: i64,
    /// The cash that counts as taken for it, instalment by instalment.
    pub cash: Vec<i64>,
    /// What was paid out of that, refund by refund.
    pub paid_out: Vec<i64>,
    /// What of that is still to be paid out.
    pub owed: i64,
    /// What is credited of it while it stands, if it is paid in cash.
    pub credited: i64,
    /// What of that lessens what nobody had paid.
    pub set_off: i64,
    /// What the customer has by disputes that the shop lost.
    pub lost: i64,
    /// Whether another gateway than the one it was meant for has made one of its payments.
    pub failed_over: bool,
    /// What came back of it.
    pub returned: Vec<Returned>,
    pub invoice: Option<String>,
    pub credit_note: Option<String>,
    pub coupon: Option<OrderCoupon>,
    pub stuck: bool,
}

impl Order {
    /// Whether it was ever in that state.
    #[must_use]
    pub fn was(&self, status: OrderStatus) -> bool {
        self.history.iter().any(|(seen, _)| *seen == status)
    }

    /// Whether it was ever sold: paid for, or confirmed for cash.
    #[must_use]
    pub fn was_sold(&self) -> bool {
        self.was(OrderStatus::Paid) || self.was(OrderStatus::Confirmed)
    }

    /// How many units of a part came back.
    #[must_use]
    pub fn units_back(&self, sku: &str) -> i64 {
        let back = self.returned.iter().filter(|back| back.sku == sku);
        back.map(|back| back.restocked + back.written_off).sum()
    }

    /// What was received of it in cash.
    #[must_use]
    pub fn received(&self) -> i64 {
        self.cash.iter().sum()
    }

    /// Whether all of it is credited that was to be paid in cash, and nothing is owed any more.
    #[must_use]
    pub const fn is_cash_undone(&self) -> bool {
        self.credited > 0 && self.credited >= self.grand_total && self.owed == 0
    }

    /// What the customer has back, by the shop's hand or by their bank's. Of an order that stands the shop's refunds do not
    /// count what a bank has taken; of one that ended they do.
    #[must_use]
    pub fn back(&self) -> i64 {
        if self.status == OrderStatus::Delivered { self.refunded + self.lost } else { self.refunded }
    }

    /// Whether a gateway takes its money.
    #[must_use]
    pub fn is_paid_online(&self) -> bool {
        self.method != PaymentMethod::Cod
    }
}

/// The counters of a part.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[allow(missing_docs, reason = "the names of the record's own fields")]
pub struct Stock {
    pub sku: String,
    pub received: i64,
    pub available: i64,
    pub reserved: i64,
    pub sold: i64,
    pub written_off: i64,
}

impl Stock {
    /// Whether every unit that came is somewhere.
    #[must_use]
    pub const fn is_balanced(&self) -> bool {
        self.received == self.available + self.reserved + self.sold + self.written_off
    }

    /// The lowest of the counters.
    #[must_use]
    pub fn lowest(&self) -> i64 {
        let counters = [self.received, self.available, self.reserved, self.sold, self.written_off];
        counters.into_iter().min().unwrap_or_default()
    }
}

/// What was seen of the counters during a run.
#[derive(Debug, Clone, Default)]
pub struct StockSamples {
    /// How many times a part's counters were looked at.
    pub taken: usize,
    /// The lowest value of any counter, by part.
    pub lowest: BTreeMap<String, i64>,
    /// Counters that did not add up at the moment they were looked at.
    pub unbalanced: Vec<Stock>,
}

impl StockSamples {
    /// Takes in a part's counters as they are now.
    pub fn note(&mut self, stock: &Stock) {
        self.taken += 1;
        let now = stock.lowest();
        let seen = self.lowest.entry(stock.sku.clone()).or_insert(now);
        *seen = now.min(*seen);
        if !stock.is_balanced() {
            self.unbalanced.push(stock.clone());
        }
    }
}

/// What an order has of a part.
#[derive(Debug, Clone, serde::Deserialize)]
#[allow(missing_docs, reason = "the names of the record's own fields")]
pub struct Reservation {
    pub order_id: String,
    pub sku: String,
    pub quantity: i64,
    /// `held`, `sold`, `released` or `refused`.
    pub state: String,
    /// How many units there were when it was refused.
    pub available_at_refusal: Option<i64>,
    /// How many of the units that were sold came back.
    #[serde(default)]
    pub returned: i64,
}

/// A line of the stock ledger: how the counters changed, and which message caused it.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the names of the record's own fields")]
pub struct Movement {
    pub sku: String,
    pub cause: String,
    pub received: i64,
    pub available: i64,
    pub reserved: i64,
    pub sold: i64,
    pub written_off: i64,
}

/// A payment in a gateway's book.
#[derive(Debug, Clone, serde::Deserialize)]
#[allow(missing_docs, reason = "the names of the gateways' own fields")]
pub struct GatewayPayment {
    pub payment_id: String,
    /// The shop's order, as the gateway was told.
    pub order_id: Option<String>,
    pub currency: String,
    /// What the customer's bank has promised, whether taken since or not.
    #[serde(default)]
    pub authorized: i64,
    pub captured: i64,
    pub refunded: i64,
    #[serde(default)]
    pub captures: Vec<MoneyMoved>,
    #[serde(default)]
    pub refunds: Vec<MoneyMoved>,
    #[serde(default)]
    pub disputes: Vec<Disputed>,
}

/// A dispute in a gateway's book.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[allow(missing_docs, reason = "the names of the gateways' own fields")]
pub struct Disputed {
    /// `open`, `under_review`, `won`, `lost` or `closed`.
    pub standing: String,
    pub withdrawn: i64,
    pub reinstated: i64,
    pub fee: i64,
}

impl Disputed {
    /// What the customer has by it for good.
    #[must_use]
    pub fn lost(&self) -> i64 {
        if self.standing == "lost" { self.withdrawn - self.reinstated } else { 0 }
    }
}

impl GatewayPayment {
    /// What the customer has by disputes that the shop lost.
    #[must_use]
    pub fn lost(&self) -> i64 {
        self.disputes.iter().map(Disputed::lost).sum()
    }

    /// What is left of what was captured.
    #[must_use]
    pub fn kept(&self) -> i64 {
        self.captured - self.refunded - self.lost()
    }
}

/// One capture or one refund in a gateway's book.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[allow(missing_docs, reason = "the names of the gateways' own fields")]
pub struct MoneyMoved {
    pub amount: i64,
    pub at_ms: i64,
}

/// A parcel in the carrier's book.
#[derive(Debug, Clone, serde::Deserialize)]
#[allow(missing_docs, reason = "the names of the carrier's own fields")]
pub struct Parcel {
    pub shipment_id: String,
    /// The shop's order.
    pub reference: String,
    pub status: String,
    #[serde(default)]
    pub cod_amount_paise: Option<i64>,
}

/// An invoice.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the names of the record's own fields")]
pub struct Invoice {
    pub number: String,
    pub order_id: String,
    pub issued_at: i64,
    pub grand_total: i64,
    /// The void invoice that it stands for; empty for an order's first.
    pub replaces: String,
    /// The invoice that stands for it, if it is void.
    pub replaced_by: Option<String>,
}

/// A credit note.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the names of the record's own fields")]
pub struct CreditNote {
    pub number: String,
    pub order_id: String,
    pub issued_at: i64,
    pub invoice_number: String,
    pub grand_total: i64,
}
