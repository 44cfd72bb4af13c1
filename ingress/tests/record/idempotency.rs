use std::{collections::HashSet, sync::atomic::Ordering, time::Duration};

use futures::future::join_all;
use ingress::read_models::{Acceptance, OrderRequest};
use schemas::{
    ids::{OrderId, UserId},
    orders::{OrdersMessage, PlaceOrder},
    types::Money,
};
use serde_json::Value;
use shared::id::MessageId;

use crate::{
    samples::{body, drop_record, place, placed, product, put_product},
    testing::Bench,
};

async fn post(bench: &Bench, user: UserId, key: &str, body: &Value) -> (u16, Value) {
    bench.asked_by(user, "POST", "/orders", &[("idempotency-key", key)], body).await
}

#[tokio::test]
async fn fifty_equal_requests_are_one_order_with_one_body() {
    let bench = Bench::on_record().await;
    let part = product("BRK-PAD", 120_000);
    put_product(&bench, &part).await;
    let (user, wish) = (UserId::generate(), body(&part, 2));
    let answers = join_all((0..50).map(|_| post(&bench, user, "k", &wish))).await;
    let bodies: HashSet<String> = answers.iter().map(|(status, json)| format!("{status} {json}")).collect();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    let order_id = answers[0].1["order_id"].as_str().unwrap();
    assert_eq!(answers[0].1["status_url"], format!("/api/v1/orders/{order_id}/status"));
    let sent = placed(&bench);
    assert_eq!(sent.len(), 50);
    for delivery in &sent {
        assert_eq!(delivery.id, MessageId::of_fact(&format!("place/{order_id}")));
        assert_eq!(delivery.message, sent[0].message, "every repetition says the same");
    }
    let OrdersMessage::PlaceOrder(place) = &sent[0].message else { panic!() };
    assert_eq!(place.totals.grand_total, Money::inr(318_200));
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_key_belongs_to_one_body_and_one_customer() {
    let bench = Bench::on_record().await;
    let part = product("BRK-PAD", 120_000);
    put_product(&bench, &part).await;
    let (one, other) = (UserId::generate(), UserId::generate());
    let (status, first) = post(&bench, one, "k", &body(&part, 1)).await;
    assert_eq!(status, 202);
    let (status, reused) = post(&bench, one, "k", &body(&part, 2)).await;
    assert_eq!((status, reused["code"].as_str()), (422, Some("idempotency_key_reused")));
    let (status, second) = post(&bench, other, "k", &body(&part, 1)).await;
    assert_eq!(status, 202);
    assert_ne!(first["order_id"], second["order_id"]);
    let wish = body(&part, 1);
    let unnamed = join_all((0..2).map(|_| bench.asked_by(one, "POST", "/orders", &[], &wish))).await;
    assert_ne!(unnamed[0].1["order_id"], unnamed[1].1["order_id"], "without a key every request is an order");
    assert_eq!(bench.appended(), 4);
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_repetition_finds_its_order_even_if_the_catalog_has_changed() {
    let bench = Bench::on_record().await;
    let mut part = product("BRK-PAD", 120_000);
    put_product(&bench, &part).await;
    let (user, wish) = (UserId::generate(), body(&part, 2));
    bench.broker.down.store(true, Ordering::Relaxed);
    let (status, problem) = post(&bench, user, "k", &wish).await;
    assert_eq!((status, problem["code"].as_str()), (503, Some("fate_unknown")));
    bench.broker.down.store(false, Ordering::Relaxed);
    part.price = Money::inr(1);
    put_product(&bench, &part).await;
    let (status, dearer) = post(&bench, user, "k", &wish).await;
    assert_eq!(status, 202);
    part.active = false;
    put_product(&bench, &part).await;
    // A product is sold as it was read for up to a second.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(post(&bench, user, "k", &wish).await, (202, dearer));
    assert_eq!(post(&bench, user, "k2", &wish).await.1["code"], "unknown_product");
    let sent = placed(&bench);
    let OrdersMessage::PlaceOrder(place) = &sent[0].message else { panic!() };
    assert_eq!((sent.len(), place.totals.grand_total), (2, Money::inr(318_200)), "priced when it was first asked for");
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_refused_order_leaves_no_trace() {
    let bench = Bench::on_record().await;
    let part = product("BRK-PAD", 120_000);
    let user = UserId::generate();
    let (status, problem) = post(&bench, user, "k", &body(&part, 1)).await;
    assert_eq!((status, problem["code"].as_str()), (422, Some("unknown_product")));
    assert_eq!(problem["errors"][0]["field"], "items[0].product_id");
    assert_eq!(post(&bench, user, "k", &body(&part, 0)).await.0, 422);
    let requests = bench.mongo.collection::<mongodb::bson::Document>("order_requests");
    assert_eq!((requests.count_documents(mongodb::bson::doc! {}).await.unwrap(), bench.appended()), (0, 0));
    drop_record(&bench).await;
}

#[tokio::test]
async fn of_equal_requests_at_the_same_moment_one_is_the_first_and_others_are_not_disturbed() {
    let bench = Bench::on_record().await;
    let placed = place(&bench, UserId::generate()).await;
    let request = |key: usize| {
        let place = PlaceOrder { order_id: OrderId::generate(), ..placed.clone() };
        OrderRequest::new(Some(&key.to_string()), "hash".to_owned(), place)
    };
    // Without a pause between them all but the first come into one group.
    let requests: Vec<_> = (0..60).map(|index| request(index / 3)).collect();
    let accepted = join_all(requests.iter().map(|request| bench.app.requests.accept(request))).await;
    for (requests, accepted) in requests.chunks(3).zip(accepted.chunks(3)) {
        let is_first = |accepted: &Result<Acceptance, _>| *accepted == Ok(Acceptance::First);
        let first = accepted.iter().position(is_first).unwrap();
        let repetition = Acceptance::Repetition(Box::new(requests[first].clone()));
        assert_eq!(accepted.iter().filter(|accepted| **accepted == Ok(repetition.clone())).count(), 2);
    }
    drop_record(&bench).await;
}
