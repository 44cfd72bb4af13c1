//! Customers who pay otherwise than they first wanted to. A shop of its own, whose bank is slow.

use e2e::{Basket, PlacedOrder, Setup, Stack, catalog::PADS, eventually, gateways::Bank, run};
use mongodb::bson::{Document, doc};
use schemas::types::OrderStatus as S;
use serde_json::{Value, json};

/// What is known at the gateways of an order: captured, refunded, and whether anything is still promised.
async fn money(shop: &Stack, order: &PlacedOrder) -> Vec<(i64, i64)> {
    let amount = |payment: &Value, field: &str| payment[field].as_i64().unwrap_or_default();
    let payments = shop.gateways().payments_of(&order.id).await;
    payments.iter().map(|payment| (amount(payment, "captured"), amount(payment, "refunded"))).collect()
}

/// Waits for the customer's second way to pay.
async fn second_prompt(order: &PlacedOrder, gateway: &str) -> Value {
    eventually("the other gateway is ready", async || {
        let status = order.status().await;
        if status["payment"]["gateway"] == gateway { Ok(status["payment"].clone()) } else { Err(status.to_string()) }
    })
    .await
}

/// Waits until nothing is left to do about any attempt.
async fn settled(shop: &Stack, order: &PlacedOrder) -> Document {
    eventually("all attempts are settled", async || {
        let found: Vec<Document> = shop.store().find("payments", doc! { "_id": &order.id }).await;
        let Some(payment) = found.into_iter().next() else { return Err("no payment".to_owned()) };
        let idle = !payment.contains_key("pending") && !payment.contains_key("due_at");
        if idle { Ok(payment) } else { Err(payment.to_string()) }
    })
    .await
}

#[test]
fn a_customer_who_was_declined_pays_at_the_other_gateway_once_and_what_comes_late_is_let_go() {
    run(async {
        let shop = Setup::new("attempts").set("SPAREPARTS_PAYMENTS__RETRY_SECONDS", "1").start().await;
        let order = shop.customer().await.place(&Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by("stripe")).await;
        let first = order.payment_prompt().await;
        shop.gateways().pay(&first, Bank::Declines).await;
        eventually("the decline is shown", async || {
            let status = order.status().await;
            if status["payment"]["last_decline"].is_object() { Ok(()) } else { Err(status.to_string()) }
        })
        .await;
        // They try again, the bank takes its time, and they turn to the other gateway.
        shop.gateways().set_faults("stripe", &json!({ "late_authorization_ms": 4_000 })).await;
        shop.gateways().pay(&first, Bank::Approves).await;
        let attempt = order.pay_by("razorpay", "otherwise").await;
        assert_eq!(order.pay_by("razorpay", "otherwise").await["payment_id"], attempt["payment_id"]);
        let prompt = second_prompt(&order, "razorpay").await;
        assert_eq!(prompt["payment_id"], attempt["payment_id"]);
        shop.gateways().pay(&prompt, Bank::Approves).await;
        order.reaches(S::Packed).await;

        let payment = settled(&shop, &order).await;
        let strays = payment.get_document("state").unwrap().get_array("strays").unwrap();
        let stray = strays[0].as_document().unwrap();
        assert_eq!((strays.len(), stray.get_str("known").unwrap()), (1, "voided"), "{payment}");
        let total = shop.store().order(&order.id).await.totals.grand_total.minor;
        let taken: Vec<_> = money(&shop, &order).await.into_iter().filter(|(captured, _)| *captured > 0).collect();
        assert_eq!(taken, [(total, 0)]);
        let attempts = order.payments().await;
        let states: Vec<_> = attempts.iter().map(|attempt| attempt["state"].as_str().unwrap()).collect();
        assert_eq!(states, ["superseded", "paid"]);
        assert!(!attempts[0]["code"].as_str().unwrap().is_empty(), "{attempts:?}");
        let path = format!("/payments/{}", attempt["payment_id"].as_str().unwrap());
        assert_eq!(order.customer.get(&path).await.json(), attempts[1]);
        let paid = order.path_taken().await.into_iter().filter(|state| state == "paid").count();
        assert_eq!(paid, 1);
    });
}

#[test]
fn an_order_that_is_paid_in_cash_after_all_is_sold_and_the_gateway_lets_go() {
    run(async {
        let shop = Setup::new("cash-after-all").set("SPAREPARTS_INGRESS__SHIPPING__COD_FEE_PAISE", "0").start().await;
        let order = shop.customer().await.place(&Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by("razorpay")).await;
        order.payment_prompt().await;
        order.pay_by("cod", "cash").await;
        order.reaches(S::Packed).await;
        settled(&shop, &order).await;
        assert!(money(&shop, &order).await.iter().all(|(captured, _)| *captured == 0));
        assert_eq!(order.path_taken().await, ["accepted", "reserving", "awaiting_payment", "confirmed", "packed"]);
        let again = order.customer.request(reqwest::Method::POST, &order.path("/payments"));
        let again = e2e::Answer::of(again.json(&json!({ "payment_method": "stripe" }))).await;
        again.expect_problem(409, "not_payable");
    });
}
