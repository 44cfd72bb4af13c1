//! The search index of this process: what answers, and what keeps it fresh.

mod feed;
mod mark;
mod record;
mod shelf;
mod volume;

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Instant,
};

use catalog_search::{Found, Page, SearchError, SearchIndex, Wanted};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::problem::{INTERNAL, OVERLOADED, Problem, SEARCH_NOT_READY, STORE_UNAVAILABLE, VALIDATION_FAILED};

pub use feed::Feed;
pub use record::Record;
pub use shelf::Shelf;

/// Answers searches, a bounded number at once: each takes a core for a moment.
pub struct Search {
    served: RwLock<Option<SearchIndex>>,
    at_once: Arc<Semaphore>,
    queue: Arc<Semaphore>,
}

impl Search {
    /// Does `at_once` searches at a time and lets `waiting` more wait; answers once it has something to serve.
    #[must_use]
    pub fn new(at_once: usize, waiting: usize) -> Self {
        Self {
            served: RwLock::default(),
            at_once: Arc::new(Semaphore::new(at_once)),
            queue: Arc::new(Semaphore::new(at_once + waiting)),
        }
    }

    /// Answers from this index from now on.
    pub fn serve(&self, index: SearchIndex) {
        *self.served.write().unwrap_or_else(PoisonError::into_inner) = Some(index);
    }

    /// Whether there is an index to answer from.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.index().is_some()
    }

    fn index(&self) -> Option<SearchIndex> {
        self.served.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Finds a page of what is wanted.
    ///
    /// # Errors
    /// A problem for a text that cannot be searched for, when too many wait, and when there is no index yet.
    pub async fn find(&self, wanted: Wanted, page: Page) -> Result<Found, Problem> {
        let index = self.index().ok_or_else(|| Problem::new(SEARCH_NOT_READY).retry_after(5))?;
        let places = self.take_place().await?;
        let begun = Instant::now();
        let searching = tokio::task::spawn_blocking(move || {
            let _held_until_done = places;
            index.search(&wanted, &page)
        });
        let found = searching.await.map_err(|error| Problem::new(INTERNAL).because(error))?;
        metrics::histogram!("search_seconds").record(begun.elapsed().as_secs_f64());
        found.map_err(|error| match error {
            SearchError::TooLong(long) => Problem::field(VALIDATION_FAILED, "q", long.to_string()),
            broken => Problem::new(STORE_UNAVAILABLE).because(broken),
        })
    }

    /// The places travel with the work: a client that goes away does not make room while its answer is still sought.
    async fn take_place(&self) -> Result<[OwnedSemaphorePermit; 2], Problem> {
        let queued = Arc::clone(&self.queue)
            .try_acquire_owned()
            .map_err(|_| Problem::new(OVERLOADED).detail("too many people are searching").retry_after(1))?;
        let turn = Arc::clone(&self.at_once).acquire_owned().await;
        Ok([queued, turn.map_err(|error| Problem::new(INTERNAL).because(error))?])
    }
}
