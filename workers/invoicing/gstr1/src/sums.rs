//! Amounts that are added up, and how they are written.

use std::ops::{AddAssign, SubAssign};

use schemas::types::{ChargeTax, Money, OrderLine};

/// Taxable value and taxes in paise, in 128 bits, where no month can overflow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names of the taxes")]
pub struct Sums {
    pub taxable: i128,
    pub igst: i128,
    pub cgst: i128,
    pub sgst: i128,
    /// The compensation cess.
    pub cess: i128,
}

impl Sums {
    /// Those of one line.
    #[must_use]
    pub fn of(line: &OrderLine) -> Self {
        Self {
            taxable: line.taxable.minor.into(),
            igst: line.igst.minor.into(),
            cgst: line.cgst.minor.into(),
            sgst: line.sgst.minor.into(),
            cess: line.cess.minor.into(),
        }
    }

    /// Those of a charge that is taxed.
    #[must_use]
    pub fn of_charge(net: Money, tax: &ChargeTax) -> Self {
        Self {
            taxable: net.minor.into(),
            igst: tax.igst.minor.into(),
            cgst: tax.cgst.minor.into(),
            sgst: tax.sgst.minor.into(),
            cess: 0,
        }
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Value and taxes together.
    #[must_use]
    pub const fn total(&self) -> i128 {
        self.taxable + self.igst + self.cgst + self.sgst + self.cess
    }
}

impl AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        self.taxable += other.taxable;
        self.igst += other.igst;
        self.cgst += other.cgst;
        self.sgst += other.sgst;
        self.cess += other.cess;
    }
}

impl SubAssign for Sums {
    fn sub_assign(&mut self, other: Self) {
        self.taxable -= other.taxable;
        self.igst -= other.igst;
        self.cgst -= other.cgst;
        self.sgst -= other.sgst;
        self.cess -= other.cess;
    }
}

/// Paise as rupees with two decimals: `-1234.05`.
pub(crate) fn rupees(paise: i128) -> String {
    let sign = if paise < 0 { "-" } else { "" };
    let paise = paise.unsigned_abs();
    format!("{sign}{}.{:02}", paise / 100, paise % 100)
}

/// A rate in basis points as a percentage: `18`, `0.25`.
pub(crate) fn percent(basis_points: i32) -> String {
    let written = format!("{}.{:02}", basis_points / 100, basis_points % 100);
    written.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_and_rates_are_written_exactly() {
        assert_eq!([0, 5, -5, 123_456].map(rupees), ["0.00", "0.05", "-0.05", "1234.56"]);
        assert_eq!([0, 25, 500, 1_800, 1_250, 10_000].map(percent), ["0", "0.25", "5", "18", "12.5", "100"]);
    }
}
