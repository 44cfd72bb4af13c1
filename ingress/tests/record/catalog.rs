use serde_json::Value;

use crate::{
    samples::{drop_record, product, put_product},
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
