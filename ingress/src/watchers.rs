//! Clients that wait for an order to move. One listener takes the news from the cache and wakes only those who wait for
//! that order, so that ten thousand waiters cost nothing while other orders move.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, watch};
use tokio_util::sync::CancellationToken;

type Bells = Mutex<HashMap<String, watch::Sender<()>>>;

/// All waiting clients. Cheap to clone.
#[derive(Clone)]
pub struct Watchers {
    bells: Arc<Bells>,
    places: Arc<Semaphore>,
}

/// One waiting client; leaves when dropped.
pub struct Watch {
    id: String,
    bell: Option<watch::Receiver<()>>,
    bells: Arc<Bells>,
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
    pub fn watch(&self, id: &str) -> Option<Watch> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        let bell = lock(&self.bells).entry(id.to_owned()).or_insert_with(|| watch::channel(()).0).subscribe();
        Some(Watch { id: id.to_owned(), bell: Some(bell), bells: Arc::clone(&self.bells), _place: place })
    }

    /// Wakes whoever waits for `id`.
    pub fn wake(&self, id: &str) {
        if let Some(bell) = lock(&self.bells).get(id) {
            bell.send_replace(());
        }
    }

    /// Passes news on until shutdown or until there is no more. News that were missed wake everybody: each then looks.
    pub async fn listen(self, mut news: broadcast::Receiver<String>, shutdown: CancellationToken) {
        while let Some(heard) = shutdown.run_until_cancelled(news.recv()).await {
            match heard {
                Ok(id) => self.wake(&id),
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    lock(&self.bells).values().for_each(|bell| bell.send_replace(()));
                }
                Err(broadcast::error::RecvError::Closed) => return,
            }
        }
    }
}

impl Watch {
    /// Returns when there is news since the last call.
    pub async fn news(&mut self) {
        let Some(bell) = &mut self.bell else { return std::future::pending().await };
        if bell.changed().await.is_err() {
            // The bell outlives its listeners, so this does not happen; if it did, the caller's own clock wakes it.
            std::future::pending::<()>().await;
        }
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

fn lock(bells: &Bells) -> MutexGuard<'_, HashMap<String, watch::Sender<()>>> {
    bells.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    async fn hears(watch: &mut Watch) -> bool {
        tokio::time::timeout(Duration::from_millis(100), watch.news()).await.is_ok()
    }

    #[tokio::test]
    async fn news_wake_those_who_wait_for_that_order_alone() {
        let watchers = Watchers::new(8);
        let (mut one, mut other) = (watchers.watch("one").unwrap(), watchers.watch("other").unwrap());
        watchers.wake("one");
        assert!(hears(&mut one).await);
        assert!(!hears(&mut one).await);
        assert!(!hears(&mut other).await);
    }

    #[tokio::test]
    async fn room_is_bounded_and_comes_free_again() {
        let watchers = Watchers::new(1);
        let first = watchers.watch("one").unwrap();
        assert!(watchers.watch("one").is_none());
        drop(first);
        assert!(watchers.watch("one").is_some());
        assert!(lock(&watchers.bells).is_empty());
    }

    #[tokio::test]
    async fn news_arrive_from_the_cache_and_missed_news_wake_everybody() {
        let watchers = Watchers::new(8);
        let (news, receiver) = broadcast::channel(1);
        let mut watch = watchers.watch("one").unwrap();
        news.send("other".to_owned()).unwrap();
        news.send("another".to_owned()).unwrap();
        let listening = tokio::spawn(watchers.clone().listen(receiver, CancellationToken::new()));
        assert!(hears(&mut watch).await);
        news.send("one".to_owned()).unwrap();
        assert!(hears(&mut watch).await);
        drop(news);
        listening.await.unwrap();
    }
}
