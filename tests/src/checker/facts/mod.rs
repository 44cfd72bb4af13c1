//! What a judgement is made from, as plain data. Amounts are in paise, times in Unix milliseconds.

use std::collections::BTreeMap;

use schemas::types::{OrderStatus, PaymentMethod};

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
    /// The lowest value of any counter of each part that was seen during the run.
    pub lowest: Vec<Lowest>,
    /// Who has how many units.
    pub reservations: Vec<Reservation>,
    /// The stock ledger.
    pub movements: Vec<Movement>,
    /// The payments in the gateways' books.
    pub payments: Vec<GatewayPayment>,
    /// The parcels in the carrier's book.
    pub parcels: Vec<Parcel>,
    /// The invoices.
    pub invoices: Vec<Invoice>,
    /// The credit notes.
    pub credit_notes: Vec<CreditNote>,
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
    pub invoice: Option<String>,
    pub credit_note: Option<String>,
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

/// The lowest value of any counter of a part, over all samples.
#[derive(Debug, Clone)]
pub struct Lowest {
    /// The part.
    pub sku: String,
    /// The value, in units.
    pub units: i64,
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
}

/// A payment in a gateway's book.
#[derive(Debug, Clone, serde::Deserialize)]
#[allow(missing_docs, reason = "the names of the gateways' own fields")]
pub struct GatewayPayment {
    pub payment_id: String,
    /// The shop's order, as the gateway was told.
    pub order_id: Option<String>,
    pub currency: String,
    pub captured: i64,
    pub refunded: i64,
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
    pub grand_total: i64,
}

/// A credit note.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the names of the record's own fields")]
pub struct CreditNote {
    pub number: String,
    pub order_id: String,
    pub invoice_number: String,
    pub grand_total: i64,
}
