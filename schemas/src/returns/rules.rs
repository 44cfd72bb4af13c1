//! What of an order may still be returned, and what that is paid back at.

use super::{OrderReturn, ReceivedUnits, ReturnLine, ReturnState, ReturnedUnits};
use crate::{
    documents::Order,
    ids::Sku,
    refunds::{OrderRefund, RefundState, RefundedLine},
    types::{Money, OrderStatus, Timestamp},
};

/// The most returns of an order, those that came to nothing among them.
const MOST_RETURNS: usize = 50;

/// Why goods cannot come back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreturnable {
    /// The customer does not have them.
    #[error("the order is not delivered")]
    NotDelivered,
    /// It is too late.
    #[error("goods of this order could be returned until {until}")]
    WindowOver {
        /// When it became so.
        until: Timestamp,
    },
    /// The order was asked to take goods back too many times.
    #[error("an order has at most {MOST_RETURNS} returns")]
    TooMany,
    /// The shop does not take it back.
    #[error("{0} is not taken back")]
    NonReturnable(Sku),
    /// There is no such part.
    #[error("there is no {0} to return")]
    UnknownPart(Sku),
    /// More units than are left of the part, or none.
    #[error("of {sku}, 1 to {left} units can be returned")]
    UnitsOutOfRange {
        /// The part.
        sku: Sku,
        /// How many are left.
        left: i32,
    },
    /// No part, or one twice.
    #[error("give at least one part, each once")]
    Unclear,
}

impl Unreturnable {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotDelivered => "not_delivered",
            Self::WindowOver { .. } => "return_window_over",
            Self::TooMany => "too_many_returns",
            Self::NonReturnable(_) => "non_returnable",
            Self::UnknownPart(_) => "unknown_part",
            Self::UnitsOutOfRange { .. } => "units_out_of_range",
            Self::Unclear => "unclear",
        }
    }
}

impl Order {
    /// Whether a return can be asked for.
    ///
    /// # Errors
    /// [`Unreturnable`].
    pub fn check_return(&self, lines: &[ReturnedUnits], asked_at: Timestamp) -> Result<(), Unreturnable> {
        if self.status != OrderStatus::Delivered {
            return Err(Unreturnable::NotDelivered);
        }
        if let Some(until) = self.returnable_until.filter(|until| *until < asked_at) {
            return Err(Unreturnable::WindowOver { until });
        }
        if self.returns.len() >= MOST_RETURNS {
            return Err(Unreturnable::TooMany);
        }
        each_once(lines.iter().map(|line| &line.sku))?;
        lines.iter().try_for_each(|units| self.check_units(units))
    }

    fn check_units(&self, ReturnedUnits { sku, quantity }: &ReturnedUnits) -> Result<(), Unreturnable> {
        let line = self.lines.iter().find(|line| line.sku == *sku);
        let line = line.ok_or_else(|| Unreturnable::UnknownPart(sku.clone()))?;
        if line.non_returnable {
            return Err(Unreturnable::NonReturnable(sku.clone()));
        }
        in_range(sku, *quantity, self.units_left(sku, ""))
    }

    /// Whether these units can have come with this return: no more than it was asked for, and than are left of the order.
    ///
    /// # Errors
    /// [`Unreturnable`].
    pub fn check_receipt(&self, of: &OrderReturn, lines: &[ReceivedUnits]) -> Result<(), Unreturnable> {
        each_once(lines.iter().map(|line| &line.sku))?;
        lines.iter().try_for_each(|ReceivedUnits { sku, restock, write_off }| {
            let asked = of.lines.iter().find(|line| line.sku == *sku);
            let asked = asked.ok_or_else(|| Unreturnable::UnknownPart(sku.clone()))?;
            let left = asked.quantity.min(self.units_left(sku, &of.return_id));
            // A part of which less than nothing came is as wrong as too much of it.
            let units = if *restock < 0 || *write_off < 0 { -1 } else { restock.saturating_add(*write_off) };
            in_range(sku, units, left)
        })
    }

    /// How many units of a part the customer has and neither was paid back for nor asked to return, but by this return.
    #[must_use]
    pub fn units_left(&self, sku: &Sku, besides: &str) -> i32 {
        let bought = self.lines.iter().filter(|line| line.sku == *sku).map(|line| line.quantity);
        let is_return = |refund: &&OrderRefund| self.returns.iter().any(|of| of.return_id == refund.refund_id);
        let refunds = self.refunds.iter().filter(|refund| refund.state != RefundState::Refused && !is_return(refund));
        let refunded =
            refunds.flat_map(|refund| &refund.lines).filter(|line| line.sku == *sku).map(|line| line.quantity);
        let returns = self.returns.iter().filter(|of| of.return_id != besides);
        let returned = returns.flat_map(|of| of.lines.iter().map(|line| (of.state, line)));
        let returned = returned.filter(|(_, line)| line.sku == *sku).map(|(state, line)| units_of(state, line));
        sum(bought).saturating_sub(sum(refunded)).saturating_sub(sum(returned))
    }

    /// What units that came back are paid back at: what they were sold for, and together no more than is still there of
    /// what the customer paid.
    #[must_use]
    pub fn price_returned(&self, units: &[ReturnedUnits]) -> Vec<RefundedLine> {
        let mut left = self.kept_minor();
        let priced = units.iter().filter_map(|ReturnedUnits { sku, quantity }| {
            let amount = self.price_of_units(sku, *quantity)?;
            let amount = Money { minor: amount.minor.min(left), ..amount };
            left -= amount.minor;
            Some(RefundedLine { sku: sku.clone(), quantity: *quantity, amount })
        });
        priced.collect()
    }

    /// What is still there of what the customer paid a gateway; of what is to be paid in cash, what is due, paid or not.
    fn kept_minor(&self) -> i64 {
        if self.is_cash() { self.cash_due().minor } else { self.refundable().minor }
    }

    /// Until when the goods of an approved return must come; the first of several.
    #[must_use]
    pub fn goods_due_at(&self) -> Option<Timestamp> {
        let awaited = self.returns.iter().filter(|of| of.state == ReturnState::Approved);
        awaited.filter_map(|of| of.goods_due_at).min()
    }
}

/// How many units of the order a return takes up.
fn units_of(state: ReturnState, line: &ReturnLine) -> i32 {
    match state {
        ReturnState::Requested | ReturnState::Approved => line.quantity,
        ReturnState::Received | ReturnState::Refunded | ReturnState::NotRefunded => line.received(),
        ReturnState::Refused | ReturnState::Withdrawn | ReturnState::Lapsed => 0,
    }
}

fn sum(units: impl Iterator<Item = i32>) -> i32 {
    units.fold(0, i32::saturating_add)
}

fn in_range(sku: &Sku, units: i32, left: i32) -> Result<(), Unreturnable> {
    if (1..=left).contains(&units) { Ok(()) } else { Err(Unreturnable::UnitsOutOfRange { sku: sku.clone(), left }) }
}

fn each_once<'a>(skus: impl Iterator<Item = &'a Sku>) -> Result<(), Unreturnable> {
    let skus: Vec<_> = skus.collect();
    let twice = skus.iter().enumerate().any(|(place, sku)| skus[..place].contains(sku));
    if skus.is_empty() || twice { Err(Unreturnable::Unclear) } else { Ok(()) }
}
