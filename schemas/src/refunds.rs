//! Refunds of an order that stands: what was asked for, what came of it, and how much may still go back.

use apache_avro::AvroSchema;
use serde::{Deserialize, Serialize};
use shared::engine::{Row, RowKey};

use crate::{
    cash::Payout,
    documents::Order,
    ids::{OrderId, Sku, UserId},
    orders::RefundedUnits,
    types::{Money, OrderLine, OrderStatus, Timestamp},
};

/// One refund, as the order keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRefund {
    /// Names it.
    pub refund_id: String,
    /// How much goes back; zero for one that was refused before it was priced.
    pub amount: Money,
    /// What it is for; empty if it is for nothing in particular.
    pub lines: Vec<RefundedLine>,
    /// Why, in the words of whoever gives it back.
    pub reason: String,
    /// Who gives it back.
    pub by: UserId,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// How far it has come.
    pub state: RefundState,
    /// Why it was refused, as a stable code; empty otherwise.
    pub code: String,
    /// What of it nobody had paid yet: it lessens what is due, and does not go back. Of cash alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_off: Option<Money>,
    /// How it was paid out, once it was. Of cash alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_out: Option<Payout>,
}

/// Units of a part that are paid back, with what was paid for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct RefundedLine {
    /// The part.
    pub sku: Sku,
    /// How many units.
    pub quantity: i32,
    /// What they were sold for, tax included.
    pub amount: Money,
}

/// How far a refund has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundState {
    /// The payments worker was told.
    Asked,
    /// It was paid in cash, and no gateway can give it back: the customer has still to get it.
    Owed,
    /// It is of an order for cash, of which nobody had paid as much yet: it lessens what is due, and nothing goes back.
    SetOff,
    /// The money went back.
    Made,
    /// It will not be made.
    Refused,
}

impl RefundState {
    /// The name as answers and documents spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Owed => "owed",
            Self::SetOff => "set_off",
            Self::Made => "made",
            Self::Refused => "refused",
        }
    }
}

/// A refund as the list of all refunds has it, in the collection [`ListedRefund::COLLECTION`]: written by the orders worker
/// alone, together with the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedRefund {
    /// Where it stands in the list: those that somebody has still to pay out first, the oldest of them first; then the
    /// others, the youngest first.
    pub place: String,
    /// The order.
    pub order_id: OrderId,
    /// Whose it is.
    pub user_id: UserId,
    /// The refund.
    #[serde(flatten)]
    pub content: OrderRefund,
}

impl ListedRefund {
    /// Where the documents are.
    pub const COLLECTION: &'static str = "refunds";

    /// The places between which those stand that are owed, the others, or all.
    #[must_use]
    pub const fn places(owed: Option<bool>) -> (&'static str, &'static str) {
        match owed {
            Some(true) => ("0/", "1/"),
            Some(false) => ("1/", "2/"),
            None => ("0/", "2/"),
        }
    }

    /// An order's refund in the list.
    #[must_use]
    pub fn of(order: &Order, content: &OrderRefund) -> Self {
        let (order_id, user_id) = (order.order_id, order.user_id);
        let (asked_at, id) = (content.asked_at.as_millis(), &content.refund_id);
        let place = match content.state {
            RefundState::Owed => format!("0/{asked_at:019}/{order_id}/{id}"),
            RefundState::Asked | RefundState::SetOff | RefundState::Made | RefundState::Refused => {
                format!("1/{:019}/{order_id}/{id}", i64::MAX - asked_at.max(0))
            }
        };
        Self { place, order_id, user_id, content: content.clone() }
    }
}

impl Row for ListedRefund {
    fn key(&self) -> RowKey {
        RowKey { collection: Self::COLLECTION, id: format!("{}/{}", self.order_id, self.content.refund_id) }
    }
}

/// Why a refund cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unrefundable {
    /// Nothing was taken for this order.
    #[error("no money was taken for this order")]
    NotPaid,
    /// All of it goes back, or went back.
    #[error("the order is withdrawn, and all of its money goes back")]
    Withdrawn,
    /// More than is still there.
    #[error("{left} may still go back")]
    ExceedsPayment {
        /// What may.
        left: Money,
    },
    /// The customer's bank has the rest in dispute, or has given it back to them.
    #[error("{left} may still go back; the customer disputes the rest, and would have it twice")]
    Disputed {
        /// What may.
        left: Money,
    },
    /// The order has no such part.
    #[error("the order has no {0}")]
    UnknownPart(Sku),
    /// More units than are left of the part, or none.
    #[error("of {sku}, 1 to {left} units may still be paid back")]
    UnitsOutOfRange {
        /// The part.
        sku: Sku,
        /// How many are left.
        left: i32,
    },
    /// Neither an amount nor lines, both, or no amount at all.
    #[error("give either an amount of more than zero or lines, each part once")]
    Unclear,
}

impl Unrefundable {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotPaid => "not_paid",
            Self::Withdrawn => "withdrawn",
            Self::ExceedsPayment { .. } => "exceeds_payment",
            Self::Disputed { .. } => "disputed",
            Self::UnknownPart(_) => "unknown_part",
            Self::UnitsOutOfRange { .. } => "units_out_of_range",
            Self::Unclear => "unclear",
        }
    }
}

impl Order {
    /// What of its money may still be given back: what was captured, less what went back, what was promised to, and what
    /// its customer disputes; of an order for cash, what was taken and neither was nor is to be paid out.
    #[must_use]
    pub fn refundable(&self) -> Money {
        let none = self.totals.grand_total.zero();
        if self.is_cash() {
            return self.cash_kept();
        }
        let Some(payment) = &self.payment else { return none };
        let promised = self.refunds.iter().filter(|refund| refund.state == RefundState::Asked);
        let promised = promised.fold(0_i64, |sum, refund| sum.saturating_add(refund.amount.minor));
        let held = payment.captured.minor.saturating_sub(payment.refunded.minor);
        Money { minor: held.saturating_sub(promised).saturating_sub(self.disputed_minor()).max(0), ..none }
    }

    /// What of its money is not ours to give back for disputes, in minor units.
    fn disputed_minor(&self) -> i64 {
        let held = self.disputes.iter().filter(|dispute| dispute.state.holds_money(dispute.is_inquiry));
        held.fold(0_i64, |sum, dispute| sum.saturating_add(dispute.amount.minor))
    }

    /// What a refund of this amount, or of these units, comes to.
    ///
    /// # Errors
    /// [`Unrefundable`].
    pub fn price_refund(
        &self,
        amount: Option<Money>,
        units: &[RefundedUnits],
    ) -> Result<(Money, Vec<RefundedLine>), Unrefundable> {
        self.may_be_refunded()?;
        let lines = units.iter().map(|units| self.price_units(units)).collect::<Result<Vec<_>, _>>()?;
        let amount = match (amount, lines.is_empty()) {
            (Some(amount), true) => amount,
            (None, false) if is_each_once(units) => {
                let minor = lines.iter().fold(0_i64, |sum, line| sum.saturating_add(line.amount.minor));
                Money { minor, ..self.totals.grand_total }
            }
            _ => return Err(Unrefundable::Unclear),
        };
        let left = self.refundable();
        if amount.minor < 1 {
            return Err(Unrefundable::Unclear);
        }
        if amount.currency != left.currency || amount.minor > left.minor {
            let fits = amount.minor <= left.minor.saturating_add(self.disputed_minor());
            let disputed = amount.currency == left.currency && fits;
            return Err(if disputed { Unrefundable::Disputed { left } } else { Unrefundable::ExceedsPayment { left } });
        }
        Ok((amount, lines))
    }

    fn may_be_refunded(&self) -> Result<(), Unrefundable> {
        use OrderStatus as S;
        match self.status {
            S::Paid | S::Confirmed | S::Packed | S::Shipped | S::Delivered => {
                let captured = self.payment.as_ref().map_or(0, |payment| payment.captured.minor);
                let taken = if self.is_cash() { self.cash_received().minor } else { captured };
                if taken > 0 { Ok(()) } else { Err(Unrefundable::NotPaid) }
            }
            S::Cancelling | S::Cancelled | S::Refunded => Err(Unrefundable::Withdrawn),
            S::Accepted | S::Reserving | S::AwaitingPayment | S::Rejected | S::Expired | S::PaymentFailed => {
                Err(Unrefundable::NotPaid)
            }
        }
    }

    fn price_units(&self, units: &RefundedUnits) -> Result<RefundedLine, Unrefundable> {
        let sku = &units.sku;
        if !self.lines.iter().any(|line| line.sku == *sku) {
            return Err(Unrefundable::UnknownPart(sku.clone()));
        }
        let left = self.units_left(sku, "");
        let amount = self.price_of_units(sku, units.quantity).filter(|_| (1..=left).contains(&units.quantity));
        let amount = amount.ok_or_else(|| Unrefundable::UnitsOutOfRange { sku: sku.clone(), left })?;
        Ok(RefundedLine { sku: sku.clone(), quantity: units.quantity, amount })
    }

    /// What so many units of a part were sold for, behind those that are paid back; `None` for more than there are.
    pub(crate) fn price_of_units(&self, sku: &Sku, quantity: i32) -> Option<Money> {
        let line = self.lines.iter().find(|line| line.sku == *sku)?;
        let before = self.units_refunded(sku);
        let after = before.checked_add(quantity).filter(|after| (before..=line.quantity).contains(after))?;
        Some(Money { minor: price_of_first(line, after) - price_of_first(line, before), ..line.total })
    }

    fn units_refunded(&self, sku: &Sku) -> i32 {
        let standing = self.refunds.iter().filter(|refund| refund.state != RefundState::Refused);
        let of_part = standing.flat_map(|refund| &refund.lines).filter(|line| line.sku == *sku);
        of_part.fold(0_i32, |sum, line| sum.saturating_add(line.quantity))
    }
}

fn is_each_once(units: &[RefundedUnits]) -> bool {
    units.iter().enumerate().all(|(place, one)| units[..place].iter().all(|other| other.sku != one.sku))
}

/// What the first so many units of a line were sold for, in minor units: rounded so that the units of a line, whatever
/// they are paid back in, come to exactly its total.
fn price_of_first(line: &OrderLine, units: i32) -> i64 {
    let share = i128::from(line.total.minor) * i128::from(units) / i128::from(line.quantity.max(1));
    i64::try_from(share).unwrap_or(line.total.minor)
}
