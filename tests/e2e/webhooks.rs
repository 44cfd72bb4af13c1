//! I8: what gateways and carriers post is believed only with their signature, and counts once.

use e2e::{
    Answer, Basket, PlacedOrder, Setup, Stack,
    catalog::PADS,
    eventually,
    gateways::Bank,
    quiet_shop, run, shop,
    webhook::{Sender, now},
};
use schemas::types::OrderStatus as S;
use serde_json::{Value, json};
use uuid::Uuid;

/// A plausible event about an order.
fn event(sender: Sender, order: &str) -> Value {
    e2e::webhook::event(sender, &Uuid::now_v7().simple().to_string(), order)
}

#[test]
fn a_webhook_with_a_bad_a_missing_or_a_stale_signature_is_refused_and_leaves_no_trace() {
    run(async {
        let shop = quiet_shop().await;
        let before = shop.store().counts().await;
        for sender in Sender::ALL {
            let body = event(sender, &Uuid::now_v7().to_string()).to_string();
            let (header, right) = sender.signature(&body, sender.secret(), now());
            let (_, of_another_secret) = sender.signature(&body, "whsec_other", now());
            let (_, of_another_body) = sender.signature("{}", sender.secret(), now());
            let mut wrong = vec![of_another_secret, of_another_body, String::new(), "garbage".to_owned(), right + "00"];
            if sender != Sender::Razorpay {
                wrong.push(sender.signature(&body, sender.secret(), now() - 301).1);
                // Time passes until it arrives, which brings a signature from the future nearer.
                wrong.push(sender.signature(&body, sender.secret(), now() + 600).1);
            }
            for signature in wrong {
                let answer = Answer::of(sender.unsigned(&shop, &body).header(header, &signature)).await;
                answer.expect_problem(400, "invalid_signature");
            }
            Answer::of(sender.unsigned(&shop, &body)).await.expect_problem(400, "invalid_signature");
        }
        assert_eq!(shop.store().counts().await, before);
    });
}

#[test]
fn a_signed_webhook_that_cannot_be_read_or_is_too_large_is_refused_and_leaves_no_trace() {
    run(async {
        let shop = quiet_shop().await;
        let before = shop.store().counts().await;
        for sender in Sender::ALL {
            for broken in [json!({}), json!([]), json!({ "id": 1, "type": "x", "event": 1 })] {
                Answer::of(sender.signed(&shop, &broken)).await.expect_problem(400, "malformed_event");
            }
            let large = json!({ "id": "x".repeat(300_000) });
            Answer::of(sender.signed(&shop, &large)).await.expect_problem(413, "body_too_large");
        }
        assert_eq!(shop.store().counts().await, before);
    });
}

#[test]
fn a_signed_event_of_a_kind_that_means_nothing_here_is_taken_and_leaves_no_trace() {
    run(async {
        let shop = quiet_shop().await;
        let before = shop.store().counts().await;
        let stripe = json!({ "id": "evt_1", "type": "customer.created", "data": { "object": {} } });
        Answer::of(Sender::Stripe.signed(&shop, &stripe)).await.expect(200);
        let razorpay = json!({ "event": "invoice.paid", "payload": {} });
        Answer::of(Sender::Razorpay.signed(&shop, &razorpay)).await.expect(200);
        assert_eq!(shop.store().counts().await, before);
    });
}

/// Whoever knows the webhook's secret still cannot pay one rupee for an order of thousands.
#[test]
fn a_signed_payment_of_another_amount_does_not_pay_for_the_order() {
    run(async {
        let shop = shop().await;
        let order = shop.customer().await.place(&Basket::of(&shop.catalog, &[(PADS, 1)])).await;
        let prompt = order.payment_prompt().await;
        let mut forged = event(Sender::Stripe, &order.id);
        forged["data"]["object"]["id"] = prompt["gateway_ref"].clone();
        Answer::of(Sender::Stripe.signed(&shop, &forged)).await.expect(200);
        order.reaches(S::PaymentFailed).await;
        assert!(shop.gateways().parcels_of(&order.id).await.is_empty());
    });
}

#[test]
fn one_event_posted_many_times_at_once_pays_once() {
    run(async {
        let shop = shop().await;
        let order = shop.customer().await.place(&Basket::of(&shop.catalog, &[(PADS, 1)])).await;
        let prompt = order.payment_prompt().await;
        shop.gateways().pay(&prompt, Bank::Approves).await;
        order.reaches(S::Packed).await;
        let total = &prompt["amount"]["minor"];
        let captured = json!({ "id": "evt_again", "type": "payment_intent.succeeded", "data": { "object": {
            "id": prompt["gateway_ref"], "amount": total, "amount_received": total, "currency": "inr",
            "status": "succeeded", "metadata": { "order_id": order.id } } } });
        let posts = (0..20).map(|_| Answer::of(Sender::Stripe.signed(&shop, &captured)));
        for answer in futures::future::join_all(posts).await {
            answer.expect(200);
        }
        shop.gateways().deliver(&order.id).await;
        order.reaches(S::Delivered).await;
        assert_sold_once(&shop, &order).await;
    });
}

#[test]
fn duplicated_delayed_and_reordered_webhooks_have_one_effect_each() {
    run(async {
        let gateways = ["--auto-pay-ms", "50", "--webhook-duplicate-rate", "1", "--webhook-reorder-ms", "1500"];
        let carrier = ["--step-delay-ms", "100", "--webhook-duplicate-rate", "1", "--webhook-reorder-ms", "1500"];
        let shop = Setup::new("webhooks").gateways(&gateways).carrier(&carrier).start().await;
        let customer = shop.customer().await;
        let mut orders = Vec::new();
        for method in ["stripe", "razorpay", "cod"].repeat(10) {
            orders.push(customer.place(&Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by(method)).await);
        }
        for order in &orders {
            order.reaches(S::Delivered).await;
        }
        e2e::facts::at_rest(&shop, e2e::wait::PATIENCE).await;
        for order in &orders {
            assert_sold_once(&shop, order).await;
        }
        let dead: Vec<_> =
            shop.store().counts().await.into_iter().filter(|(name, _)| name.ends_with(".dead")).collect();
        assert!(dead.iter().all(|(_, records)| *records == 0), "{dead:?}");
    });
}

/// One capture or none, one parcel, one invoice, one pass through each state.
async fn assert_sold_once(shop: &Stack, order: &PlacedOrder) {
    let payments = shop.gateways().payments_of(&order.id).await;
    let stored = shop.store().order(&order.id).await;
    let total = stored.totals.grand_total.minor;
    let amounts: Vec<&Value> = payments.iter().map(|payment| &payment["captured"]).collect();
    let expected =
        if stored.payment_method == schemas::types::PaymentMethod::Cod { vec![] } else { vec![json!(total)] };
    assert_eq!(amounts, expected.iter().collect::<Vec<_>>(), "{payments:?}");
    assert_eq!(shop.gateways().parcels_of(&order.id).await.len(), 1);
    let mut states: Vec<S> = stored.history.iter().map(|step| step.status).collect();
    let passed = states.len();
    states.dedup();
    assert_eq!(states.len(), passed, "{states:?}");
    eventually("the invoice is there", async || {
        let answer = order.invoice().await;
        if answer.status == 200 { Ok(()) } else { Err(answer.text()) }
    })
    .await;
}
