//! Reconciliation on the real parts: the gateways' books, and what they settled, against ours.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use e2e::{Basket, Customer, PlacedOrder, Setup, Stack, catalog::PADS, eventually, gateways::Bank, run};
use mongodb::bson::{Document, doc};
use reqwest::Method;
use schemas::types::{OrderStatus as S, Timestamp};
use serde_json::{Value, json};

const GATEWAYS: [&str; 2] = ["stripe", "razorpay"];
/// Longer than the grace that the shops here give.
const AFTER_THE_GRACE: Duration = Duration::from_secs(4);

fn setup(interval: &str) -> Setup {
    Setup::new("reconciliation")
        .set("SPAREPARTS_PAYMENTS__RECONCILIATION__INTERVAL_SECONDS", interval)
        .set("SPAREPARTS_PAYMENTS__RECONCILIATION__GRACE_SECONDS", "2")
        .set("SPAREPARTS_PAYMENTS__RECONCILIATION__SETTLEMENT_SECONDS", "0")
}

async fn place(shop: &Stack, customer: &Customer, gateway: &'static str) -> PlacedOrder {
    customer.place(&Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by(gateway)).await
}

async fn pay(shop: &Stack, order: &PlacedOrder) {
    shop.gateways().pay(&order.payment_prompt().await, Bank::Approves).await;
}

/// A finding, as kind and subject.
type Brief = (String, String);

fn brief(kind: &str, gateway: &str, name: &str) -> Brief {
    (kind.to_owned(), format!("{gateway}/{name}"))
}

/// The payment of an order and the capture of it, by the gateway's names.
async fn names(shop: &Stack, order: &PlacedOrder) -> (String, String) {
    let payments = shop.gateways().payments_of(&order.id).await;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&payments[0]["payment_id"]), text(&payments[0]["captures"][0]["id"]))
}

/// Sells and spoils: whatever can be planted at this gateway, each on a sale of its own. Returns what must be found.
async fn plant_everything(shop: &Stack, customer: &Customer, gateway: &'static str) -> Vec<Brief> {
    let mut sold = Vec::new();
    for _ in 0..6 {
        let order = place(shop, customer, gateway).await;
        pay(shop, &order).await;
        sold.push(order);
    }
    for order in &sold {
        order.reaches(S::Packed).await;
    }
    sold[5].cancel().await;
    sold[5].reaches(S::Refunded).await;
    let mut expected = Vec::new();
    for (order, kind) in sold.iter().zip(["settlement_missing", "settlement_duplicate", "settlement_amount"]) {
        let (payment, capture) = names(shop, order).await;
        shop.gateways().plant(gateway, kind, &payment).await;
        expected.push(brief(kind, gateway, &capture));
    }
    for (order, kind) in [(&sold[3], "duplicate_capture"), (&sold[4], "orphan")] {
        let planted = shop.gateways().plant(gateway, kind, &names(shop, order).await.0).await;
        expected.push(brief(kind, gateway, &planted));
    }
    expected
}

/// Orders that were paid and of which no webhook tells. Returns what must be found.
async fn lose_webhooks(shop: &Stack, customer: &Customer) -> (Vec<PlacedOrder>, Vec<Brief>) {
    let (mut orders, mut expected) = (Vec::new(), Vec::new());
    for gateway in GATEWAYS {
        shop.gateways().set_faults(gateway, &json!({ "webhook_drop_rate": 1.0 })).await;
        let order = place(shop, customer, gateway).await;
        pay(shop, &order).await;
        expected.push(brief("lost_webhook", gateway, &names(shop, &order).await.0));
        orders.push(order);
    }
    (orders, expected)
}

/// The dashboard's report, with two rows that somebody spoiled.
async fn statement(shop: &Stack) -> String {
    let file = shop.file("settlement.csv");
    let mut report = shop.gateways().settlement_report().await;
    report.push_str("pay_nobody,payment,0,98,100,INR,2,0,0,1,1,1,setl_1,,,utr_1,,,card\n");
    report.push_str("pay_spoiled,payment,0,98,1OO,INR,2,0,0,1,1,1,setl_1,,,utr_1,,,card\n");
    std::fs::write(&file, report).unwrap();
    file.display().to_string()
}

/// Runs the command and reads its sheet: kind, subject and state.
async fn reconcile(shop: &Stack) -> Vec<(Brief, String)> {
    tokio::time::sleep(AFTER_THE_GRACE).await;
    let file = statement(shop).await;
    rows(&shop.reconcile(&["--csv", "--settlement", &file]).await)
}

/// The same without anything that was settled at Razorpay.
async fn reconcile_payments(shop: &Stack) -> Vec<(Brief, String)> {
    tokio::time::sleep(AFTER_THE_GRACE).await;
    rows(&shop.reconcile(&["--csv"]).await)
}

fn rows(sheet: &str) -> Vec<(Brief, String)> {
    let rows = sheet.lines().skip(1).map(|line| line.split(',').map(ToOwned::to_owned).collect::<Vec<_>>());
    rows.map(|row| ((row[1].clone(), row[4].clone()), row[2].clone())).collect()
}

fn found(rows: &[(Brief, String)]) -> Vec<Brief> {
    let mut found: Vec<Brief> = rows.iter().map(|(brief, _)| brief.clone()).collect();
    found.sort();
    found
}

fn sorted(mut expected: Vec<Brief>) -> Vec<Brief> {
    expected.sort();
    expected
}

#[test]
fn each_planted_difference_is_found_once_lost_webhooks_heal_and_a_second_run_doubles_nothing() {
    run(async {
        let shop = setup("0").start().await;
        let customer = shop.customer().await;
        let mut expected = Vec::new();
        for gateway in GATEWAYS {
            expected.extend(plant_everything(&shop, &customer, gateway).await);
        }
        let (lost, lost_webhooks) = lose_webhooks(&shop, &customer).await;
        expected.extend(lost_webhooks);
        let unreadable = "settlement.csv:".to_owned() + &(unreadable_line(&shop).await).to_string();
        expected.extend([brief("settlement_unknown", "razorpay", "pay_nobody")]);
        expected.extend([brief("settlement_unreadable", "razorpay", &unreadable)]);

        let first = reconcile(&shop).await;
        assert_eq!(found(&first), sorted(expected.clone()));
        for ((kind, subject), state) in &first {
            let mended = kind == "lost_webhook" || kind == "duplicate_capture";
            assert_eq!(state, if mended { "healed" } else { "open" }, "{kind} {subject}");
        }
        for order in &lost {
            order.reaches(S::Packed).await;
        }
        // The report has grown by then: what cannot be read stands further down, and is another row.
        let second = reconcile(&shop).await;
        let is_mended = |kind: &str| kind == "lost_webhook" || kind == "duplicate_capture";
        let lasting = |rows: Vec<Brief>| -> Vec<Brief> {
            let kept = rows.into_iter().filter(|(kind, _)| !is_mended(kind) && kind != "settlement_unreadable");
            kept.collect()
        };
        assert_eq!(lasting(found(&second)), lasting(sorted(expected)));
        assert!(second.iter().all(|((kind, _), _)| !is_mended(kind)), "{second:?}");
        assert_money_moved_once(&shop, &lost).await;
        work_through(&shop, &customer).await;
    });
}

/// Where the spoiled row stands: the head is line 1.
async fn unreadable_line(shop: &Stack) -> usize {
    shop.gateways().settlement_report().await.lines().count() + 2
}

async fn assert_money_moved_once(shop: &Stack, orders: &[PlacedOrder]) {
    for order in orders {
        let payments = shop.gateways().payments_of(&order.id).await;
        assert_eq!(payments.len(), 1, "{payments:?}");
        assert_eq!(payments[0]["captures"].as_array().map(Vec::len), Some(1), "{payments:?}");
        assert_eq!(payments[0]["refunded"], 0, "{payments:?}");
    }
}

/// The accountant's morning.
async fn work_through(shop: &Stack, customer: &Customer) {
    customer.get("/admin/reconciliation").await.expect_problem(403, "forbidden");
    let admin = shop.admin().await;
    let path = "/admin/reconciliation?state=open&kind=settlement_missing&limit=1";
    let page = admin.get(path).await.expect(200).json();
    let cursor = page["next_cursor"].as_str().expect("one for each gateway");
    let last = admin.get(&format!("{path}&cursor={cursor}")).await.expect(200).json();
    assert_eq!(last["next_cursor"], Value::Null, "{last}");
    assert_ne!(page["items"][0]["id"], last["items"][0]["id"]);
    let item = &page["items"][0];
    assert!(item["proposed_action"].as_str().is_some_and(|action| action.starts_with("Claim")), "{item}");
    assert!(item["expected"]["minor"].as_i64().is_some_and(|minor| minor > 0), "{item}");

    let id = item["id"].as_str().unwrap();
    let resolve = format!("/admin/reconciliation/{id}/resolve");
    let resolution = |note: &str, key: &str| {
        admin.request(Method::POST, &resolve).header("idempotency-key", key).json(&json!({ "note": note }))
    };
    for _ in 0..2 {
        let resolved = e2e::Answer::of(resolution("claimed by letter", "r-1")).await;
        assert_eq!(resolved.expect(200).json()["closing"]["note"], "claimed by letter");
    }
    e2e::Answer::of(resolution("claimed twice", "r-1")).await.expect_problem(422, "idempotency_key_reused");
    e2e::Answer::of(resolution("claimed by letter", "r-2")).await.expect_problem(409, "finding_not_open");
    e2e::Answer::of(resolution("", "r-3")).await.expect_problem(422, "validation_failed");

    let sheet = e2e::Answer::of(admin.request(Method::GET, "/admin/reconciliation").header("accept", "text/csv")).await;
    let sheet = sheet.expect(200).text();
    let ids: BTreeSet<&str> = sheet.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    assert_eq!(ids.len() + 1, sheet.lines().count(), "each finding is one row");
    assert!(ids.contains(id) && sheet.contains("claimed by letter"));
}

/// What every account comes to.
async fn balances(shop: &Stack) -> BTreeMap<String, i64> {
    let all = shop.admin().await.get("/admin/ledger/balances").await.expect(200).json();
    let accounts = all["accounts"].as_array().cloned().unwrap_or_default();
    let balance = |account: &Value| {
        (
            account["account"].as_str().unwrap_or_default().to_owned(),
            account["balance_minor"].as_i64().unwrap_or_default(),
        )
    };
    accounts.iter().map(balance).collect()
}

#[test]
fn what_is_settled_is_booked_once_and_leaves_the_gateways_with_nothing_of_ours() {
    run(async {
        let shop = setup("0").start().await;
        let customer = shop.customer().await;
        let mut kept = 0;
        for gateway in GATEWAYS {
            let sold = [place(&shop, &customer, gateway).await, place(&shop, &customer, gateway).await];
            for order in &sold {
                pay(&shop, order).await;
                order.reaches(S::Packed).await;
            }
            sold[1].cancel().await;
            sold[1].reaches(S::Refunded).await;
            kept += shop.store().order(&sold[0].id).await.totals.grand_total.minor;
        }
        tokio::time::sleep(AFTER_THE_GRACE).await;
        let file = shop.file("settlement.csv");
        std::fs::write(&file, shop.gateways().settlement_report().await).unwrap();
        let arguments = ["--csv", "--settlement", &file.display().to_string()];
        assert_eq!(rows(&shop.reconcile(&arguments).await), []);
        let settled = eventually("all is settled", async || {
            let found = balances(&shop).await;
            let zero = |name: &str| found.get(name) == Some(&0);
            if zero("stripe_clearing") && zero("razorpay_clearing") { Ok(found) } else { Err(format!("{found:?}")) }
        })
        .await;
        let (bank, fees, gst) = (settled["bank"], settled["gateway_fees"], settled["gst_on_fees"]);
        assert_eq!((bank + fees + gst, settled["customers"]), (kept, -kept), "{settled:?}");
        assert!(bank > 0 && fees > 0 && gst > 0, "{settled:?}");
        let entries = shop.store().find::<Document>("money_ledger", doc! {}).await.len();
        assert_eq!(rows(&shop.reconcile(&arguments).await), []);
        tokio::time::sleep(AFTER_THE_GRACE).await;
        assert_eq!(balances(&shop).await, settled);
        assert_eq!(shop.store().find::<Document>("money_ledger", doc! {}).await.len(), entries);
    });
}

/// Windows are of an hour; refunds are made days later, and a customer may take their time to pay.
#[test]
fn what_moved_in_another_window_than_its_payment_was_made_in_is_missed_as_well() {
    run(async {
        let shop = setup("0").set("SPAREPARTS_PAYMENTS__RECONCILIATION__WINDOW_SECONDS", "1").start().await;
        let customer = shop.customer().await;
        let since = Timestamp::now().to_string();
        let mut expected = Vec::new();
        for gateway in GATEWAYS {
            let order = place(&shop, &customer, gateway).await;
            order.payment_prompt().await;
            tokio::time::sleep(Duration::from_millis(1_500)).await;
            pay(&shop, &order).await;
            order.reaches(S::Packed).await;
            tokio::time::sleep(Duration::from_millis(1_500)).await;
            order.cancel().await;
            order.reaches(S::Refunded).await;
            let payment = shop.gateways().payments_of(&order.id).await.remove(0);
            let name = |value: &Value| value.as_str().unwrap().to_owned();
            let (capture, refund) = (name(&payment["captures"][0]["id"]), name(&payment["refunds"][0]["id"]));
            for (handle, entity) in [(&name(&payment["payment_id"]), &capture), (&refund, &refund)] {
                shop.gateways().plant(gateway, "settlement_missing", handle).await;
                expected.push(brief("settlement_missing", gateway, entity));
            }
        }
        tokio::time::sleep(AFTER_THE_GRACE).await;
        let file = shop.file("settlement.csv");
        std::fs::write(&file, shop.gateways().settlement_report().await).unwrap();
        let arguments = ["--csv", "--from", &since, "--settlement", &file.display().to_string()];
        assert_eq!(found(&rows(&shop.reconcile(&arguments).await)), sorted(expected));
    });
}

#[test]
fn a_payment_of_another_amount_or_currency_than_was_asked_for_is_reported_with_what_to_do() {
    run(async {
        let shop = setup("0").start().await;
        let customer = shop.customer().await;
        let mut expected = Vec::new();
        for gateway in GATEWAYS {
            for (planted, kind) in [("other_amount", "amount_mismatch"), ("other_currency", "currency_mismatch")] {
                let order = place(&shop, &customer, gateway).await;
                pay(&shop, &order).await;
                order.reaches(S::Packed).await;
                let payment = shop.gateways().plant(gateway, planted, &names(&shop, &order).await.0).await;
                expected.push((brief(kind, gateway, &payment), "open".to_owned()));
            }
        }
        expected.sort();
        for _ in 0..2 {
            let mut rows = reconcile_payments(&shop).await;
            rows.sort();
            assert_eq!(rows, expected);
        }
        let list = shop.admin().await.get("/admin/reconciliation?state=open").await.expect(200).json();
        let items = list["items"].as_array().unwrap();
        assert_eq!(items.len(), expected.len(), "{list}");
        for item in items {
            let (expected, found) = (&item["expected"], &item["found"]);
            let short = expected["minor"].as_i64().unwrap() - found["minor"].as_i64().unwrap();
            let other = item["kind"] == "currency_mismatch";
            assert_eq!(short, i64::from(!other), "{item}");
            assert_eq!((expected["currency"] == "INR", found["currency"] == "USD"), (true, other), "{item}");
            let action = item["proposed_action"].as_str().unwrap();
            assert!(action.starts_with("Compare the payment with its order"), "{item}");
        }
    });
}

#[test]
fn a_customer_who_paid_less_unheard_of_is_reported_and_the_order_fails_without_their_money() {
    run(async {
        let shop = setup("0").start().await;
        let customer = shop.customer().await;
        shop.gateways().set_faults("razorpay", &json!({ "webhook_drop_rate": 1.0 })).await;
        let order = place(&shop, &customer, "razorpay").await;
        let prompt = order.payment_prompt().await;
        let pay = format!("{}/_sim/orders/{}/pay", shop.url("razorpay-sim"), prompt["gateway_ref"].as_str().unwrap());
        let paid: Value =
            shop.http().post(pay).json(&json!({ "amount": 100 })).send().await.unwrap().json().await.unwrap();
        let expected = brief("amount_mismatch", "razorpay", paid["id"].as_str().unwrap());
        assert_eq!(reconcile_payments(&shop).await, [(expected, "healed".to_owned())]);
        order.reaches(S::PaymentFailed).await;
        assert_eq!(reconcile_payments(&shop).await, []);
        let payments = shop.gateways().payments_of(&order.id).await;
        assert_eq!((&payments[0]["authorized"], &payments[0]["captured"]), (&json!(100), &json!(0)), "{payments:?}");
    });
}

#[test]
fn a_pool_of_daemons_reconciles_by_itself_takes_over_dead_runs_and_leaves_living_ones() {
    run(async {
        let shop = setup("2").start().await;
        shop.add_worker("payments", "payments-2");
        shop.ready("payments-2").await;
        let runs = shop.store().database.collection::<Document>("reconciliation_runs");
        let now = schemas::types::Timestamp::now().as_millis();
        let slot = |ahead: i64| {
            let at = schemas::types::Timestamp::from_millis((now / 2_000 + ahead) * 2_000);
            format!("scheduled/{at}")
        };
        let (dead, alive) = (slot(3), slot(4));
        for (id, lease_until) in [(&dead, 0), (&alive, now + 600_000)] {
            runs.insert_one(doc! { "_id": id, "by": "another", "outcome": "running", "lease_until": lease_until })
                .await
                .unwrap();
        }
        let customer = shop.customer().await;
        let (lost, _) = lose_webhooks(&shop, &customer).await;
        for order in &lost {
            order.reaches(S::Packed).await;
        }
        eventually("the dead run is made by another", async || {
            let made = runs.find_one(doc! { "_id": &dead, "outcome": "complete" }).await.unwrap();
            made.map(|_| ()).ok_or_else(|| "it is not".to_owned())
        })
        .await;
        eventually("a run after the living one is complete", async || {
            let later = runs.find_one(doc! { "_id": { "$gt": &alive }, "outcome": "complete" }).await.unwrap();
            later.map(|_| ()).ok_or_else(|| "none yet".to_owned())
        })
        .await;
        let living = runs.find_one(doc! { "_id": &alive }).await.unwrap().unwrap();
        assert_eq!((living.get_str("by").ok(), living.get_str("outcome").ok()), (Some("another"), Some("running")));
        let findings: Vec<Document> = shop.store().find("reconciliation_findings", doc! {}).await;
        assert_eq!(findings.len(), lost.len(), "{findings:#?}");
        assert_money_moved_once(&shop, &lost).await;
    });
}

#[test]
fn a_gateway_that_does_not_answer_is_reported_as_not_asked_and_never_as_a_difference() {
    run(async {
        let shop = setup("0").start().await;
        let customer = shop.customer().await;
        let order = place(&shop, &customer, "stripe").await;
        pay(&shop, &order).await;
        order.reaches(S::Packed).await;
        shop.kill("stripe-sim");
        tokio::time::sleep(AFTER_THE_GRACE).await;
        let complaint = shop.reconcile_in_vain(&["--csv"]).await;
        assert!(complaint.contains("stripe was not to be asked"), "{complaint}");
        let findings: Vec<Document> = shop.store().find("reconciliation_findings", doc! {}).await;
        assert!(findings.is_empty(), "{findings:#?}");
        let runs: Vec<Document> = shop.store().find("reconciliation_runs", doc! { "outcome": "incomplete" }).await;
        assert_eq!(runs.len(), 1);
    });
}
