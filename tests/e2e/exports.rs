//! Files of what the shop knows: they say what the record says, and imported again they change nothing.

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    ops::ControlFlow,
};

use e2e::{Answer, Catalog, Customer, Setup, Stack, catalog::PADS, run};
use import_files::{Form, RawRow, read};
use mongodb::bson::{Document, doc};
use reqwest::Method;
use schemas::{
    documents::Product,
    imports::rows::{FileFormat, ImportKind},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::imports;

/// More parts than a page of the record has.
const PARTS: usize = 230;

#[derive(Deserialize)]
struct Stored {
    state: Product,
}

/// What an operator downloads, as it came and as an import reads it.
struct Export {
    kind: ImportKind,
    format: FileFormat,
    file: Vec<u8>,
    form: Form,
    rows: Vec<RawRow>,
}

impl Export {
    async fn download(shop: &Stack, admin: &Customer, kind: ImportKind, format: FileFormat) -> Self {
        let path = format!("/admin/exports/{}?format={}", kind.as_str(), format.as_str());
        let answer = admin.get(&path).await;
        answer.expect(200);
        assert!(answer.header("content-type").starts_with(format.media_type()), "{:?}", answer.headers);
        let name = answer.header("content-disposition");
        assert!(name.contains(&format!("\"{}-20", kind.as_str())) && name.contains(format.as_str()), "{name}");
        let file = shop.file(&format!("export.{}", format.as_str()));
        fs::write(&file, &answer.body).unwrap();
        let mut rows = Vec::new();
        let form = read(&file, format, kind, &mut |_, row| {
            rows.push(row.unwrap());
            ControlFlow::Continue(())
        });
        Self { kind, format, file: answer.body.to_vec(), form: Form::clone(&form.unwrap()), rows }
    }

    /// What stands in a column.
    fn column(&self, name: &str) -> Vec<&str> {
        let place = self.form.header().iter().position(|column| *column == name).unwrap();
        self.rows.iter().map(|row| row.cells[place].as_str()).collect()
    }

    /// Has the shop check it as it checks every file, and start on it: there is nothing to do.
    async fn changes_nothing(&self, admin: &Customer) {
        let (path, seen) =
            imports::checked_as(admin, self.kind.as_str(), self.format.media_type(), &self.file[..]).await;
        let of_file = |part: &str| seen["file"][part].as_u64().unwrap();
        let rows = self.rows.len() as u64;
        assert_eq!(
            ["rows", "unchanged", "new", "changed", "bad"].map(of_file),
            [rows, rows, 0, 0, 0],
            "{:?} {:?}: {:?}",
            self.kind,
            self.format,
            imports::errors(admin, &path).await
        );
        let end = imports::carried_out(admin, &path).await;
        assert_eq!(imports::counts(&end), [0; 4], "{end}");
    }
}

/// What no import may have changed.
async fn record(shop: &Stack) -> BTreeSet<String> {
    let mut record = BTreeSet::new();
    for collection in ["products", "stock", "accounts"] {
        let found: Vec<Document> = shop.store().find(collection, doc! {}).await;
        record.extend(found.iter().map(Document::to_string));
    }
    record
}

async fn shop_of_many_parts() -> Stack {
    let many = (0..PARTS).fold(Catalog::demo(), |catalog, part| catalog.with(&format!("EXP-{part}"), 5));
    // What a spreadsheet takes for a formula, and what a list takes for its marks.
    let odd = many
        .changed("EXP-0", "name", json!("=HYPERLINK(\"https://example.in\")"))
        .changed("EXP-0", "tags", json!(["either/or", "a|b", "-5 \\ 3"]))
        .changed("EXP-0", "description", json!("Two lines,\nwith \"quotes\"; and more"));
    Setup::new("exports").catalog(odd).start().await
}

#[test]
fn an_export_says_what_the_record_says_and_imported_again_it_changes_nothing() {
    run(async {
        let shop = shop_of_many_parts().await;
        let (admin, trader) = (shop.admin().await, shop.customer().await);
        let wholesale = format!("/admin/customers/{}/price-list", trader.email());
        let list = json!({ "price_list": "wholesale" });
        Answer::of(admin.request(Method::PUT, &wholesale).json(&list)).await.expect(200);
        let before = record(&shop).await;
        for format in FileFormat::ALL {
            for kind in ImportKind::ALL {
                let export = Export::download(&shop, &admin, kind, format).await;
                says_what_the_record_says(&shop, &export).await;
                export.changes_nothing(&admin).await;
            }
        }
        assert_eq!(record(&shop).await, before);
        assert!(admin.get("/admin/dead-letters").await.json()["items"].as_array().unwrap().is_empty());
    });
}

async fn says_what_the_record_says(shop: &Stack, export: &Export) {
    let products: Vec<Stored> = shop.store().find("products", doc! {}).await;
    let keys = export.column(if export.kind == ImportKind::Customers { "email" } else { "sku" });
    let each: BTreeSet<&str> = keys.iter().copied().collect();
    match export.kind {
        ImportKind::Fitments => {
            let vehicles: usize = products.iter().map(|product| product.state.fitment.len()).sum();
            assert_eq!(export.rows.len(), vehicles);
        }
        ImportKind::Customers => {
            let customers: Vec<Value> =
                shop.store().find("accounts", doc! { "role": { "$nin": ["staff", "admin"] } }).await;
            assert_eq!(each, customers.iter().map(|account| account["email"].as_str().unwrap()).collect());
        }
        ImportKind::Products | ImportKind::Prices | ImportKind::Stock => {
            assert!(keys.len() > PARTS && keys.len() == each.len());
            assert_eq!(each, products.iter().map(|product| product.state.sku.as_str()).collect());
        }
    }
    if export.kind == ImportKind::Stock {
        let stock: HashMap<_, _> = keys.into_iter().zip(export.column("available")).collect();
        let pads: Value = shop.store().state("stock", PADS).await.unwrap();
        assert_eq!((stock[PADS], stock["EXP-1"]), (pads["available"].to_string().as_str(), "5"));
    }
}

#[test]
fn an_export_is_for_operators_who_may_see_it_and_tells_no_secret() {
    run(async {
        let shop = Setup::new("exports-who").start().await;
        let (admin, customer) = (shop.admin().await, shop.customer().await);
        customer.get("/admin/exports/customers").await.expect_problem(403, "forbidden");
        admin.get("/admin/exports/customers?format=pdf").await.expect_problem(422, "validation_failed");
        admin.get("/admin/exports/orders").await.expect_problem(404, "not_found");
        let file = admin.get("/admin/exports/customers").await;
        let text = file.expect(200).text();
        assert!(text.starts_with("email,name,phone,price_list\r\n") && text.contains(customer.email()), "{text}");
        assert!(!text.contains("argon2") && !text.contains(admin.email()), "{text}");
    });
}
