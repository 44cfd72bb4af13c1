//! The life of one order and of the payments made on it. Pure: no clock, no chance, no I/O.
//!
//! Rules from the API documentation (payment life cycle, capture, refunds, orders). At every moment a payment has
//! `0 <= refunded <= captured` and `captured` is nothing or exactly what was authorised; an order is paid once.

use crate::ledger::Labels;
use serde::Serialize;
use std::sync::Arc;

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Nobody has tried to pay.
    Created,
    /// Somebody has, and nothing is captured.
    Attempted,
    /// A payment of the whole amount is captured.
    Paid,
}

/// An order: the frame within which a customer may try to pay, several times if need be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// What was agreed; it never changes.
    pub terms: Arc<OrderTerms>,
    /// Where it stands.
    pub status: OrderStatus,
    /// Payments tried.
    pub attempts: u32,
    /// Minor units captured on it.
    pub amount_paid: i64,
}

/// What was agreed when an order was created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderTerms {
    /// `order_…`
    pub id: String,
    /// Minor units.
    pub amount: i64,
    /// Upper-case ISO 4217.
    pub currency: String,
    /// The shop's own number, at most 40 characters.
    pub receipt: Option<String>,
    /// The shop's labels; payments inherit them.
    pub notes: Arc<Labels>,
    /// Whether an authorisation is captured at once.
    pub captures_at_once: bool,
    /// Unix seconds.
    pub created_at: i64,
}

/// Where a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// The bank is thinking.
    Created,
    /// The money is promised.
    Authorized,
    /// Taken.
    Captured,
    /// Given back in full.
    Refunded,
    /// Declined.
    Failed,
}

impl PaymentStatus {
    /// The word that the API uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Authorized => "authorized",
            Self::Captured => "captured",
            Self::Refunded => "refunded",
            Self::Failed => "failed",
        }
    }
}

/// What was fixed when the customer paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentTerms {
    /// `pay_…`
    pub id: String,
    /// The order it pays.
    pub order: Arc<OrderTerms>,
    /// Minor units; the order's amount unless a test says otherwise.
    pub amount: i64,
    /// `card`, `upi`, `netbanking`.
    pub method: String,
    /// Unix seconds.
    pub created_at: i64,
}

/// One payment. Cloning takes a snapshot cheaply: the terms are shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// What was fixed.
    pub terms: Arc<PaymentTerms>,
    /// Where it stands.
    pub status: PaymentStatus,
    /// Minor units given back.
    pub refunded: i64,
}

/// Why a call was refused; nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The order is paid.
    OrderPaid,
    /// The order has a payment that is authorised or being decided.
    PaymentUnderWay,
    /// The payment was captured before.
    AlreadyCaptured,
    /// The payment is not authorised.
    NotAuthorized,
    /// Not exactly what was authorised.
    CaptureAmountDiffers,
    /// Not the currency of the payment.
    CurrencyDiffers,
    /// Less than the least amount the API moves.
    AmountTooSmall,
    /// Nothing was captured.
    NotCaptured,
    /// All of it was given back before.
    AlreadyRefunded,
    /// More than is left.
    RefundTooLarge,
}

/// The least amount that can be ordered or refunded: one rupee.
pub const LEAST_AMOUNT: i64 = 100;

impl Order {
    /// A fresh order.
    pub fn new(terms: OrderTerms) -> Self {
        Self { terms: Arc::new(terms), status: OrderStatus::Created, attempts: 0, amount_paid: 0 }
    }

    /// Minor units still to pay.
    pub fn amount_due(&self) -> i64 {
        (self.terms.amount - self.amount_paid).max(0)
    }

    /// The customer tries to pay; `earlier` are the payments made on this order so far.
    ///
    /// # Errors
    /// When the order is paid, or a payment on it is authorised or being decided.
    pub fn attempt(&mut self, earlier: &[PaymentStatus]) -> Result<(), Refusal> {
        if self.status == OrderStatus::Paid {
            return Err(Refusal::OrderPaid);
        }
        if earlier.iter().any(|status| matches!(status, PaymentStatus::Created | PaymentStatus::Authorized)) {
            return Err(Refusal::PaymentUnderWay);
        }
        self.status = OrderStatus::Attempted;
        self.attempts += 1;
        Ok(())
    }

    /// Counts a capture towards the order; whether that made it paid.
    fn count(&mut self, captured: i64) -> bool {
        self.amount_paid += captured;
        let paid = self.amount_paid >= self.terms.amount;
        if paid {
            self.status = OrderStatus::Paid;
        }
        paid
    }
}

impl Payment {
    /// A payment that the bank is thinking about.
    pub fn new(terms: PaymentTerms) -> Self {
        Self { terms: Arc::new(terms), status: PaymentStatus::Created, refunded: 0 }
    }

    /// Whether it was captured, refunded since or not.
    pub fn is_captured(&self) -> bool {
        matches!(self.status, PaymentStatus::Captured | PaymentStatus::Refunded)
    }

    /// Minor units taken.
    pub fn captured(&self) -> i64 {
        if self.is_captured() { self.terms.amount } else { 0 }
    }

    /// Minor units promised, whether taken since or not.
    pub fn authorized(&self) -> i64 {
        if self.is_captured() || self.status == PaymentStatus::Authorized { self.terms.amount } else { 0 }
    }

    /// The bank answers; whether it was waited for.
    pub fn settle(&mut self, approved: bool) -> bool {
        let awaited = self.status == PaymentStatus::Created;
        if awaited {
            self.status = if approved { PaymentStatus::Authorized } else { PaymentStatus::Failed };
        }
        awaited
    }

    /// The shop takes the money; whether that made the order paid.
    ///
    /// # Errors
    /// Unless the payment is authorised for exactly this, and the order not paid by another payment.
    pub fn capture(&mut self, order: &mut Order, amount: i64, currency: &str) -> Result<bool, Refusal> {
        match self.status {
            PaymentStatus::Authorized => {}
            PaymentStatus::Captured | PaymentStatus::Refunded => return Err(Refusal::AlreadyCaptured),
            PaymentStatus::Created | PaymentStatus::Failed => return Err(Refusal::NotAuthorized),
        }
        if order.status == OrderStatus::Paid {
            return Err(Refusal::OrderPaid);
        }
        if currency != self.terms.order.currency {
            return Err(Refusal::CurrencyDiffers);
        }
        if amount != self.terms.amount {
            return Err(Refusal::CaptureAmountDiffers);
        }
        self.status = PaymentStatus::Captured;
        Ok(order.count(amount))
    }

    /// The shop gives `amount` back, or all that is left; what it was in the end.
    ///
    /// # Errors
    /// Unless at least that much of a captured payment is left.
    pub fn refund(&mut self, amount: Option<i64>) -> Result<i64, Refusal> {
        match self.status {
            PaymentStatus::Captured => {}
            PaymentStatus::Refunded => return Err(Refusal::AlreadyRefunded),
            _ => return Err(Refusal::NotCaptured),
        }
        let left = self.terms.amount - self.refunded;
        let amount = amount.unwrap_or(left);
        if amount > left {
            return Err(Refusal::RefundTooLarge);
        }
        if amount < LEAST_AMOUNT.min(left) {
            return Err(Refusal::AmountTooSmall);
        }
        self.refunded += amount;
        if self.refunded == self.terms.amount {
            self.status = PaymentStatus::Refunded;
        }
        Ok(amount)
    }
}
