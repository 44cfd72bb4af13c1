//! What is ordered: a function of the seed and the order's number.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde::Serialize;
use uuid::Uuid;

use super::mix::Mix;
use crate::api::{Address, PUNE};

/// How many different parts an order has at most.
const MOST_LINES: u64 = 3;
/// How many of a part an order asks for at most.
const MOST_UNITS: u64 = 2;

/// Makes the orders' bodies.
#[derive(Debug)]
pub struct Baskets {
    products: Vec<Uuid>,
    mix: Mix,
    seed: u64,
}

#[derive(Serialize)]
struct NewOrder {
    items: Vec<Line>,
    address: Address,
    payment_method: &'static str,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Line {
    product_id: Uuid,
    quantity: u64,
}

impl Baskets {
    /// Orders over these products, of which there must be one.
    #[must_use]
    pub const fn new(products: Vec<Uuid>, mix: Mix, seed: u64) -> Self {
        Self { products, mix, seed }
    }

    /// The body of order number `n`.
    ///
    /// # Errors
    /// None that an order of this shape can meet; JSON's own.
    pub fn body(&self, n: u64) -> serde_json::Result<Vec<u8>> {
        let payment_method = self.mix.choose(self.chance(n, 0));
        serde_json::to_vec(&NewOrder { items: self.lines(n), address: PUNE, payment_method })
    }

    /// One to three different parts: neighbours on the list, from a chosen one on.
    fn lines(&self, n: u64) -> Vec<Line> {
        let stock = self.products.len() as u64;
        let first = self.chance(n, 1);
        let count = (1 + self.chance(n, 2) % MOST_LINES).min(stock);
        let place = |line: u64| usize::try_from((first % stock + line) % stock).unwrap_or_default();
        let quantity = |line: u64| 1 + self.chance(n, 3 + line) % MOST_UNITS;
        let line = |line| Some(Line { product_id: *self.products.get(place(line))?, quantity: quantity(line) });
        (0..count).filter_map(line).collect()
    }

    fn chance(&self, n: u64, what: u64) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.seed, n, what).hash(&mut hasher);
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn baskets(products: u128, seed: u64) -> Baskets {
        let products = (0..products).map(Uuid::from_u128).collect();
        Baskets::new(products, "stripe=1,razorpay=1,cod=1".parse().unwrap(), seed)
    }

    #[test]
    fn the_same_seed_makes_the_same_orders() {
        let bodies = |seed| (0..20).map(|n| baskets(9, seed).body(n).unwrap()).collect::<Vec<_>>();
        assert_eq!(bodies(1), bodies(1));
        assert_ne!(bodies(1), bodies(2));
    }

    #[test]
    fn every_product_is_ordered_now_and_then() {
        let baskets = baskets(9, 1);
        let ordered: HashSet<Uuid> = (0..200).flat_map(|n| baskets.lines(n)).map(|line| line.product_id).collect();
        assert_eq!(ordered.len(), 9);
    }

    proptest! {
        #[test]
        fn an_order_has_one_to_three_different_parts(products in 1_u128..50, seed: u64, n: u64) {
            let lines = baskets(products, seed).lines(n);
            prop_assert!((1..=3).contains(&lines.len()));
            prop_assert!(lines.iter().all(|line| (1..=2).contains(&line.quantity)));
            let different: HashSet<Uuid> = lines.iter().map(|line| line.product_id).collect();
            prop_assert_eq!(different.len(), lines.len());
        }
    }
}
