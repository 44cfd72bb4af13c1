//! I6 while Redis dies, is flushed, or comes back with what it knew long ago: on a Redis of each test's own.

mod rates;

use std::time::Duration;

use e2e::{
    Basket, Customer, PlacedOrder, Setup,
    catalog::PADS,
    checker::{self, Facts},
    eventually,
    own_redis::OwnRedis,
    run,
    sampling::StatusSampler,
    shop,
};
use schemas::types::OrderStatus::{Delivered, Packed};
use serde_json::json;
use shared::versioned_cache::Ticket;

use crate::engine::versioned_cache::{cache, keep, kept, ticket};

#[test]
fn an_old_status_that_redis_was_restored_with_is_not_believed_by_a_new_ingress() {
    run(async {
        let redis = OwnRedis::start().await;
        let shop = Setup::new("restored").set("SPAREPARTS_REDIS__URL", &redis.url()).start().await;
        let order = shop.customer().await.place(&Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by("cod")).await;
        let sampler = StatusSampler::start(3);
        sampler.followed().follow(order.clone());
        order.reaches(Packed).await;
        eventually("the status is in Redis", async || status_in(&redis, &order, "packed").await).await;
        let _: String = redis.tell(&["SAVE"]).await;
        shop.gateways().deliver(&order.id).await;
        order.reaches(Delivered).await;
        sampler.read_on(&order).await;
        shop.kill("ingress");
        redis.kill();
        redis.start_again().await;
        status_in(&redis, &order, "packed").await.expect("the old status came back");
        shop.start_again("ingress");
        shop.ready("ingress").await;
        sampler.read_on(&order).await;
        let reads = sampler.stop().await;
        assert_eq!(checker::check(&Facts { reads, ..Facts::default() }), []);
    });
}

/// Whether Redis knows the order as being in this status.
async fn status_in(redis: &OwnRedis, order: &PlacedOrder, status: &str) -> Result<(), String> {
    for key in redis.tell::<Vec<String>>(&["KEYS", &format!("*:{}", order.id)]).await {
        let entry: Option<String> = redis.tell(&["GET", &key]).await;
        if entry.is_some_and(|entry| entry.contains(&format!("\"{status}\""))) {
            return Ok(());
        }
    }
    Err(format!("no entry says {status}"))
}

#[test]
fn an_ingress_to_which_redis_is_away_when_it_starts_serves_all_the_same() {
    run(async {
        let shop = shop().await;
        let customer = shop.customer().await;
        let order = customer.place(&Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by("cod")).await;
        order.reaches(Packed).await;
        let api = shop.begin_another_ingress(&[("SPAREPARTS_REDIS__URL", "redis://127.0.0.1:1/")]);
        shop.ready("ingress-2").await;
        let there = customer.at(&api);
        let listed = there.get("/orders").await.expect(200).json();
        assert_eq!(listed["items"][0]["order_id"], order.id, "{listed}");
        let found = there.get(&format!("/products?sku={PADS}")).await.expect(200).json();
        assert_eq!(found["items"][0]["sku"], PADS, "{found}");
        let status = there.order(&order.id).status().await;
        assert_eq!((&status["status"], &status["version"]), (&json!("packed"), &order.status().await["version"]));
        let again = Customer::log_in(shop.http().clone(), &api, customer.email()).await;
        let another = again.place(&Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by("cod")).await;
        another.reaches(Packed).await;
        shop.terminate("ingress-2");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_from_before_redis_was_started_is_found_or_believed() {
    let redis = OwnRedis::start().await;
    let old = cache(&redis.url(), "p");
    let before = ticket(&old).await;
    keep(&old, 1, &before).await;
    let _: String = redis.tell(&["SAVE"]).await;
    keep(&old, 2, &before).await;
    redis.kill();
    redis.start_again().await;
    let all: Vec<String> = redis.tell(&["KEYS", "p:*"]).await;
    assert_eq!(all.len(), 1, "the snapshot was read: {all:?}");
    // One process whose connection is older than the server, which it finds out at the first question, and one that is new.
    let new = cache(&redis.url(), "p");
    assert_eq!((kept(&old).await, kept(&new).await), (None, None));
    keep(&old, 1, &before).await;
    assert_eq!((kept(&old).await, kept(&new).await), (None, None), "the ticket is from before");
    assert_eq!(new.ticket(), Ticket::default(), "a moment ago somebody may have found Redis away");
    let after = ticket(&new).await;
    keep(&new, 2, &after).await;
    assert_eq!((kept(&old).await, kept(&new).await), (Some(2), Some(2)));
}

/// One has read a version, another is shown a newer one, Redis is flushed, and then comes the first one's write.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_before_redis_was_flushed_is_not_believed_after() {
    let redis = OwnRedis::start().await;
    let (slow, other) = (cache(&redis.url(), "p"), cache(&redis.url(), "p"));
    let before = ticket(&slow).await;
    keep(&other, 2, &ticket(&other).await).await;
    assert_eq!(kept(&slow).await, Some(2));
    let _: String = redis.tell(&["FLUSHALL"]).await;
    keep(&slow, 1, &before).await;
    assert_eq!((kept(&slow).await, kept(&other).await), (None, None));
    let after = ticket(&slow).await;
    keep(&slow, 2, &after).await;
    assert_eq!(kept(&other).await, Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_is_away_is_an_error_at_once_and_found_again_when_it_is_back() {
    let redis = OwnRedis::start().await;
    let cache = cache(&redis.url(), "p");
    assert_eq!(kept(&cache).await, None);
    redis.kill();
    let asked = tokio::time::Instant::now();
    let answers = futures::future::join_all((0..100).map(|_| cache.get("x"))).await;
    assert!(answers.iter().all(Result::is_err));
    assert!(asked.elapsed() < Duration::from_secs(2), "they share one attempt to connect: {:?}", asked.elapsed());
    redis.start_again().await;
    assert_eq!(kept(&cache).await, None);
}
