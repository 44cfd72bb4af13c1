//! How much can be had of each part, in the collection `stock`: a hint for whoever fills a cart. What an order gets is
//! decided by the inventory worker. Stock changes with every order, so a hint is read beside what is shown of the product,
//! and kept for a moment: all carts of that moment share one reading.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures::TryStreamExt;
use mongodb::{Collection, Database, bson::doc};
use schemas::ids::Sku;
use serde::Deserialize;

use crate::problem::Problem;

/// How old a hint may be.
const LIFE: Duration = Duration::from_secs(1);
/// Less than a megabyte.
const MOST: usize = 4_096;

/// The stock of all parts.
pub struct StockLevels {
    stock: Collection<Stocked>,
    kept: Mutex<Kept>,
}

/// Levels, each with the moment before it was read; none of a part that never came in.
#[derive(Default)]
struct Kept(HashMap<Sku, (Instant, Option<i64>)>);

#[derive(Deserialize)]
struct Stocked {
    state: Level,
}

#[derive(Deserialize)]
struct Level {
    sku: Sku,
    available: i64,
}

impl StockLevels {
    /// The stock in this database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self { stock: database.collection("stock"), kept: Mutex::default() }
    }

    /// How many units of each could be reserved within the last second. A part that never came in is not named.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn available(&self, skus: &[&Sku]) -> Result<HashMap<Sku, i64>, Problem> {
        let now = Instant::now();
        let (mut found, missing) = self.with(|kept| kept.find(skus, now));
        if !missing.is_empty() {
            let read = self.read(&missing).await?;
            self.with(|kept| kept.keep(&missing, &read, now));
            found.extend(read);
        }
        Ok(found)
    }

    async fn read(&self, skus: &[&Sku]) -> Result<HashMap<Sku, i64>, Problem> {
        let skus: Vec<&str> = skus.iter().map(|sku| sku.as_str()).collect();
        let found = self.stock.find(doc! { "_id": { "$in": skus } }).projection(doc! { "state": 1 });
        let found: Vec<Stocked> = found.await?.try_collect().await?;
        Ok(found.into_iter().map(|Stocked { state }| (state.sku, state.available)).collect())
    }

    fn with<T>(&self, act: impl FnOnce(&mut Kept) -> T) -> T {
        act(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Kept {
    /// The levels that are fresh enough, and the parts of which none is.
    fn find<'a>(&self, skus: &[&'a Sku], now: Instant) -> (HashMap<Sku, i64>, Vec<&'a Sku>) {
        let (mut found, mut missing) = (HashMap::new(), Vec::new());
        for sku in skus {
            match self.0.get(*sku).filter(|(read, _)| now.saturating_duration_since(*read) < LIFE) {
                Some((_, Some(available))) => drop(found.insert((*sku).clone(), *available)),
                Some((_, None)) => {}
                None => missing.push(*sku),
            }
        }
        (found, missing)
    }

    /// Keeps what was read after this moment.
    fn keep(&mut self, asked: &[&Sku], read: &HashMap<Sku, i64>, at: Instant) {
        if self.0.len() + asked.len() > MOST {
            self.0.clear();
        }
        self.0.extend(asked.iter().map(|sku| ((*sku).clone(), (at, read.get(*sku).copied()))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sku(number: usize) -> Sku {
        format!("P-{number}").parse().unwrap()
    }

    #[test]
    fn a_level_is_a_hint_for_a_second_and_so_is_that_there_is_none() {
        let (mut kept, now, known, unknown) = (Kept::default(), Instant::now(), sku(1), sku(2));
        let asked = [&known, &unknown];
        assert_eq!(kept.find(&asked, now), (HashMap::new(), asked.to_vec()));
        let read = HashMap::from([(known.clone(), 7)]);
        kept.keep(&asked, &read, now);
        assert_eq!(kept.find(&asked, now + LIFE / 2), (read, Vec::new()));
        assert_eq!(kept.find(&asked, now + LIFE), (HashMap::new(), asked.to_vec()));
    }

    #[test]
    fn memory_is_bounded() {
        let (mut kept, now) = (Kept::default(), Instant::now());
        for number in 0..=MOST {
            kept.keep(&[&sku(number)], &HashMap::new(), now);
            assert!(kept.0.len() <= MOST);
        }
    }
}
