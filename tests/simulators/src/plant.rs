//! Differences between the books, planted on request: `POST /_sim/plant`.

use serde::Deserialize;
use std::collections::HashSet;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The payment's capture, or the refund, is in no settlement.
    SettlementMissing,
    /// It is settled twice.
    SettlementDuplicate,
    /// It is settled with one minor unit less.
    SettlementAmount,
    /// A captured payment that is of no order of the shop, and of which no webhook tells.
    Orphan,
    /// A second captured payment for the order of this one, of which no webhook tells.
    DuplicateCapture,
    /// The payment, which is captured, is of one minor unit less than was asked for.
    OtherAmount,
    /// It is in another currency.
    OtherCurrency,
}

/// The body of `POST /_sim/plant`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// What is wrong.
    pub what: What,
    /// With which payment, or, in a settlement, with which refund; an orphan needs none.
    #[serde(default)]
    pub payment: String,
}

/// The currency that nobody asked for.
pub const OTHER_CURRENCY: &str = "USD";

/// What was planted into the settlements, by payment and refund.
#[derive(Debug, Default)]
pub struct Planted {
    missing: HashSet<String>,
    duplicated: HashSet<String>,
    wrong: HashSet<String>,
}

impl Planted {
    /// Plants a difference into the settlements; the others are for the gateway's own books.
    pub fn add(&mut self, what: What, name: &str) {
        let names = match what {
            What::SettlementMissing => &mut self.missing,
            What::SettlementDuplicate => &mut self.duplicated,
            What::SettlementAmount => &mut self.wrong,
            What::Orphan | What::DuplicateCapture | What::OtherAmount | What::OtherCurrency => return,
        };
        names.insert(name.to_owned());
    }

    /// The amounts with which a payment's capture, or a refund, is settled: one, unless something was planted.
    pub fn settled(&self, name: &str, moved: i64) -> Vec<i64> {
        if self.missing.contains(name) {
            Vec::new()
        } else if self.duplicated.contains(name) {
            vec![moved, moved]
        } else {
            vec![moved - i64::from(self.wrong.contains(name))]
        }
    }
}

/// The gateways' own charge: `fee` includes `tax`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fee {
    /// With tax.
    pub fee: i64,
    /// The tax in it.
    pub tax: i64,
}

/// Two per cent, and 18 per cent GST on that, in whole paise.
pub fn fee_on(amount: i64) -> Fee {
    let charge = amount / 50;
    let tax = charge * 18 / 100;
    Fee { fee: charge + tax, tax }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fee_includes_its_tax() {
        assert_eq!(fee_on(100_000), Fee { fee: 2_360, tax: 360 });
    }

    #[test]
    fn what_was_planted_shows_in_the_settlement_of_its_payment_alone() {
        let mut planted = Planted::default();
        planted.add(What::SettlementMissing, "a");
        planted.add(What::SettlementDuplicate, "b");
        planted.add(What::SettlementAmount, "c");
        let settled = ["a", "b", "c", "d"].map(|payment| planted.settled(payment, 100));
        assert_eq!(settled, [vec![], vec![100, 100], vec![99], vec![100]]);
    }
}
