//! Card payments while one gateway cannot be asked. A shop of its own, whose link to Stripe fails.

use std::time::Duration;

use e2e::{Basket, Link, PlacedOrder, Setup, Stack, catalog::PADS, eventually, gateways::Bank, proxy::Mode, run};
use mongodb::bson::{Document, doc};
use schemas::types::OrderStatus as S;
use serde_json::{Value, json};

/// After two calls without an answer Stripe is left alone for longer than the customers need.
async fn shop() -> Stack {
    let settings = [
        ("CIRCUIT_FAILURES", "2"),
        ("CIRCUIT_OPEN_SECONDS", "25"),
        ("CIRCUIT_PROBES", "1"),
        ("CALL_TIMEOUT_SECONDS", "2"),
        ("RETRY_SECONDS", "1"),
    ];
    let setup = Setup::new("failover").through_proxies(&[Link::Stripe]);
    let set = |setup: Setup, (name, value): &(&str, &str)| setup.set(&format!("SPAREPARTS_PAYMENTS__{name}"), value);
    settings.iter().fold(setup, set).start().await
}

async fn by_card(shop: &Stack) -> PlacedOrder {
    shop.customer().await.place(&Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by("card")).await
}

/// What Stripe has of an order.
async fn at_stripe(shop: &Stack, order: &PlacedOrder) -> Vec<Value> {
    let mut payments = shop.gateways().ledger("stripe").await;
    payments.retain(|payment| payment["order_id"] == *order.id);
    payments
}

/// The one payment that was captured for an order: all of it, and none of it went back.
async fn assert_paid_once(shop: &Stack, order: &PlacedOrder) {
    let total = shop.store().order(&order.id).await.totals.grand_total.minor;
    let mut payments = shop.gateways().payments_of(&order.id).await;
    payments.retain(|payment| payment["captured"] != 0);
    assert_eq!(payments.len(), 1, "{payments:?}");
    assert_eq!((&payments[0]["captured"], &payments[0]["refunded"]), (&json!(total), &json!(0)));
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

/// The customer's bank says yes to what Stripe made and the shop knows nothing of.
async fn authorise_at_stripe(shop: &Stack, intent: &str) {
    let url = format!("{}/v1/payment_intents/{intent}/confirm", shop.url("stripe-sim"));
    let request = shop.http().post(url).bearer_auth("sk_test_demo").form(&[("payment_method", "pm_card_visa")]);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
}

#[test]
fn card_orders_are_paid_at_the_other_gateway_while_one_is_down_and_what_comes_late_goes_back() {
    run(async {
        let shop = shop().await;
        // Stripe does as it is asked, and nobody is told.
        shop.link(Link::Stripe).set(Mode::LoseReplies(Duration::from_millis(100)));
        let doubtful = by_card(&shop).await;
        let waits = eventually("the customer is told", async || {
            let status = doubtful.status().await;
            let waits = status["gateway_unavailable"].clone();
            if waits.is_object() { Ok(waits) } else { Err(status.to_string()) }
        })
        .await;
        assert!(waits["gateway"] == "stripe" && waits["retry_at"].is_string(), "{waits}");
        let shown = &doubtful.payments().await[0];
        assert_eq!((&shown["payment_id"], &shown["gateway_unavailable"]), (&waits["payment_id"], &json!(true)));
        let made = at_stripe(&shop, &doubtful).await;
        assert_eq!(made.len(), 1, "made once, though asked for twice: {made:?}");

        // By now Stripe is left alone: what was never sent there is made at Razorpay.
        let moved = by_card(&shop).await;
        let prompt = moved.payment_prompt().await;
        assert_eq!(prompt["gateway"], "razorpay");
        let attempt = moved.payments().await[0].clone();
        let shown = [&attempt["payment_method"], &attempt["gateway"], &attempt["failed_over_from"]];
        assert_eq!(shown, ["card", "razorpay", "stripe"], "{attempt}");
        assert_eq!(attempt["payment_id"], prompt["payment_id"]);
        shop.gateways().pay(&prompt, Bank::Approves).await;
        moved.reaches(S::Packed).await;
        assert!(at_stripe(&shop, &moved).await.is_empty());

        // Who does not want to wait asks again.
        let again = doubtful.pay_by("card", "again").await;
        assert_eq!(doubtful.pay_by("card", "again").await["payment_id"], again["payment_id"]);
        let prompt = doubtful.payment_prompt().await;
        assert_eq!((&prompt["gateway"], &prompt["payment_id"]), (&json!("razorpay"), &again["payment_id"]));
        shop.gateways().pay(&prompt, Bank::Approves).await;
        doubtful.reaches(S::Packed).await;

        // Stripe comes back, with money for what nobody was told of.
        authorise_at_stripe(&shop, made[0]["payment_id"].as_str().unwrap()).await;
        shop.link(Link::Stripe).set(Mode::Pass);
        eventually("Stripe lets go of it", async || {
            let there = at_stripe(&shop, &doubtful).await;
            if there.iter().all(|payment| payment["status"] == "canceled") { Ok(()) } else { Err(format!("{there:?}")) }
        })
        .await;
        for order in [&moved, &doubtful] {
            settled(&shop, order).await;
            assert_paid_once(&shop, order).await;
        }
        let states: Vec<_> = doubtful.payments().await.iter().map(|attempt| attempt["state"].clone()).collect();
        assert_eq!(states, ["superseded", "paid"]);
        let metrics = shop.http().get(format!("{}/metrics", shop.url("payments"))).send().await.unwrap();
        let metrics = metrics.text().await.unwrap();
        assert!(metrics.contains(r#"payments_failovers_total{from="stripe",to="razorpay"}"#), "{metrics}");
        let usual = by_card(&shop).await.payment_prompt().await;
        assert_eq!(usual["gateway"], "stripe", "it is asked first again");
    });
}
