//! What is served from memory and from Redis is never older than what somebody was shown before, by whichever ingress.

use std::sync::atomic::{AtomicBool, Ordering};

use e2e::{
    Answer, Customer, Link, Setup,
    catalog::{OIL_FILTER, PADS},
    eventually,
    proxy::Mode,
    run,
};
use mongodb::bson::{Document, doc};
use reqwest::Method;
use serde_json::{Value, json};

/// How often each is tried.
const ROUNDS: i64 = 20;

/// Changes a product's price and waits until its author can read that it is made.
async fn change(admin: &Customer, product: &str, revision: i64, paise: i64) {
    let path = format!("/admin/products/{product}");
    let body = json!({ "revision": revision, "price": { "minor": paise, "currency": "INR" } });
    let request = admin.request(Method::PATCH, &path).header("idempotency-key", format!("{product}/{revision}"));
    let asked = Answer::of(request.json(&body)).await.expect(202).json();
    eventually("the change stands in the history", async || {
        let page = admin.get(&format!("{path}/history?limit=1")).await.expect(200).json();
        let newest = &page["items"][0];
        if newest["change_id"] == asked["change_id"] && newest["state"] == "made" {
            Ok(())
        } else {
            Err(page.to_string())
        }
    })
    .await;
}

/// A reader who goes from one ingress to the other, until there is nothing more to see: no version is older than the one before.
async fn looks_about(ingresses: &[Customer], path: &str, done: &AtomicBool) -> usize {
    let (mut newest, mut looks) = (0, 0);
    while !done.load(Ordering::Relaxed) {
        for ingress in ingresses {
            let page = ingress.get(path).await.expect(200).json();
            let shown = page["items"].as_array().map_or(&page, |items| &items[0]);
            let version = shown["version"].as_i64().unwrap();
            assert!(version >= newest, "{version} after {newest}: {page}");
            (newest, looks) = (version, looks + 1);
        }
    }
    looks
}

#[test]
fn a_change_that_its_author_has_seen_made_is_shown_by_every_ingress_and_none_goes_back_behind_it() {
    run(async {
        let shop = Setup::new("reads").start().await;
        let other = shop.another_ingress().await;
        let (admin, customer) = (shop.admin().await, shop.customer().await);
        let ingresses = [customer.clone(), customer.at(&other)];
        let product = shop.catalog.product_id(PADS);
        let listed = format!("/products?sku={PADS}");
        let slug = customer.get(&listed).await.expect(200).json()["items"][0]["slug"].as_str().unwrap().to_owned();
        let page = format!("/products/{slug}");
        let revision = admin.get(&format!("/admin/products/{product}")).await.json()["revision"].as_i64().unwrap();
        let done = AtomicBool::new(false);
        let changing = async {
            for n in 0..ROUNDS {
                let (author, paise) = (if n % 2 == 0 { admin.clone() } else { admin.at(&other) }, 100_000 + n);
                change(&author, &product, revision + n, paise).await;
                for ingress in &ingresses {
                    let shown = ingress.get(&page).await.expect(200).json();
                    assert_eq!(shown["price"]["minor"], paise, "{shown}");
                    let list = ingress.get(&listed).await.expect(200).json();
                    assert_eq!(list["items"][0]["price"]["minor"], paise, "{list}");
                }
            }
            done.store(true, Ordering::Relaxed);
        };
        let readers = (looks_about(&ingresses, &page, &done), looks_about(&ingresses, &listed, &done));
        let ((), one, other) = futures::join!(changing, readers.0, readers.1);
        assert!(one > 20 && other > 20, "{one} and {other} looks");
    });
}

/// A product that is in the record and of which nobody was told.
async fn slip_in(products: &mongodb::Collection<Document>, like: &str, slug: &str) {
    let mut document = products.find_one(doc! { "_id": like }).await.unwrap().expect("a product");
    let id = uuid::Uuid::now_v7().to_string();
    document.insert("_id", &id);
    let state = document.get_document_mut("state").unwrap();
    state.insert("product_id", &id);
    state.insert("sku", slug.to_uppercase());
    state.insert("slug", slug);
    state.insert("category", "Slipped in");
    products.insert_one(document).await.unwrap();
}

#[test]
fn without_announcements_lists_are_those_of_the_record_and_without_redis_all_is() {
    run(async {
        let shop = Setup::new("reads-cut").through_proxies(&[Link::Redis]).start().await;
        let customer = shop.customer().await;
        let products = shop.store().database.collection::<Document>("products");
        let pads = shop.catalog.product_id(PADS);
        // One that hears the announcements, and one to which Kafka is away.
        let deaf = shop.begin_another_ingress(&[("SPAREPARTS_KAFKA__BROKERS", "127.0.0.1:1")]);
        eventually("the other ingress answers", async || {
            shop.http().get(format!("{deaf}/api/v1/products")).send().await.map(drop).map_err(|error| error.to_string())
        })
        .await;
        let list = async |customer: &Customer| {
            let page = customer.get("/products?category=Slipped%20in&limit=100").await.expect(200).json();
            page["items"].as_array().unwrap().len()
        };
        let deaf = customer.at(&deaf);
        // What is read before the announcements are heard is not kept.
        let mut slipped = 0;
        eventually("what is kept of the list counts, for nobody was told of the next", async || {
            let before = list(&customer).await;
            slipped += 1;
            slip_in(&products, &pads, &format!("slipped-{slipped}")).await;
            let now = list(&customer).await;
            if now == before { Ok(()) } else { Err(format!("{now} of {slipped}")) }
        })
        .await;
        assert_eq!(list(&deaf).await, slipped, "who does not hear what is announced keeps no list");

        let page = async || customer.get("/products/slipped-1").await.expect(200).json()["name"].clone();
        // Redis vouches for nothing while its era is young.
        eventually("it is shown from memory, for Redis says that it is the newest", async || {
            let (before, name) = (page().await, format!("Renamed {}", uuid::Uuid::now_v7()));
            let renamed = doc! { "$set": { "state.name": &name } };
            products.update_one(doc! { "state.slug": "slipped-1" }, renamed).await.unwrap();
            let shown = page().await;
            if shown == before && shown != name { Ok(()) } else { Err(shown.to_string()) }
        })
        .await;
        let recorded = products.find_one(doc! { "state.slug": "slipped-1" }).await.unwrap().expect("a product");
        let recorded = recorded.get_document("state").unwrap().get_str("name").unwrap().to_owned();
        assert_ne!(page().await, recorded);
        shop.link(Link::Redis).set(Mode::Reset);
        assert_eq!(page().await, recorded, "without Redis the record is read");
    });
}

async fn put(customer: &Customer, product: &str) -> Value {
    let item = json!({ "product_id": product, "quantity": 1 });
    Answer::of(customer.request(Method::POST, "/cart/items").json(&item)).await.expect(201).json()
}

#[test]
fn a_cart_is_the_same_at_every_ingress_whichever_changed_it() {
    run(async {
        let shop = Setup::new("reads-carts").start().await;
        let customer = shop.customer().await;
        let ingresses = [customer.clone(), customer.at(&shop.another_ingress().await)];
        let products = [PADS, OIL_FILTER].map(|sku| shop.catalog.product_id(sku));
        for n in 0..ROUNDS as usize {
            let changed = put(&ingresses[n % 2], &products[n % 2]).await;
            for ingress in &ingresses {
                assert_eq!(ingress.get("/cart").await.expect(200).json(), changed);
            }
        }
        let cleared = Answer::of(ingresses[0].request(Method::DELETE, "/cart")).await.expect(200).json();
        assert_eq!(ingresses[1].get("/cart").await.expect(200).json(), cleared);
    });
}
