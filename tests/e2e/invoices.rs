//! Invoices that name the wrong buyer: operators replace them, several at once and while money goes back, and the invoicing
//! worker is killed meanwhile.

use std::time::Duration;

use e2e::{
    Answer, Basket, Customer, PlacedOrder, Setup, Stack, calendar,
    catalog::PADS,
    checker::check,
    eventually,
    facts::{Observed, at_rest, gather},
    gateways::Bank,
    run,
};
use futures::future::join_all;
use reqwest::Method;
use schemas::types::{OrderStatus as S, Timestamp};
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(60);

async fn delivered(shop: &Stack, method: &'static str) -> PlacedOrder {
    let order = shop.customer().await.place(&Basket::of(&shop.catalog, &[(PADS, 2)]).paid_by(method)).await;
    if method != "cod" {
        shop.gateways().pay(&order.payment_prompt().await, Bank::Approves).await;
    }
    order.reaches(S::Packed).await;
    shop.gateways().deliver(&order.id).await;
    order.reaches(S::Delivered).await;
    order
}

/// Has an order's invoice name a company.
async fn replace(admin: &Customer, order: &PlacedOrder, key: &str) -> Answer {
    let body = json!({
        "address": { "name": format!("Company of {key}"), "phone": "+919812345678", "line1": "7 MIDC", "city": "Pune",
                     "state_code": "27", "pincode": "411019" },
        "buyer_gstin": "27AAPFU0939F1ZV",
        "reason": "bought for the company",
    });
    let request = admin.request(Method::POST, &format!("/admin/orders/{}/invoice/replace", order.id));
    Answer::of(request.header("idempotency-key", key).json(&body)).await
}

async fn refund(admin: &Customer, order: &PlacedOrder, paise: i64) -> Answer {
    let request = admin.request(Method::POST, &format!("/admin/orders/{}/refunds", order.id));
    let body = json!({ "amount_minor": paise, "reason": "scratched" });
    Answer::of(request.header("idempotency-key", format!("refund-{paise}")).json(&body)).await
}

async fn items(customer: &Customer, path: &str) -> Vec<Value> {
    let answer = customer.get(path).await;
    answer.expect(200);
    answer.json()["items"].as_array().cloned().unwrap_or_default()
}

/// Waits until every replacement of an order is made or refused; how many were made.
async fn decided(admin: &Customer, order: &PlacedOrder) -> usize {
    eventually("the replacements are decided", async || {
        let seen = items(admin, &format!("/admin/orders/{}/invoice/replacements", order.id)).await;
        let open = seen.is_empty() || seen.iter().any(|one| one["state"] == "asked");
        let made = seen.iter().filter(|one| one["state"] == "made").count();
        if open { Err(format!("{seen:?}")) } else { Ok(made) }
    })
    .await
}

/// The numbers of an order's invoices; all but the last are void, and each cites the next.
async fn invoices(order: &PlacedOrder) -> Vec<String> {
    let seen = items(&order.customer, &order.path("/invoices")).await;
    for pair in seen.windows(2) {
        assert_eq!((&pair[0]["state"], &pair[0]["replaced_by"]), (&json!("void"), &pair[1]["number"]), "{seen:?}");
        assert_eq!(pair[1]["replaces"], pair[0]["number"], "{seen:?}");
    }
    assert_eq!(seen.last().map(|last| &last["state"]), Some(&json!("in_force")), "{seen:?}");
    seen.iter().map(|one| one["number"].as_str().unwrap_or_default().to_owned()).collect()
}

async fn printed(order: &PlacedOrder, path: &str) -> Vec<u8> {
    let answer = order.customer.get(&order.path(path)).await;
    answer.expect(200);
    assert!(answer.body.starts_with(b"%PDF-"));
    answer.body
}

#[test]
fn replaced_invoices_stay_as_cancelled_documents_and_one_is_in_force_whatever_is_asked_for_and_killed() {
    run(async {
        // A replacement is of its invoice's month, so the test keeps away from the end of one.
        let shop = Setup::new("invoices").with_clock().start().await;
        shop.set_clock(calendar::out_of_the_months_last_hour(jiff::Timestamp::now())).await;
        let admin = shop.admin().await;
        let orders =
            [delivered(&shop, "stripe").await, delivered(&shop, "razorpay").await, delivered(&shop, "cod").await];

        // Five at once, while the worker that decides is killed: one of those about the first invoice is made.
        for order in &orders {
            let keys: Vec<String> = (0..5).map(|number| format!("k{number}")).collect();
            let asked = join_all(keys.iter().map(|key| replace(&admin, order, key)));
            let (answers, ()) = futures::join!(asked, async { shop.kill("invoicing") });
            shop.start_again("invoicing");
            assert!(answers.iter().all(|answer| matches!(answer.status, 202 | 409)), "{answers:?}");
            let made = decided(&admin, order).await;
            assert_eq!(invoices(order).await.len(), 1 + made, "one more for each");
            assert!(made >= 1);
        }
        let numbers = invoices(&orders[0]).await;
        let (void, valid) = (&numbers[0], &numbers[numbers.len() - 1]);
        let in_force = printed(&orders[0], "/invoice").await;
        assert_eq!(in_force, printed(&orders[0], &format!("/invoices/{valid}")).await);
        let cancelled = printed(&orders[0], &format!("/invoices/{void}")).await;
        assert_eq!(cancelled, printed(&orders[0], &format!("/invoices/{void}")).await);
        assert_ne!(cancelled, in_force);

        // A refund and a replacement at once: whichever is first, the credit note cites what is in force.
        for order in &orders[..2] {
            let known = invoices(order).await.len();
            let (answer, again) = futures::join!(refund(&admin, order, 5_000), replace(&admin, order, "beside"));
            answer.expect(202);
            assert!(matches!(again.status, 202 | 409), "{again:?}");
            eventually("what went back is credited", async || {
                let notes = items(&order.customer, &order.path("/credit-notes")).await;
                if notes.len() == 1 { Ok(()) } else { Err(format!("{notes:?}")) }
            })
            .await;
            decided(&admin, order).await;
            let numbers = invoices(order).await;
            assert!(numbers.len() <= known + 1);
            let notes = items(&order.customer, &order.path("/credit-notes")).await;
            assert_eq!(notes[0]["invoice_number"].as_str(), numbers.last().map(String::as_str));
            replace(&admin, order, "late").await.expect_problem(409, "not_replaceable");
        }

        // An order whose invoice was replaced is taken back as any other.
        let fourth = shop.customer().await.place(&Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by("cod")).await;
        fourth.reaches(S::Packed).await;
        replace(&admin, &fourth, "k").await.expect(202);
        fourth.cancel().await;
        fourth.reaches(S::Cancelled).await;

        at_rest(&shop, PATIENCE).await;
        report_has_the_cancelled_ones(&shop, &admin).await;
        let found = check(&gather(&shop, Vec::new(), Observed::default()).await);
        let found: Vec<_> = found.iter().filter(|violation| violation.invariant != "I1").collect();
        assert!(found.is_empty(), "{found:#?}");
    });
}

/// Table 13 of the return counts as many cancelled documents as the record has.
async fn report_has_the_cancelled_ones(shop: &Stack, admin: &Customer) {
    let facts = gather(shop, Vec::new(), Observed::default()).await;
    let void = facts.invoices.iter().filter(|invoice| invoice.replaced_by.is_some()).count();
    let latest = facts.invoices.iter().map(|invoice| invoice.issued_at).max().unwrap_or_default();
    let month = Timestamp::from_millis(latest).date_in_india().strftime("%Y-%m").to_string();
    let whole = admin.get(&format!("/admin/reports/gstr1?month={month}")).await;
    whole.expect(200);
    let runs = whole.json()["doc_issue"]["doc_det"][0]["docs"].clone();
    let sum =
        |field: &str| -> u64 { runs.as_array().into_iter().flatten().filter_map(|run| run[field].as_u64()).sum() };
    assert_eq!((sum("totnum"), sum("cancel")), (facts.invoices.len() as u64, void as u64), "{runs}");
    assert!(void >= 3);
}
