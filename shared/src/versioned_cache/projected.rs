//! A cache as a worker's projection writes it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{CacheEntry, CacheError, Ticket, VersionedCache};

/// What a worker keeps in a cache of each aggregate that it changes.
pub struct Projected {
    cache: VersionedCache,
    /// From when everything was kept that had changed by then, and so from before whatever has changed since was written.
    ticket: Mutex<Ticket>,
}

impl Projected {
    /// Writes into this cache.
    #[must_use]
    pub fn into_cache(cache: VersionedCache) -> Self {
        Self { cache, ticket: Mutex::default() }
    }

    /// Keeps what has changed since the last call that did not fail, and what that one could not keep.
    ///
    /// # Errors
    /// [`CacheError`] when Redis does not answer.
    pub async fn keep(&self, entries: &[CacheEntry]) -> Result<(), CacheError> {
        let ticket = self.lock().clone();
        self.cache.put(entries, &ticket).await?;
        *self.lock() = self.cache.ticket();
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Ticket> {
        self.ticket.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
