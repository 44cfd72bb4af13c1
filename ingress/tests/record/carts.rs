//! Carts on record, by two processes of one shop.

use std::sync::Arc;

use futures::future::join_all;
use schemas::ids::UserId;
use serde_json::{Value, json};

use crate::{
    samples::{drop_record, product, put_product},
    testing::Bench,
};

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
