//! Carts: what a guest found comes along when they log in, and each cart is ordered once, as its customer saw it.

use std::collections::BTreeSet;

use e2e::{
    Answer, Basket, Customer, Guest,
    catalog::{OIL_FILTER, OUT_OF_STOCK, PADS},
    client::address,
    coupons, eventually, run, shop,
};
use futures::future::join_all;
use mongodb::bson::{Document, doc};
use redis::AsyncCommands;
use reqwest::Method;
use schemas::types::OrderStatus as S;
use serde_json::{Value, json};
use uuid::Uuid;

const TOKEN: &str = "cart-token";

async fn put(customer: &Customer, product: &str, quantity: i64) -> Value {
    let item = json!({ "product_id": product, "quantity": quantity });
    Answer::of(customer.request(Method::POST, "/cart/items").json(&item)).await.expect(201).json()
}

async fn quote(customer: &Customer, version: &Value) -> Value {
    let body = json!({ "cart_version": version, "address": address(), "payment_method": "cod" });
    Answer::of(customer.request(Method::POST, "/checkout/quote").json(&body)).await.expect(200).json()
}

fn order(version: &Value, total: &Value) -> Value {
    json!({ "cart_version": version, "expected_total_minor": total, "address": address(), "payment_method": "cod" })
}

fn total(quote: &Value) -> &Value {
    &quote["totals"]["grand_total"]["minor"]
}

async fn send(customer: &Customer, body: &Value) -> Answer {
    customer.post_order(&Uuid::now_v7().to_string(), body.clone()).await
}

/// A customer with a cart of one product, its version and what it comes to.
async fn filled(shop: &Guest, sku: &str) -> (Customer, Value, Value) {
    let customer = shop.customer().await;
    let cart = put(&customer, &shop.catalog.product_id(sku), 2).await;
    let quote = quote(&customer, &cart["version"]).await;
    (customer, cart["version"].clone(), total(&quote).clone())
}

/// The copy of a cart in Redis is as old as it can be: gone.
async fn forget(shop: &Guest, user: &str) {
    let mut cache = shop.store().cache().await;
    let copies: Vec<String> = cache.keys(format!("{}carts:*:user/{user}", shop.prefix)).await.unwrap();
    assert_eq!(copies.len(), 1, "{copies:?}");
    let _: i64 = cache.del(copies).await.unwrap();
}

async fn orders_of(shop: &Guest, customer: &Customer) -> usize {
    let me = customer.get("/users/me").await.json()["user_id"].as_str().unwrap_or_default().to_owned();
    let found: Vec<Document> = shop.store().find("order_requests", doc! { "user_id": me }).await;
    found.len()
}

#[test]
fn what_a_guest_put_in_comes_along_at_login_and_is_ordered_once_with_its_coupon() {
    run(async {
        let shop = shop().await;
        let (admin, customer) = (shop.admin().await, shop.customer().await);
        let code = format!("C-{}", &e2e::client::unused_name()[..24]).to_uppercase();
        coupons::make(&admin, &code, &json!({})).await;
        let (pads, filter) = (shop.catalog.product_id(PADS), shop.catalog.product_id(OIL_FILTER));
        let guests = |method: Method, path: &str| customer.anonymous(method, path);
        let begun =
            Answer::of(guests(Method::POST, "/cart/items").json(&json!({ "product_id": pads, "quantity": 1 }))).await;
        let token = begun.expect(201).header(TOKEN).to_owned();
        let more = json!({ "product_id": filter, "quantity": 2 });
        Answer::of(guests(Method::POST, "/cart/items").header(TOKEN, &token).json(&more)).await.expect(201);
        let coupon = json!({ "code": code.to_lowercase() });
        Answer::of(guests(Method::POST, "/cart/coupon").header(TOKEN, &token).json(&coupon)).await.expect(200);
        put(&customer, &pads, 3).await;
        let merge = || customer.request(Method::POST, "/cart/merge").json(&json!({ "cart_token": token }));
        let cart = Answer::of(merge()).await.expect(200).json();
        assert_eq!(Answer::of(merge()).await.expect(200).json()["items"], cart["items"]);
        let quantities: Vec<_> = cart["items"].as_array().unwrap().iter().map(|item| &item["quantity"]).collect();
        assert_eq!(quantities, [4, 2]);
        assert_eq!((&cart["coupon"], &cart["left_out"]), (&json!(code), &json!([])));
        Answer::of(guests(Method::GET, "/cart").header(TOKEN, &token)).await.expect_problem(404, "cart_not_found");
        let other = shop.customer().await;
        let stolen = other.request(Method::POST, "/cart/merge").json(&json!({ "cart_token": token }));
        Answer::of(stolen).await.expect_problem(404, "cart_not_found");

        let quote = quote(&customer, &cart["version"]).await;
        assert_eq!(quote["coupon"]["code"], json!(code));
        let body = order(&cart["version"], total(&quote));
        let id = send(&customer, &body).await.expect(202).json()["order_id"].as_str().unwrap().to_owned();
        let placed = customer.order(&id);
        placed.reaches(S::Packed).await;
        let view = placed.view().await;
        assert_eq!(view["totals"], quote["totals"]);
        assert_eq!(view["coupon"]["state"], "used");
        let left = customer.get("/cart").await.expect(200).json();
        assert_eq!((&left["items"], &left["coupon"]), (&json!([]), &Value::Null));
        let again = send(&customer, &body).await.expect(202).json();
        assert_eq!(again["order_id"], view["order_id"], "what was ordered is ordered once, whoever asks again");
        let otherwise = order(&body["cart_version"], &json!(1));
        send(&customer, &otherwise).await.expect_problem(409, "cart_changed");
    });
}

#[test]
fn of_twenty_orders_of_one_cart_at_once_there_is_one() {
    run(async {
        let shop = shop().await;
        let (customer, version, total) = filled(&shop, PADS).await;
        let body = order(&version, &total);
        let keys: Vec<String> = (0..20).map(|_| Uuid::now_v7().to_string()).collect();
        let send_all = || join_all(keys.iter().map(|key| customer.post_order(key, body.clone())));
        let answers = send_all().await;
        let taken: BTreeSet<String> =
            answers.iter().filter(|answer| answer.status == 202).map(|answer| answer.text()).collect();
        assert_eq!(taken.len(), 1, "{taken:?}");
        for refused in answers.iter().filter(|answer| answer.status != 202) {
            assert_eq!(refused.status, 409, "{}", refused.text());
        }
        assert_eq!(customer.get("/cart").await.json()["items"], json!([]));
        for (before, now) in answers.iter().zip(send_all().await).filter(|(before, _)| before.status == 202) {
            assert_eq!(before.body, now.expect(202).body, "what was answered is answered again");
        }
        assert_eq!(orders_of(&shop, &customer).await, 1);
    });
}

#[test]
fn the_same_key_is_the_same_order_after_the_cart_is_empty_and_filled_again() {
    run(async {
        let shop = shop().await;
        let (customer, version, total) = filled(&shop, PADS).await;
        let (key, body) = (Uuid::now_v7().to_string(), order(&version, &total));
        let first = customer.post_order(&key, body.clone()).await;
        first.expect(202);
        assert_eq!(customer.post_order(&key, body.clone()).await.expect(202).body, first.body);
        let again = put(&customer, &shop.catalog.product_id(PADS), 2).await;
        assert_eq!(customer.post_order(&key, body).await.expect(202).body, first.body);
        let second = send(&customer, &order(&again["version"], &total)).await;
        assert_ne!(second.expect(202).body, first.body);
        assert_eq!(orders_of(&shop, &customer).await, 2);
    });
}

#[test]
fn a_cart_that_is_not_what_its_customer_saw_is_a_409_with_the_new_quote() {
    run(async {
        let shop = shop().await;
        let (customer, version, total) = filled(&shop, PADS).await;
        let cheaper = json!(total.as_i64().unwrap() - 1);
        let drifted = send(&customer, &order(&version, &cheaper)).await;
        drifted.expect_problem(409, "total_changed");
        assert_eq!(&drifted.json()["quote"]["totals"]["grand_total"]["minor"], &total);
        let unsaid = json!({ "cart_version": version, "address": address(), "payment_method": "cod" });
        send(&customer, &unsaid).await.expect_problem(422, "validation_failed");
        let now = put(&customer, &shop.catalog.product_id(OIL_FILTER), 1).await;
        let changed = send(&customer, &order(&version, &total)).await;
        changed.expect_problem(409, "cart_changed");
        assert_eq!(changed.json()["cart_version"], now["version"]);
        let quote = changed.json()["quote"].clone();
        assert_eq!(quote["lines"].as_array().unwrap().len(), 2);
        send(&customer, &order(&quote["cart_version"], &quote["totals"]["grand_total"]["minor"])).await.expect(202);
        assert_eq!(orders_of(&shop, &customer).await, 1);
    });
}

#[test]
fn a_cart_that_did_not_learn_of_its_order_learns_of_it_when_it_is_seen_and_is_never_ordered_twice() {
    run(async {
        let shop = shop().await;
        let (customer, version, total) = filled(&shop, PADS).await;
        let me = customer.get("/users/me").await.json()["user_id"].as_str().unwrap().to_owned();
        let carts = shop.store().database.collection::<Document>("carts");
        let own = doc! { "_id": format!("user/{me}") };
        let mut before = carts.find_one(own.clone()).await.unwrap().expect("a cart");
        let placed = send(&customer, &order(&version, &total)).await.expect(202).json();
        let id = placed["order_id"].as_str().unwrap();
        customer.order(id).reaches(S::Packed).await;
        // As if the process had died between the order and the emptying of the cart.
        before.insert("ordering", true);
        carts.replace_one(own.clone(), &before).await.unwrap();
        forget(&shop, &me).await;
        assert_eq!(customer.get("/cart").await.expect(200).json()["items"], json!([]));
        // And as if the note had been lost as well: then the order of the cart is the one that there is.
        before.insert("ordering", false);
        carts.replace_one(own, &before).await.unwrap();
        assert_eq!(send(&customer, &order(&version, &total)).await.expect(202).json()["order_id"], json!(id));
        let now = put(&customer, &shop.catalog.product_id(OIL_FILTER), 1).await;
        assert_eq!(now["items"].as_array().unwrap().len(), 1, "{now}");
        assert_eq!(orders_of(&shop, &customer).await, 1);
    });
}

#[test]
fn requests_at_once_each_count_once_and_a_repeated_key_not_again() {
    run(async {
        let shop = shop().await;
        let customer = shop.customer().await;
        let item = json!({ "product_id": shop.catalog.product_id(PADS), "quantity": 1 });
        let add = async |key: &str| {
            eventually("the cart takes it", async || {
                let request = customer.request(Method::POST, "/cart/items").header("idempotency-key", key).json(&item);
                let answer = Answer::of(request).await;
                if answer.status == 503 { Err(answer.text()) } else { Ok(answer) }
            })
            .await
            .expect(201);
        };
        let keys: Vec<String> = (0..6).map(|_| Uuid::now_v7().to_string()).collect();
        join_all(keys.iter().chain(&keys).map(|key| add(key))).await;
        assert_eq!(customer.get("/cart").await.json()["items"][0]["quantity"], 6);
        let other = json!({ "product_id": shop.catalog.product_id(PADS), "quantity": 2 });
        let reused = customer.request(Method::POST, "/cart/items").header("idempotency-key", &keys[0]).json(&other);
        Answer::of(reused).await.expect_problem(422, "idempotency_key_reused");
    });
}

#[test]
fn a_cart_tells_what_it_costs_what_there_is_of_it_and_what_is_wrong_with_a_request() {
    run(async {
        let shop = shop().await;
        let customer = shop.customer().await;
        assert_eq!(customer.get("/cart").await.expect(200).json()["version"], 0);
        let (pads, gone) = (shop.catalog.product_id(PADS), shop.catalog.product_id(OUT_OF_STOCK));
        put(&customer, &pads, 1).await;
        let cart = put(&customer, &gone, 1).await;
        assert_eq!(cart["items"][0]["offer"]["stock"], "in_stock");
        assert_eq!(cart["items"][1]["offer"]["stock"], "out_of_stock");
        let price = cart["items"][0]["offer"]["unit_price"].clone();
        let basket = Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by("cod");
        let quote = Answer::of(customer.request(Method::POST, "/checkout/quote").json(&basket.body())).await.json();
        assert_eq!(price, quote["lines"][0]["unit_price"]);
        let request = |method: Method, path: &str, body: Value| customer.request(method, path).json(&body);
        for (request, status, code) in [
            (
                request(Method::POST, "/cart/items", json!({ "product_id": pads, "quantity": 0 })),
                422,
                "validation_failed",
            ),
            (request(Method::POST, "/cart/items", json!({ "product_id": pads, "quantity": 1000 })), 409, "cart_full"),
            (
                request(Method::POST, "/cart/items", json!({ "product_id": Uuid::nil(), "quantity": 1 })),
                422,
                "unknown_product",
            ),
            (
                request(Method::POST, "/cart/items", json!({ "product_id": pads, "quantity": 1, "price": 1 })),
                422,
                "invalid_body",
            ),
            (
                request(Method::PATCH, &format!("/cart/items/{}", Uuid::nil()), json!({ "quantity": 1 })),
                422,
                "unknown_product",
            ),
            (request(Method::DELETE, "/cart/items/x", json!({})), 404, "cart_item_not_found"),
            (request(Method::POST, "/cart/coupon", json!({ "code": "NO-SUCH-CODE" })), 422, "coupon_refused"),
            (request(Method::POST, "/cart/merge", json!({ "cart_token": "x" })), 400, "invalid_cart_token"),
            (request(Method::POST, "/cart/merge", json!({ "cart_token": "0".repeat(40) })), 404, "cart_not_found"),
        ] {
            Answer::of(request).await.expect_problem(status, code);
        }
        let one = Answer::of(request(Method::PATCH, &format!("/cart/items/{pads}"), json!({ "quantity": 7 }))).await;
        assert_eq!(one.expect(200).json()["items"][0]["quantity"], 7);
        Answer::of(customer.request(Method::DELETE, &format!("/cart/items/{gone}"))).await.expect(200);
        let empty = Answer::of(customer.request(Method::DELETE, "/cart")).await.expect(200).json();
        assert_eq!((&empty["items"], &empty["subtotal"]["minor"]), (&json!([]), &json!(0)));
        let strange = customer.anonymous(Method::GET, "/cart").header(TOKEN, "f".repeat(40));
        Answer::of(strange).await.expect_problem(404, "cart_not_found");
    });
}
