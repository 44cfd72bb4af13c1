//! I7: one key is one request, however often it is sent.

use std::collections::BTreeSet;

use e2e::{Basket, catalog::PADS, client::unused_name, run, shop};
use futures::future::join_all;
use mongodb::bson::{Document, doc};
use uuid::Uuid;

fn key() -> String {
    Uuid::now_v7().to_string()
}

#[test]
fn fifty_equal_requests_at_once_with_one_key_are_one_order_with_identical_answers() {
    run(async {
        let shop = shop().await;
        let customer = shop.customer().await;
        let (key, reference) = (key(), unused_name());
        let basket = Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by("cod").marked(&reference);
        let answers = join_all((0..50).map(|_| customer.post_order(&key, basket.body()))).await;
        for answer in &answers {
            answer.expect(202);
        }
        let bodies: BTreeSet<&[u8]> = answers.iter().map(|answer| answer.body.as_slice()).collect();
        assert_eq!(bodies.len(), 1, "{}", answers[0].text());
        let id = answers[0].json()["order_id"].as_str().unwrap().to_owned();
        customer.order(&id).reaches(schemas::types::OrderStatus::Packed).await;
        for (collection, field) in [("orders", "state.address.line2"), ("order_requests", "place.address.line2")] {
            let found: Vec<Document> = shop.store().find(collection, doc! { field: &reference }).await;
            assert_eq!(found.len(), 1, "{collection}");
        }
        assert_eq!(shop.gateways().parcels_of(&id).await.len(), 1);
    });
}

#[test]
fn the_same_key_with_another_body_is_refused_and_the_first_order_stands() {
    run(async {
        let shop = shop().await;
        let customer = shop.customer().await;
        let key = key();
        let one = Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by("cod");
        let two = Basket::of(&shop.catalog, &[(PADS, 2)]).paid_by("cod");
        let first = customer.post_order(&key, one.body()).await;
        first.expect(202);
        customer.post_order(&key, two.body()).await.expect_problem(422, "idempotency_key_reused");
        let again = customer.post_order(&key, one.body()).await;
        assert_eq!(again.body, first.body);
    });
}

#[test]
fn another_customers_same_key_is_another_request() {
    run(async {
        let shop = shop().await;
        let key = key();
        let body = Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by("cod").body();
        let (asha, ravi) = (shop.customer().await, shop.customer().await);
        let (hers, his) = (asha.post_order(&key, body.clone()).await, ravi.post_order(&key, body).await);
        let id = |answer: &e2e::Answer| answer.expect(202).json()["order_id"].as_str().unwrap().to_owned();
        assert_ne!(id(&hers), id(&his));
        ravi.get(&format!("/orders/{}", id(&hers))).await.expect_problem(404, "order_not_found");
    });
}

#[test]
fn requests_without_a_key_are_orders_of_their_own() {
    run(async {
        let shop = shop().await;
        let customer = shop.customer().await;
        let body = Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by("cod").body();
        let post = || customer.request(reqwest::Method::POST, "/orders").json(&body);
        let (one, other) = (e2e::Answer::of(post()).await, e2e::Answer::of(post()).await);
        assert_ne!(one.expect(202).json()["order_id"], other.expect(202).json()["order_id"]);
    });
}

#[test]
fn a_cancellation_sent_twice_is_one_cancellation() {
    run(async {
        let shop = shop().await;
        let order = shop.customer().await.place(&Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by("cod")).await;
        order.reaches(schemas::types::OrderStatus::Packed).await;
        let (one, other) = futures::join!(order.try_cancel(), order.try_cancel());
        assert!([one.status, other.status].contains(&202), "{} {}", one.text(), other.text());
        order.reaches(schemas::types::OrderStatus::Cancelled).await;
        let path = order.path_taken().await;
        assert_eq!(path.iter().filter(|state| *state == "cancelling").count(), 1, "{path:?}");
        let notes: Vec<Document> = shop.store().find("credit_notes", doc! { "_id": &order.id }).await;
        assert_eq!(notes.len(), 1);
    });
}
