//! Cash on delivery: paid in instalments, never more than is due, and paid out once where goods came back.

use std::{sync::Arc, time::Duration};

use e2e::{
    Answer, Basket, Customer, PlacedOrder, Setup, Stack,
    catalog::PADS,
    checker, eventually,
    facts::{Observed, at_rest, gather},
    gateways::Bank,
    run,
    wait::PATIENCE,
};
use futures::future::join_all;
use reqwest::Method;
use schemas::types::{OrderStatus as S, Timestamp};
use serde_json::{Value, json};

async fn packed(shop: &Stack, method: &'static str) -> PlacedOrder {
    let order = shop.customer().await.place(&Basket::of(&shop.catalog, &[(PADS, 2)]).paid_by(method)).await;
    if method != "cod" {
        shop.gateways().pay(&order.payment_prompt().await, Bank::Approves).await;
    }
    order.reaches(S::Packed).await;
    order
}

async fn delivered(shop: &Stack) -> PlacedOrder {
    let order = packed(shop, "cod").await;
    shop.gateways().deliver(&order.id).await;
    order.reaches(S::Delivered).await;
    order
}

async fn post(admin: &Customer, path: &str, key: &str, body: &Value) -> Answer {
    Answer::of(admin.request(Method::POST, path).header("idempotency-key", key).json(body)).await
}

fn taken(paise: i64, received_at: Timestamp) -> Value {
    json!({ "amount_minor": paise, "received_at": received_at.to_string(), "received_by": "Bluedart",
            "reference": "remittance 17", "note": "for operators alone" })
}

async fn take(admin: &Customer, order: &PlacedOrder, key: &str, body: &Value) -> Answer {
    post(admin, &format!("/admin/orders/{}/cash", order.id), key, body).await
}

/// Waits until so much is outstanding, as the customer sees it; the order.
async fn outstanding(order: &PlacedOrder, paise: i64) -> Value {
    eventually("the cash is counted", async || {
        let seen = order.customer.get(&order.path("")).await.expect(200).json();
        if seen["cash"]["outstanding"]["minor"] == paise { Ok(seen) } else { Err(seen["cash"].to_string()) }
    })
    .await
}

/// The balance of an order's cash, by the ledger.
async fn booked(admin: &Customer, order: &PlacedOrder, paise: i64) {
    eventually("the cash is booked", async || {
        let ledger = admin.get(&format!("/admin/orders/{}/ledger", order.id)).await.json();
        let accounts = ledger["accounts"].as_array().cloned().unwrap_or_default();
        let of =
            |name: &str| accounts.iter().find(|one| one["account"] == name).map(|one| one["balance_minor"].clone());
        let found = (of("cash"), of("customers"));
        if found == (Some(json!(paise)), Some(json!(-paise))) { Ok(()) } else { Err(ledger.to_string()) }
    })
    .await;
}

/// One of the two units comes back.
async fn comes_back(admin: &Customer, order: &PlacedOrder) -> String {
    let wish = json!({ "items": [{ "sku": PADS, "quantity": 1 }], "reason": "does_not_fit" });
    let id = post(&order.customer, &order.path("/returns"), "k", &wish).await.expect(202).json()["return_id"].clone();
    let id = id.as_str().unwrap_or_default().to_owned();
    let path = format!("/admin/orders/{}/returns/{id}", order.id);
    reaches(order, &id, "requested").await;
    post(admin, &format!("{path}/decision"), "d", &json!({ "decision": "approve" })).await.expect(202);
    reaches(order, &id, "approved").await;
    let came = json!({ "items": [{ "sku": PADS, "restock": 1 }] });
    post(admin, &format!("{path}/receive"), "r", &came).await.expect(202);
    id
}

async fn reaches(order: &PlacedOrder, id: &str, state: &str) -> Value {
    eventually("the return comes there", async || {
        let seen = order.customer.get(&order.path(&format!("/returns/{id}"))).await.json();
        if seen["state"] == state { Ok(seen) } else { Err(seen.to_string()) }
    })
    .await
}

async fn refund(admin: &Customer, order: &PlacedOrder, id: &str, state: &str) -> Value {
    eventually("the refund comes there", async || {
        let seen = admin.get(&format!("/admin/orders/{}/refunds", order.id)).await.json();
        let items = seen["items"].as_array().cloned().unwrap_or_default();
        let found = items.into_iter().find(|refund| refund["refund_id"] == id && refund["state"] == state);
        found.ok_or_else(|| seen.to_string())
    })
    .await
}

async fn pay_out(admin: &Customer, order: &PlacedOrder, id: &str, key: &str, utr: &str) -> Answer {
    let body = json!({ "reference": utr, "paid_at": Timestamp::now().to_string() });
    post(admin, &format!("/admin/orders/{}/refunds/{id}/paid", order.id), key, &body).await
}

/// The refunds that are still to be paid out, over all orders.
async fn owed(admin: &Customer) -> Vec<Value> {
    let page = admin.get("/admin/refunds?owed=true").await.expect(200).json();
    let items = page["items"].as_array().cloned().unwrap_or_default();
    items.into_iter().map(|refund| refund["refund_id"].clone()).collect()
}

async fn paid_in_instalments(shop: &Stack, admin: &Customer) {
    let order = packed(shop, "cod").await;
    let total = shop.store().order(&order.id).await.totals.grand_total.minor;
    // Any two of these fit, three do not.
    let (now, part) = (Timestamp::now(), total * 2 / 5);
    let keys: Vec<String> = (0..5).map(|number| format!("c{number}")).collect();
    let body = taken(part, now);
    let answers = join_all(keys.iter().map(|key| take(admin, &order, key, &body))).await;
    assert!(answers.iter().all(|answer| matches!(answer.status, 202 | 409)));
    let seen = outstanding(&order, total - 2 * part).await;
    assert_eq!((&seen["cash"]["state"], &seen["cash"]["paid"]["minor"]), (&json!("partially_paid"), &json!(2 * part)));
    assert!(!seen.to_string().contains("for operators alone"), "{seen}");
    for key in &keys {
        assert!(matches!(take(admin, &order, key, &body).await.status, 202 | 409), "told again");
    }
    take(admin, &order, "too-much", &body).await.expect_problem(409, "cash_not_due");
    take(admin, &order, "rest", &taken(total - 2 * part, now)).await.expect(202);
    assert_eq!(outstanding(&order, 0).await["cash"]["state"], "paid");
    booked(admin, &order, total).await;
    shop.gateways().deliver(&order.id).await;
    order.reaches(S::Delivered).await;
}

async fn returned_and_paid_out(shop: &Stack, admin: &Customer) {
    let order = delivered(shop).await;
    let stored = shop.store().order(&order.id).await;
    let (total, unit) = (stored.totals.grand_total.minor, stored.lines[0].total.minor / 2);
    take(admin, &order, "c", &taken(total, Timestamp::now())).await.expect(202);
    outstanding(&order, 0).await;
    let id = comes_back(admin, &order).await;
    let back = reaches(&order, &id, "received").await;
    assert_eq!((&back["refund"]["minor"], &back["refund_state"]), (&json!(unit), &json!("owed")));
    eventually("it is listed as owed", async || {
        let listed = owed(admin).await;
        if listed.contains(&json!(id)) { Ok(()) } else { Err(format!("{listed:?}")) }
    })
    .await;
    pay_out(admin, &order, &id, "p1", "UTR 1").await.expect(202);
    let made = refund(admin, &order, &id, "made").await;
    assert_eq!(made["paid_out"]["reference"], "UTR 1");
    pay_out(admin, &order, &id, "p2", "UTR 2").await.expect_problem(409, "not_owed");
    reaches(&order, &id, "refunded").await;
    booked(admin, &order, total - unit).await;
    eventually("it is listed no more", async || {
        let listed = owed(admin).await;
        if listed.contains(&json!(id)) { Err(format!("{listed:?}")) } else { Ok(()) }
    })
    .await;
    let notes = order.customer.get(&order.path("/credit-notes")).await.expect(200).json();
    assert_eq!(notes["items"].as_array().map(Vec::len), Some(1), "{notes}");
}

/// The carrier took the money at the door, and tells of it only after the goods came back.
async fn returned_before_the_carrier_told(shop: &Stack, admin: &Customer) {
    let order = delivered(shop).await;
    let stored = shop.store().order(&order.id).await;
    let (total, unit, at_the_door) =
        (stored.totals.grand_total.minor, stored.lines[0].total.minor / 2, Timestamp::now());
    let id = comes_back(admin, &order).await;
    assert_eq!(reaches(&order, &id, "not_refunded").await["refund_state"], "set_off");
    pay_out(admin, &order, &id, "p0", "UTR 0").await.expect_problem(409, "not_owed");
    take(admin, &order, "c", &taken(total, at_the_door)).await.expect(202);
    refund(admin, &order, &id, "owed").await;
    pay_out(admin, &order, &id, "p1", "UTR 1").await.expect(202);
    reaches(&order, &id, "refunded").await;
    booked(admin, &order, total - unit).await;
}

async fn cancelled_after_it_was_paid(shop: &Stack, admin: &Customer) {
    let order = packed(shop, "cod").await;
    take(admin, &order, "c", &taken(5_000, Timestamp::now())).await.expect(202);
    let total = shop.store().order(&order.id).await.totals.grand_total.minor;
    outstanding(&order, total - 5_000).await;
    order.cancel().await;
    let id = format!("cancelled-{}", order.id);
    refund(admin, &order, &id, "owed").await;
    assert_eq!(order.status().await["status"], "cancelling");
    pay_out(admin, &order, &id, "p", "UTR 3").await.expect(202);
    order.reaches(S::Refunded).await;
    booked(admin, &order, 0).await;
}

#[test]
fn cash_is_taken_in_instalments_paid_out_once_and_the_books_agree() {
    run(async {
        let shop = Arc::new(Setup::new("cash").start().await);
        let admin = shop.admin().await;
        paid_in_instalments(&shop, &admin).await;
        returned_and_paid_out(&shop, &admin).await;
        returned_before_the_carrier_told(&shop, &admin).await;
        cancelled_after_it_was_paid(&shop, &admin).await;
        // Everybody else pays at once or not at all.
        let online = packed(&shop, "stripe").await;
        take(&admin, &online, "c", &taken(100, Timestamp::now())).await.expect_problem(409, "cash_not_due");
        shop.gateways().deliver(&online.id).await;
        online.reaches(S::Delivered).await;
        at_rest(&shop, PATIENCE.max(Duration::from_secs(60))).await;
        let facts = gather(&shop, Vec::new(), Observed::default()).await;
        let found: Vec<_> =
            checker::check(&facts).into_iter().filter(|found| matches!(found.invariant, "I2" | "I4" | "I5")).collect();
        assert_eq!(found, []);
        assert!(facts.orders.iter().any(|order| !order.paid_out.is_empty()), "something was paid out");
    });
}
