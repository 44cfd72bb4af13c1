//! Goods come back after delivery: restocked or written off, paid back and credited, each once.

use std::collections::BTreeMap;

use e2e::{
    Answer, Basket, Catalog, Customer, PlacedOrder, QuietGuest, Setup, Stack,
    catalog::{OIL_FILTER, PADS},
    eventually,
    gateways::Bank,
    quiet_shop, run, shop,
    store::Counts,
};
use mongodb::bson::{Document, doc};
use reqwest::Method;
use schemas::types::{OrderStatus as S, Timestamp};
use serde_json::{Value, json};

const PART: &str = "E2E-RETURNED";

async fn delivered(shop: &Stack, method: &'static str, lines: &[(&str, u32)]) -> PlacedOrder {
    let basket = Basket::of(&shop.catalog, lines).paid_by(method);
    let order = shop.customer().await.place(&basket).await;
    if method != "cod" {
        shop.gateways().pay(&order.payment_prompt().await, Bank::Approves).await;
    }
    order.reaches(S::Packed).await;
    shop.gateways().deliver(&order.id).await;
    order.reaches(S::Delivered).await;
    order
}

async fn post(who: &Customer, path: &str, key: &str, body: &Value) -> Answer {
    Answer::of(who.request(Method::POST, path).header("idempotency-key", key).json(body)).await
}

fn wish(sku: &str, quantity: i64) -> Value {
    json!({ "items": [{ "sku": sku, "quantity": quantity }], "reason": "does_not_fit" })
}

async fn ask(order: &PlacedOrder, key: &str, body: &Value) -> Answer {
    post(&order.customer, &order.path("/returns"), key, body).await
}

/// Asks for a return and gives its id.
async fn asked(order: &PlacedOrder, key: &str, body: &Value) -> String {
    let answer = ask(order, key, body).await;
    answer.expect(202).json()["return_id"].as_str().unwrap_or_default().to_owned()
}

async fn reaches(order: &PlacedOrder, id: &str, state: &str) -> Value {
    eventually("the return comes there", async || {
        let answer = order.customer.get(&order.path(&format!("/returns/{id}"))).await;
        let seen = answer.json();
        if answer.status == 200 && seen["state"] == state { Ok(seen) } else { Err(seen.to_string()) }
    })
    .await
}

async fn decide(admin: &Customer, order: &PlacedOrder, id: &str, key: &str, body: &Value) -> Answer {
    post(admin, &format!("/admin/orders/{}/returns/{id}/decision", order.id), key, body).await
}

async fn receive(admin: &Customer, order: &PlacedOrder, id: &str, key: &str, came: (&str, i64, i64)) -> Answer {
    let (sku, restock, write_off) = came;
    let body = json!({ "items": [{ "sku": sku, "restock": restock, "write_off": write_off }] });
    post(admin, &format!("/admin/orders/{}/returns/{id}/receive", order.id), key, &body).await
}

/// The counters of a part.
async fn stock(shop: &Stack, sku: &str) -> BTreeMap<String, i64> {
    let found: Vec<Document> = shop.store().find("stock", doc! { "_id": sku }).await;
    let state = found[0].get_document("state").unwrap();
    let counters = ["received", "available", "reserved", "sold", "written_off"];
    counters.into_iter().map(|name| (name.to_owned(), state.get_i64(name).unwrap_or_default())).collect()
}

async fn credited(order: &PlacedOrder) -> Vec<i64> {
    let notes = order.customer.get(&order.path("/credit-notes")).await.expect(200).json();
    let notes = notes["items"].as_array().cloned().unwrap_or_default();
    notes.iter().filter_map(|note| note["total"]["minor"].as_i64()).collect()
}

/// Waits until the stock has taken in what came of a return.
async fn counted(shop: &Stack, sku: &str, before: &BTreeMap<String, i64>, restocked: i64, written_off: i64) {
    let mut expected = before.clone();
    *expected.get_mut("available").unwrap() += restocked;
    *expected.get_mut("sold").unwrap() -= restocked + written_off;
    *expected.get_mut("written_off").unwrap() += written_off;
    eventually("the stock counts it", async || {
        let seen = stock(shop, sku).await;
        if seen == expected { Ok(()) } else { Err(format!("{seen:?}, not {expected:?}")) }
    })
    .await;
}

#[test]
fn one_unit_is_restocked_one_written_off_and_both_are_paid_back_and_credited_once() {
    run(async {
        let shop = Setup::new("returns").catalog(Catalog::demo().with(PART, 9)).start().await;
        let admin = shop.admin().await;
        for method in ["stripe", "razorpay"] {
            let order = delivered(&shop, method, &[(PART, 3)]).await;
            let before = stock(&shop, PART).await;
            let unit = shop.store().order(&order.id).await.lines[0].total.minor / 3;
            let id = asked(&order, "k1", &wish(PART, 2)).await;
            assert_eq!(asked(&order, "k1", &wish(PART, 2)).await, id);
            reaches(&order, &id, "requested").await;
            ask(&order, "k2", &wish(PART, 2)).await.expect_problem(422, "validation_failed");
            for key in ["d1", "d1", "d2"] {
                decide(&admin, &order, &id, key, &json!({ "decision": "approve" })).await.expect(202);
            }
            reaches(&order, &id, "approved").await;
            receive(&admin, &order, &id, "r0", (PART, 2, 1)).await.expect_problem(422, "validation_failed");
            for key in ["r1", "r1", "r2"] {
                receive(&admin, &order, &id, key, (PART, 1, 1)).await.expect(202);
            }
            let done = reaches(&order, &id, "refunded").await;
            assert_eq!((&done["refund"]["minor"], &done["refund_state"]), (&json!(2 * unit), &json!("made")));
            counted(&shop, PART, &before, 1, 1).await;
            eventually("it is credited", async || {
                let notes = credited(&order).await;
                if notes == [2 * unit] { Ok(()) } else { Err(format!("{notes:?}")) }
            })
            .await;
            // All of it once more, with the same keys and with others.
            for key in ["r1", "r3"] {
                receive(&admin, &order, &id, key, (PART, 1, 1)).await.expect(202);
                receive(&admin, &order, &id, key, (PART, 2, 0)).await.expect_problem(409, "return_not_open");
                decide(&admin, &order, &id, key, &json!({ "decision": "approve" }))
                    .await
                    .expect_problem(409, "return_not_open");
            }
            assert_eq!(asked(&order, "k1", &wish(PART, 2)).await, id);
            // What is asked for last is decided last: whatever was sent before it has had its effect by then.
            let last = asked(&order, "k3", &wish(PART, 1)).await;
            reaches(&order, &last, "requested").await;
            counted(&shop, PART, &before, 1, 1).await;
            let payments = shop.gateways().payments_of(&order.id).await;
            assert_eq!((payments.len(), &payments[0]["refunded"]), (1, &json!(2 * unit)));
            assert_eq!(credited(&order).await, [2 * unit]);
            assert_eq!(order.status().await["status"], "delivered");
        }
        let open = admin.get("/admin/returns?open=true").await.expect(200).json();
        assert_eq!(open["items"].as_array().map(Vec::len), Some(2), "{open}");
    });
}

#[test]
fn a_cash_order_is_credited_and_what_was_paid_is_shown_as_owed() {
    run(async {
        let shop = shop().await;
        let admin = shop.admin().await;
        let order = delivered(&shop, "cod", &[(PADS, 2), (OIL_FILTER, 1)]).await;
        let unit = shop
            .store()
            .order(&order.id)
            .await
            .lines
            .iter()
            .find(|line| line.sku.as_str() == PADS)
            .unwrap()
            .total
            .minor
            / 2;
        let total = shop.store().order(&order.id).await.totals.grand_total.minor;
        let taken = json!({ "amount_minor": total, "received_at": Timestamp::now().to_string(), "received_by": "Swift",
                            "reference": "remittance 1" });
        post(&admin, &format!("/admin/orders/{}/cash", order.id), "c", &taken).await.expect(202);
        eventually("the cash is counted", async || {
            let seen = order.customer.get(&order.path("")).await.json();
            if seen["cash"]["state"] == "paid" { Ok(()) } else { Err(seen["cash"].to_string()) }
        })
        .await;
        let id = asked(&order, "k1", &wish(PADS, 1)).await;
        reaches(&order, &id, "requested").await;
        decide(&admin, &order, &id, "d", &json!({ "decision": "approve" })).await.expect(202);
        reaches(&order, &id, "approved").await;
        receive(&admin, &order, &id, "r", (PADS, 1, 0)).await.expect(202);
        let received = reaches(&order, &id, "received").await;
        assert_eq!((&received["refund"]["minor"], &received["refund_state"]), (&json!(unit), &json!("owed")));
        eventually("it is credited", async || {
            let notes = credited(&order).await;
            if notes == [unit] { Ok(()) } else { Err(format!("{notes:?}")) }
        })
        .await;
        let refunds = admin.get(&format!("/admin/orders/{}/refunds", order.id)).await.expect(200).json();
        assert_eq!(refunds["items"][0]["state"], "owed", "{refunds}");
    });
}

#[test]
fn a_return_is_withdrawn_refused_or_lapses_and_nothing_moves() {
    run(async {
        let shop = Setup::new("lapses").set("SPAREPARTS_ORDERS__RETURN_GOODS_WITHIN_SECONDS", "1").start().await;
        let admin = shop.admin().await;
        let order = delivered(&shop, "cod", &[(PADS, 2)]).await;
        let before = stock(&shop, PADS).await;
        let first = asked(&order, "k1", &wish(PADS, 2)).await;
        reaches(&order, &first, "requested").await;
        let path = order.path(&format!("/returns/{first}/withdraw"));
        for _ in 0..2 {
            Answer::of(order.customer.request(Method::POST, &path)).await.expect(202);
        }
        reaches(&order, &first, "withdrawn").await;
        let second = asked(&order, "k2", &wish(PADS, 2)).await;
        reaches(&order, &second, "requested").await;
        let refusal = json!({ "decision": "refuse", "reason": "it was used" });
        decide(&admin, &order, &second, "d", &refusal).await.expect(202);
        assert_eq!(reaches(&order, &second, "refused").await["note"], "it was used");
        let third = asked(&order, "k3", &wish(PADS, 1)).await;
        reaches(&order, &third, "requested").await;
        decide(&admin, &order, &third, "d", &json!({ "decision": "approve" })).await.expect(202);
        reaches(&order, &third, "lapsed").await;
        assert_eq!(stock(&shop, PADS).await, before);
        assert_eq!(credited(&order).await, [0_i64; 0]);
    });
}

#[test]
fn bad_wishes_about_returns_are_refused_and_leave_no_trace() {
    run(async {
        let shop: QuietGuest = quiet_shop().await;
        let (customer, stranger, admin) = (shop.customer().await, shop.customer().await, shop.admin().await);
        let order = customer.place(&Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by("cod")).await;
        order.reaches(S::Packed).await;
        let before = without_audit(shop.store().counts().await);
        ask(&order, "k", &wish(PADS, 1)).await.expect_problem(409, "not_returnable");
        for body in
            [json!({}), json!([]), json!({ "items": 1, "reason": "damaged" }), json!({ "items": [], "refund": 1 })]
        {
            ask(&order, "k", &body).await.expect_problem(422, "invalid_body");
        }
        ask(&stranger.order(&order.id), "k", &wish(PADS, 1)).await.expect_problem(404, "order_not_found");
        stranger.get(&order.path("/returns")).await.expect_problem(404, "order_not_found");
        for id in ["", "no-such", "%00", "../x"] {
            let path = format!("/admin/orders/{}/returns/{id}/receive", order.id);
            assert_eq!(post(&admin, &path, "k", &json!({ "items": [] })).await.status, 404, "{id}");
        }
        customer.get("/admin/returns").await.expect_problem(403, "forbidden");
        assert_eq!(without_audit(shop.store().counts().await), before);
    });
}

/// What an operator tried is written down, in vain or not.
fn without_audit(mut counts: Counts) -> Counts {
    counts.remove("collection audit_log");
    counts
}
