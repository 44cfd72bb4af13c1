//! Carts: what their customer is told of prices, before and when they order; and by two processes of one shop.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use schemas::{documents::Product, ids::UserId, types::Money};
use serde_json::{Value, json};

use crate::{
    samples::{body, drop_record, placed, product, put_product},
    testing::Bench,
};

/// The price by which orders are taken is at most this old.
const PRICES_LAST: Duration = Duration::from_millis(1_100);

async fn put_in(bench: &Bench, user: UserId, product: &Product, quantity: u32) -> Value {
    let item = json!({ "product_id": product.product_id, "quantity": quantity });
    let (status, cart) = bench.asked_by(user, "POST", "/cart/items", &[], &item).await;
    assert_eq!(status, 201, "{cart}");
    cart
}

/// What its only item costs now, and what it cost when it was put in.
async fn prices(bench: &Bench, user: UserId) -> (i64, Value) {
    let (status, cart) = bench.asked_by(user, "GET", "/cart", &[], &Value::Null).await;
    assert_eq!(status, 200, "{cart}");
    let offer = &cart["items"][0]["offer"];
    (offer["unit_price"]["minor"].as_i64().unwrap(), offer["price_was"].clone())
}

async fn reprice(bench: &Bench, part: &mut Product, paise: i64) {
    part.price = Money::inr(paise);
    part.revision += 1;
    put_product(bench, part).await;
}

#[tokio::test]
async fn a_cart_tells_what_a_product_cost_when_it_was_put_in_while_that_is_another_price() {
    let bench = Bench::on_record().await;
    let (user, mut part) = (UserId::generate(), product("BRK-PAD", 120_000));
    put_product(&bench, &part).await;
    let cart = put_in(&bench, user, &part, 1).await;
    assert_eq!(cart["items"][0]["offer"]["price_was"], Value::Null);
    let before = json!({ "minor": 120_000, "currency": "INR" });
    for (paise, was) in [(130_000, before.clone()), (110_000, before), (120_000, Value::Null)] {
        reprice(&bench, &mut part, paise).await;
        assert_eq!(prices(&bench, user).await, (paise, was));
    }
    reprice(&bench, &mut part, 130_000).await;
    let item = format!("/cart/items/{}", part.product_id);
    let (status, cart) = bench.asked_by(user, "PATCH", &item, &[], &json!({ "quantity": 2 })).await;
    assert_eq!((status, &cart["items"][0]["offer"]["price_was"]), (200, &Value::Null), "they have seen the new one");
    drop_record(&bench).await;
}

#[tokio::test]
async fn an_order_at_a_price_that_is_another_by_now_is_taken_once_its_customer_says_the_new_total() {
    let bench = Bench::on_record().await;
    let (user, mut part) = (UserId::generate(), product("BRK-PAD", 120_000));
    put_product(&bench, &part).await;
    let version = put_in(&bench, user, &part, 2).await["version"].clone();
    let mut wish = body(&part, 2);
    wish.as_object_mut().unwrap().remove("items");
    wish["cart_version"] = version;
    let (status, quote) = bench.asked_by(user, "POST", "/checkout/quote", &[], &wish).await;
    assert_eq!((status, &quote["totals"]["grand_total"]["minor"]), (200, &json!(318_200)), "{quote}");
    reprice(&bench, &mut part, 125_000).await;
    tokio::time::sleep(PRICES_LAST).await;
    wish["expected_total_minor"] = quote["totals"]["grand_total"]["minor"].clone();
    let (status, drifted) = bench.asked_by(user, "POST", "/orders", &[("idempotency-key", "a")], &wish).await;
    assert_eq!((status, drifted["code"].as_str()), (409, Some("total_changed")), "{drifted}");
    let now = &drifted["quote"];
    assert_eq!((&now["totals"]["grand_total"]["minor"], placed(&bench).len()), (&json!(331_000), 0), "{now}");
    assert_eq!(now["lines"][0]["unit_price"]["minor"], 125_000);
    wish["expected_total_minor"] = now["totals"]["grand_total"]["minor"].clone();
    let (status, taken) = bench.asked_by(user, "POST", "/orders", &[("idempotency-key", "b")], &wish).await;
    assert_eq!((status, placed(&bench).len()), (202, 1), "{taken}");
    drop_record(&bench).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_clicks_of_a_customer_at_once_all_count() {
    let one = Arc::new(Bench::on_record().await);
    let other = Arc::new(one.beside());
    let (user, part) = (UserId::generate(), product("P-1", 100));
    put_product(&one, &part).await;
    let item = json!({ "product_id": part.product_id, "quantity": 1 });
    let clicks = (0..20).map(|n| {
        let (bench, item) = (Arc::clone(if n % 2 == 0 { &one } else { &other }), item.clone());
        tokio::spawn(async move { bench.asked_by(user, "POST", "/cart/items", &[], &item).await })
    });
    for answer in join_all(clicks).await {
        let (status, cart) = answer.unwrap();
        assert_eq!(status, 201, "{cart}");
    }
    let (_, cart) = one.asked_by(user, "GET", "/cart", &[], &Value::Null).await;
    assert_eq!((&cart["version"], &cart["items"][0]["quantity"]), (&json!(20), &json!(20)));
    drop_record(&one).await;
}
