use std::time::Duration;

use mongodb::bson::{Document, doc};
use schemas::{
    catalog::{Attribute, CategoryTree},
    documents::Product,
};
use serde_json::{Value, json};

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
    let one = product("SWIFT-PAD", 100);
    put_product(&bench, &one).await;
    let mut other = product("CITY-LAMP", 100);
    (other.category, other.brand) = ("Lighting".to_owned(), "Hella".to_owned());
    other.fitment[0].make = "Honda".to_owned();
    put_product(&bench, &other).await;
    serve(&bench, &[one, other]);
    for (query, expected) in [
        ("category=Lighting", &["CITY-LAMP"][..]),
        ("brand=Bosch", &["SWIFT-PAD"]),
        ("sku=CITY-LAMP", &["CITY-LAMP"]),
        ("make=Maruti%20Suzuki&model=Swift", &["SWIFT-PAD"]),
        ("make=maruti%20suzuki&model=swift", &["SWIFT-PAD"]),
        ("make=Honda&brand=Hella", &["CITY-LAMP"]),
        ("make=Honda&model=City", &[]),
        ("category=Brakes&brand=Hella", &[]),
    ] {
        assert_eq!(skus(&get(&bench, &format!("/products?{query}")).await.1), expected, "{query}");
    }
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_category_is_listed_and_searched_with_those_below_it() {
    let bench = Bench::on_record().await;
    let mut parts = [product("PADS", 100), product("DISC", 200), product("LAMP", 300)];
    for (part, category) in parts.iter_mut().zip(["Pads", "Discs", "Lighting"]) {
        part.category = category.to_owned();
        put_product(&bench, part).await;
    }
    serve(&bench, &parts);
    let brakes = json!({ "name": "Brakes", "children": [{ "name": "Pads" }, { "name": "Discs" }] });
    let tree = json!({ "revision": 0, "categories": [brakes] });
    let admin = bench.admin().await;
    assert_eq!(bench.asked_by_admin(admin, "PUT", "/admin/categories", &tree).await.0, 200);
    for (query, expected) in [
        ("category=Brakes", &["DISC", "PADS"][..]),
        ("category=Brakes&sort=price", &["PADS", "DISC"]),
        ("category=Pads", &["PADS"]),
        ("category=Lighting&sort=price", &["LAMP"]),
    ] {
        let mut found = skus(&get(&bench, &format!("/products?{query}")).await.1);
        if !query.contains("sort") {
            found.sort();
        }
        assert_eq!(found, expected, "{query}");
    }
    let (_, counted) = get(&bench, "/products?category=Brakes&facets=true").await;
    let value = |value: &str, count: u64| json!({ "value": value, "count": count });
    let expected = json!([value("Brakes", 2), value("Discs", 1), value("Lighting", 1), value("Pads", 1)]);
    assert_eq!((counted["total"].as_u64(), &counted["facets"]["category"]), (Some(2), &expected));
    let (_, first) = get(&bench, "/products?category=Brakes&facets=true&limit=1").await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let (_, second) = get(&bench, &format!("/products?category=Brakes&limit=1&cursor={cursor}")).await;
    assert_ne!(skus(&first), skus(&second), "facets are of no account to what comes next");
    assert_eq!((skus(&second).len(), &second["facets"]), (1, &Value::Null));
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_category_is_narrowed_by_what_its_products_say_of_themselves_and_counts_it() {
    let bench = Bench::on_record().await;
    let attribute = |name: &str| Attribute { name: name.to_owned(), ..Attribute::default() };
    let position = |text: &str| Attribute { text: Some(text.to_owned()), ..attribute("position") };
    let bore = Attribute { number: Some("12.5".to_owned()), unit: Some("mm".to_owned()), ..attribute("bore") };
    let unheard = Attribute { flag: Some(true), ..attribute("vented") };
    let mut parts = [product("ONE", 100), product("TWO", 200), product("THREE", 300)];
    parts[0].page.attributes = vec![position("Front"), bore, unheard];
    parts[1].page.attributes = vec![position("Front")];
    parts[2].page.attributes = vec![position("Rear")];
    for part in &parts {
        put_product(&bench, part).await;
    }
    serve(&bench, &parts);
    let attributes = json!([
        { "key": "position", "label": "Position", "type": "choice", "values": ["Front", "Rear"] },
        { "key": "bore", "label": "Bore", "type": "number", "unit": "mm" },
        { "key": "colour", "label": "Colour", "type": "text" },
    ]);
    let tree = json!({ "revision": 0, "categories": [{ "name": "Brakes", "attributes": attributes }] });
    let admin = bench.admin().await;
    assert_eq!(bench.asked_by_admin(admin, "PUT", "/admin/categories", &tree).await.0, 200);
    for (query, expected) in [
        ("attribute=position:Front&sort=price", &["ONE", "TWO"][..]),
        ("attribute=position:Front&attribute=position:Rear&sort=price_desc", &["THREE", "TWO", "ONE"]),
        ("category=Brakes&attribute=position:Front&attribute=bore:12.5%20mm", &["ONE"]),
        ("attribute=vented:true", &["ONE"]),
        ("attribute=bore:12.5", &[]),
        ("attribute=position:front", &[]),
    ] {
        assert_eq!(skus(&get(&bench, &format!("/products?{query}")).await.1), expected, "{query}");
    }
    let value = |value: &str, count: u64| json!({ "value": value, "count": count });
    let (_, counted) = get(&bench, "/products?category=Brakes&attribute=position:Front&facets=true").await;
    let expected = json!([
        { "key": "position", "label": "Position", "values": [value("Front", 2), value("Rear", 1)] },
        { "key": "bore", "label": "Bore", "values": [value("12.5 mm", 1)] },
    ]);
    assert_eq!((&counted["facets"]["attributes"], counted["total"].as_u64()), (&expected, Some(2)));
    let (_, everywhere) = get(&bench, "/products?attribute=position:Front&facets=true").await;
    assert_eq!(everywhere["facets"]["attributes"], json!([]), "which attributes there are is said by a category");
    let (status, refused) = get(&bench, "/products?attribute=position").await;
    assert_eq!((status, refused["errors"][0]["field"].as_str()), (422, Some("attribute")));
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

#[tokio::test]
async fn categories_brands_and_vehicles_are_those_of_what_is_sold() {
    let bench = Bench::on_record().await;
    assert_eq!(get(&bench, "/categories").await.1["code"], "search_not_ready");
    let mut parts: Vec<Product> = (0..4).map(|n| product(&format!("P-{n}"), 100)).collect();
    parts[1].category = "Pads".to_owned();
    parts[2].brand = "Valeo".to_owned();
    parts[2].fitment[0].model = "Dzire".to_owned();
    parts[1].fitment[0].variant = Some("VXi".to_owned());
    parts[3].active = false;
    serve(&bench, &parts);
    let items = async |path: &str| get(&bench, path).await.1["items"].clone();
    assert_eq!(items("/brands").await, json!([{ "name": "Bosch", "products": 2 }, { "name": "Valeo", "products": 1 }]));
    assert_eq!(items("/vehicles/makes").await, json!([{ "name": "Maruti Suzuki", "products": 3 }]));
    let models = items("/vehicles/models?make=Maruti%20Suzuki").await;
    assert_eq!(models, json!([{ "name": "Dzire", "products": 1 }, { "name": "Swift", "products": 2 }]));
    let years = items("/vehicles/years?make=Maruti%20Suzuki&model=Swift").await;
    assert_eq!((years.as_array().unwrap().len(), &years[0]), (6, &json!({ "year": 2023, "products": 2 })));
    assert_eq!(items("/vehicles/models?make=Nobody").await, json!([]));
    let variants = items("/vehicles/variants?make=Maruti%20Suzuki&model=Swift&year=2020").await;
    assert_eq!(variants, json!([{ "name": "VXi", "products": 2 }]), "one names it, the other names none");
    for nothing in ["Swift&year=2017", "Dzire&year=2020", "Nothing&year=2020"] {
        assert_eq!(items(&format!("/vehicles/variants?make=Maruti%20Suzuki&model={nothing}")).await, json!([]));
    }
    let (_, found) = get(&bench, "/products?vehicle=maruti%20suzuki/swift/2020/vxi&sort=name").await;
    assert_eq!(found["total"], 2, "as many are found as were counted");
    let yearless = get(&bench, "/vehicles/variants?make=Maruti%20Suzuki&model=Swift").await;
    assert_eq!((yearless.0, yearless.1["code"].as_str()), (422, Some("invalid_query")));
    let (_, first) = get(&bench, "/vehicles?limit=1").await;
    let next = format!("/vehicles?limit=1&cursor={}", first["next_cursor"].as_str().unwrap());
    let (_, second) = get(&bench, &next).await;
    let vehicle =
        json!({ "make": "Maruti Suzuki", "model": "Swift", "year_from": 2018, "year_to": 2023, "products": 2 });
    assert_eq!(
        (&first["items"][0]["model"], &second["items"][0], &second["next_cursor"]),
        (&json!("Dzire"), &vehicle, &Value::Null)
    );

    let admin = bench.admin().await;
    let (_, bare) = bench.asked_by_admin(admin, "GET", "/admin/categories", &Value::Null).await;
    assert_eq!(bare, json!({ "revision": 0, "categories": [], "changed_by": null, "changed_at": null }));
    let tree = json!({ "revision": 0, "categories": [{ "name": "Brakes", "children": [{ "name": "Pads" }] }] });
    let (status, planted) = bench.asked_by_admin(admin, "PUT", "/admin/categories", &tree).await;
    assert_eq!((status, &planted["revision"]), (200, &json!(1)), "{planted}");
    tokio::time::sleep(Duration::from_millis(2)).await;
    let repeated = bench.asked_by_admin(admin, "PUT", "/admin/categories", &tree).await;
    assert_eq!(repeated, (status, planted), "a repetition tells when it was changed, not when it was asked again");
    let other = json!({ "revision": 0, "categories": [] });
    let (status, answer) = bench.asked_by_admin(admin, "PUT", "/admin/categories", &other).await;
    assert_eq!((status, answer["code"].as_str()), (409, Some("categories_changed")));
    let brakes = &items("/categories").await[0];
    assert_eq!(
        (&brakes["products"], &brakes["total"], &brakes["children"][0]["total"]),
        (&json!(2), &json!(3), &json!(1))
    );
    parts[1].active = false;
    parts[1].revision = 2;
    bench.app.directory.take(&parts);
    assert_eq!(items("/categories").await[0]["total"], 2);
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_tree_from_before_categories_had_attributes_is_shown_and_replaced_once() {
    let bench = Bench::on_record().await;
    let admin = bench.admin().await;
    let pads = doc! { "name": "Pads", "children": [] };
    let brakes = doc! { "name": "Brakes", "children": [pads] };
    let old =
        doc! { "_id": "tree", "revision": 3_i64, "categories": [brakes], "changed_by": null, "changed_at": 0_i64 };
    bench.mongo.collection::<Document>(CategoryTree::COLLECTION).insert_one(old).await.unwrap();
    let show = async || bench.asked_by_admin(admin, "GET", "/admin/categories", &Value::Null).await.1;
    let shown = show().await;
    assert_eq!((&shown["revision"], &shown["categories"][0]["children"][0]["name"]), (&json!(3), &json!("Pads")));
    let put = async |revision: i64, name: &str| {
        let tree = json!({ "revision": revision, "categories": [{ "name": name }] });
        bench.asked_by_admin(admin, "PUT", "/admin/categories", &tree).await.0
    };
    assert_eq!((put(2, "Late").await, put(4, "Early").await), (409, 409));
    assert_eq!((put(3, "Oil").await, put(3, "Oil").await, put(3, "Wipers").await), (200, 200, 409));
    let shown = show().await;
    assert_eq!((&shown["revision"], &shown["categories"][0]["name"]), (&json!(4), &json!("Oil")));
    assert_eq!(put(4, "Wipers").await, 200);
    drop_record(&bench).await;
}

#[tokio::test]
async fn who_removed_a_category_and_when_is_told_for_ever() {
    let bench = Bench::on_record().await;
    let (asha, ravi) = (bench.admin().await, bench.admin().await);
    let put = async |by, revision: i64, categories: Value| {
        let tree = json!({ "revision": revision, "categories": categories });
        let (status, planted) = bench.asked_by_admin(by, "PUT", "/admin/categories", &tree).await;
        assert_eq!(status, 200, "{planted}");
        planted["changed_at"].clone()
    };
    let page = async |query: &str| {
        let (status, page) =
            bench.asked_by_admin(asha, "GET", &format!("/admin/categories/history{query}"), &Value::Null).await;
        assert_eq!(status, 200, "{page}");
        page
    };
    assert_eq!(page("").await, json!({ "items": [], "next_cursor": null }));
    let (brakes, oil) = (json!({ "name": "Brakes" }), json!({ "name": "Oil" }));
    let bore =
        json!([{ "key": "bore", "label": "Bore", "type": "text", "unit": null, "values": [], "required": false }]);
    put(asha, 0, json!([brakes, oil])).await;
    let removed_at = put(ravi, 1, json!([oil])).await;
    put(ravi, 1, json!([oil])).await;
    put(asha, 2, json!([{ "name": "Oil", "attributes": bore }])).await;
    let all = page("").await["items"].as_array().unwrap().clone();
    let brief = |change: &Value| {
        let difference = &change["difference"];
        json!([
            change["revision"],
            change["changed_by"],
            difference["added"],
            difference["removed"],
            difference["attributes_changed"]
        ])
    };
    let expected = [
        json!([3, asha, [], [], ["Oil"]]),
        json!([2, ravi, [], ["Brakes"], []]),
        json!([1, asha, ["Brakes", "Oil"], [], []]),
    ];
    assert_eq!((all.iter().map(brief).collect::<Vec<_>>(), &all[1]["changed_at"]), (expected.to_vec(), &removed_at));
    let first = page("?limit=2").await;
    assert_eq!(first["items"], json!(all[..2]));
    let rest = page(&format!("?limit=2&cursor={}", first["next_cursor"].as_str().unwrap())).await;
    assert_eq!(rest, json!({ "items": all[2..], "next_cursor": null }));

    // A change from before replaced trees were kept is told without what it changed.
    let replaced = bench.mongo.collection::<Document>("category_trees_replaced");
    replaced.delete_one(doc! { "_id": 1_i64 }).await.unwrap();
    let known: Vec<_> =
        page("").await["items"].as_array().unwrap().iter().map(|it| it["difference"].is_null()).collect();
    assert_eq!(known, [false, true]);
    drop_record(&bench).await;
}

#[tokio::test]
async fn an_attribute_that_cannot_be_is_refused_by_the_field() {
    let bench = Bench::on_record().await;
    let admin = bench.admin().await;
    for (attribute, field) in [
        (json!({ "key": "Bore", "label": "Bore", "type": "text" }), "categories[0].attributes[0].key"),
        (json!({ "key": "4242-4242-4242-4242", "label": "B", "type": "text" }), "categories[0].attributes[0].key"),
        (json!({ "key": "bore", "label": "Bore", "type": "text", "unit": "mm" }), "categories[0].attributes[0].unit"),
        (json!({ "key": "bore", "label": "Bore", "type": "choice" }), "categories[0].attributes[0].values"),
        (json!({ "key": "bore", "label": "Bore", "type": "length" }), "categories[0].attributes[0].type"),
    ] {
        let tree = json!({ "revision": 0, "categories": [{ "name": "Brakes", "attributes": [attribute] }] });
        let (status, answer) = bench.asked_by_admin(admin, "PUT", "/admin/categories", &tree).await;
        assert_eq!((status, answer["errors"][0]["field"].as_str()), (422, Some(field)), "{answer}");
    }
    drop_record(&bench).await;
}
