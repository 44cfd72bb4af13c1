//! The counters of one part, and the only ways in which they move.

use schemas::{ids::Sku, inventory::UnitsByState};
use serde::{Deserialize, Serialize};
use shared::engine::{Memory, Refusal, State};

/// What there is of one part, in units. Always: `received = available + reserved + sold + written_off`, none below zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stock {
    /// The part.
    pub sku: Sku,
    /// All that ever came in.
    pub received: i64,
    /// What can be reserved.
    pub available: i64,
    /// What orders hold that are not paid yet.
    pub reserved: i64,
    /// What paid orders have taken.
    pub sold: i64,
    /// What was lost or broken.
    pub written_off: i64,
    /// How often the counters were put right by the records.
    #[serde(default)]
    pub recounts: i64,
}

impl State for Stock {
    const COLLECTION: &'static str = "stock";
    /// A part outlives any list of message ids; the rows know what was done.
    const MEMORY: Memory = Memory::LastOffset;
}

/// A movement of the counters, in units: what one ledger entry records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delta {
    /// The change of [`Stock::received`].
    pub received: i64,
    /// The change of [`Stock::available`].
    pub available: i64,
    /// The change of [`Stock::reserved`].
    pub reserved: i64,
    /// The change of [`Stock::sold`].
    pub sold: i64,
    /// The change of [`Stock::written_off`].
    #[serde(default)]
    pub written_off: i64,
}

impl Delta {
    /// No change at all.
    pub const NOTHING: Self = Self { received: 0, available: 0, reserved: 0, sold: 0, written_off: 0 };
}

/// Why the counters moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// A supplier delivered.
    Received,
    /// An order holds units.
    Reserved,
    /// An order gave back what it held.
    Released,
    /// An order took what it held.
    Sold,
    /// An order gave back what it had taken.
    Returned,
    /// A customer returned units that an order had taken: some are sold again, the others written off.
    TakenBack,
    /// The counters were put right by the records.
    Recounted,
}

impl From<UnitsByState> for Delta {
    fn from(UnitsByState { received, available, reserved, sold, written_off }: UnitsByState) -> Self {
        Self { received, available, reserved, sold, written_off }
    }
}

impl Change {
    /// What this change does to the counters, for a quantity of at least 1. What a customer's return and a recount do is
    /// another matter each time.
    #[must_use]
    pub const fn of(self, quantity: i64) -> Delta {
        const NOTHING: Delta = Delta::NOTHING;
        match self {
            Self::Received => Delta { received: quantity, available: quantity, ..NOTHING },
            Self::Reserved => Delta { available: -quantity, reserved: quantity, ..NOTHING },
            Self::Released => Delta { available: quantity, reserved: -quantity, ..NOTHING },
            Self::Sold => Delta { reserved: -quantity, sold: quantity, ..NOTHING },
            Self::Returned => Delta { available: quantity, sold: -quantity, ..NOTHING },
            Self::TakenBack | Self::Recounted => NOTHING,
        }
    }
}

impl Stock {
    /// A part of which nothing ever came in: what an unknown SKU has.
    #[must_use]
    pub const fn none_of(sku: Sku) -> Self {
        Self { sku, received: 0, available: 0, reserved: 0, sold: 0, written_off: 0, recounts: 0 }
    }

    /// The counters after a movement.
    ///
    /// # Errors
    /// `stock_overflow` when a counter would not fit 64 bits, `stock_out_of_balance` when one would fall below zero or
    /// the units would no longer add up: a movement that the books do not allow is never applied in part.
    pub fn moved(&self, delta: Delta) -> Result<Self, Refusal> {
        let moved = self.add(delta).ok_or_else(|| {
            Refusal::new("stock_overflow", format!("{}: {delta:?} does not fit the counters {self:?}", self.sku))
        })?;
        if moved.balances() {
            return Ok(moved);
        }
        Err(Refusal::new("stock_out_of_balance", format!("{}: {delta:?} does not fit {self:?}", self.sku)))
    }

    /// Whether the units add up and none is missing.
    #[must_use]
    pub fn balances(&self) -> bool {
        let places = [self.available, self.reserved, self.sold, self.written_off];
        let total = places.iter().try_fold(0_i64, |sum, units| sum.checked_add(*units));
        total == Some(self.received) && places.iter().all(|units| *units >= 0)
    }

    fn add(&self, delta: Delta) -> Option<Self> {
        Some(Self {
            sku: self.sku.clone(),
            received: self.received.checked_add(delta.received)?,
            available: self.available.checked_add(delta.available)?,
            reserved: self.reserved.checked_add(delta.reserved)?,
            sold: self.sold.checked_add(delta.sold)?,
            written_off: self.written_off.checked_add(delta.written_off)?,
            recounts: self.recounts,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stock_of(units: i64) -> Stock {
        Stock::none_of("BRK-1".parse().unwrap()).moved(Change::Received.of(units)).unwrap()
    }

    #[test]
    fn more_than_there_is_cannot_be_reserved() {
        assert_eq!(stock_of(2).moved(Change::Reserved.of(3)).unwrap_err().code, "stock_out_of_balance");
    }

    #[test]
    fn what_was_never_reserved_cannot_be_sold() {
        assert_eq!(stock_of(2).moved(Change::Sold.of(1)).unwrap_err().code, "stock_out_of_balance");
    }

    #[test]
    fn a_counter_that_would_overflow_is_refused() {
        assert_eq!(stock_of(i64::MAX).moved(Change::Received.of(1)).unwrap_err().code, "stock_overflow");
    }

    #[test]
    fn units_that_are_reserved_sold_and_returned_are_available_again() {
        let stock = stock_of(5);
        let changes = [Change::Reserved, Change::Sold, Change::Returned];
        let after = changes.iter().fold(stock.clone(), |stock, change| stock.moved(change.of(4)).unwrap());
        assert_eq!(after, stock);
    }
}
