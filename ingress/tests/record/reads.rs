//! What is shown from memory and from the shared caches, by two processes of one shop.

use std::{sync::atomic::Ordering, time::Instant};

use mongodb::bson::{Document, doc};
use schemas::{
    documents::Product,
    ids::{ProductId, UserId},
};
use serde_json::{Value, json};

use crate::{
    samples::{drop_record, product, put_product, record_product, tell_version},
    testing::{Bench, request},
};

async fn get(bench: &Bench, path: &str) -> (u16, Value) {
    let (status, json) = bench.ask(request("GET", path, &[], "")).await;
    (status.as_u16(), json)
}

async fn names(bench: &Bench, path: &str) -> Vec<String> {
    let (status, page) = get(bench, path).await;
    assert_eq!(status, 200, "{page}");
    page["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

async fn name(bench: &Bench, path: &str) -> String {
    get(bench, path).await.1["name"].as_str().unwrap_or_default().to_owned()
}

fn called(product: &Product, name: &str) -> Product {
    Product { name: name.to_owned(), revision: product.revision + 1, ..product.clone() }
}

#[tokio::test]
async fn a_product_is_shown_from_memory_until_anybody_is_told_of_a_newer_version() {
    let one = Bench::on_record().await;
    let other = one.beside();
    let part = product("P-1", 100);
    put_product(&one, &part).await;
    for bench in [&one, &other] {
        assert_eq!(name(bench, "/products/p-1").await, "Part P-1");
    }
    let newer = called(&part, "Newer");
    let version = record_product(&one, &newer).await;
    for bench in [&one, &other] {
        assert_eq!(name(bench, "/products/p-1").await, "Part P-1", "nobody was told yet");
    }
    tell_version(&one, &newer, version).await;
    for bench in [&one, &other] {
        assert_eq!(name(bench, "/products/p-1").await, "Newer");
    }
    drop_record(&one).await;
}

#[tokio::test]
async fn who_was_shown_a_newer_version_by_the_record_is_shown_it_by_every_process() {
    let one = Bench::on_record().await;
    let other = one.beside();
    let admin = one.admin().await;
    let mut part = product("P-1", 100);
    put_product(&one, &part).await;
    let by_admin = [format!("/admin/products/{}", part.product_id), "/admin/products".to_owned()];
    let history = format!("/admin/products/{}/history", part.product_id);
    for (path, name_now) in by_admin.iter().chain([&history]).zip(["First", "Second", "Third"]) {
        assert!(!name(&other, "/products/p-1").await.is_empty());
        part = called(&part, name_now);
        record_product(&one, &part).await;
        assert_eq!(one.asked_by_admin(admin, "GET", path, &Value::Null).await.0, 200);
        assert_eq!(name(&other, "/products/p-1").await, name_now, "{path}");
    }
    drop_record(&one).await;
}

#[tokio::test]
async fn without_the_shared_cache_the_record_is_read() {
    let bench = Bench::on_record().await;
    let part = product("P-1", 100);
    put_product(&bench, &part).await;
    assert_eq!(name(&bench, "/products/p-1").await, "Part P-1");
    bench.product_versions.down.store(true, Ordering::Relaxed);
    record_product(&bench, &called(&part, "Newer")).await;
    assert_eq!(name(&bench, "/products/p-1").await, "Newer");
    drop_record(&bench).await;
}

#[tokio::test]
async fn no_answer_is_kept_that_there_is_no_product_and_a_slug_is_whose_it_is_now() {
    let bench = Bench::on_record().await;
    assert_eq!(get(&bench, "/products/p-1").await.0, 404);
    let mut part = product("P-1", 100);
    put_product(&bench, &part).await;
    assert_eq!(get(&bench, "/products/p-1").await.0, 200);
    (part.slug, part.former_slugs) = ("renamed".to_owned(), vec!["p-1".to_owned()]);
    put_product(&bench, &part).await;
    assert_eq!(get(&bench, "/products/p-1").await.0, 308);
    let mut heir = product("P-2", 100);
    heir.slug = "p-1".to_owned();
    put_product(&bench, &heir).await;
    assert_eq!(get(&bench, "/products/p-1").await.1["sku"], "P-2");
    heir.active = false;
    put_product(&bench, &heir).await;
    assert_eq!(get(&bench, "/products/p-1").await.0, 404);
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_list_is_kept_until_the_next_announcement_and_shows_each_product_as_it_is() {
    let bench = Bench::on_record().await;
    let first = product("P-1", 100);
    put_product(&bench, &first).await;
    bench.app.counter.heard_all(Instant::now());
    assert_eq!(names(&bench, "/products?category=Brakes").await, ["Part P-1"]);
    let second = product("P-2", 100);
    let version = record_product(&bench, &second).await;
    assert_eq!(names(&bench, "/products?category=Brakes").await, ["Part P-1"], "it is kept");
    tell_version(&bench, &second, version).await;
    bench.app.counter.announced(std::iter::once(second.product_id));
    assert_eq!(names(&bench, "/products?category=Brakes").await, ["Part P-1", "Part P-2"]);
    // What is kept of the list is not what is kept of a product: that shows at once, and so does that one is gone.
    let renamed = called(&first, "Renamed");
    put_product(&bench, &renamed).await;
    assert_eq!(names(&bench, "/products?category=Brakes").await, ["Renamed", "Part P-2"]);
    let elsewhere = Product { category: "Lamps".to_owned(), ..renamed };
    put_product(&bench, &elsewhere).await;
    assert_eq!(names(&bench, "/products?category=Brakes").await, ["Part P-2"]);
    record_product(&bench, &product("P-3", 100)).await;
    bench.app.counter.missed();
    assert_eq!(names(&bench, "/products?category=Brakes").await, ["Part P-2", "Part P-3"]);
    drop_record(&bench).await;
}

async fn cart(bench: &Bench, user: UserId) -> Value {
    bench.asked_by(user, "GET", "/cart", &[], &Value::Null).await.1
}

async fn put(bench: &Bench, user: UserId, product: ProductId) -> Value {
    let item = json!({ "product_id": product, "quantity": 1 });
    let (status, cart) = bench.asked_by(user, "POST", "/cart/items", &[], &item).await;
    assert_eq!(status, 201, "{cart}");
    cart
}

#[tokio::test]
async fn a_cart_is_shown_from_the_shared_cache_as_it_was_changed_last_by_any_process() {
    let one = Bench::on_record().await;
    let other = one.beside();
    let (user, part) = (UserId::generate(), product("P-1", 100));
    put_product(&one, &part).await;
    assert_eq!(cart(&one, user).await["version"], 0);
    for (by, shown_by) in [(&one, &other), (&other, &one), (&one, &other)] {
        let changed = put(by, user, part.product_id).await;
        assert_eq!(cart(shown_by, user).await, changed);
    }
    // Behind everybody's back: so it is seen where the cart comes from.
    let carts = one.mongo.collection::<Document>("carts");
    let id = doc! { "_id": format!("user/{user}") };
    carts.update_one(id, doc! { "$set": { "items": [] } }).await.unwrap();
    assert_eq!(cart(&one, user).await["items"][0]["quantity"], 3);
    one.carts.down.store(true, Ordering::Relaxed);
    assert_eq!(cart(&one, user).await["items"], json!([]), "without the cache the record is read");
    drop_record(&one).await;
}

#[tokio::test]
async fn a_cart_of_which_an_order_has_begun_is_not_shown_as_it_was_before() {
    let one = Bench::on_record().await;
    let other = one.beside();
    let (user, part) = (UserId::generate(), product("P-1", 100));
    put_product(&one, &part).await;
    put(&one, user, part.product_id).await;
    let spending = one.app.carts.get(&ingress::cart::CartId::of_user(user)).await.unwrap().unwrap().spending();
    assert!(one.app.carts.begin_order(&spending).await.unwrap());
    assert!(one.carts.entries.lock().unwrap()[&format!("user/{user}")].body.is_empty());
    assert_eq!(cart(&other, user).await["items"][0]["quantity"], 1);
    assert!(
        one.carts.entries.lock().unwrap()[&format!("user/{user}")].body.is_empty(),
        "the record is asked each time"
    );
    assert!(!one.app.carts.begin_order(&ingress::cart::Spending { generation: 7, ..spending }).await.unwrap());
    drop_record(&one).await;
}
