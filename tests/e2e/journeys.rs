//! One order of every kind, from the customer's click to its end.

use e2e::{
    Basket, Guest, PlacedOrder,
    catalog::{OIL_FILTER, OUT_OF_STOCK, PADS},
    eventually,
    gateways::Bank,
    run, shop,
    stack::PAIRS,
};
use schemas::types::OrderStatus as S;
use serde_json::{Value, json};

use crate::late_payment;

const SOLD_AND_DELIVERED: [&str; 8] =
    ["accepted", "reserving", "awaiting_payment", "paid", "confirmed", "packed", "shipped", "delivered"];

async fn placed(shop: &Guest, method: &'static str) -> PlacedOrder {
    let basket = Basket::of(&shop.catalog, &[(PADS, 2), (OIL_FILTER, 1)]).paid_by(method);
    shop.customer().await.place(&basket).await
}

async fn paid(shop: &Guest, method: &'static str) -> PlacedOrder {
    let order = placed(shop, method).await;
    shop.gateways().pay(&order.payment_prompt().await, Bank::Approves).await;
    order
}

/// The amounts that the gateways captured and gave back for an order, payment by payment.
async fn money(shop: &Guest, order: &PlacedOrder) -> Vec<(i64, i64)> {
    let amount = |payment: &Value, field: &str| payment[field].as_i64().unwrap_or_default();
    let payments = shop.gateways().payments_of(&order.id).await;
    payments.iter().map(|payment| (amount(payment, "captured"), amount(payment, "refunded"))).collect()
}

async fn assert_delivered_with_an_invoice(shop: &Guest, order: &PlacedOrder) {
    order.reaches(S::Packed).await;
    shop.gateways().deliver(&order.id).await;
    order.reaches(S::Delivered).await;
    let number = order.view().await["invoice"]["number"].as_str().unwrap_or_default().to_owned();
    assert!(number.starts_with("INV"), "{number}");
    let invoice = order.invoice().await;
    invoice.expect(200);
    assert_eq!(invoice.header("content-type"), "application/pdf");
    assert!(invoice.body.starts_with(b"%PDF-") && invoice.body.len() > 5_000, "{} bytes", invoice.body.len());
    for sku in [PADS, OIL_FILTER] {
        assert_eq!(shop.store().reservation(&order.id, sku).await, "sold");
    }
}

#[test]
fn an_order_paid_by_stripe_is_delivered_with_an_invoice() {
    run(async {
        let shop = shop().await;
        let order = paid(&shop, "stripe").await;
        assert_delivered_with_an_invoice(&shop, &order).await;
        assert_eq!(order.path_taken().await, SOLD_AND_DELIVERED);
        let total = shop.store().order(&order.id).await.totals.grand_total.minor;
        assert_eq!(money(&shop, &order).await, [(total, 0)]);
    });
}

#[test]
fn an_order_paid_by_razorpay_is_delivered_with_an_invoice() {
    run(async {
        let shop = shop().await;
        let order = paid(&shop, "razorpay").await;
        assert_delivered_with_an_invoice(&shop, &order).await;
        assert_eq!(order.path_taken().await, SOLD_AND_DELIVERED);
        let total = shop.store().order(&order.id).await.totals.grand_total.minor;
        assert_eq!(money(&shop, &order).await, [(total, 0)]);
    });
}

#[test]
fn an_order_for_cash_is_delivered_and_the_carrier_collects_its_total() {
    run(async {
        let shop = shop().await;
        let order = placed(&shop, "cod").await;
        assert_delivered_with_an_invoice(&shop, &order).await;
        let way = ["accepted", "reserving", "confirmed", "packed", "shipped", "delivered"];
        assert_eq!(order.path_taken().await, way);
        let total = shop.store().order(&order.id).await.totals.grand_total.minor;
        assert_eq!(shop.gateways().parcels_of(&order.id).await[0]["cod_amount_paise"], json!(total));
        assert!(money(&shop, &order).await.is_empty());
    });
}

#[test]
fn the_total_is_computed_on_the_server_from_catalog_tax_and_carriage() {
    run(async {
        let shop = shop().await;
        let order = placed(&shop, "cod").await;
        order.reaches(S::Packed).await;
        let totals = shop.store().order(&order.id).await.totals;
        // Two pairs of pads at Rs 1200 and a filter at Rs 165, 28 % within Maharashtra.
        assert_eq!(totals.taxable.minor, 2 * 120_000 + 16_500);
        assert_eq!((totals.cgst.minor, totals.sgst.minor, totals.igst.minor), (35_910, 35_910, 0));
        let sum = totals.taxable.minor + 2 * 35_910 + totals.shipping.minor + totals.cod_fee.minor;
        assert_eq!(totals.grand_total.minor % 100, 0, "whole rupees");
        assert_eq!(totals.grand_total.minor, sum + totals.round_off.minor);
    });
}

#[test]
fn a_declined_customer_sees_why_and_pays_at_the_second_try() {
    run(async {
        let shop = shop().await;
        for method in ["stripe", "razorpay"] {
            let order = placed(&shop, method).await;
            let prompt = order.payment_prompt().await;
            shop.gateways().pay(&prompt, Bank::Declines).await;
            let code = eventually("the decline is shown", async || {
                let status = order.status().await;
                status["payment"]["last_decline"]["code"].as_str().map(str::to_owned).ok_or_else(|| status.to_string())
            })
            .await;
            assert!(!code.is_empty());
            assert_eq!(order.view().await["payment"]["last_decline"]["code"], code);
            shop.gateways().pay(&prompt, Bank::Approves).await;
            assert_delivered_with_an_invoice(&shop, &order).await;
            assert_eq!(order.path_taken().await, SOLD_AND_DELIVERED);
            let total = shop.store().order(&order.id).await.totals.grand_total.minor;
            let moved: Vec<_> = money(&shop, &order).await.into_iter().filter(|(captured, _)| *captured > 0).collect();
            assert_eq!(moved, [(total, 0)]);
        }
    });
}

#[test]
fn a_declined_order_that_is_cancelled_releases_its_stock_and_takes_no_money() {
    run(async {
        let shop = shop().await;
        let order = placed(&shop, "razorpay").await;
        shop.gateways().pay(&order.payment_prompt().await, Bank::Declines).await;
        order.cancel().await;
        order.reaches(S::Cancelled).await;
        assert_released(&shop, &order).await;
        assert!(money(&shop, &order).await.iter().all(|(captured, _)| *captured == 0));
        order.invoice().await.expect_problem(404, "invoice_not_ready");
    });
}

#[test]
fn an_order_with_one_part_out_of_stock_is_rejected_and_releases_the_others() {
    run(async {
        let shop = shop().await;
        let basket = Basket::of(&shop.catalog, &[(PADS, 1), (OUT_OF_STOCK, 1)]);
        let order = shop.customer().await.place(&basket).await;
        order.reaches(S::Rejected).await;
        assert_eq!(order.path_taken().await, ["accepted", "reserving", "rejected"]);
        assert_becomes(&shop, &order, PADS, "released").await;
        assert_eq!(shop.store().reservation(&order.id, OUT_OF_STOCK).await, "refused");
        assert!(money(&shop, &order).await.is_empty(), "nobody is asked to pay for what is not there");
    });
}

#[test]
fn an_order_cancelled_before_payment_releases_its_stock_and_takes_no_money() {
    run(async {
        let shop = shop().await;
        for method in ["stripe", "razorpay"] {
            let order = placed(&shop, method).await;
            order.payment_prompt().await;
            order.cancel().await;
            order.reaches(S::Cancelled).await;
            assert_released(&shop, &order).await;
            assert!(money(&shop, &order).await.iter().all(|(captured, _)| *captured == 0));
            order.try_cancel().await.expect_problem(409, "not_cancellable");
        }
    });
}

#[test]
fn an_order_cancelled_after_payment_is_refunded_with_a_credit_note_and_its_stock_returns() {
    run(async {
        let shop = shop().await;
        for method in ["stripe", "razorpay"] {
            let order = paid(&shop, method).await;
            order.reaches(S::Packed).await;
            order.cancel().await;
            order.reaches(S::Refunded).await;
            let stored = shop.store().order(&order.id).await;
            let total = stored.totals.grand_total.minor;
            assert_eq!(money(&shop, &order).await, [(total, total)]);
            let note = stored.credit_note.map(|note| note.number).unwrap_or_default();
            assert!(note.starts_with("CRN"), "{note}");
            let notes = order.customer.get(&order.path("/credit-notes")).await.expect(200).json();
            assert_eq!(notes["items"][0]["number"], json!(note));
            let printed = order.customer.get(&order.path(&format!("/credit-notes/{note}"))).await;
            printed.expect(200);
            assert!(printed.body.starts_with(b"%PDF-"));
            assert_released(&shop, &order).await;
            let parcels = shop.gateways().parcels_of(&order.id).await;
            assert!(parcels.iter().all(|parcel| parcel["status"] == "cancelled"), "{parcels:?}");
        }
    });
}

#[test]
fn an_order_for_cash_cancelled_before_it_leaves_ends_cancelled_with_a_credit_note() {
    run(async {
        let shop = shop().await;
        let order = placed(&shop, "cod").await;
        order.reaches(S::Packed).await;
        order.cancel().await;
        order.reaches(S::Cancelled).await;
        assert!(shop.store().order(&order.id).await.credit_note.is_some());
        assert_released(&shop, &order).await;
    });
}

#[test]
fn a_parcel_on_its_way_cannot_be_cancelled() {
    run(async {
        let shop = shop().await;
        let order = paid(&shop, "stripe").await;
        assert_delivered_with_an_invoice(&shop, &order).await;
        order.try_cancel().await.expect_problem(409, "not_cancellable");
        assert_eq!(order.path_taken().await, SOLD_AND_DELIVERED);
    });
}

/// A Razorpay order cannot be withdrawn at the gateway, so a customer may pay for one that was cancelled.
#[test]
fn a_payment_that_comes_after_the_cancellation_goes_back_and_nothing_is_shipped() {
    run(async {
        let shop = shop().await;
        let order = placed(&shop, "razorpay").await;
        let prompt = order.payment_prompt().await;
        order.cancel().await;
        order.reaches(S::Cancelled).await;
        shop.gateways().pay(&prompt, Bank::Approves).await;
        late_payment::assert_goes_back(&shop, &order).await;
        assert_eq!(order.status().await["status"], "cancelled");
    });
}

#[test]
fn of_two_orders_for_the_last_units_in_crossed_line_order_exactly_one_wins() {
    run(async {
        let shop = shop().await;
        let (one, other) = (shop.customer().await, shop.customer().await);
        let mut races = Vec::new();
        for pair in 0..PAIRS {
            let (a, b) = (format!("LAST-{pair}-A"), format!("LAST-{pair}-B"));
            let forth = Basket::of(&shop.catalog, &[(&a, 1), (&b, 1)]).paid_by("cod");
            let back = Basket::of(&shop.catalog, &[(&b, 1), (&a, 1)]).paid_by("cod");
            let (first, second) = futures::join!(one.place(&forth), other.place(&back));
            races.push([first, second]);
        }
        for race in races {
            let mut ends = Vec::new();
            for order in &race {
                ends.push(settled(order).await);
            }
            ends.sort();
            assert_eq!(ends, ["packed", "rejected"], "{} and {}", race[0].id, race[1].id);
        }
    });
}

/// Where an order for cash comes to rest while its parcel waits.
async fn settled(order: &PlacedOrder) -> String {
    eventually("the race is decided", async || {
        let status = order.status().await["status"].as_str().unwrap_or_default().to_owned();
        if matches!(status.as_str(), "packed" | "rejected") { Ok(status) } else { Err(status) }
    })
    .await
}

async fn assert_released(shop: &Guest, order: &PlacedOrder) {
    for sku in [PADS, OIL_FILTER] {
        assert_becomes(shop, order, sku, "released").await;
    }
}

/// Stock is given back by a message of its own, which may still be on its way when the order has ended.
async fn assert_becomes(shop: &Guest, order: &PlacedOrder, sku: &str, state: &str) {
    eventually(&format!("{sku} is {state}"), async || {
        let found = shop.store().reservation(&order.id, sku).await;
        if found == state { Ok(()) } else { Err(found) }
    })
    .await;
}
