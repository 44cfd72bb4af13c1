//! What operators do when something went aside, on the whole system: find it, look at it, mend the cause, send it again.

use std::time::Duration;

use e2e::{Basket, Customer, Setup, Stack, catalog::PADS, run, wait::eventually};
use mongodb::bson::{Document, doc};
use reqwest::Method;
use schemas::types::OrderStatus as S;
use serde_json::Value;

async fn letters(admin: &Customer, key: &str, count: usize) -> Vec<Value> {
    eventually("the dead letters are there", async || {
        let list = admin.get(&format!("/admin/dead-letters?key={key}")).await;
        list.expect(200);
        let items = list.json()["items"].as_array().cloned().unwrap_or_default();
        if items.len() == count { Ok(items) } else { Err(format!("{items:?}")) }
    })
    .await
}

async fn set_status(shop: &Stack, order: &str, status: &str) {
    let orders = shop.store().database.collection::<Document>("orders");
    let set = doc! { "$set": { "state.status": status } };
    assert_eq!(orders.update_one(doc! { "_id": order }, set).await.unwrap().modified_count, 1);
}

#[test]
fn an_order_that_cannot_be_read_is_found_mended_and_goes_on_where_it_stood() {
    run(async {
        let shop = Setup::new("dead-letters").start().await;
        let (admin, customer) = (shop.admin().await, shop.customer().await);
        let order = customer.place(&Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by("stripe")).await;
        order.reaches(S::AwaitingPayment).await;
        // Whoever cancels it later is not to find the damage first.
        shop.store().status_entry(&order).await;
        // A worker that comes back remembers nothing, so it reads what somebody has damaged meanwhile.
        // It ends in order, so that only what comes afterwards is taken.
        shop.terminate("orders");
        shop.ended_within("orders", Duration::from_secs(30)).await.expect("the worker ends");
        set_status(&shop, &order.id, "nonsense").await;
        shop.start_again("orders");
        shop.ready("orders").await;
        order.try_cancel().await.expect(202);

        let found = letters(&admin, &order.id, 1).await;
        let (id, code) = (found[0]["id"].as_str().unwrap(), found[0]["code"].as_str().unwrap());
        assert_eq!((code, found[0]["message"].as_str()), ("unreadable_document", Some("CancelOrder")));
        let shown = admin.get(&format!("/admin/dead-letters/{id}")).await;
        assert_eq!(shown.json()["content"]["order_id"], order.id.as_str(), "{}", shown.text());
        customer.get(&format!("/admin/dead-letters/{id}")).await.expect(403);
        let stuck = admin.get("/admin/stuck?grace_seconds=0&limit=100").await.json();
        let kinds: Vec<&str> =
            stuck["items"].as_array().unwrap().iter().filter_map(|item| item["kind"].as_str()).collect();
        assert!(kinds.contains(&"dead_letter") && kinds.contains(&"parked_key"), "{stuck}");
        assert!(shop.command("dead-letters", &["list"]).await.contains(id));

        // Not mended: it dies again, counted on. Mended: it goes on.
        assert!(shop.command("dead-letters", &["replay", id]).await.contains("sent again"));
        let again = letters(&admin, &order.id, 1).await;
        assert_eq!(again[0]["attempts"], 2);
        let id = again[0]["id"].as_str().unwrap();
        set_status(&shop, &order.id, "awaiting_payment").await;
        let replay = admin.request(Method::POST, &format!("/admin/dead-letters/{id}/replay"));
        assert_eq!(replay.send().await.unwrap().status(), 200);
        order.reaches(S::Cancelled).await;
        letters(&admin, &order.id, 0).await;
    });
}
