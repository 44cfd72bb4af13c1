//! Who orders what: everything follows from the seed and the order's number.

use std::time::Duration;

use super::{Dice, coupons};
use crate::{Basket, Catalog, checker::OrderLine};

/// A part that everybody wants.
pub const HOT: &str = "HOT-PART";
/// One order in so many asks for it.
const HOT_ONE_IN: u32 = 8;

/// What the shop sells when about so many orders are expected: enough of everything but the hot part, and of that one about
/// half of what is asked for.
#[must_use]
pub fn catalog(orders: u32) -> Catalog {
    let wanted = i64::from(orders / HOT_ONE_IN) * 3 / 2;
    Catalog::demo().stocked(i64::from(orders) * 20).with(HOT, wanted / 2)
}

/// The orders of a run.
pub struct Plan {
    seed: u64,
    catalog: Catalog,
    skus: Vec<String>,
}

/// One order.
pub struct Wish {
    /// What the client sends.
    pub basket: Basket,
    /// The client's own name for it.
    pub reference: String,
    /// The parts, ordered by part.
    pub lines: Vec<OrderLine>,
    /// Whether the client asks no second time after an answer of unknown fate.
    pub gives_up: bool,
    /// Whether and when the client cancels it.
    pub cancelled: Option<Moment>,
    /// How a client that does not cancel pays once its bank has said no: `card`, or at the `other` gateway.
    pub pays_again: Option<&'static str>,
    /// What comes of it once it is delivered, if the client does not cancel.
    pub later: Option<Later>,
}

/// What comes of an order that was delivered.
#[derive(Debug, Clone, Copy)]
pub enum Later {
    /// Some of it comes back, unless the shop refuses.
    ComesBack {
        /// Whether it does.
        refused: bool,
    },
    /// The customer disputes its payment, if it has one.
    Disputed {
        /// Whether the shop loses.
        lost: bool,
    },
}

/// When a client changes its mind.
#[derive(Debug, Clone, Copy)]
pub enum Moment {
    /// So long after the order was accepted.
    After(Duration),
    /// As soon as it is sold.
    OnceSold,
}

impl Plan {
    /// The orders that follow from this seed.
    #[must_use]
    pub fn new(seed: u64, catalog: &Catalog) -> Self {
        Self { seed, catalog: catalog.clone(), skus: catalog.skus_in_stock() }
    }

    /// The order of this number.
    #[must_use]
    pub fn wish(&self, number: u32) -> Wish {
        let mut dice = Dice::of_part(self.seed, u64::from(number));
        let reference = reference(number);
        let lines = self.lines(&mut dice);
        let parts: Vec<(&str, u32)> =
            lines.iter().map(|line| (line.sku.as_str(), u32::try_from(line.quantity).unwrap_or(1))).collect();
        let method = ["stripe", "stripe", "razorpay", "razorpay", "card", "card", "cod"][dice.below(7)];
        let basket = Basket::of(&self.catalog, &parts).paid_by(method).marked(&reference);
        Wish {
            gives_up: dice.below(3) == 0,
            cancelled: match dice.below(20) {
                0 => Some(Moment::After(Duration::from_millis(dice.below(2_500) as u64))),
                1 => Some(Moment::OnceSold),
                _ => None,
            },
            basket: match coupons::of_order(&mut dice) {
                Some(code) => basket.with_coupon(code),
                None => basket,
            },
            pays_again: [None, Some("other"), Some("card")][dice.below(3)],
            later: match dice.below(10) {
                0 => Some(Later::ComesBack { refused: dice.below(4) == 0 }),
                1 => Some(Later::Disputed { lost: dice.below(2) == 0 }),
                _ => None,
            },
            reference,
            lines,
        }
    }

    fn lines(&self, dice: &mut Dice) -> Vec<OrderLine> {
        let mut skus: Vec<&str> =
            (0..=dice.below(3)).map(|_| self.skus[dice.below(self.skus.len())].as_str()).collect();
        if dice.below(HOT_ONE_IN as usize) == 0 {
            skus.push(HOT);
        }
        skus.sort_unstable();
        skus.dedup();
        let line = |sku: &str| OrderLine { sku: sku.to_owned(), quantity: 1 + dice.below(2) as i64 };
        skus.into_iter().map(line).collect()
    }
}

/// A name in letters only: digits in a row may look like a card's number.
fn reference(number: u32) -> String {
    let letters = format!("{number:06}").bytes().map(|digit| char::from(b'a' + digit - b'0')).collect::<String>();
    format!("order {letters}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_orders() {
        let catalog = catalog(50);
        let bodies =
            |seed| (0..50).map(|number| Plan::new(seed, &catalog).wish(number).basket.body()).collect::<Vec<_>>();
        assert_eq!(bodies(7), bodies(7));
        assert_ne!(bodies(7), bodies(8));
    }
}
