//! Clients that wait for an order to move. The news from the cache bring the new status with them and wake only those who
//! wait for that order, so that ten thousand waiters cost nothing while other orders move, and none asks when its own does.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use schemas::ids::OrderId;
use shared::versioned_cache::News;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::read_models::Snapshot;

/// What was told last of each order that somebody waits for.
type Bells = HashMap<OrderId, watch::Sender<Option<Snapshot>>>;

/// All waiting clients. Cheap to clone.
#[derive(Clone)]
pub struct Watchers {
    bells: Arc<Mutex<Bells>>,
    places: Arc<Semaphore>,
}

/// One waiting client; leaves when dropped.
pub struct Watch {
    id: OrderId,
    bell: Option<watch::Receiver<Option<Snapshot>>>,
    bells: Arc<Mutex<Bells>>,
    _place: OwnedSemaphorePermit,
}

impl Watchers {
    /// Room for so many waiting clients.
    #[must_use]
    pub fn new(places: usize) -> Self {
        Self { bells: Arc::default(), places: Arc::new(Semaphore::new(places)) }
    }

    /// Starts waiting for news of `id`; `None` if there is no more room. What happens from now on is not missed.
    #[must_use]
    pub fn watch(&self, id: OrderId) -> Option<Watch> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        let bell = lock(&self.bells).entry(id).or_insert_with(|| watch::channel(None).0).subscribe();
        Some(Watch { id, bell: Some(bell), bells: Arc::clone(&self.bells), _place: place })
    }

    /// Tells whoever waits for this order. The news of all other orders, nearly all there are, are not even read.
    pub fn hear(&self, news: News<'_>) {
        let Ok(id) = news.id.parse() else { return };
        let Some(bell) = lock(&self.bells).get(&id).cloned() else { return };
        if let Some(snapshot) = Snapshot::read(id, news.version, news.body) {
            bell.send_replace(Some(snapshot));
        }
    }
}

impl Watch {
    /// The newest that was told since the last call, as soon as there is anything.
    pub async fn news(&mut self) -> Snapshot {
        if let Some(bell) = &mut self.bell {
            while bell.changed().await.is_ok() {
                if let Some(snapshot) = bell.borrow_and_update().clone() {
                    return snapshot;
                }
            }
        }
        // The bell outlives its listeners, so this does not happen; if it did, the caller's own clock wakes it.
        std::future::pending().await
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut bells = lock(&self.bells);
        self.bell = None;
        if bells.get(&self.id).is_some_and(|bell| bell.receiver_count() == 0) {
            bells.remove(&self.id);
        }
    }
}

fn lock(bells: &Mutex<Bells>) -> MutexGuard<'_, Bells> {
    bells.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use schemas::{documents::StatusView, ids::UserId, types::OrderStatus};
    use shared::time::Timestamp;

    use super::*;

    async fn heard(watch: &mut Watch) -> Option<i64> {
        tokio::time::timeout(Duration::from_millis(100), watch.news()).await.ok().map(|snapshot| snapshot.version)
    }

    fn tell(watchers: &Watchers, order_id: OrderId, version: i64) {
        let (user_id, since) = (UserId::generate(), Timestamp::from_millis(0));
        let (status, reason) = (OrderStatus::Packed, String::new());
        let view = StatusView { order_id, user_id, status, since, reason, payment: None, delayed: None };
        let body = serde_json::to_vec(&view).unwrap();
        watchers.hear(News { id: &order_id.to_string(), version, body: &body });
    }

    #[tokio::test]
    async fn news_reach_those_who_wait_for_that_order_alone_and_the_newest_counts() {
        let watchers = Watchers::new(8);
        let (one, other) = (OrderId::generate(), OrderId::generate());
        let (mut first, mut second) = (watchers.watch(one).unwrap(), watchers.watch(other).unwrap());
        tell(&watchers, one, 1);
        tell(&watchers, one, 2);
        assert_eq!(heard(&mut first).await, Some(2));
        assert_eq!(heard(&mut first).await, None);
        assert_eq!(heard(&mut second).await, None);
    }

    #[tokio::test]
    async fn who_comes_later_does_not_hear_what_was_told_before() {
        let watchers = Watchers::new(8);
        let order = OrderId::generate();
        let mut first = watchers.watch(order).unwrap();
        tell(&watchers, order, 1);
        let mut second = watchers.watch(order).unwrap();
        assert_eq!((heard(&mut first).await, heard(&mut second).await), (Some(1), None));
        tell(&watchers, order, 2);
        assert_eq!((heard(&mut first).await, heard(&mut second).await), (Some(2), Some(2)));
    }

    #[tokio::test]
    async fn room_is_bounded_and_comes_free_again() {
        let watchers = Watchers::new(1);
        let order = OrderId::generate();
        let first = watchers.watch(order).unwrap();
        assert!(watchers.watch(order).is_none());
        drop(first);
        assert!(watchers.watch(order).is_some());
        assert!(lock(&watchers.bells).is_empty());
    }

    #[tokio::test]
    async fn news_that_make_no_sense_wake_nobody() {
        let watchers = Watchers::new(1);
        let order = OrderId::generate();
        let mut watch = watchers.watch(order).unwrap();
        watchers.hear(News { id: &order.to_string(), version: 1, body: b"{}" });
        watchers.hear(News { id: "none", version: 1, body: b"{}" });
        assert_eq!(heard(&mut watch).await, None);
    }
}
