//! Where an order stands: from the cache in Redis, else from the record, else from the request that made it.
//!
//! Status never goes backwards. The cache itself refuses older versions, but Redis may come back from an old snapshot, so
//! this process remembers the versions it has shown and asks the record whenever the cache is behind them; the client's
//! own ETag does the same across processes. What the record had to be asked for is put back into the cache.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures::future::BoxFuture;
use schemas::{documents::StatusView, ids::OrderId, types::OrderStatus};
use shared::versioned_cache::{CacheEntry, CacheError, Cached, VersionedCache};
use tokio::sync::Semaphore;

use super::{OrderDocument, OrderRequests, Orders};
use crate::problem::{OVERLOADED, Problem, STORE_UNAVAILABLE};

/// Whatever keeps statuses at hand.
pub trait StatusCache: Send + Sync + 'static {
    /// The entry of `id`, if there is one.
    fn get<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Cached>, CacheError>>;

    /// Keeps an entry unless a newer one is kept.
    fn put(&self, entry: CacheEntry) -> BoxFuture<'_, Result<(), CacheError>>;
}

impl StatusCache for VersionedCache {
    fn get<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Cached>, CacheError>> {
        Box::pin(Self::get(self, id))
    }

    fn put(&self, entry: CacheEntry) -> BoxFuture<'_, Result<(), CacheError>> {
        Box::pin(async move { Self::put(self, &[entry]).await })
    }
}

/// Where a status was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// In the cache, where looking costs next to nothing.
    Cache,
    /// In the record.
    Record,
}

/// An order's status at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Counts the order's changes; 0 before the orders worker has seen it.
    pub version: i64,
    /// The status.
    pub view: StatusView,
    /// Where it was found.
    pub source: Source,
}

/// Where orders stand.
pub struct Statuses {
    cache: Arc<dyn StatusCache>,
    orders: Orders,
    requests: OrderRequests,
    shown: Shown,
    rest: Arc<Rest>,
    /// Places for reading the record: without the cache all readers come here, and those who order must not wait for them.
    places: Semaphore,
}

/// How long a cache that did not answer is left alone.
const REST: Duration = Duration::from_secs(1);

impl Statuses {
    /// Statuses from these sources, with room for so many reads of the record at once.
    #[must_use]
    pub fn new(cache: Arc<dyn StatusCache>, orders: Orders, requests: OrderRequests, places: usize) -> Self {
        let places = Semaphore::new(places);
        Self { cache, orders, requests, shown: Shown::default(), rest: Arc::default(), places }
    }

    /// Where the order stands, at `at_least` this version if the record knows it; `None` if there is no such order.
    ///
    /// # Errors
    /// A problem when no source answers, when too many read the record, or when it is behind what was shown before.
    pub async fn read(&self, id: OrderId, at_least: i64) -> Result<Option<Snapshot>, Problem> {
        let floor = at_least.max(self.shown.floor(id));
        let snapshot = match self.cached(id).await {
            Some(snapshot) if snapshot.version >= floor => Some(snapshot),
            _ => self.recorded(id).await?,
        };
        if let Some(snapshot) = &snapshot {
            self.shown.note(id, snapshot.version);
        }
        Ok(snapshot)
    }

    /// Remembers that a version was shown elsewhere: no status from before it will be.
    pub fn note(&self, id: OrderId, version: i64) {
        self.shown.note(id, version);
    }

    /// A cache that does not answer, or not sensibly, is a cache that knows nothing.
    async fn cached(&self, id: OrderId) -> Option<Snapshot> {
        if self.rest.is_on(Instant::now()) {
            return None;
        }
        let found = match self.cache.get(&id.to_string()).await {
            Ok(found) => found?,
            Err(error) => {
                self.rest.begin(Instant::now());
                metrics::counter!("status_cache_failures_total").increment(1);
                tracing::debug!(%error, "status read from the record");
                return None;
            }
        };
        let view: StatusView = serde_json::from_slice(&found.body).ok()?;
        (view.order_id == id).then_some(Snapshot { version: found.version, view, source: Source::Cache })
    }

    async fn recorded(&self, id: OrderId) -> Result<Option<Snapshot>, Problem> {
        let full = |_| {
            metrics::counter!("status_reads_shed_total").increment(1);
            Problem::new(OVERLOADED).detail("too many statuses are being read at once").retry_after(2)
        };
        let _place = self.places.try_acquire().map_err(full)?;
        let snapshot = match self.order(id).await? {
            Some(order) => {
                Some(Snapshot { version: order.version, view: order.state.status_view(), source: Source::Record })
            }
            None => self.requested(id).await?,
        };
        if let Some(snapshot) = &snapshot {
            self.put_back(snapshot);
        }
        Ok(snapshot)
    }

    /// The order as recorded, never one from before what was shown. A client's ETag is no reason to ask twice: it can be
    /// made up.
    async fn order(&self, id: OrderId) -> Result<Option<OrderDocument>, Problem> {
        let floor = self.shown.floor(id);
        let is_new_enough = |found: &Option<OrderDocument>| found.as_ref().map_or(0, |order| order.version) >= floor;
        let found = self.orders.by_id(id).await?;
        if is_new_enough(&found) {
            return Ok(found);
        }
        let found = self.orders.by_id_surely(id).await?;
        if is_new_enough(&found) {
            return Ok(found);
        }
        Err(Problem::new(STORE_UNAVAILABLE).retry_after(1).because(format!("order {id} is recorded below {floor}")))
    }

    /// An order that the orders worker has not seen yet.
    async fn requested(&self, id: OrderId) -> Result<Option<Snapshot>, Problem> {
        Ok(self.requests.by_order(id).await?.map(|request| Snapshot {
            version: 0,
            view: StatusView {
                order_id: request.order_id,
                user_id: request.user_id,
                status: OrderStatus::Accepted,
                since: request.place.placed_at,
                reason: String::new(),
                payment: None,
            },
            source: Source::Record,
        }))
    }

    /// Puts what had to be looked up where the next reader finds it, beside the answer and as well as may be.
    fn put_back(&self, snapshot: &Snapshot) {
        if self.rest.is_on(Instant::now()) {
            return;
        }
        let Ok(body) = serde_json::to_vec(&snapshot.view) else { return };
        let entry = CacheEntry { id: snapshot.view.order_id.to_string(), version: snapshot.version, body };
        let (cache, rest) = (Arc::clone(&self.cache), Arc::clone(&self.rest));
        tokio::spawn(async move {
            if let Err(error) = cache.put(entry).await {
                rest.begin(Instant::now());
                tracing::debug!(%error, "status not put back into the cache");
            }
        });
    }
}

/// Keeps readers from waiting, one after the other, for a cache that has just kept one of them waiting.
#[derive(Default)]
struct Rest(Mutex<Option<Instant>>);

impl Rest {
    fn begin(&self, now: Instant) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(now + REST);
    }

    fn is_on(&self, now: Instant) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|until| now < until)
    }
}

/// The newest versions shown, for as many orders as fit: two generations, the older dropped when the younger is full.
#[derive(Default)]
struct Shown(Mutex<[HashMap<OrderId, i64>; 2]>);

/// Some 5 MB in all.
const GENERATION: usize = 50_000;

impl Shown {
    fn floor(&self, id: OrderId) -> i64 {
        let generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        generations.iter().filter_map(|shown| shown.get(&id)).copied().max().unwrap_or(0)
    }

    fn note(&self, id: OrderId, version: i64) {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let [young, old] = &mut *generations;
        if young.len() >= GENERATION && !young.contains_key(&id) {
            std::mem::swap(young, old);
            young.clear();
        }
        let newest = young.entry(id).or_insert(version);
        *newest = version.max(*newest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_that_failed_is_left_alone_for_a_second() {
        let (rest, now) = (Rest::default(), Instant::now());
        assert!(!rest.is_on(now));
        rest.begin(now);
        assert!(rest.is_on(now + Duration::from_millis(999)));
        assert!(!rest.is_on(now + REST));
    }

    #[test]
    fn the_newest_version_shown_is_remembered_and_memory_is_bounded() {
        let shown = Shown::default();
        let id = OrderId::generate();
        shown.note(id, 3);
        shown.note(id, 2);
        assert_eq!(shown.floor(id), 3);
        for _ in 0..GENERATION {
            shown.note(OrderId::generate(), 1);
        }
        assert_eq!(shown.floor(id), 3);
        for _ in 0..=GENERATION {
            shown.note(OrderId::generate(), 1);
        }
        assert_eq!(shown.floor(id), 0);
        assert!(shown.0.lock().unwrap().iter().all(|generation| generation.len() <= GENERATION));
    }
}
