//! Cash on delivery: what was taken for an order, in any number of instalments, what is still due of it, and what goes back.
//!
//! The rules are those of a customer's account. The order's grand total is due. What is credited (goods that came back, money
//! that is given back) first lessens what nobody has paid yet: it is set off. Only what is credited beyond that was paid, and
//! is owed to the customer. So what was received never comes to more than was due, what is owed or paid out never to more
//! than was received, and what is kept never to more than the goods that the customer keeps.

use apache_avro::AvroSchema;
use serde::{Deserialize, Serialize};
use shared::body;

use crate::{
    documents::Order,
    ids::{OrderId, UserId},
    refunds::{OrderRefund, RefundState},
    types::{Money, OrderStatus, PaymentMethod, Timestamp},
};

/// Somebody took cash for an order: all that is due, or an instalment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct RecordCash {
    /// The order.
    pub order_id: OrderId,
    /// Names this instalment: counted once, however often it is told.
    pub instalment_id: String,
    /// How much.
    pub amount: Money,
    /// When it was taken from the customer.
    pub received_at: Timestamp,
    /// Who took it: one of the shop's people, or a carrier.
    pub received_by: String,
    /// What it is written down as: the number of a receipt, or of a carrier's remittance.
    pub reference: String,
    /// What else is to be said about it; may be empty.
    pub note: String,
    /// Who says so: the account of an operator.
    pub admin_id: UserId,
}

/// A refund of cash was paid out to the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct RecordPayout {
    /// The order.
    pub order_id: OrderId,
    /// The refund.
    pub refund_id: String,
    /// What it is written down as: the UTR of a transfer, or the number of a receipt.
    pub reference: String,
    /// When it was paid out.
    pub paid_at: Timestamp,
    /// Who says so: the account of an operator.
    pub admin_id: UserId,
}

/// Which way cash moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, AvroSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the Avro derive refuses comments on variants")]
pub enum CashMovement {
    Received,
    PaidOut,
}

/// Book cash that came in for an order, or was paid out of it. What may be, the process manager has decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct BookCash {
    /// The order.
    pub order_id: OrderId,
    /// Names the money together with its way: the instalment, or the refund. Booked once, however often it is told.
    pub cash_id: String,
    /// Which way it went.
    pub movement: CashMovement,
    /// How much; more than zero.
    pub amount: Money,
    /// What it is written down as.
    pub reference: String,
}

/// Cash that was taken for an order, as the order keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CashInstalment {
    /// Names it.
    pub instalment_id: String,
    /// How much.
    pub amount: Money,
    /// When it was taken from the customer.
    pub received_at: Timestamp,
    /// Who took it.
    pub received_by: String,
    /// What it is written down as.
    pub reference: String,
    /// What else the operator said; for operators alone.
    pub note: String,
    /// The operator.
    pub by: UserId,
    /// When the operator said so.
    pub recorded_at: Timestamp,
    /// Why it does not count, as a stable code; empty if it does.
    pub code: String,
}

impl CashInstalment {
    /// Whether it counts.
    #[must_use]
    pub const fn counts(&self) -> bool {
        self.code.is_empty()
    }
}

/// How a refund of cash was paid out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payout {
    /// What it is written down as: the UTR of a transfer, or the number of a receipt.
    pub reference: String,
    /// When it was paid out.
    pub paid_at: Timestamp,
    /// The operator who said so.
    pub by: UserId,
    /// When they did.
    pub recorded_at: Timestamp,
}

/// How far an order for cash is paid, as answers spell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CashStanding {
    /// Nothing was received.
    Pending,
    /// Something was, and more is due.
    PartiallyPaid,
    /// Nothing is due any more.
    Paid,
}

/// The most instalments of an order, those that were refused among them.
const MOST_INSTALMENTS: usize = 100;

/// Why cash does not count for an order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreceivable {
    /// A gateway takes its money, all of it at once.
    #[error("the order is not paid in cash; a gateway takes all of its money at once")]
    NotCash,
    /// Nothing is due yet.
    #[error("the order is not confirmed yet")]
    NotConfirmed,
    /// Nothing is due any more.
    #[error("the order ended without goods, and nothing is due for it")]
    Withdrawn,
    /// More than is due.
    #[error("{left} may still be taken for the order")]
    ExceedsDue {
        /// What is.
        left: Money,
    },
    /// Nothing, or less than that.
    #[error("cash is more than zero")]
    Unclear,
    /// Told of too many times.
    #[error("an order has at most {MOST_INSTALMENTS} instalments")]
    TooMany,
}

impl Unreceivable {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotCash => "not_cash",
            Self::NotConfirmed => "not_confirmed",
            Self::Withdrawn => "withdrawn",
            Self::ExceedsDue { .. } => "exceeds_due",
            Self::Unclear => "unclear",
            Self::TooMany => "too_many_instalments",
        }
    }
}

/// Why a refund cannot be paid out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unpayoutable {
    /// It was made, refused or set off, or a gateway makes it.
    #[error("the refund is {}", .0.as_str())]
    NotOwed(RefundState),
    /// So much was never received, or is paid out already.
    #[error("{left} is there of what was received in cash")]
    ExceedsCash {
        /// What is.
        left: Money,
    },
}

impl OrderRefund {
    /// What of it goes back to the customer: all but what is set off.
    #[must_use]
    pub fn going_back(&self) -> Money {
        let set_off = self.set_off.map_or(0, |set_off| set_off.minor);
        Money { minor: self.amount.minor.saturating_sub(set_off), ..self.amount }
    }

    fn set_off_minor(&self) -> i64 {
        self.set_off.map_or(0, |set_off| set_off.minor)
    }

    /// Whether cash that was taken then was taken before this was credited, and may still change what of it is set off.
    #[must_use]
    pub fn is_younger_than(&self, received_at: Timestamp) -> bool {
        matches!(self.state, RefundState::Owed | RefundState::SetOff) && self.asked_at > received_at
    }
}

impl Order {
    /// Whether it is paid in cash.
    #[must_use]
    pub fn is_cash(&self) -> bool {
        self.payment_method == PaymentMethod::Cod
    }

    /// All that was taken in cash.
    #[must_use]
    pub fn cash_received(&self) -> Money {
        self.minor(sum(self.cash.iter().filter(|instalment| instalment.counts()).map(|one| one.amount.minor)))
    }

    /// What of that was paid out again.
    #[must_use]
    pub fn cash_paid_out(&self) -> Money {
        self.going_back_in(RefundState::Made)
    }

    /// What of that is still to be paid out.
    #[must_use]
    pub fn cash_owed(&self) -> Money {
        self.going_back_in(RefundState::Owed)
    }

    /// What was taken in cash and neither was nor is to be paid out.
    #[must_use]
    pub fn cash_kept(&self) -> Money {
        let gone = self.cash_paid_out().minor.saturating_add(self.cash_owed().minor);
        self.minor(self.cash_received().minor.saturating_sub(gone).max(0))
    }

    /// What the customer is to pay in all: the grand total less what is credited, and nothing for an order that is not sold or
    /// was taken back.
    #[must_use]
    pub fn cash_due(&self) -> Money {
        let credited = sum(self.standing_refunds().map(|refund| refund.amount.minor));
        self.minor(if self.owes_cash() { self.totals.grand_total.minor.saturating_sub(credited).max(0) } else { 0 })
    }

    /// What nobody has paid yet of that.
    #[must_use]
    pub fn cash_outstanding(&self) -> Money {
        let set_off = sum(self.standing_refunds().map(OrderRefund::set_off_minor));
        let settled = set_off.saturating_add(self.cash_received().minor);
        self.minor(if self.owes_cash() { self.totals.grand_total.minor.saturating_sub(settled).max(0) } else { 0 })
    }

    /// How far it is paid.
    #[must_use]
    pub fn cash_standing(&self) -> CashStanding {
        match (self.cash_received().minor, self.cash_outstanding().minor) {
            (0, _) if !self.owes_cash() => CashStanding::Pending,
            (_, 0) => CashStanding::Paid,
            (0, _) => CashStanding::Pending,
            _ => CashStanding::PartiallyPaid,
        }
    }

    /// Whether all of an order for cash is credited, and nothing of what was received is owed: nothing is sold any more.
    #[must_use]
    pub fn is_cash_undone(&self) -> bool {
        let credited = sum(self.standing_refunds().map(|refund| refund.amount.minor));
        credited > 0 && credited >= self.totals.grand_total.minor && self.cash_owed().minor == 0
    }

    /// Whether so much cash, taken then, counts for it: never more than is outstanding. What was taken before something was
    /// credited was due in full when it was taken, though told later, as a carrier that remits its cash after days does; so
    /// what was set off since for want of it may be taken as well, and is owed instead.
    ///
    /// # Errors
    /// [`Unreceivable`].
    pub fn check_cash(&self, amount: Money, received_at: Timestamp) -> Result<(), Unreceivable> {
        use OrderStatus as S;
        if !self.is_cash() {
            return Err(Unreceivable::NotCash);
        }
        match self.status {
            S::Paid | S::Confirmed | S::Packed | S::Shipped | S::Delivered => {}
            S::Accepted | S::Reserving | S::AwaitingPayment => return Err(Unreceivable::NotConfirmed),
            S::Cancelling | S::Cancelled | S::Refunded => return Err(Unreceivable::Withdrawn),
            S::Rejected | S::Expired | S::PaymentFailed => return Err(Unreceivable::Withdrawn),
        }
        if amount.minor < 1 {
            return Err(Unreceivable::Unclear);
        }
        if self.cash.len() >= MOST_INSTALMENTS {
            return Err(Unreceivable::TooMany);
        }
        let younger = self.refunds.iter().filter(|refund| refund.is_younger_than(received_at));
        let set_off = sum(younger.map(OrderRefund::set_off_minor));
        let left = self.minor(self.cash_outstanding().minor.saturating_add(set_off));
        let fits = amount.currency == left.currency && amount.minor <= left.minor;
        if fits { Ok(()) } else { Err(Unreceivable::ExceedsDue { left }) }
    }

    /// A refund of an order for cash as it begins: first it lessens what nobody has paid yet, and what is left is owed.
    #[must_use]
    pub fn owing(&self, refund: OrderRefund) -> OrderRefund {
        let amount = refund.amount;
        let set_off = Money { minor: amount.minor.min(self.cash_outstanding().minor), ..amount };
        let state = if set_off == amount { RefundState::SetOff } else { RefundState::Owed };
        OrderRefund { state, set_off: (set_off.minor > 0).then_some(set_off), ..refund }
    }

    /// Whether a refund can be paid out: it is owed, and together with what was paid out before it is no more than was
    /// received. (What was owed before cash was recorded may be more.)
    ///
    /// # Errors
    /// [`Unpayoutable`].
    pub fn check_payout(&self, refund: &OrderRefund) -> Result<(), Unpayoutable> {
        if refund.state != RefundState::Owed {
            return Err(Unpayoutable::NotOwed(refund.state));
        }
        let left = self.minor(self.cash_received().minor.saturating_sub(self.cash_paid_out().minor));
        if refund.going_back().minor > left.minor { Err(Unpayoutable::ExceedsCash { left }) } else { Ok(()) }
    }

    /// Whether the customer is to pay for goods in cash.
    fn owes_cash(&self) -> bool {
        use OrderStatus as S;
        self.is_cash() && matches!(self.status, S::Paid | S::Confirmed | S::Packed | S::Shipped | S::Delivered)
    }

    fn standing_refunds(&self) -> impl Iterator<Item = &OrderRefund> {
        self.refunds.iter().filter(|refund| refund.state != RefundState::Refused)
    }

    fn going_back_in(&self, state: RefundState) -> Money {
        let refunds = self.refunds.iter().filter(|refund| self.is_cash() && refund.state == state);
        self.minor(sum(refunds.map(|refund| refund.going_back().minor)))
    }

    const fn minor(&self, minor: i64) -> Money {
        Money { minor, currency: self.totals.grand_total.currency }
    }
}

fn sum(amounts: impl Iterator<Item = i64>) -> i64 {
    amounts.fold(0, i64::saturating_add)
}

body!(RecordCash: "../avro/RecordCash.v1.avsc");
body!(RecordPayout: "../avro/RecordPayout.v1.avsc");
body!(BookCash: "../avro/BookCash.v1.avsc");
