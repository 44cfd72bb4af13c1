//! Customers who look: where their orders stand, at products, at lists of them, at their carts.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use serde::Serialize;
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout},
};

use super::{
    customers::Customer,
    pace::pace,
    place::Shoppers,
    schedule::{Schedule, Window},
};
use crate::api::{Api, ApiError, Product};

/// How many reads of a kind may be under way at once; the next ones wait, and are late.
const IN_FLIGHT: u32 = 1_000;
/// How long the last reads may take after the run.
const PATIENCE: Duration = Duration::from_secs(30);
/// The most positions of a cart.
const MOST_ITEMS: u64 = 3;

/// What is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Read {
    /// Where an order stands: one of those accepted last.
    Status,
    /// A product's page.
    Product,
    /// The products of a category.
    List,
    /// A customer's cart.
    Cart,
}

impl Read {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Status, Self::Product, Self::List, Self::Cart];

    /// As people call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Status => "status read",
            Self::Product => "product read",
            Self::List => "product list",
            Self::Cart => "cart read",
        }
    }
}

/// What may be looked at.
#[derive(Debug, Default)]
pub struct Shelves {
    slugs: Vec<String>,
    categories: Vec<String>,
}

impl Shelves {
    /// These products.
    #[must_use]
    pub fn of(products: &[Product]) -> Self {
        let categories: BTreeSet<&String> = products.iter().map(|product| &product.category).collect();
        Self {
            slugs: products.iter().map(|product| product.slug.clone()).collect(),
            categories: categories.into_iter().cloned().collect(),
        }
    }
}

/// Reads all that was asked for, each on a schedule of its own, from `start` until `until`; what is meant to begin within
/// `window` counts.
pub async fn all(
    shoppers: &Arc<Shoppers>,
    rates: [f64; Read::ALL.len()],
    start: Instant,
    until: Instant,
    window: Window,
) {
    let [statuses, products, lists, carts] = Read::ALL;
    let [of_statuses, of_products, of_lists, of_carts] = rates;
    let at = |read, rate| on_schedule(shoppers, read, (start, rate), until, window);
    tokio::join!(at(statuses, of_statuses), at(products, of_products), at(lists, of_lists), at(carts, of_carts));
}

async fn on_schedule(
    shoppers: &Arc<Shoppers>,
    read: Read,
    (start, rate): (Instant, f64),
    until: Instant,
    window: Window,
) {
    if rate == 0.0 {
        return;
    }
    let schedule = Schedule::new(start, rate);
    let seats = Arc::new(Semaphore::new(IN_FLIGHT as usize));
    let mut steps = pace(schedule.clone(), until);
    while let Some(n) = steps.recv().await {
        let Ok(seat) = Arc::clone(&seats).acquire_owned().await else { return };
        let (shoppers, intended) = (Arc::clone(shoppers), schedule.at(n));
        tokio::spawn(async move {
            let began = Instant::now();
            if let Some(outcome) = shoppers.read(read, n).await {
                let latencies = window.holds(intended).then(|| (intended.elapsed(), began - intended));
                shoppers.tally.read(read, outcome.err().as_ref(), latencies);
            }
            drop(seat);
        });
    }
    let _ = timeout(PATIENCE, seats.acquire_many(IN_FLIGHT)).await;
}

impl Shoppers {
    /// Read number `n` of a kind; none if there is nothing to be read yet.
    async fn read(&self, read: Read, n: u64) -> Option<Result<(), ApiError>> {
        Some(match read {
            Read::Status => {
                let (order, customer) = self.recent.choose(n)?;
                self.api.status(&customer.token(), order, None).await.map(drop)
            }
            Read::Product => self.api.product(turn(&self.shelves.slugs, n)?).await,
            Read::List => self.api.category(turn(&self.shelves.categories, n)?).await,
            Read::Cart => self.api.cart(&turn(&self.customers, n)?.token()).await,
        })
    }
}

/// Puts something into every customer's cart.
///
/// # Errors
/// The first call that fails.
pub async fn fill_carts(api: &Api, customers: &[Arc<Customer>], products: &[Product]) -> Result<(), ApiError> {
    for (customer, n) in customers.iter().zip(0..) {
        for item in 0..=n % MOST_ITEMS {
            if let Some(product) = turn(products, n + item) {
                api.put_in_cart(&customer.token(), product.product_id).await?;
            }
        }
    }
    Ok(())
}

/// One of them, for a number that is anything: each gets its turn.
fn turn<T>(of: &[T], n: u64) -> Option<&T> {
    of.get(usize::try_from(n.checked_rem(of.len() as u64)?).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_gets_its_turn_and_of_nothing_there_is_none() {
        let chosen: Vec<_> = (0..4).filter_map(|n| turn(&["a", "b", "c"], n)).collect();
        assert_eq!(chosen, [&"a", &"b", &"c", &"a"]);
        assert_eq!(turn::<u8>(&[], 7), None);
    }
}
