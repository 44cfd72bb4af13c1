use schemas::documents::Product;
use serde_json::Value;

use crate::{
    samples::{drop_record, product, put_product, serve},
    testing::{Bench, request},
};

async fn get(bench: &Bench, path: &str) -> (u16, Value) {
    let (status, json) = bench.ask(request("GET", path, &[], "")).await;
    (status.as_u16(), json)
}

fn skus(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|item| item["sku"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn pages_show_every_active_product_once() {
    let bench = Bench::on_record().await;
    for n in 0..5 {
        put_product(&bench, &product(&format!("P-{n}"), 100)).await;
    }
    let mut gone = product("GONE", 100);
    gone.active = false;
    put_product(&bench, &gone).await;
    let mut seen = Vec::new();
    let mut path = "/products?limit=2".to_owned();
    loop {
        let (_, page) = get(&bench, &path).await;
        seen.extend(skus(&page));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/products?limit=2&cursor={cursor}");
    }
    assert_eq!(seen, ["P-0", "P-1", "P-2", "P-3", "P-4"]);
    assert_eq!(get(&bench, "/products/p-3").await.1["price"], serde_json::json!({"minor": 100, "currency": "INR"}));
    assert_eq!(get(&bench, "/products/gone").await.0, 404);
    drop_record(&bench).await;
}

#[tokio::test]
async fn filters_narrow_and_a_vehicle_is_one_vehicle() {
    let bench = Bench::on_record().await;
    put_product(&bench, &product("SWIFT-PAD", 100)).await;
    let mut other = product("CITY-LAMP", 100);
    (other.category, other.brand) = ("Lighting".to_owned(), "Hella".to_owned());
    other.fitment[0].make = "Honda".to_owned();
    put_product(&bench, &other).await;
    for (query, expected) in [
        ("category=Lighting", &["CITY-LAMP"][..]),
        ("brand=Bosch", &["SWIFT-PAD"]),
        ("sku=CITY-LAMP", &["CITY-LAMP"]),
        ("make=Maruti%20Suzuki&model=Swift", &["SWIFT-PAD"]),
        ("make=Honda&model=City", &[]),
        ("category=Brakes&brand=Hella", &[]),
    ] {
        assert_eq!(skus(&get(&bench, &format!("/products?{query}")).await.1), expected, "{query}");
    }
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_search_finds_what_the_index_says_as_the_record_has_it_now() {
    let bench = Bench::on_record().await;
    assert_eq!(get(&bench, "/products?q=part").await.1["code"], "search_not_ready");
    let mut parts: Vec<Product> = (0..5).map(|n| product(&format!("P-{n}"), 100 + n)).collect();
    parts[1].labels.cross_references.push("1K0-698-151 A".to_owned());
    parts[4].brand = "Valeo".to_owned();
    for part in &parts {
        put_product(&bench, part).await;
    }
    serve(&bench, &parts);
    assert_eq!(skus(&get(&bench, "/products?q=1k0%20698151a").await.1), ["P-1"]);
    assert_eq!(skus(&get(&bench, "/products?vehicle=maruti%20suzuki/swift/2019&brand=Valeo").await.1), ["P-4"]);
    let (_, dearest) = get(&bench, "/products?q=parts&sort=price_desc&limit=2&facets=true").await;
    assert_eq!((skus(&dearest), dearest["total"].as_u64()), (vec!["P-4".to_owned(), "P-3".to_owned()], Some(5)));
    assert_eq!(dearest["facets"]["brand"][0], serde_json::json!({ "value": "Bosch", "count": 4 }));
    assert_eq!(dearest["facets"]["price"][0]["count"], 5);

    // Since the index was made, one was taken off the shelf and one is called otherwise.
    parts[2].active = false;
    parts[1].name = "Renamed".to_owned();
    for part in &parts[1..3] {
        put_product(&bench, part).await;
    }
    let cursor = dearest["next_cursor"].as_str().unwrap();
    let (_, next) = get(&bench, &format!("/products?q=parts&sort=price_desc&limit=2&cursor={cursor}")).await;
    assert_eq!((skus(&next), next["items"][0]["name"].as_str()), (vec!["P-1".to_owned()], Some("Renamed")));
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_search_is_answered_or_refused_by_the_field() {
    let bench = Bench::on_record().await;
    let part = product("P-1", 100);
    put_product(&bench, &part).await;
    serve(&bench, &[part, product("P-2", 100)]);
    let cursor = get(&bench, "/products?q=part&limit=1").await.1["next_cursor"].as_str().unwrap().to_owned();
    for (query, field) in [
        (format!("q=parts&limit=1&cursor={cursor}"), "cursor"),
        (format!("q=part&sort=name&cursor={cursor}"), "cursor"),
        (format!("cursor={cursor}"), "cursor"),
        ("q=part&cursor=zz".to_owned(), "cursor"),
        (format!("q={}", "a".repeat(201)), "q"),
        ("make=Honda&year=2019".to_owned(), "year"),
    ] {
        let (status, answer) = get(&bench, &format!("/products?{query}")).await;
        assert_eq!((status, answer["errors"][0]["field"].as_str()), (422, Some(field)), "{query}: {answer}");
    }
    for nothing in ["%28", "%22%20OR%201%3D1", "%2A", "%00", "%F0%9F%94%A7", "a%3Ab%20%5E%7E%20%5B"] {
        let (status, answer) = get(&bench, &format!("/products?q={nothing}")).await;
        assert_eq!((status, answer["total"].as_u64()), (200, Some(0)), "{nothing}: {answer}");
    }
    drop_record(&bench).await;
}
