//! The products that are kept at hand, for pages, carts and orders.
//!
//! A product is shown from memory only while it has the version that the shared cache says it has. The catalog worker
//! keeps it there, and so does whoever reads the record, before it is shown: so nobody is shown an older version than
//! anybody was before, whichever process they ask. Without an entry, or a cache that answers, the record is read. Lists are
//! kept until the next change is announced ([`selections`]); each product on them is checked as above.

mod alternatives;
mod at_hand;
mod kept;
#[cfg(test)]
mod model;
mod reads;
mod selections;
#[cfg(test)]
mod testing;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use schemas::{documents::Product, ids::ProductId};
use shared::versioned_cache::{CacheEntry, Ticket};

use self::at_hand::{AtHand, Begun};
use super::{
    ProductDocument, Products,
    shared_cache::{Rest, SharedCache},
};
use crate::problem::Problem;

pub use self::{alternatives::AlternativePlace, selections::Selection};

/// Products by id.
pub type ById = HashMap<ProductId, Arc<ProductDocument>>;

/// The products over the counter.
pub struct Counter {
    products: Products,
    cache: Arc<dyn SharedCache>,
    rest: Rest,
    at_hand: Mutex<AtHand>,
}

/// A reading of the record, from before it began.
struct Reading {
    ticket: Ticket,
    begun: Begun,
}

impl Counter {
    /// A counter for these products, whose versions are in this cache.
    #[must_use]
    pub fn new(products: Products, cache: Arc<dyn SharedCache>) -> Self {
        Self { products, cache, rest: Rest::default(), at_hand: Mutex::default() }
    }

    /// Those of these products that can be bought, as they were within the last second: for prices.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn lately(&self, ids: &[ProductId]) -> Result<Vec<Arc<ProductDocument>>, Problem> {
        let now = Instant::now();
        let recent = |at_hand: &mut AtHand| ids.iter().map(|id| at_hand.kept.recent(*id, now)).collect::<Vec<_>>();
        let recent = self.with(recent);
        let missing: Vec<ProductId> =
            ids.iter().zip(&recent).filter(|(_, found)| found.is_none()).map(|(id, _)| *id).collect();
        let mut found: Vec<_> = recent.into_iter().flatten().collect();
        found.extend(self.by_ids(&missing).await?.into_values());
        found.retain(|product| product.state.active);
        Ok(found)
    }

    /// These products as they are now, whether they can be bought or not.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn by_ids(&self, ids: &[ProductId]) -> Result<ById, Problem> {
        let mut found = self.checked(ids).await;
        let missing: Vec<ProductId> = ids.iter().filter(|id| !found.contains_key(id)).copied().collect();
        if !missing.is_empty() {
            found.extend(by_id(self.recorded(&missing).await?));
        }
        Ok(found)
    }

    /// These products as the record has them.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn recorded(&self, ids: &[ProductId]) -> Result<Vec<Arc<ProductDocument>>, Problem> {
        let reading = self.begin();
        Ok(self.take(self.products.by_ids(ids).await?, &reading).await)
    }

    /// Changes of these products were announced.
    pub fn announced(&self, ids: impl Iterator<Item = ProductId>) {
        self.with(|at_hand| at_hand.announced(ids));
    }

    /// All that was announced before this moment has been heard.
    pub fn heard_all(&self, until: Instant) {
        self.with(|at_hand| at_hand.heard_all(until));
    }

    /// Something may have been announced that was not heard.
    pub fn missed(&self) {
        self.with(AtHand::missed);
    }

    /// Those of which the version that the cache names is in memory.
    async fn checked(&self, ids: &[ProductId]) -> ById {
        let now = Instant::now();
        let known: Vec<ProductId> =
            self.with(|at_hand| ids.iter().filter(|id| at_hand.kept.has(**id)).copied().collect());
        if known.is_empty() || self.rest.is_on(now) {
            return ById::new();
        }
        let names: Vec<String> = known.iter().map(ToString::to_string).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let cached = self.cache.get_many(&names).await.unwrap_or_else(|error| {
            self.rest.begin(now);
            tracing::debug!(%error, "the cache of products does not answer");
            Vec::new()
        });
        let at_version = |at_hand: &mut AtHand| {
            let versions = known.iter().zip(cached).filter_map(|(id, cached)| Some((*id, cached?.version)));
            by_id(versions.filter_map(|(id, version)| at_hand.kept.at_version(id, version, now)))
        };
        self.with(at_version)
    }

    fn begin(&self) -> Reading {
        Reading { ticket: self.cache.ticket(), begun: self.with(|at_hand| at_hand.begin(Instant::now())) }
    }

    /// Takes what was read: tells the cache of it before it is shown, and keeps it.
    async fn take(&self, found: Vec<ProductDocument>, reading: &Reading) -> Vec<Arc<ProductDocument>> {
        let entry = |found: &ProductDocument| Product::cache_entry(found.state.product_id.to_string(), found.version);
        self.tell(&found.iter().map(entry).collect::<Vec<_>>(), &reading.ticket).await;
        let found: Vec<_> = found.into_iter().map(Arc::new).collect();
        self.with(|at_hand| at_hand.keep(&found, reading.begun));
        found
    }

    async fn tell(&self, entries: &[CacheEntry], ticket: &Ticket) {
        if entries.is_empty() || self.rest.is_on(Instant::now()) {
            return;
        }
        if let Err(error) = self.cache.put(entries, ticket).await {
            self.rest.begin(Instant::now());
            tracing::debug!(%error, "versions of products not kept in the cache");
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut AtHand) -> T) -> T {
        act(&mut self.at_hand.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn by_id(products: impl IntoIterator<Item = Arc<ProductDocument>>) -> ById {
    products.into_iter().map(|product| (product.state.product_id, product)).collect()
}
