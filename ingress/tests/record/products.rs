//! Products: how operators change them, and where they lead.

use ingress::auth::Role;
use mongodb::bson::{Document, doc, serialize_to_document};
use schemas::{
    catalog::{
        Attribute, CatalogMessage, ChangeProduct, ProductStatus,
        changes::{FieldChange, ProductChange, Refused},
    },
    documents::Product,
    ids::{ProductId, UserId},
};
use serde_json::{Value, json};
use shared::{
    message::{Delivery, Position},
    time::Timestamp,
};

use crate::{
    samples::{drop_record, product, put_product, serve},
    testing::{Bench, request},
};

fn form() -> Value {
    json!({ "sku": "BRK-1", "slug": "pads", "name": "Pads", "category": "Brakes", "brand": "Bosch", "kind": "aftermarket",
            "hsn": "87083000", "price": { "minor": 100, "currency": "INR" }, "weight_grams": 10, "status": "draft" })
}

async fn asked(bench: &Bench, admin: UserId, call: (&str, &str), key: &str, body: &Value) -> (u16, Value) {
    let bearer = format!("Bearer {}", bench.token_of(admin, Role::Admin));
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json"), ("idempotency-key", key)];
    let (status, json) = bench.ask(request(call.0, call.1, &headers, body.to_string())).await;
    (status.as_u16(), json)
}

async fn get(bench: &Bench, path: &str) -> (u16, Value) {
    let (status, json) = bench.ask(request("GET", path, &[], "")).await;
    (status.as_u16(), json)
}

fn sent(bench: &Bench) -> Vec<(String, ChangeProduct)> {
    let place = Position { partition: 0, offset: 0 };
    let taken = bench.broker.taken.lock().unwrap();
    let commands = taken.iter().map(|sent| {
        let delivery = Delivery::<CatalogMessage>::decode(&sent.payload, place, Timestamp::now(), None).unwrap();
        match delivery.message {
            CatalogMessage::ChangeProduct(command) => (delivery.id.to_string(), command),
            other => panic!("{other:?}"),
        }
    });
    commands.collect()
}

async fn put_change(bench: &Bench, change: &ProductChange) {
    let id = ProductChange::document_id(change.product_id, &change.change_id);
    let mut row = serialize_to_document(change).unwrap();
    row.insert("kind", "change");
    let changes = bench.mongo.collection::<Document>(ProductChange::COLLECTION);
    changes.insert_one(doc! { "_id": id, "version": 1, "row": row }).await.unwrap();
}

fn change(product_id: ProductId, change_id: &str, refused: Option<Refused>) -> ProductChange {
    let field = FieldChange { field: "name".to_owned(), before: "Old".into(), after: "New".into() };
    ProductChange {
        product_id,
        change_id: change_id.to_owned(),
        by: None,
        at: Timestamp::from_millis(1_000),
        revision: 2,
        refused,
        fields: vec![field],
    }
}

#[tokio::test]
async fn a_product_is_made_by_a_command_and_the_same_request_is_the_same_command() {
    let bench = Bench::on_record().await;
    let admin = bench.admin().await;
    let (status, answer) = asked(&bench, admin, ("POST", "/admin/products"), "k", &form()).await;
    assert_eq!((status, answer["state"].as_str()), (202, Some("asked")), "{answer}");
    assert_eq!(asked(&bench, admin, ("POST", "/admin/products"), "k", &form()).await.0, 202);
    let commands = sent(&bench);
    assert_eq!(commands[0], commands[1]);
    let (_, command) = &commands[0];
    assert_eq!((command.admin_id, command.revision, command.product.status), (admin, 0, Some(ProductStatus::Draft)));
    assert!(!command.product.active);
    // Once the catalog worker has made it, the same request is answered with what came of it, and another body is refused.
    put_change(&bench, &change(command.product.product_id, &command.change_id, None)).await;
    let (_, again) = asked(&bench, admin, ("POST", "/admin/products"), "k", &form()).await;
    assert_eq!((again["state"].as_str(), bench.appended()), (Some("made"), 2));
    let mut other = form();
    other["name"] = "Other pads".into();
    let (status, answer) = asked(&bench, admin, ("POST", "/admin/products"), "k", &other).await;
    assert_eq!((status, answer["code"].as_str()), (422, Some("idempotency_key_reused")));
    let bearer = format!("Bearer {}", bench.token_of(admin, Role::Admin));
    let keyless = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let keyless = request("POST", "/admin/products", &keyless, form().to_string());
    assert_eq!(bench.code(keyless).await, (400, "invalid_idempotency_key".to_owned()));
    drop_record(&bench).await;
}

#[tokio::test]
async fn what_an_operator_says_of_a_product_is_what_its_page_shows() {
    let bench = Bench::on_record().await;
    let admin = bench.admin().await;
    let said = json!({
        "title": "Brake pads for the Swift", "meta_description": "Pads that stop.", "canonical_slug": "pads-front",
        "images": [{ "url": "https://cdn.example.in/1.webp", "alt": "A pair" },
                   { "url": "https://cdn.example.in/2.webp", "alt": "" }],
        "tags": ["stopping", "disc brakes"], "barcode": "4006633374668",
        "cross_references": ["1K0-698-151 A", "13.0460-7232.2"], "oem_number": "55810M68K00",
        "attributes": [
            { "name": "Bore", "text": null, "number": "12.5", "unit": "mm", "flag": null },
            { "name": "Colour", "text": "Black", "number": null, "unit": null, "flag": null },
            { "name": "Coated", "text": null, "number": null, "unit": null, "flag": true }],
        "fitment": [{ "make": "Maruti Suzuki", "model": "Swift", "year_from": 2018, "year_to": 2024, "variant": "VXi" }],
        "description": "For the front axle.", "gst_basis_points": 2800, "non_returnable": true, "status": "active" });
    let mut whole = form();
    whole.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
    assert_eq!(asked(&bench, admin, ("POST", "/admin/products"), "k", &whole).await.0, 202);
    // In the form in which the catalog worker stores what the command says.
    let (_, command) = sent(&bench).pop().unwrap();
    put_product(&bench, &Product::new(command.product, Timestamp::now())).await;
    let (status, mut page) = get(&bench, "/products/pads").await;
    assert_eq!(status, 200, "{page}");
    let mut expected = whole.as_object().unwrap().clone();
    expected.remove("status");
    let shown = page.as_object_mut().unwrap();
    shown.retain(|field, _| expected.contains_key(field));
    assert_eq!(page, Value::Object(expected));
    drop_record(&bench).await;
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_the_field_or_by_what_stands_in_its_way() {
    let bench = Bench::on_record().await;
    let admin = bench.admin().await;
    let (mut part, mut other) = (product("P-1", 100), product("P-2", 100));
    other.relations.replaced_by = Some(part.product_id);
    part.revision = 3;
    put_product(&bench, &part).await;
    put_product(&bench, &other).await;
    let path = format!("/admin/products/{}", part.product_id);
    for (patch, expected) in [
        (json!({ "revision": 2, "name": "New" }), (409, "product_changed", Value::Null)),
        (json!({ "name": "New" }), (422, "validation_failed", json!("revision"))),
        (json!({ "revision": 3, "sku": "P-3" }), (422, "validation_failed", json!("sku"))),
        (json!({ "revision": 3, "slug": "p-2" }), (409, "slug_taken", Value::Null)),
        (json!({ "revision": 3, "hsn": "1" }), (422, "validation_failed", json!("hsn"))),
        (json!({ "revision": 3, "nmae": "New" }), (422, "invalid_body", json!("nmae"))),
        (json!({ "revision": 3, "replaced_by": other.product_id }), (422, "validation_failed", json!("replaced_by"))),
        (json!({ "revision": 3, "replaced_by": UserId::generate() }), (422, "validation_failed", json!("replaced_by"))),
        (json!({ "revision": 3, "name": "4242 4242 4242 4242" }), (422, "validation_failed", json!("name"))),
        (json!([]), (422, "invalid_body", Value::Null)),
        (json!(null), (422, "invalid_body", Value::Null)),
        (json!(5), (422, "invalid_body", Value::Null)),
        (json!({ "revision": 3, "canonical_slug": "No slug" }), (422, "validation_failed", json!("canonical_slug"))),
        (json!({ "revision": 3, "tags": vec!["tag"; 100] }), (422, "validation_failed", json!("tags"))),
        (
            json!({ "revision": 3, "fitment": [{ "make": "Tata", "model": "Nexon", "year_from": 2024, "year_to": 2020 }] }),
            (422, "validation_failed", json!("fitment[0].year_to")),
        ),
    ] {
        let (status, answer) = asked(&bench, admin, ("PATCH", &path), "k", &patch).await;
        let told = (status, answer["code"].as_str().unwrap_or_default(), answer["errors"][0]["field"].clone());
        assert_eq!(told, expected, "{patch}: {answer}");
    }
    assert_eq!(bench.appended(), 0);
    let nobodys = format!("/admin/products/{}", ProductId::generate());
    assert_eq!(asked(&bench, admin, ("PUT", &nobodys), "k", &form()).await.0, 404);
    let (status, answer) = asked(&bench, admin, ("PATCH", &path), "l", &json!({ "revision": 3, "name": "New" })).await;
    assert_eq!(status, 202, "{answer}");
    let (_, command) = sent(&bench).pop().unwrap();
    let expected = (3, "New", part.price, part.fitment);
    let product = command.product;
    assert_eq!((command.revision, product.name.as_str(), product.price, product.fitment), expected);
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_product_has_the_attributes_of_its_category_as_the_category_has_them() {
    let bench = Bench::on_record().await;
    let admin = bench.admin().await;
    let mut part = product("P-1", 100);
    part.category = "Pads".to_owned();
    part.page.attributes = vec![Attribute {
        name: "thickness".to_owned(),
        number: Some("12.5".to_owned()),
        unit: Some("cm".to_owned()),
        ..Attribute::default()
    }];
    put_product(&bench, &part).await;
    let attributes = json!([
        { "key": "thickness", "label": "Pad thickness", "type": "number", "unit": "mm", "required": true },
        { "key": "colour", "label": "Colour", "type": "choice", "values": ["Red", "Blue"] }]);
    let tree = json!({ "revision": 0, "categories": [
        { "name": "Brakes", "attributes": attributes, "children": [{ "name": "Pads" }] }] });
    let (status, planted) = bench.asked_by_admin(admin, "PUT", "/admin/categories", &tree).await;
    assert_eq!((status, &planted["categories"][0]["attributes"][0]["unit"]), (200, &json!("mm")), "{planted}");
    // What stood there before stays, and is shown with what its category says by now.
    let (_, shown) = get(&bench, "/products/p-1").await;
    assert_eq!(shown["attributes"][0]["unit"], "cm");
    assert_eq!(
        (&shown["attribute_definitions"][0]["label"], &shown["attribute_definitions"][1]["values"]),
        (&json!("Pad thickness"), &json!(["Red", "Blue"]))
    );
    let path = format!("/admin/products/{}", part.product_id);
    let thickness = |unit: &str| json!({ "name": "thickness", "number": "12.5", "unit": unit });
    let free = json!({ "name": "Origin", "text": "Pune" });
    for (given, field) in [
        (json!([thickness("dm")]), "attributes[0].unit"),
        (json!([free, { "name": "thickness", "text": "12.5 mm" }]), "attributes[1].number"),
        (json!([thickness("mm"), { "name": "colour", "text": "red" }]), "attributes[1].text"),
        (json!([free]), "attributes"),
    ] {
        let patch = json!({ "revision": part.revision, "attributes": given });
        let (status, answer) = asked(&bench, admin, ("PATCH", &path), "k", &patch).await;
        let told = (status, answer["code"].as_str(), answer["errors"][0]["field"].as_str());
        assert_eq!(told, (422, Some("validation_failed"), Some(field)), "{patch}: {answer}");
    }
    let renamed = json!({ "revision": part.revision, "name": "Better pads" });
    assert_eq!(asked(&bench, admin, ("PATCH", &path), "k", &renamed).await.0, 422);
    assert_eq!(bench.appended(), 0);
    let right = json!({ "revision": part.revision, "attributes": [thickness("mm"), free] });
    assert_eq!(asked(&bench, admin, ("PATCH", &path), "l", &right).await.0, 202);
    let off_sale = json!({ "revision": part.revision, "status": "archived" });
    assert_eq!(asked(&bench, admin, ("PATCH", &path), "n", &off_sale).await.0, 202, "whatever its category says");
    let elsewhere = json!({ "revision": part.revision, "category": "Oil" });
    assert_eq!(asked(&bench, admin, ("PATCH", &path), "m", &elsewhere).await.0, 202);
    drop_record(&bench).await;
}

#[tokio::test]
async fn operators_see_drafts_and_what_was_refused_and_customers_see_neither() {
    let bench = Bench::on_record().await;
    let admin = bench.admin().await;
    let mut draft = product("DRAFT", 100);
    (draft.active, draft.status) = (false, Some(ProductStatus::Draft));
    let mut old = product("OLD", 100);
    old.active = false;
    for part in [&draft, &old, &product("SOLD", 100)] {
        put_product(&bench, part).await;
    }
    for (status, expected) in [("draft", "DRAFT"), ("archived", "OLD"), ("active", "SOLD")] {
        let path = format!("/admin/products?status={status}");
        let (_, page) = bench.asked_by_admin(admin, "GET", &path, &Value::Null).await;
        let items = page["items"].as_array().unwrap();
        assert_eq!((items.len(), &items[0]["sku"], &items[0]["status"]), (1, &json!(expected), &json!(status)));
    }
    assert_eq!(get(&bench, "/products/draft").await.0, 404);
    let refused = Refused { code: "revision_changed".to_owned(), detail: "too late".to_owned() };
    put_change(&bench, &change(draft.product_id, "a", None)).await;
    put_change(&bench, &change(draft.product_id, "b", Some(refused))).await;
    let path = format!("/admin/products/{}/history?limit=1", draft.product_id);
    let (_, first) = bench.asked_by_admin(admin, "GET", &path, &Value::Null).await;
    assert_eq!(
        (&first["items"][0]["state"], &first["items"][0]["code"]),
        (&json!("refused"), &json!("revision_changed"))
    );
    let next = format!("{path}&cursor={}", first["next_cursor"].as_str().unwrap());
    let (_, second) = bench.asked_by_admin(admin, "GET", &next, &Value::Null).await;
    assert_eq!(
        (&second["items"][0]["state"], &second["items"][0]["fields"][0]["after"]),
        (&json!("made"), &json!("New"))
    );
    assert_eq!(second["next_cursor"], Value::Null);
    drop_record(&bench).await;
}

/// Where a path leads, with its status.
async fn led(bench: &Bench, path: &str) -> (u16, String) {
    let answer = bench.send(request("GET", path, &[], "")).await;
    let location = answer.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
    (answer.status().as_u16(), location.unwrap_or_default())
}

#[tokio::test]
async fn an_old_slug_and_a_replaced_product_lead_on_and_a_circle_leads_nowhere() {
    let bench = Bench::on_record().await;
    let mut parts: Vec<Product> = (0..5).map(|n| product(&format!("P-{n}"), 100)).collect();
    let ids: Vec<ProductId> = parts.iter().map(|part| part.product_id).collect();
    let retire = |part: &mut Product, by: usize| (part.active, part.relations.replaced_by) = (false, Some(ids[by]));
    retire(&mut parts[0], 1);
    retire(&mut parts[1], 2);
    parts[2].former_slugs = vec!["old-name".to_owned()];
    retire(&mut parts[3], 4);
    retire(&mut parts[4], 3);
    parts[0].labels.cross_references = vec!["1K0-698-151 A".to_owned()];
    for part in &parts {
        put_product(&bench, part).await;
    }
    let to = "/api/v1/products/p-2".to_owned();
    assert_eq!(led(&bench, "/products/old-name").await, (308, to.clone()));
    assert_eq!(led(&bench, "/products/p-0").await, (307, to));
    assert_eq!(led(&bench, "/products/p-3").await.0, 404);
    serve(&bench, &parts);
    for query in ["q=1k0698151a", "q=P-0", "q=1k0%20698"] {
        let (_, page) = get(&bench, &format!("/products?{query}")).await;
        assert_eq!(page["items"][0]["sku"], "P-2", "{query}: {page}");
    }
    let (_, listed) = get(&bench, "/products?sort=name").await;
    assert_eq!(listed["total"], 1, "{listed}");
    let (_, suggested) = get(&bench, "/products/suggest?q=bosc").await;
    assert_eq!(suggested["items"][0]["slug"], "p-2", "{suggested}");
    assert_eq!(get(&bench, "/products/suggest?q=b").await.0, 422);
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_product_leads_to_variants_alternatives_and_vehicles() {
    let bench = Bench::on_record().await;
    let mut parts: Vec<Product> = (0..5).map(|n| product(&format!("P-{n}"), 100)).collect();
    let size = |text: &str| Attribute { name: "Size".to_owned(), text: Some(text.to_owned()), ..Attribute::default() };
    for (part, text) in parts[..2].iter_mut().zip(["small", "large"]) {
        part.relations.group = Some("pads".to_owned());
        part.relations.varies_by = vec!["Size".to_owned()];
        part.page.attributes = vec![size(text)];
    }
    parts[0].numbers = vec!["1k0".to_owned()];
    parts[3].numbers = vec!["2k0".to_owned(), "1k0".to_owned()];
    parts[0].relations.alternatives = vec![parts[4].product_id];
    (parts[2].active, parts[2].numbers) = (false, vec!["1k0".to_owned()]);
    for part in &parts {
        put_product(&bench, part).await;
    }
    let (_, shown) = get(&bench, "/products/p-0").await;
    let sizes: Vec<_> = shown["variants"].as_array().unwrap().iter().map(|it| &it["attributes"][0]["text"]).collect();
    assert_eq!(sizes, ["small", "large"]);
    assert_eq!((&shown["replaced_by"], &shown["rating"]["count"]), (&Value::Null, &json!(0)));
    let path = |part: &Product, what: &str| format!("/products/{}/{what}", part.product_id);
    let (_, alternatives) = get(&bench, &path(&parts[0], "alternatives")).await;
    let skus: Vec<_> = alternatives["items"].as_array().unwrap().iter().map(|it| &it["sku"]).collect();
    assert_eq!(skus, ["P-4", "P-3"]);
    let (_, fitment) = get(&bench, &path(&parts[0], "fitment")).await;
    assert_eq!(fitment["items"][0]["model"], "Swift");
    assert_eq!(get(&bench, &path(&parts[2], "fitment")).await.0, 404);
    drop_record(&bench).await;
}

#[tokio::test]
async fn alternatives_and_variants_are_paged_in_one_order_and_each_is_on_one_page() {
    let bench = Bench::on_record().await;
    let mut parts: Vec<Product> = (0..8).map(|n| product(&format!("P-{n}"), 100)).collect();
    let ids: Vec<ProductId> = parts.iter().map(|part| part.product_id).collect();
    for part in &mut parts[..7] {
        part.numbers = vec!["1k0".to_owned(), "2k0".to_owned()];
        part.relations.group = Some("pads".to_owned());
    }
    // One is named and has the number as well; one is sold no more and another in its place, which is named, too.
    parts[7].active = false;
    parts[7].relations.replaced_by = Some(ids[5]);
    parts[0].relations.alternatives = vec![ids[4], ids[7], ids[5]];
    parts[6].active = false;
    for part in &parts {
        put_product(&bench, part).await;
    }
    let all = async |what: &str, limit: usize| {
        let (mut skus, mut pages, mut cursor) = (Vec::new(), 0, String::new());
        loop {
            let path = format!("/products/{}/{what}?limit={limit}{cursor}", ids[0]);
            let (status, page) = get(&bench, &path).await;
            assert_eq!(status, 200, "{page}");
            let items = page["items"].as_array().unwrap();
            skus.extend(items.iter().map(|it| it["sku"].as_str().unwrap().to_owned()));
            pages += 1;
            let Some(next) = page["next_cursor"].as_str() else { break (skus.join(" "), pages) };
            assert_eq!(items.len(), limit);
            cursor = format!("&cursor={next}");
        }
    };
    for (limit, pages) in [(1, 5), (2, 3), (5, 1), (100, 1)] {
        assert_eq!(all("alternatives", limit).await, ("P-4 P-5 P-1 P-2 P-3".to_owned(), pages), "{limit}");
    }
    for (limit, pages) in [(1, 6), (4, 2), (6, 1)] {
        assert_eq!(all("variants", limit).await, ("P-0 P-1 P-2 P-3 P-4 P-5".to_owned(), pages), "{limit}");
    }
    for what in ["alternatives", "variants"] {
        for (query, field) in
            [("limit=0", "limit"), ("limit=101", "limit"), ("cursor=zz", "cursor"), ("cursor=6e", "cursor")]
        {
            let (status, answer) = get(&bench, &format!("/products/{}/{what}?{query}", ids[0])).await;
            assert_eq!((status, answer["errors"][0]["field"].as_str()), (422, Some(field)), "{what} {query}");
        }
        assert_eq!(get(&bench, &format!("/products/{}/{what}", ids[6])).await.0, 404);
    }
    drop_record(&bench).await;
}
