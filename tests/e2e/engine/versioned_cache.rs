//! The cache in Redis: its entries go forwards, whatever Redis forgets and whatever comes back to it.

use std::time::Duration;

use e2e::Environment;
use shared::versioned_cache::{CacheEntry, News, Ticket, VersionedCache};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// The cache of one process.
pub fn cache(url: &str, prefix: &str) -> VersionedCache {
    VersionedCache::connect(url, prefix).expect("a URL")
}

/// One that nobody else uses.
fn shared_cache() -> VersionedCache {
    cache(&Environment::get().redis_url, &format!("t{}", Uuid::now_v7().simple()))
}

fn entry(version: i64) -> CacheEntry {
    CacheEntry { id: "x".to_owned(), version, body: version.to_string().into_bytes() }
}

/// A leave to keep what is read from now on, as soon as there is one.
pub async fn ticket(cache: &VersionedCache) -> Ticket {
    cache.settled().await.expect("Redis");
    cache.ticket()
}

pub async fn keep(cache: &VersionedCache, version: i64, ticket: &Ticket) {
    cache.put(&[entry(version)], ticket).await.expect("Redis");
}

pub async fn kept(cache: &VersionedCache) -> Option<i64> {
    cache.get("x").await.expect("Redis").map(|kept| kept.version)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_of_the_cache_never_goes_back_to_an_older_version() {
    let cache = shared_cache();
    let ticket = ticket(&cache).await;
    keep(&cache, 9, &ticket).await;
    cache.put(&[entry(10), CacheEntry { id: "z".to_owned(), ..entry(2) }], &ticket).await.expect("Redis");
    keep(&cache, 9, &ticket).await;
    assert_eq!(kept(&cache).await, Some(10));
    assert_eq!(cache.get("y").await.expect("Redis"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_without_a_ticket_is_not_believed_but_keeps_out_what_is_older() {
    let cache = shared_cache();
    let ticket = ticket(&cache).await;
    keep(&cache, 8, &ticket).await;
    keep(&cache, 9, &Ticket::default()).await;
    assert_eq!(kept(&cache).await, None);
    keep(&cache, 8, &ticket).await;
    assert_eq!(kept(&cache).await, None);
    keep(&cache, 9, &ticket).await;
    assert_eq!(kept(&cache).await, Some(9));
    keep(&cache, 9, &Ticket::default()).await;
    assert_eq!(kept(&cache).await, Some(9), "it was believed before");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_in_the_cache_is_news_to_those_who_watch() {
    let cache = shared_cache();
    let end = CancellationToken::new();
    let (heard, mut news) = tokio::sync::mpsc::unbounded_channel();
    let (following, ended) = (cache.clone(), end.clone());
    let following = tokio::spawn(async move {
        let hear = |news: News<'_>| drop(heard.send((news.id.to_owned(), news.version, news.body.to_vec())));
        following.follow(ended, hear).await;
    });
    // The subscription may not stand yet when the first change is made; a later one is heard.
    for version in 1.. {
        let entry = CacheEntry { id: "x".to_owned(), version, body: b"as it is: {}".to_vec() };
        cache.put(&[entry], &Ticket::default()).await.expect("Redis");
        let heard = tokio::time::timeout(Duration::from_millis(200), news.recv()).await;
        if let Ok(Some((id, told, body))) = heard {
            assert_eq!((id.as_str(), body.as_slice()), ("x", b"as it is: {}".as_slice()));
            assert!((1..=version).contains(&told));
            break;
        }
        assert!(version < 50, "no news within ten seconds");
    }
    end.cancel();
    following.await.expect("follows until told to stop");
}
