//! Whatever is derived can be made anew from the record, while orders run: the difference is shown first, put right, and
//! then there is none.

use std::process::Output;

use e2e::{
    Basket, Customer, PlacedOrder, QuietGuest,
    catalog::{OIL_FILTER, PADS},
    eventually, quiet_shop, run,
    store::Stored,
};
use mongodb::bson::{Document, doc};
use redis::AsyncCommands;
use schemas::types::OrderStatus as S;
use serde::Deserialize;

const ALL: [&str; 2] = ["--show", "1000"];
const APPLY: [&str; 1] = ["--apply"];

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[track_caller]
fn expect(output: &Output, code: i32) -> String {
    let told = told(output);
    assert_eq!(output.status.code(), Some(code), "{told}");
    told
}

async fn order(shop: &QuietGuest, customer: &Customer, sku: &str) -> PlacedOrder {
    customer.place(&Basket::of(&shop.catalog, &[(sku, 1)]).paid_by("cod")).await
}

async fn orders(shop: &QuietGuest, customer: &Customer, sku: &str) {
    for _ in 0..10 {
        order(shop, customer, sku).await;
    }
}

async fn all_is_done(shop: &QuietGuest) {
    let store = shop.store();
    eventually("nothing waits", async || match store.lag().await {
        0 => Ok(()),
        lag => Err(format!("{lag} records")),
    })
    .await;
}

#[test]
fn statuses_that_differ_from_the_record_are_shown_and_put_right() {
    run(async {
        let shop = quiet_shop().await;
        let (customer, store) = (shop.customer().await, shop.store());
        let mut keys = Vec::new();
        let (mut ids, mut right) = (Vec::new(), Vec::new());
        for _ in 0..3 {
            let order = order(&shop, &customer, PADS).await;
            order.reaches(S::Packed).await;
            keys.push(store.status_key(&order.id).await);
            right.push(store.status_entry(&order).await);
            ids.push(order.id);
        }
        all_is_done(&shop).await;
        let mut cache = store.cache().await;
        let body = |entry: &str| entry.split_once(':').unwrap().1.to_owned();
        let old = body(&right[0]).replace("packed", "reserving");
        let _: () = cache.set(&keys[0], format!("1:{old}")).await.unwrap();
        let _: () = cache.set(&keys[1], format!("99:{}", body(&right[1]))).await.unwrap();
        let _: i64 = cache.del(&keys[2]).await.unwrap();

        let shown = expect(&shop.tool("rebuild-statuses", &ALL).await, 1);
        assert!(shown.contains(&ids[0]) && shown.contains("reserving") && shown.contains("2 differ"), "{shown}");
        assert!(shown.contains(&ids[1]) && shown.contains("99") && !shown.contains(&ids[2]), "{shown}");
        let (applied, ()) = futures::join!(shop.tool("rebuild-statuses", &APPLY), orders(&shop, &customer, PADS));
        expect(&applied, 0);
        for (key, right) in keys.iter().zip(&right) {
            assert_eq!(cache.get::<_, String>(key).await.unwrap(), *right);
        }
        let none = expect(&shop.tool("rebuild-statuses", &ALL).await, 0);
        assert!(none.contains(" 0 differ"), "{none}");

        all_is_done(&shop).await;
        store.flush_cache().await;
        let flushed = expect(&shop.tool("rebuild-statuses", &APPLY).await, 0);
        assert!(flushed.contains("they were put there"), "{flushed}");
        assert_eq!(cache.get::<_, String>(&keys[2]).await.unwrap(), right[2]);
    });
}

#[derive(Debug, Deserialize)]
struct Counters {
    received: i64,
    available: i64,
    reserved: i64,
    sold: i64,
    recounts: i64,
}

async fn units_of(shop: &QuietGuest, sku: &str, state: &str) -> i64 {
    let rows = shop.store().find::<Document>("reservations", doc! { "row.sku": sku, "row.state": state }).await;
    rows.iter().map(|found| found.get_document("row").unwrap().get_i64("quantity").unwrap()).sum()
}

#[test]
fn counters_that_differ_from_their_records_are_shown_and_put_right_while_orders_run() {
    run(async {
        let shop = quiet_shop().await;
        let (customer, store) = (shop.customer().await, shop.store());
        for sku in [PADS, OIL_FILTER] {
            order(&shop, &customer, sku).await.reaches(S::Packed).await;
        }
        all_is_done(&shop).await;
        expect(&shop.tool("rebuild-stock", &ALL).await, 0);
        let stock = store.database.collection::<Document>("stock");
        // One change is made behind the back of a worker that remembers the part, one as a worker with a mistake makes it.
        let wrong = doc! { "state.available": -3_i64, "state.sold": 3_i64 };
        stock.update_one(doc! { "_id": PADS }, doc! { "$inc": wrong }).await.unwrap();
        let wrong = doc! { "state.available": 2_i64, "state.reserved": -2_i64, "version": 1_i64 };
        stock.update_one(doc! { "_id": OIL_FILTER }, doc! { "$inc": wrong }).await.unwrap();

        let shown = expect(&shop.tool("rebuild-stock", &ALL).await, 1);
        assert!(shown.contains(PADS) && shown.contains(OIL_FILTER) && shown.contains(" 2 differ"), "{shown}");
        let (applied, ()) = futures::join!(shop.tool("rebuild-stock", &APPLY), orders(&shop, &customer, PADS));
        expect(&applied, 0);
        all_is_done(&shop).await;
        let none = expect(&shop.tool("rebuild-stock", &ALL).await, 0);
        assert!(none.contains(" 0 differ"), "{none}");

        for sku in [PADS, OIL_FILTER] {
            let found = store.find::<Stored<Counters>>("stock", doc! { "_id": sku }).await.remove(0).state;
            let (held, sold) = (units_of(&shop, sku, "held").await, units_of(&shop, sku, "sold").await);
            assert_eq!((found.reserved, found.sold), (held, sold), "{sku}");
            assert_eq!(
                (found.received, found.available),
                (shop.catalog.stock(sku), found.received - held - sold),
                "{sku}"
            );
            let ledger =
                store.find::<Document>("stock_ledger", doc! { "row.sku": sku, "row.change": "recounted" }).await;
            assert_eq!(ledger.len(), usize::try_from(found.recounts).unwrap(), "every correction has its line: {sku}");
            assert!(sku == PADS || found.recounts == 1, "{found:?}");
        }
    });
}

#[test]
fn a_search_index_that_is_missing_is_shown_and_made_anew() {
    run(async {
        let shop = quiet_shop().await;
        expect(&shop.tool("rebuild-search", &ALL).await, 0);
        let products = shop.store().database.collection::<Document>("products");
        products.drop_index("state.slug_1").await.unwrap();
        let shown = expect(&shop.tool("rebuild-search", &ALL).await, 1);
        assert!(shown.contains("state.slug_1") && shown.contains(" 1 differ"), "{shown}");
        expect(&shop.tool("rebuild-search", &APPLY).await, 0);
        let none = expect(&shop.tool("rebuild-search", &ALL).await, 0);
        assert!(none.contains(" 0 differ"), "{none}");
    });
}
