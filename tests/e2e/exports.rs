//! Files of what the shop knows: they say what the record says, and imported again they change nothing.

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    ops::ControlFlow,
};

use e2e::{Answer, Catalog, Customer, Setup, Stack, catalog::PADS, run};
use import_files::{Checked, Form, Known, KnownAccount, RawRow, Seen, read};
use mongodb::bson::doc;
use reqwest::Method;
use schemas::{
    documents::Product,
    imports::rows::{FileFormat, ImportKind},
    types::PriceList,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// More parts than a page of the record has.
const PARTS: usize = 230;

#[derive(Deserialize)]
struct Stored {
    state: Product,
}

/// The rows of an export, each with what an import makes of it.
async fn exported(
    shop: &Stack,
    admin: &Customer,
    kind: ImportKind,
    format: FileFormat,
    known: &Known,
) -> (Form, Vec<(RawRow, Checked)>) {
    let path = format!("/admin/exports/{}?format={}", kind.as_str(), format.as_str());
    let answer = admin.get(&path).await;
    answer.expect(200);
    assert!(answer.header("content-type").starts_with(format.media_type()), "{:?}", answer.headers);
    let name = answer.header("content-disposition");
    assert!(name.contains(&format!("\"{}-20", kind.as_str())) && name.contains(format.as_str()), "{name}");
    let file = shop.file(&format!("export.{}", format.as_str()));
    fs::write(&file, &answer.body).unwrap();
    let (mut seen, mut rows) = (Seen::default(), Vec::new());
    let form = read(&file, format, kind, &mut |form, row| {
        let row = row.unwrap();
        let checked = form.check(&row, known, &mut seen);
        rows.push((row, checked));
        ControlFlow::Continue(())
    });
    (Form::clone(&form.unwrap()), rows)
}

/// What stands in a column.
fn column(form: &Form, rows: &[(RawRow, Checked)], name: &str) -> Vec<String> {
    let place = form.header().iter().position(|column| *column == name).unwrap();
    rows.iter().map(|(row, _)| row.cells[place].clone()).collect()
}

async fn known(shop: &Stack) -> Known {
    let products: Vec<Stored> = shop.store().find("products", doc! {}).await;
    let products: Vec<Product> = products.into_iter().map(|stored| stored.state).collect();
    let accounts: Vec<Value> = shop.store().find("accounts", doc! {}).await;
    let account = |account: &Value| {
        let role = account["role"].as_str().unwrap_or("customer").to_owned();
        let known = KnownAccount {
            name: account["name"].as_str().unwrap().to_owned(),
            phone: account["phone"].as_str().unwrap().to_owned(),
            price_list: if role == "wholesale" { PriceList::Wholesale } else { PriceList::Retail },
            is_operators: matches!(role.as_str(), "staff" | "admin"),
        };
        (account["email"].as_str().unwrap().to_owned(), known)
    };
    Known {
        slugs: products.iter().map(|product| (product.slug.clone(), product.product_id)).collect(),
        products: products.into_iter().map(|product| (product.sku.clone(), product)).collect(),
        accounts: accounts.iter().map(account).collect(),
        ..Known::default()
    }
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
        let known = known(&shop).await;
        let vehicles: usize = known.products.values().map(|product| product.fitment.len()).sum();
        for format in FileFormat::ALL {
            for kind in ImportKind::ALL {
                let (form, rows) = exported(&shop, &admin, kind, format, &known).await;
                let changed: Vec<_> = rows.iter().filter(|(_, checked)| *checked != Checked::Unchanged).collect();
                assert!(changed.is_empty(), "{kind:?} {format:?}: {:?}", changed[0]);
                let keys = column(&form, &rows, if kind == ImportKind::Customers { "email" } else { "sku" });
                let each: BTreeSet<&str> = keys.iter().map(String::as_str).collect();
                match kind {
                    ImportKind::Fitments => assert_eq!(rows.len(), vehicles),
                    ImportKind::Customers => {
                        let customers = known.accounts.iter().filter(|(_, account)| !account.is_operators);
                        assert_eq!(each, customers.map(|(email, _)| email.as_str()).collect());
                    }
                    _ => {
                        assert!(rows.len() > PARTS && rows.len() == each.len());
                        assert_eq!(each, known.products.keys().map(|sku| sku.as_str()).collect());
                    }
                }
                if kind == ImportKind::Stock {
                    let stock: HashMap<_, _> = keys.iter().cloned().zip(column(&form, &rows, "available")).collect();
                    let pads: Value = shop.store().state("stock", PADS).await.unwrap();
                    assert_eq!(
                        (stock[PADS].as_str(), stock["EXP-1"].as_str()),
                        (pads["available"].to_string().as_str(), "5")
                    );
                }
            }
        }
    });
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
