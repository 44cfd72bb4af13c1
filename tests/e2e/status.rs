//! I6 and the three ways to follow an order: asking again, waiting, listening.

use std::time::Duration;

use e2e::{Answer, Basket, Customer, PlacedOrder, catalog::PADS, gateways::Bank, run, shop};
use redis::AsyncCommands;
use reqwest::Method;
use schemas::types::OrderStatus as S;
use serde_json::Value;
use tokio::time::Instant;

async fn cash_order(shop: &e2e::Stack, customer: &Customer) -> PlacedOrder {
    customer.place(&Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by("cod")).await
}

fn version(status: &Value) -> i64 {
    status["version"].as_i64().unwrap_or_else(|| panic!("no version in {status}"))
}

#[test]
fn a_read_straight_after_the_acceptance_finds_the_order() {
    run(async {
        let shop = shop().await;
        let customer = shop.customer().await;
        for _ in 0..100 {
            let order = cash_order(&shop, &customer).await;
            customer.get(&order.path("/status")).await.expect(200);
            customer.get(&order.path("")).await.expect(200);
        }
    });
}

#[test]
fn an_unchanged_status_is_answered_304_and_a_changed_one_in_full() {
    run(async {
        let shop = shop().await;
        let order = cash_order(&shop, &shop.customer().await).await;
        order.reaches(S::Packed).await;
        let first = order.customer.get(&order.path("/status")).await;
        let tag = first.expect(200).header("etag").to_owned();
        assert!(!tag.is_empty());
        let again = || order.customer.request(Method::GET, &order.path("/status")).header("if-none-match", &tag);
        let unchanged = Answer::of(again()).await;
        assert!(unchanged.expect(304).body.is_empty());
        shop.gateways().deliver(&order.id).await;
        order.reaches(S::Delivered).await;
        let changed = Answer::of(again()).await;
        assert_ne!(changed.expect(200).header("etag"), tag);
        assert_eq!(changed.json()["status"], "delivered");
    });
}

#[test]
fn a_client_that_waits_is_answered_when_the_order_has_come_there() {
    run(async {
        let shop = shop().await;
        let order = shop.customer().await.place(&Basket::of(&shop.catalog, &[(PADS, 1)])).await;
        let prompt = order.payment_prompt().await;
        let path = order.path("/status?wait_for=confirmed&timeout=30");
        let pay = async {
            // The client waits by then: the other future was polled first.
            shop.gateways().pay(&prompt, Bank::Approves).await;
        };
        let (answer, ()) = futures::join!(order.customer.get(&path), pay);
        let status = answer.expect(200).json()["status"].as_str().unwrap_or_default().to_owned();
        assert!(["confirmed", "packed"].contains(&status.as_str()), "{status}");
    });
}

#[test]
fn a_client_that_waits_in_vain_is_answered_with_the_status_when_its_time_is_over() {
    run(async {
        let shop = shop().await;
        let order = shop.customer().await.place(&Basket::of(&shop.catalog, &[(PADS, 1)])).await;
        order.payment_prompt().await;
        let asked = Instant::now();
        let answer = order.customer.get(&order.path("/status?wait_for=paid&timeout=1")).await;
        assert_eq!(answer.expect(200).json()["status"], "awaiting_payment");
        assert!(asked.elapsed() >= Duration::from_secs(1));
        order.customer.get(&order.path("/status?wait_for=happy")).await.expect_problem(422, "validation_failed");
        order.customer.get(&order.path("/status?wait=paid")).await.expect_problem(422, "invalid_query");
    });
}

#[test]
fn a_stream_of_events_shows_every_version_forwards_and_ends_with_the_order() {
    run(async {
        let shop = shop().await;
        let order = cash_order(&shop, &shop.customer().await).await;
        let request = order.customer.request(Method::GET, &order.path("/events")).timeout(Duration::from_secs(90));
        let listen = async { Answer::of(request).await };
        let deliver = async {
            order.reaches(S::Packed).await;
            shop.gateways().deliver(&order.id).await;
        };
        let (stream, ()) = futures::join!(listen, deliver);
        assert_eq!(stream.expect(200).header("content-type"), "text/event-stream");
        let events = events(&stream.text());
        let versions: Vec<i64> = events.iter().map(version).collect();
        assert!(versions.windows(2).all(|pair| pair[0] < pair[1]), "{versions:?}");
        assert_eq!(events.last().map(|event| event["status"].clone()), Some("delivered".into()), "{events:?}");
        // A stream that begins after the end tells the end and closes.
        let late = order.customer.get(&order.path("/events")).await;
        assert_eq!(self::events(&late.text()).len(), 1);
    });
}

fn events(stream: &str) -> Vec<Value> {
    let data = stream.lines().filter_map(|line| line.strip_prefix("data:"));
    data.map(|data| serde_json::from_str(data).unwrap_or_else(|error| panic!("{error} in {data}"))).collect()
}

/// Reads until the order ends; no read may show an older version than the one before.
async fn follow_forwards(order: &PlacedOrder) -> Vec<i64> {
    let until = Instant::now() + e2e::wait::PATIENCE;
    let mut versions = Vec::new();
    while Instant::now() < until {
        let status = order.status().await;
        let now = version(&status);
        assert!(versions.last().is_none_or(|before| *before <= now), "{now} after {versions:?}: {status}");
        versions.push(now);
        if status["status"] == "delivered" {
            return versions;
        }
    }
    panic!("order {} is not delivered in time", order.id);
}

#[test]
fn a_status_never_goes_backwards_while_the_cache_is_flushed_and_old_entries_come_back() {
    run(async {
        let shop = shop().await;
        let order = cash_order(&shop, &shop.customer().await).await;
        let store = shop.store();
        let key = store.status_key(&order.id).await;
        order.reaches(S::Packed).await;
        let old = store.status_entry(&order).await;
        let disturb = async {
            let mut cache = store.cache().await;
            for _ in 0..20 {
                let _: () = cache.set(&key, &old).await.unwrap();
                tokio::time::sleep(Duration::from_millis(20)).await;
                let _: i64 = cache.del(&key).await.unwrap();
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            shop.gateways().deliver(&order.id).await;
            order.reaches(S::Delivered).await;
            let _: () = cache.set(&key, &old).await.unwrap();
        };
        let (versions, ()) = futures::join!(follow_forwards(&order), disturb);
        let last = order.status().await;
        assert_eq!(last["status"], "delivered", "an entry from an old snapshot is not believed");
        assert!(version(&last) >= *versions.last().unwrap());
    });
}

#[test]
fn after_the_cache_is_flushed_every_status_is_right() {
    run(async {
        let shop = shop().await;
        let customer = shop.customer().await;
        let delivered = cash_order(&shop, &customer).await;
        delivered.reaches(S::Packed).await;
        shop.gateways().deliver(&delivered.id).await;
        delivered.reaches(S::Delivered).await;
        let waiting = customer.place(&Basket::of(&shop.catalog, &[(PADS, 1)])).await;
        let prompt = waiting.payment_prompt().await;
        shop.store().flush_cache().await;
        assert_eq!(delivered.status().await["status"], "delivered");
        assert_eq!(waiting.status().await["payment"], prompt, "what the customer needs to pay is still there");
    });
}
