//! Projections and the cache they feed.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use shared::{
    engine::{Changed, Projection},
    versioned_cache::{CacheEntry, News, VersionedCache},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::toy::{Tally, Toy, World, redis_url};

/// Fails a few times, then keeps what it is offered.
#[derive(Clone, Default)]
struct Flaky {
    failures_left: Arc<Mutex<u32>>,
    kept: Arc<Mutex<HashMap<String, (i64, i64)>>>,
}

impl Projection<Tally> for Flaky {
    async fn project(&self, changed: &[Changed<'_, Tally>]) -> Result<(), String> {
        let mut left = self.failures_left.lock().expect("no panic while held");
        if *left > 0 {
            *left -= 1;
            return Err("down".to_owned());
        }
        let mut kept = self.kept.lock().expect("no panic while held");
        kept.extend(changed.iter().map(|change| (change.id.to_owned(), (change.version, change.state.sum))));
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_projection_that_was_down_is_offered_the_newest_version() {
    let world = World::new().await;
    let projection = Flaky { failures_left: Arc::new(Mutex::new(2)), ..Flaky::default() };
    let worker = world.start_projecting(projection.clone());
    world.send(&[("1", "a", Toy::Add(1))]).await;
    world.until_sum(1).await;
    world.send(&[("2", "a", Toy::Add(2))]).await;
    world.until_sum(3).await;
    for _ in 0..100 {
        if projection.kept.lock().expect("no panic while held").get("a").is_some_and(|(_, sum)| *sum == 3) {
            worker.stop().await;
            return world.end().await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("never projected: {:?}", projection.kept.lock().expect("no panic while held"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_of_the_cache_never_goes_back_to_an_older_version() {
    let cache = VersionedCache::connect(&redis_url(), &format!("t{}", Uuid::now_v7().simple())).expect("a URL");
    let entry = |version: i64| CacheEntry { id: "x".to_owned(), version, body: version.to_string().into_bytes() };
    cache.put(&[entry(9)]).await.expect("Redis");
    cache.put(&[entry(10), entry(2)]).await.expect("Redis");
    cache.put(&[entry(9)]).await.expect("Redis");
    assert_eq!(cache.get("x").await.expect("Redis").map(|kept| kept.version), Some(10));
    assert_eq!(cache.get("y").await.expect("Redis"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_in_the_cache_is_news_to_those_who_watch() {
    let cache = VersionedCache::connect(&redis_url(), &format!("t{}", Uuid::now_v7().simple())).expect("a URL");
    let end = CancellationToken::new();
    let (heard, mut news) = tokio::sync::mpsc::unbounded_channel();
    let (following, ended) = (cache.clone(), end.clone());
    let following = tokio::spawn(async move {
        let hear = |news: News<'_>| drop(heard.send((news.id.to_owned(), news.version, news.body.to_vec())));
        following.follow(ended, hear).await;
    });
    // The subscription may not stand yet when the first change is made; a later one is heard.
    for version in 1.. {
        cache.put(&[CacheEntry { id: "x".to_owned(), version, body: b"as it is: {}".to_vec() }]).await.expect("Redis");
        let heard = tokio::time::timeout(std::time::Duration::from_millis(200), news.recv()).await;
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
