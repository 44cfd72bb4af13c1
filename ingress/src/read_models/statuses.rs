//! Where an order stands: from the cache in Redis, else from the record, else from the request that made it.
//!
//! Status never goes backwards, whichever process is asked. What the record had to be asked for is put into the cache before
//! it is shown, so that no other process finds an older version there; the cache sees to it that this stays so when Redis
//! forgets, or is given back what it had forgotten. A process that Redis does not answer cannot do that: so each remembers
//! the versions it has shown and asks the record whenever the cache is behind them, and the client's own ETag does the same
//! across processes.

use std::{sync::Arc, time::Instant};

use schemas::ids::OrderId;
use shared::versioned_cache::{CacheEntry, Ticket};
use tokio::sync::Semaphore;

use super::{
    OrderDocument, OrderRequests, Orders, Snapshot,
    shared_cache::{Rest, SharedCache},
    shown::Shown,
};
use crate::problem::{OVERLOADED, Problem, STORE_UNAVAILABLE};

/// Where orders stand.
pub struct Statuses {
    cache: Arc<dyn SharedCache>,
    orders: Orders,
    requests: OrderRequests,
    shown: Shown<OrderId>,
    rest: Rest,
    /// Places for reading the record: without the cache all readers come here, and those who order must not wait for them.
    places: Semaphore,
}

impl Statuses {
    /// Statuses from these sources, with room for so many reads of the record at once.
    #[must_use]
    pub fn new(cache: Arc<dyn SharedCache>, orders: Orders, requests: OrderRequests, places: usize) -> Self {
        let places = Semaphore::new(places);
        Self { cache, orders, requests, shown: Shown::default(), rest: Rest::default(), places }
    }

    /// Where the order stands, at `at_least` this version if the record knows it; `None` if there is no such order.
    ///
    /// # Errors
    /// A problem when no source answers, when too many read the record, or when it is behind what was shown before.
    pub async fn read(&self, id: OrderId, at_least: i64) -> Result<Option<Snapshot>, Problem> {
        let cached = self.cached(id).await.unwrap_or_default();
        self.cached_or_recorded(id, at_least, cached).await
    }

    /// The same for one who knows the status of a moment ago and is waiting for the next: `None` too while the cache does
    /// not answer. Ten thousand waiting clients would keep the record from answering those who know nothing yet, and what
    /// is waited for is told in the news as soon as the cache is back.
    ///
    /// # Errors
    /// As [`Statuses::read`].
    pub async fn look(&self, id: OrderId, at_least: i64) -> Result<Option<Snapshot>, Problem> {
        match self.cached(id).await {
            Ok(cached) => self.cached_or_recorded(id, at_least, cached).await,
            Err(Resting) => Ok(None),
        }
    }

    /// What is told in the news, if it may be shown to one who knows the version `known`, or has asked for `at_least`.
    #[must_use]
    pub fn heard(&self, news: Snapshot, known: Option<i64>, at_least: i64) -> Option<Snapshot> {
        let id = news.view.order_id;
        let fits = is_news(news.version, known, at_least, self.shown.floor(&id));
        fits.then(|| self.shown.note(id, news.version)).map(|()| news)
    }

    /// Whether nothing newer than this has been shown.
    #[must_use]
    pub fn is_newest_shown(&self, snapshot: &Snapshot) -> bool {
        snapshot.version >= self.shown.floor(&snapshot.view.order_id)
    }

    /// The leave to show what is read from the record from now on: see [`Statuses::showing`].
    #[must_use]
    pub fn ticket(&self) -> Ticket {
        self.cache.ticket()
    }

    /// Before these are shown, which were read from the record since the ticket was taken: no status from before them will
    /// be. If the cache does not answer, not by this process.
    pub async fn showing(&self, snapshots: &[Snapshot], ticket: &Ticket) {
        for snapshot in snapshots {
            self.note(snapshot.view.order_id, snapshot.version);
        }
        self.keep(snapshots, ticket).await;
    }

    /// Remembers that a version was shown.
    pub fn note(&self, id: OrderId, version: i64) {
        self.shown.note(id, version);
    }

    async fn cached_or_recorded(
        &self,
        id: OrderId,
        at_least: i64,
        cached: Option<Snapshot>,
    ) -> Result<Option<Snapshot>, Problem> {
        let floor = at_least.max(self.shown.floor(&id));
        let snapshot = match cached {
            Some(snapshot) if snapshot.version >= floor => Some(snapshot),
            _ => self.recorded(id).await?,
        };
        if let Some(snapshot) = &snapshot {
            self.shown.note(id, snapshot.version);
        }
        Ok(snapshot)
    }

    /// A cache that does not answer sensibly is a cache that knows nothing.
    async fn cached(&self, id: OrderId) -> Result<Option<Snapshot>, Resting> {
        if self.rest.is_on(Instant::now()) {
            return Err(Resting);
        }
        let found = self.cache.get(&id.to_string()).await.map_err(|error| {
            self.rest.begin(Instant::now());
            metrics::counter!("status_cache_failures_total").increment(1);
            tracing::debug!(%error, "the status cache does not answer");
            Resting
        })?;
        Ok(found.and_then(|found| Snapshot::read(id, found.version, &found.body)))
    }

    async fn recorded(&self, id: OrderId) -> Result<Option<Snapshot>, Problem> {
        let full = |_| {
            metrics::counter!("status_reads_shed_total").increment(1);
            Problem::new(OVERLOADED).detail("too many statuses are being read at once").retry_after(2)
        };
        let place = self.places.try_acquire().map_err(full)?;
        let ticket = self.ticket();
        let snapshot = match self.order(id).await? {
            Some(order) => Some(Snapshot::of_order(&order)),
            None => self.requested(id).await?,
        };
        drop(place);
        self.keep(snapshot.as_slice(), &ticket).await;
        Ok(snapshot)
    }

    /// The order as recorded, never one from before what was shown. A client's ETag is no reason to ask twice: it can be
    /// made up.
    async fn order(&self, id: OrderId) -> Result<Option<OrderDocument>, Problem> {
        let floor = self.shown.floor(&id);
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
        Ok(self.requests.by_order(id).await?.as_ref().map(Snapshot::of_request))
    }

    /// Puts what was read where the next reader finds it, as well as may be. The cache keeps what is newer.
    pub async fn keep(&self, snapshots: &[Snapshot], ticket: &Ticket) {
        let entries: Vec<CacheEntry> = snapshots.iter().filter_map(Snapshot::entry).collect();
        if entries.is_empty() || self.rest.is_on(Instant::now()) {
            return;
        }
        if let Err(error) = self.cache.put(&entries, ticket).await {
            self.rest.begin(Instant::now());
            tracing::debug!(%error, "status not kept in the cache");
        }
    }
}

/// The cache has not answered, now or a moment ago.
struct Resting;

/// Whether a version may be shown as news. What the client has asked for counts only while nothing is known: its ETag can
/// be made up, and what was found at the beginning was no older than the record.
fn is_news(version: i64, known: Option<i64>, at_least: i64, shown: i64) -> bool {
    version >= shown && known.map_or(version >= at_least, |known| version > known)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn news_never_go_back_behind_what_was_shown_or_is_known(
            version in 0_i64..9, known in proptest::option::of(0_i64..9), at_least in 0_i64..9, shown in 0_i64..9,
        ) {
            let told = is_news(version, known, at_least, shown);
            prop_assert!(!told || version >= shown);
            match known {
                Some(known) => prop_assert_eq!(told, version > known && version >= shown),
                None => prop_assert_eq!(told, version >= at_least.max(shown)),
            }
        }
    }
}
