//! Carts in the cache that all processes share, so that showing one asks no database.
//!
//! As with statuses: an entry is replaced by newer ones alone, and what was read from the record or written to it is put there
//! before it is shown. So nobody is shown an older cart than they were before, whichever process they ask. Without an entry, or
//! a cache that answers, the record is read.

use std::{sync::Arc, time::Duration};

use schemas::types::Timestamp;
use shared::versioned_cache::{CacheEntry, Ticket};
use tokio::{
    sync::Semaphore,
    time::{Instant, sleep},
};

use super::{Cart, CartId};
use crate::read_models::{Rest, SharedCache, Shown};

/// A cart that is forgotten so soon may begin anew while an entry lives.
const FORGOTTEN_SOON: Duration = Duration::from_secs(3_600);
/// How often the cache is told again what it did not hear, and for how long: then all entries from before are gone.
const TELL_AGAIN: Duration = Duration::from_millis(200);
const TELL_FOR: Duration = Duration::from_secs(60);
/// How many carts wait for it at once.
const MOST_UNTOLD: usize = 10_000;

/// The carts at hand.
pub(super) struct AtHand {
    cache: Arc<dyn SharedCache>,
    rest: Rest,
    shown: Shown<CartId>,
    untold: Arc<Semaphore>,
}

impl AtHand {
    pub(super) fn new(cache: Arc<dyn SharedCache>) -> Self {
        Self { cache, rest: Rest::default(), shown: Shown::default(), untold: Arc::new(Semaphore::new(MOST_UNTOLD)) }
    }

    /// The leave to keep what is read from the record from now on.
    pub(super) fn ticket(&self) -> Ticket {
        self.cache.ticket()
    }

    /// The cart, if it is there and no older than what this process has shown.
    pub(super) async fn get(&self, id: &CartId) -> Option<Cart> {
        if self.rest.is_on(std::time::Instant::now()) {
            return None;
        }
        let found = self.cache.get(id.as_str()).await.unwrap_or_else(|error| {
            self.rest.begin(std::time::Instant::now());
            tracing::debug!(%error, "the cache of carts does not answer");
            None
        })?;
        let cart: Cart = serde_json::from_slice(&found.body).ok()?;
        if cart.id != *id || found.version < self.shown.floor(id) {
            return None;
        }
        self.shown.note(id.clone(), found.version);
        Some(cart)
    }

    /// Before this cart is shown, which was read or written since the ticket was taken: nobody will be shown an older one.
    pub(super) async fn keep(&self, cart: &Cart, forget_at: Timestamp, ticket: &Ticket) {
        if let Some(entry) = entry(cart, forget_at, Timestamp::now()) {
            self.tell(&cart.id, entry, ticket).await;
        }
    }

    /// From now on nobody is shown what was kept of this cart until then.
    pub(super) async fn order_begun(&self, id: &CartId, version: i64) {
        let entry = CacheEntry { id: id.as_str().to_owned(), version: place(version, true), body: Vec::new() };
        self.tell(id, entry, &Ticket::default()).await;
    }

    async fn tell(&self, id: &CartId, entry: CacheEntry, ticket: &Ticket) {
        self.shown.note(id.clone(), entry.version);
        if !self.rest.is_on(std::time::Instant::now()) {
            match self.cache.put(std::slice::from_ref(&entry), ticket).await {
                Ok(()) => return,
                Err(error) => {
                    self.rest.begin(std::time::Instant::now());
                    tracing::debug!(%error, "a cart is not kept in the cache");
                }
            }
        }
        self.tell_later(entry);
    }

    /// Others may still find an older cart in the cache: as soon as it hears this process again, they do not.
    fn tell_later(&self, entry: CacheEntry) {
        let Ok(place) = Arc::clone(&self.untold).try_acquire_owned() else { return };
        let (cache, until) = (Arc::clone(&self.cache), Instant::now() + TELL_FOR);
        tokio::spawn(async move {
            let entry = CacheEntry { body: Vec::new(), ..entry };
            while Instant::now() < until {
                sleep(TELL_AGAIN).await;
                if cache.put(std::slice::from_ref(&entry), &Ticket::default()).await.is_ok() {
                    break;
                }
            }
            drop(place);
        });
    }
}

/// What is kept of a cart: none of one that nobody has changed yet, and no more than its version while an order of it may be
/// on record that it does not know of, or when it is soon forgotten.
fn entry(cart: &Cart, forget_at: Timestamp, now: Timestamp) -> Option<CacheEntry> {
    if cart.version == 0 {
        return None;
    }
    let stays = now.plus(FORGOTTEN_SOON) < forget_at;
    let body = if cart.ordering || !stays { Vec::new() } else { serde_json::to_vec(cart).ok()? };
    Some(CacheEntry { id: cart.id.as_str().to_owned(), version: place(cart.version, cart.ordering), body })
}

/// The beginning of an order counts no version of the cart, but what was kept before it must not be shown after it.
const fn place(version: i64, ordering: bool) -> i64 {
    version.saturating_mul(2).saturating_add(ordering as i64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use schemas::ids::UserId;

    use super::*;

    fn cart(version: i64, ordering: bool) -> Cart {
        Cart { version, ordering, ..Cart::empty(CartId::of_user(UserId::generate())) }
    }

    fn body(cart: &Cart, seconds_left: u64) -> Option<Vec<u8>> {
        let now = Timestamp::from_millis(1_000_000);
        entry(cart, now.plus(Duration::from_secs(seconds_left)), now).map(|entry| entry.body)
    }

    #[test]
    fn a_cart_is_kept_as_it_is_unless_it_may_be_another_without_a_new_version() {
        let plain = cart(3, false);
        assert_eq!(body(&plain, 7_200), Some(serde_json::to_vec(&plain).unwrap()));
        assert_eq!(body(&plain, 3_600), Some(Vec::new()), "it is soon forgotten");
        assert_eq!(body(&cart(3, true), 7_200), Some(Vec::new()), "it may be ordered");
        assert_eq!(body(&cart(0, false), 7_200), None, "it is not on record");
    }

    proptest! {
        #[test]
        fn whatever_is_written_takes_the_place_of_what_was_before(version in 0..1_000_i64, ordering: bool, after: bool) {
            // A change counts a version; the beginning of an order does not, and never ends without one.
            prop_assert!(place(version, false) < place(version, true));
            prop_assert!(place(version, ordering) < place(version + 1, after));
        }
    }
}
