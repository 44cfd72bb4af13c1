//! Files of operators: checked as a whole, carried out row by row, each row once whatever dies meanwhile.

use std::{collections::BTreeMap, fmt::Write, time::Duration};

use e2e::{
    Answer, Customer, Setup, Stack, catalog::PADS, client::unused_name, eventually, eventually_within, run, shop,
};
use mongodb::bson::{Document, doc};
use reqwest::Method;
use serde_json::{Value, json};

const CSV: &str = "text/csv";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// A debug build beside other tests carries a few hundred rows a second out.
const CARRIED_OUT_WITHIN: Duration = Duration::from_secs(120);

/// A SKU that nobody has had yet: of a name the end, for names that are made at one moment begin alike.
fn a_sku() -> String {
    unused_name()[12..].to_uppercase()
}

async fn bring(admin: &Customer, kind: &str, media_type: &str, file: impl Into<reqwest::Body>) -> Answer {
    let path = format!("/admin/imports?kind={kind}");
    let request = admin.request(Method::POST, &path).header("idempotency-key", unused_name());
    Answer::of(request.header("content-type", media_type).body(file)).await
}

/// Brings a file in and waits until it was checked; its address.
async fn checked(admin: &Customer, kind: &str, file: &str) -> (String, Value) {
    checked_as(admin, kind, CSV, file.as_bytes()).await
}

pub async fn checked_as(admin: &Customer, kind: &str, media_type: &str, file: &[u8]) -> (String, Value) {
    let brought = bring(admin, kind, media_type, file.to_vec()).await.expect(202).json();
    let path = format!("/admin/imports/{}", brought["import_id"].as_str().unwrap());
    let seen = stands(admin, &path, &["checked", "refused"]).await;
    (path, seen)
}

async fn stands(admin: &Customer, path: &str, where_: &[&str]) -> Value {
    eventually_within(CARRIED_OUT_WITHIN, "a file stands there", async || {
        let seen = admin.get(path).await.expect(200).json();
        let status = seen["status"].as_str().unwrap_or_default();
        if where_.contains(&status) { Ok(seen) } else { Err(seen.to_string()) }
    })
    .await
}

async fn post(admin: &Customer, path: &str, body: &Value) -> Answer {
    Answer::of(admin.request(Method::POST, path).json(body)).await
}

/// Starts a checked file and waits for its end.
pub async fn carried_out(admin: &Customer, path: &str) -> Value {
    post(admin, &format!("{path}/start"), &json!({ "skip_bad_rows": true })).await.expect(202);
    stands(admin, path, &["finished"]).await
}

pub fn counts(seen: &Value) -> [i64; 4] {
    ["applied", "unchanged", "refused", "left"].map(|part| seen["progress"][part].as_i64().unwrap())
}

pub async fn errors(admin: &Customer, path: &str) -> Vec<(i64, String, String)> {
    let page = admin.get(&format!("{path}/errors?limit=100")).await.expect(200).json();
    let text = |item: &Value, part: &str| item[part].as_str().unwrap_or_default().to_owned();
    let items = page["items"].as_array().unwrap().iter();
    items.map(|item| (item["row"].as_i64().unwrap(), text(item, "column"), text(item, "code"))).collect()
}

/// A file of products with these SKUs, each at this price.
fn products(skus: &[String], price: &str) -> String {
    let mut file = "sku,slug,name,category,brand,kind,hsn,price,weight_grams,status\n".to_owned();
    for sku in skus {
        let slug = sku.to_lowercase();
        writeln!(file, "{sku},{slug},Clutch {sku},Transmission,Valeo,aftermarket,87089300,{price},3000,active")
            .unwrap();
    }
    file
}

/// The units of parts that came in, as the inventory has them.
async fn received(shop: &Stack, skus: &[String]) -> BTreeMap<String, i64> {
    let found: Vec<Document> = shop.store().find("stock", doc! { "_id": { "$in": skus } }).await;
    let units = |part: &Document| part.get_document("state").unwrap().get_i64("received").unwrap();
    found.iter().map(|part| (part.get_str("_id").unwrap().to_owned(), units(part))).collect()
}

fn deliveries(skus: &[String], note: &str) -> String {
    let rows = skus.iter().map(|sku| format!("{sku},5,{note}\n"));
    format!("sku,quantity,receipt\n{}", rows.collect::<String>())
}

#[test]
fn products_are_checked_row_by_row_carried_out_and_the_same_file_again_changes_nothing() {
    run(async {
        let shop = shop().await;
        let (admin, customer) = (shop.admin().await, shop.customer().await);
        let skus: Vec<String> = (0..3).map(|_| a_sku()).collect();
        let mut file = products(&skus, "1200.50");
        file.push_str("not a sku,x,X,Transmission,Valeo,aftermarket,87089300,1,3000,active\n");
        writeln!(file, "{},y,Y,Transmission,Valeo,aftermarket,12345,1,3000,active", a_sku()).unwrap();
        let (path, seen) = checked(&admin, "products", &file).await;
        let of_file = |part: &str| seen["file"][part].as_i64().unwrap();
        assert_eq!(["rows", "good", "bad", "new"].map(of_file), [5, 3, 2, 3], "{seen}");
        let found = errors(&admin, &path).await;
        let places: Vec<(i64, &str)> = found.iter().map(|(row, column, _)| (*row, column.as_str())).collect();
        assert_eq!(places, [(5, "sku"), (6, "hsn")], "{found:?}");
        customer.get(&format!("/products/{}", skus[0].to_lowercase())).await.expect(404);

        post(&admin, &format!("{path}/start"), &json!({})).await.expect_problem(409, "import_has_bad_rows");
        assert_eq!(counts(&carried_out(&admin, &path).await), [3, 0, 0, 0]);
        post(&admin, &format!("{path}/start"), &json!({})).await.expect(202);
        post(&admin, &format!("{path}/cancel"), &json!({})).await.expect_problem(409, "import_over");
        let product = customer.get(&format!("/products/{}", skus[0].to_lowercase())).await.expect(200).json();
        assert_eq!(product["price"]["minor"], 120_050);

        let (_, again) = checked(&admin, "products", &products(&skus, "1200.50")).await;
        assert_eq!((&again["file"]["good"], &again["file"]["unchanged"]), (&json!(0), &json!(3)), "{again}");

        // Prices alone, and somebody else is faster with one of them.
        let (path, seen) = checked(&admin, "prices", &format!("sku,price\n{},99\n{},98\n", skus[0], skus[1])).await;
        assert_eq!(seen["file"]["changed"], 2, "{seen}");
        let (other, _) = checked(&admin, "prices", &format!("sku,price\n{},77\n", skus[1])).await;
        carried_out(&admin, &other).await;
        assert_eq!(counts(&carried_out(&admin, &path).await), [1, 0, 1, 0]);
        assert_eq!(errors(&admin, &path).await, [(3, String::new(), "revision_changed".to_owned())]);

        let vehicles = format!(
            "sku,make,model,year_from,year_to\n{0},Skoda,Yeti,2011,2013\n{0},Skoda,Kodiaq,2017,2020\n",
            skus[2]
        );
        let (path, _) = checked(&admin, "fitments", &vehicles).await;
        assert_eq!(counts(&carried_out(&admin, &path).await), [2, 0, 0, 0]);
        let product = customer.get(&format!("/products/{}", skus[2].to_lowercase())).await.expect(200).json();
        assert_eq!(product["fitment"].as_array().unwrap().len(), 2, "{product}");
    });
}

#[test]
fn a_row_is_held_to_the_categories_as_they_are_when_it_is_checked_and_when_it_is_carried_out() {
    run(async {
        let shop = Setup::new("imports-attributes").start().await;
        let admin = shop.admin().await;
        let plant = async |revision: i64, unit: &str| {
            let bore = json!({ "key": "bore", "label": "Bore", "type": "number", "unit": unit });
            let brakes = json!({ "name": "Brakes", "attributes": [bore], "children": [{ "name": "Discs" }] });
            let tree = json!({ "revision": revision, "categories": [brakes] });
            Answer::of(admin.request(Method::PUT, "/admin/categories").json(&tree)).await.expect(200);
        };
        plant(0, "mm").await;
        let skus = [a_sku(), a_sku()];
        let mut file = "sku,slug,name,category,brand,kind,hsn,price,weight_grams,status,attributes\n".to_owned();
        for (sku, unit) in skus.iter().zip(["mm", "cm"]) {
            let slug = sku.to_lowercase();
            writeln!(file, "{sku},{slug},Disc,Discs,Bosch,aftermarket,87083000,10,3000,active,bore/number/68/{unit}")
                .unwrap();
        }
        let (path, _) = checked(&admin, "products", &file).await;
        let of_row = |row: i64, column: &str| (row, column.to_owned(), "invalid_attributes".to_owned());
        assert_eq!(errors(&admin, &path).await, [of_row(3, "attributes")]);
        let (late, _) = checked(&admin, "products", &file).await;
        assert_eq!(counts(&carried_out(&admin, &path).await), [1, 0, 0, 0]);

        // What was put before stays when the category's attributes change; what is put afterwards is held to them.
        let (price, _) = checked(&admin, "prices", &format!("sku,price\n{},11\n", skus[0])).await;
        plant(1, "cm").await;
        assert_eq!(counts(&carried_out(&admin, &price).await), [0, 0, 1, 0]);
        assert_eq!(errors(&admin, &price).await, [of_row(2, "")]);
        assert_eq!(counts(&carried_out(&admin, &late).await), [0, 0, 1, 0]);
        let shown = admin.get(&format!("/products/{}", skus[0].to_lowercase())).await.expect(200).json();
        assert_eq!((&shown["price"]["minor"], &shown["attributes"][0]["unit"]), (&json!(1_000), &json!("mm")));
        assert_eq!(shown["attribute_definitions"][0]["unit"], "cm", "{shown}");
    });
}

#[test]
fn a_slug_that_another_product_took_after_the_check_is_refused_in_its_row_and_the_file_goes_on() {
    run(async {
        let shop = Setup::new("imports-slugs").start().await;
        let admin = shop.admin().await;
        let skus: Vec<String> = (0..4).map(|_| a_sku()).collect();
        let slug = skus[1].to_lowercase();
        let (path, seen) = checked(&admin, "products", &products(&skus[..3], "10")).await;
        assert_eq!(seen["file"]["good"], 3, "{seen}");
        let own = format!(",{},", skus[3].to_lowercase());
        let faster = products(&skus[3..], "10").replacen(&own, &format!(",{slug},"), 1);
        let (faster, _) = checked(&admin, "products", &faster).await;
        assert_eq!(counts(&carried_out(&admin, &faster).await), [1, 0, 0, 0]);
        assert_eq!(counts(&carried_out(&admin, &path).await), [2, 0, 1, 0]);
        assert_eq!(errors(&admin, &path).await, [(3, String::new(), "slug_taken".to_owned())]);

        // The same for products that are there, of which one says so in its history.
        let free = format!("{slug}-free");
        let renamed = |sku: &String| format!("sku,slug\n{sku},{free}\n");
        let (late, _) = checked(&admin, "products", &renamed(&skus[0])).await;
        let (faster, _) = checked(&admin, "products", &renamed(&skus[2])).await;
        assert_eq!(counts(&carried_out(&admin, &faster).await), [1, 0, 0, 0]);
        assert_eq!(counts(&carried_out(&admin, &late).await), [0, 0, 1, 0]);
        let product = admin.get(&format!("/products/{}", skus[0].to_lowercase())).await.expect(200).json();
        let history = format!("/admin/products/{}/history", product["product_id"].as_str().unwrap());
        let history = admin.get(&history).await.expect(200).json();
        assert_eq!(
            (&history["items"][0]["state"], &history["items"][0]["code"]),
            (&json!("refused"), &json!("slug_taken"))
        );
        assert!(admin.get("/admin/dead-letters").await.json()["items"].as_array().unwrap().is_empty());
    });
}

#[test]
fn a_file_that_cannot_be_read_says_why_and_a_key_is_one_file() {
    run(async {
        let shop = shop().await;
        let admin = shop.admin().await;
        let (_, seen) = checked(&admin, "stock", "sku,quantity\nA,1\n").await;
        assert_eq!(
            (&seen["status"], &seen["problem"]["code"]),
            (&json!("refused"), &json!("missing_column")),
            "{seen}"
        );
        bring(&admin, "stock", "application/pdf", "x").await.expect_problem(415, "unsupported_media_type");
        bring(&admin, "orders", CSV, "x").await.expect_problem(422, "validation_failed");
        let with_key = async |file: &'static str| {
            let request = admin.request(Method::POST, "/admin/imports?kind=stock").header("content-type", CSV);
            Answer::of(request.header("idempotency-key", shop.store().prefix()).body(file)).await
        };
        let first = with_key("sku,quantity,receipt\n").await.expect(202).json();
        assert_eq!(with_key("sku,quantity,receipt\n").await.expect(202).json(), first);
        with_key("sku,quantity,receipt\nA,1,n\n").await.expect_problem(422, "idempotency_key_reused");
        let huge = vec![b'x'; 64 * 1024 * 1024 + 1];
        bring(&admin, "stock", CSV, huge).await.expect_problem(413, "body_too_large");
        admin.get("/admin/imports/0192c1de-7a4c-7b6e-8f3a-2d1c0b9a8e7f").await.expect_problem(404, "import_not_found");
    });
}

#[test]
fn the_daemon_is_killed_while_it_checks_and_carries_out_and_every_row_counts_once() {
    run(async {
        let shop = Setup::new("imports").start().await;
        let admin = shop.admin().await;
        let skus: Vec<String> = (0..1_500).map(|_| a_sku()).collect();
        let brought = bring(&admin, "products", CSV, products(&skus, "10")).await.expect(202).json();
        let path = format!("/admin/imports/{}", brought["import_id"].as_str().unwrap());
        tokio::time::sleep(Duration::from_millis(100)).await;
        killed(&shop).await;
        let seen = stands(&admin, &path, &["checked"]).await;
        assert_eq!((&seen["file"]["good"], &seen["file"]["bad"]), (&json!(1_500), &json!(0)), "{seen}");
        assert_eq!(counts(&with_kills(&shop, &admin, &path).await), [1_500, 0, 0, 0]);

        let (path, _) = checked(&admin, "stock", &deliveries(&skus, "note-1")).await;
        assert_eq!(counts(&with_kills(&shop, &admin, &path).await), [1_500, 0, 0, 0]);
        let (path, _) = checked(&admin, "stock", &deliveries(&skus, "note-1")).await;
        let seen = carried_out(&admin, &path).await;
        assert_eq!(counts(&seen), [0, 1_500, 0, 0], "a delivery note counts once: {seen}");
        let units = received(&shop, &skus).await;
        assert!(units.len() == 1_500 && units.values().all(|units| *units == 5), "{units:?}");
        eventually("nothing is left of the files but what they say", async || {
            let count = async |collection: &str| shop.store().find::<Document>(collection, doc! {}).await.len();
            let left = [count("import_pieces").await, count("import_chunks").await, count("import_errors").await];
            if left == [0, 0, 0] { Ok(()) } else { Err(format!("{left:?}")) }
        })
        .await;
        assert!(admin.get("/admin/dead-letters").await.json()["items"].as_array().unwrap().is_empty());
    });
}

/// Starts a file, and kills the daemon twice while it is carried out.
async fn with_kills(shop: &Stack, admin: &Customer, path: &str) -> Value {
    post(admin, &format!("{path}/start"), &json!({})).await.expect(202);
    for _ in 0..2 {
        eventually("some of it is carried out", async || {
            let seen = admin.get(path).await.json();
            if counts(&seen)[0] > 0 { Ok(()) } else { Err(seen.to_string()) }
        })
        .await;
        killed(shop).await;
    }
    stands(admin, path, &["finished"]).await
}

async fn killed(shop: &Stack) {
    shop.kill("imports");
    shop.start_again("imports");
    shop.ready("imports").await;
}

#[test]
fn a_cancelled_file_stops_and_its_events_tell_how_it_ended() {
    run(async {
        let shop = Setup::new("imports-cancelled").start().await;
        let admin = shop.admin().await;
        let skus: Vec<String> = (0..4_000).map(|_| a_sku()).collect();
        let (path, _) = checked(&admin, "products", &products(&skus, "10")).await;
        let events = admin.request(Method::GET, &format!("{path}/events")).send().await.unwrap();
        assert_eq!(events.status(), 200);
        post(&admin, &format!("{path}/start"), &json!({})).await.expect(202);
        stands(&admin, &path, &["running"]).await;
        post(&admin, &format!("{path}/cancel"), &json!({})).await.expect(202);
        let seen = stands(&admin, &path, &["cancelled"]).await;
        let [applied, unchanged, refused, left] = counts(&seen);
        assert!(left > 0 && (unchanged, refused) == (0, 0) && applied + left == 4_000, "{seen}");
        let made: Vec<Document> = shop.store().find("products", doc! { "state.sku": { "$in": &skus } }).await;
        assert_eq!(i64::try_from(made.len()).unwrap(), applied);
        let told = events.text().await.unwrap();
        let statuses: Vec<&str> = ["checked", "cancelled"].into_iter().filter(|status| told.contains(status)).collect();
        assert_eq!(statuses, ["checked", "cancelled"], "{told}");
    });
}

#[test]
fn customers_are_opened_and_changed_and_operators_are_left_alone() {
    run(async {
        let shop = shop().await;
        let admin = shop.admin().await;
        let [new, known] = ["ravi", "meera"].map(|name| format!("{name}.{}@example.in", unused_name()));
        let (path, seen) =
            checked(&admin, "customers", &format!("email,name,phone,price_list\n{known},Meera,,\n")).await;
        assert_eq!(seen["file"]["new"], 1, "{seen}");
        assert_eq!(counts(&carried_out(&admin, &path).await), [1, 0, 0, 0]);
        let admins: Vec<Document> = shop.store().find("accounts", doc! { "role": "admin" }).await;
        let operator = admins[0].get_str("email").unwrap();
        let file = format!(
            "email,name,phone,price_list\n{new},Ravi,+91 98123 45678,wholesale\n{known},,9812345670,\n{operator},Eve,,\n"
        );
        let (path, seen) = checked(&admin, "customers", &file).await;
        assert_eq!(errors(&admin, &path).await, [(4, "email".to_owned(), "operators_account".to_owned())], "{seen}");
        assert_eq!(counts(&carried_out(&admin, &path).await), [2, 0, 0, 0]);
        let account = async |email: &str| {
            let found: Vec<Document> = shop.store().find("accounts", doc! { "email": email }).await;
            let [account] = &found[..] else { panic!("{email}: {found:?}") };
            ["name", "phone", "role"].map(|field| account.get_str(field).unwrap().to_owned())
        };
        assert_eq!(account(&new).await, ["Ravi", "+919812345678", "wholesale"]);
        assert_eq!(account(&known).await, ["Meera", "+919812345670", "customer"]);
        // They log in by a code.
        let send = admin.anonymous(Method::POST, "/auth/otp/send").json(&json!({ "email": new }));
        Answer::of(send).await.expect(202);
    });
}

#[test]
fn a_workbook_is_read_like_any_file() {
    run(async {
        let shop = shop().await;
        let admin = shop.admin().await;
        let note = unused_name();
        let workbook = workbook(&[["sku", "quantity", "receipt"], [PADS, "7", &note]]);
        let brought = bring(&admin, "stock", XLSX, workbook).await.expect(202).json();
        let path = format!("/admin/imports/{}", brought["import_id"].as_str().unwrap());
        stands(&admin, &path, &["checked"]).await;
        assert_eq!(counts(&carried_out(&admin, &path).await), [1, 0, 0, 0]);
        let receipts: Vec<Document> =
            shop.store().find("stock_receipts", doc! { "_id": format!("{PADS}:{note}") }).await;
        assert_eq!(receipts.len(), 1);
        let page = admin.get("/admin/imports?limit=1").await.expect(200).json();
        admin.get(&format!("/admin/imports?cursor={}", page["next_cursor"].as_str().unwrap())).await.expect(200);
    });
}

fn workbook(rows: &[[&str; 3]]) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (number, row) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(row) {
            sheet.write_string(number, column, *cell).unwrap();
        }
    }
    book.save_to_buffer().unwrap()
}
