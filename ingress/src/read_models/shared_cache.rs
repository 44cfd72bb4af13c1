//! A cache that all ingress processes share, as they use it: what does not answer is as good as empty.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures::future::BoxFuture;
use shared::versioned_cache::{CacheEntry, CacheError, Cached, Ticket, VersionedCache};

/// Whatever keeps versions of something at hand for all processes.
pub trait SharedCache: Send + Sync + 'static {
    /// The entry of `id`, if there is one.
    fn get<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Cached>, CacheError>>;

    /// The entries of these ids, in their order.
    fn get_many<'a>(&'a self, ids: &'a [&'a str]) -> BoxFuture<'a, Result<Vec<Option<Cached>>, CacheError>>;

    /// The leave to keep what is read from the record from now on.
    fn ticket(&self) -> Ticket;

    /// Keeps entries unless newer ones are kept.
    fn put<'a>(&'a self, entries: &'a [CacheEntry], ticket: &'a Ticket) -> BoxFuture<'a, Result<(), CacheError>>;
}

impl SharedCache for VersionedCache {
    fn get<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Cached>, CacheError>> {
        Box::pin(Self::get(self, id))
    }

    fn get_many<'a>(&'a self, ids: &'a [&'a str]) -> BoxFuture<'a, Result<Vec<Option<Cached>>, CacheError>> {
        Box::pin(Self::get_many(self, ids))
    }

    fn ticket(&self) -> Ticket {
        Self::ticket(self)
    }

    fn put<'a>(&'a self, entries: &'a [CacheEntry], ticket: &'a Ticket) -> BoxFuture<'a, Result<(), CacheError>> {
        Box::pin(Self::put(self, entries, ticket))
    }
}

/// How long a cache that did not answer is left alone.
const REST: Duration = Duration::from_secs(1);

/// Keeps readers from waiting, one after the other, for a cache that has just kept one of them waiting.
#[derive(Default)]
pub struct Rest(Mutex<Option<Instant>>);

impl Rest {
    /// The cache did not answer.
    pub fn begin(&self, now: Instant) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(now + REST);
    }

    /// Whether it is left alone.
    pub fn is_on(&self, now: Instant) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|until| now < until)
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
}
