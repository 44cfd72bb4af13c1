//! Some of the money goes back while the order stands: by our own refunds, several at once, and by somebody's hand in the
//! gateway's dashboard.

use e2e::{Answer, Basket, Customer, Guest, PlacedOrder, catalog::PADS, eventually, gateways::Bank, run, shop};
use futures::future::join_all;
use reqwest::Method;
use schemas::types::OrderStatus as S;
use serde_json::{Value, json};

async fn packed(shop: &Guest, method: &'static str) -> PlacedOrder {
    let basket = Basket::of(&shop.catalog, &[(PADS, 2)]).paid_by(method);
    let order = shop.customer().await.place(&basket).await;
    shop.gateways().pay(&order.payment_prompt().await, Bank::Approves).await;
    order.reaches(S::Packed).await;
    order
}

async fn refund(admin: &Customer, order: &PlacedOrder, key: &str, body: &Value) -> Answer {
    let request = admin.request(Method::POST, &format!("/admin/orders/{}/refunds", order.id));
    Answer::of(request.header("idempotency-key", key).json(body)).await
}

async fn refunds(admin: &Customer, order: &PlacedOrder) -> Value {
    let answer = admin.get(&format!("/admin/orders/{}/refunds", order.id)).await;
    answer.expect(200);
    answer.json()
}

/// Waits until every refund of an order is made or refused, and so much went back.
async fn gone_back(admin: &Customer, order: &PlacedOrder, paise: i64) -> Vec<Value> {
    eventually("the refunds are decided", async || {
        let seen = refunds(admin, order).await;
        let items = seen["items"].as_array().cloned().unwrap_or_default();
        let open = items.iter().any(|refund| refund["state"] == "asked");
        if !open && seen["refunded"]["minor"] == paise { Ok(items) } else { Err(seen.to_string()) }
    })
    .await
}

/// What the gateway took and gave back, and what the ledger says it still has of it.
async fn assert_books(shop: &Guest, admin: &Customer, order: &PlacedOrder, captured: i64, refunded: i64) {
    let payments = shop.gateways().payments_of(&order.id).await;
    let money: Vec<_> = payments.iter().map(|payment| (&payment["captured"], &payment["refunded"])).collect();
    assert_eq!(money, [(&json!(captured), &json!(refunded))]);
    let ledger = admin.get(&format!("/admin/orders/{}/ledger", order.id)).await.json();
    let accounts = ledger["accounts"].as_array().cloned().unwrap_or_default();
    let mut balances: Vec<i64> = accounts.iter().filter_map(|account| account["balance_minor"].as_i64()).collect();
    balances.sort_unstable();
    assert_eq!(balances, [refunded - captured, captured - refunded], "{ledger}");
}

#[test]
fn refunds_asked_for_at_once_are_summed_and_never_exceed_the_capture() {
    run(async {
        let shop = shop().await;
        let admin = shop.admin().await;
        for method in ["stripe", "razorpay"] {
            let order = packed(&shop, method).await;
            let total = shop.store().order(&order.id).await.totals.grand_total.minor;
            // Any two of these fit, three do not.
            let part = total * 2 / 5;
            let body = json!({ "amount_minor": part, "reason": "damaged" });
            let keys: Vec<String> = (0..5).map(|number| format!("r{number}")).collect();
            let answers = join_all(keys.iter().map(|key| refund(&admin, &order, key, &body))).await;
            assert!(answers.iter().all(|answer| matches!(answer.status, 202 | 409)), "{method}");
            let items = gone_back(&admin, &order, 2 * part).await;
            assert_eq!(items.iter().filter(|refund| refund["state"] == "made").count(), 2, "{items:?}");
            assert_books(&shop, &admin, &order, total, 2 * part).await;
            refund(&admin, &order, "too-much", &body).await.expect_problem(409, "not_refundable");
            for key in &keys {
                assert!(matches!(refund(&admin, &order, key, &body).await.status, 202 | 409), "asked again");
            }
            shop.gateways().deliver(&order.id).await;
            order.reaches(S::Delivered).await;
            assert_books(&shop, &admin, &order, total, 2 * part).await;
        }
    });
}

#[test]
fn a_unit_is_paid_back_at_its_price_and_a_refund_by_hand_shows_up_beside_it() {
    run(async {
        let shop = shop().await;
        let admin = shop.admin().await;
        for method in ["stripe", "razorpay"] {
            let order = packed(&shop, method).await;
            let stored = shop.store().order(&order.id).await;
            let (total, unit) = (stored.totals.grand_total.minor, stored.lines[0].total.minor / 2);
            let one = json!({ "lines": [{ "sku": PADS, "quantity": 1 }], "reason": "one was missing" });
            refund(&admin, &order, "unit", &one).await.expect(202);
            gone_back(&admin, &order, unit).await;
            let payment = shop.gateways().payments_of(&order.id).await[0]["payment_id"].clone();
            shop.gateways().give_back(method, payment.as_str().unwrap_or_default(), 700).await;
            gone_back(&admin, &order, unit + 700).await;
            assert_books(&shop, &admin, &order, total, unit + 700).await;
            assert_eq!(order.status().await["status"], "packed");
            order.cancel().await;
            order.reaches(S::Refunded).await;
            assert_books(&shop, &admin, &order, total, total).await;
        }
    });
}
