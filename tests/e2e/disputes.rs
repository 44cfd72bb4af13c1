//! Customers who ask their bank for the money back, from the gateway's webhook to the books.

use e2e::{Answer, Basket, Customer, PlacedOrder, Setup, Stack, catalog::PADS, eventually, gateways::Bank, run};
use mongodb::bson::{Document, doc};
use reqwest::Method;
use schemas::types::OrderStatus as S;
use serde_json::{Value, json};

/// An order whose parcel waits for the carrier, and the gateway's name for its payment.
async fn packed(shop: &Stack, gateway: &'static str) -> (PlacedOrder, String) {
    let basket = Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by(gateway);
    let order = shop.customer().await.place(&basket).await;
    shop.gateways().pay(&order.payment_prompt().await, Bank::Approves).await;
    order.reaches(S::Packed).await;
    let payment = shop.gateways().payments_of(&order.id).await.remove(0);
    (order, payment["payment_id"].as_str().unwrap_or_default().to_owned())
}

async fn stands(admin: &Customer, order: &PlacedOrder, state: &str) -> Value {
    eventually("the dispute stands so", async || {
        let list = admin.get(&format!("/admin/orders/{}/disputes", order.id)).await.expect(200).json();
        let found = list["items"][0].clone();
        if found["state"] == state { Ok(found) } else { Err(list.to_string()) }
    })
    .await
}

/// What an account of an order comes to.
async fn balance(admin: &Customer, order: &PlacedOrder, account: &str) -> i64 {
    let ledger = admin.get(&format!("/admin/orders/{}/ledger", order.id)).await.expect(200).json();
    let accounts = ledger["accounts"].as_array().cloned().unwrap_or_default();
    let found = accounts.iter().find(|found| found["account"] == account);
    found.and_then(|found| found["balance_minor"].as_i64()).unwrap_or_default()
}

async fn refund(admin: &Customer, order: &PlacedOrder, key: &str) -> Answer {
    let request = admin.request(Method::POST, &format!("/admin/orders/{}/refunds", order.id));
    let body = json!({ "amount_minor": 100, "reason": "goodwill" });
    Answer::of(request.header("idempotency-key", key).json(&body)).await
}

#[test]
fn a_dispute_is_booked_listed_and_keeps_its_money_from_going_back_twice() {
    run(async {
        let shop = Setup::new("disputes")
            .set("SPAREPARTS_PAYMENTS__RECONCILIATION__INTERVAL_SECONDS", "0")
            .set("SPAREPARTS_PAYMENTS__RECONCILIATION__GRACE_SECONDS", "2")
            .set("SPAREPARTS_PAYMENTS__RECONCILIATION__SETTLEMENT_SECONDS", "0")
            .start()
            .await;
        let admin = shop.admin().await;
        for gateway in ["stripe", "razorpay"] {
            let (lost, payment) = packed(&shop, gateway).await;
            let total = shop.store().order(&lost.id).await.totals.grand_total.minor;
            let dispute = shop.gateways().dispute(gateway, &payment).await;
            let seen = stands(&admin, &lost, "needs_response").await;
            assert_eq!((&seen["dispute_id"], &seen["amount"]["minor"]), (&json!(dispute), &json!(total)));
            let listed = admin.get("/admin/disputes?state=open").await.expect(200).json();
            assert_eq!(listed["items"][0]["dispute_id"], dispute, "{listed}");
            eventually("the order knows of it", async || {
                let refused = refund(&admin, &lost, "twice").await;
                if refused.status == 409 { Ok(()) } else { Err(refused.status.to_string()) }
            })
            .await;
            shop.gateways().decide(gateway, &dispute, "lose").await;
            stands(&admin, &lost, "lost").await;
            let fee = balance(&admin, &lost, "gateway_fees").await;
            assert_eq!(balance(&admin, &lost, "dispute_losses").await, total);
            assert_eq!(balance(&admin, &lost, "disputes").await, 0);
            assert_eq!(balance(&admin, &lost, &format!("{gateway}_clearing")).await, -fee);
            assert_eq!((fee > 0, gateway), (gateway == "stripe", gateway), "Razorpay charges nothing for it");
            refund(&admin, &lost, "late").await.expect_problem(409, "not_refundable");

            let (won, payment) = packed(&shop, gateway).await;
            let dispute = shop.gateways().dispute(gateway, &payment).await;
            shop.gateways().decide(gateway, &dispute, "review").await;
            shop.gateways().decide(gateway, &dispute, "win").await;
            stands(&admin, &won, "won").await;
            eventually("the money is ours again", async || match balance(&admin, &won, "disputes").await {
                0 => Ok(()),
                open => Err(open.to_string()),
            })
            .await;
            refund(&admin, &won, "goodwill").await.expect(202);
            eventually("the refund is made", async || {
                let payment = shop.gateways().payments_of(&won.id).await.remove(0);
                if payment["refunded"] == 100 { Ok(()) } else { Err(payment.to_string()) }
            })
            .await;
        }
        tokio::time::sleep(std::time::Duration::from_secs(4)).await;
        let file = shop.file("settlement.csv");
        std::fs::write(&file, shop.gateways().settlement_report().await).unwrap();
        shop.reconcile(&["--csv", "--settlement", &file.display().to_string()]).await;
        let findings: Vec<Document> = shop.store().find("reconciliation_findings", doc! {}).await;
        assert!(findings.is_empty(), "{findings:#?}");
        eventually("all is settled, what disputes took included", async || {
            let all = admin.get("/admin/ledger/balances").await.expect(200).json();
            let sides = all["accounts"].as_array().cloned().unwrap_or_default();
            let balance = |name: &str| sides.iter().find(|side| side["account"] == name)?["balance_minor"].as_i64();
            assert_eq!(sides.iter().filter_map(|side| side["balance_minor"].as_i64()).sum::<i64>(), 0, "{all}");
            let left = ["stripe_clearing", "razorpay_clearing", "disputes"].map(balance);
            if left == [Some(0); 3] { Ok(()) } else { Err(all.to_string()) }
        })
        .await;
    });
}
