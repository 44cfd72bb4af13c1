//! The HTTP surface, by a client and a listening shop.

use crate::control::Simulator;
use crate::faults::Faults;
use crate::razorpay::{Razorpay, SIGNATURE_HEADER, Setup, router};
use crate::testing::{Post, Shop, answer, serve, switches};
use crate::webhook::Signer;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

struct Account {
    razorpay: Arc<Razorpay>,
    url: String,
    shop: Shop,
}

fn setup() -> Setup {
    Setup { key_id: "rzp_test_demo".into(), key_secret: "rzp_demo_secret".into(), auto_pay: None }
}

async fn account(setup: Setup, faults: Faults, shop: Shop) -> Account {
    let razorpay = Razorpay::new(setup, switches(faults), false);
    shop.deliver(razorpay.outbox(), Signer::plain(SIGNATURE_HEADER, "rzp_whsec_demo").expect("a key"));
    let url = serve(router(Arc::clone(&razorpay))).await;
    Account { razorpay, url, shop }
}

async fn quiet() -> Account {
    account(setup(), Faults::default(), Shop::open().await).await
}

impl Account {
    fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        let request = Client::new().post(format!("{}{path}", self.url));
        request.basic_auth("rzp_test_demo", Some("rzp_demo_secret")).json(body)
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        let request = Client::new().get(format!("{}{path}", self.url));
        answer(request.basic_auth("rzp_test_demo", Some("rzp_demo_secret"))).await
    }

    /// The first `count` posts in the simulator's own book, waiting for them if need be.
    async fn written_posts(&self, count: usize) -> Vec<Value> {
        for _ in 0..500 {
            let (_, posts) = self.get("/_sim/webhooks").await;
            match posts.as_array() {
                Some(posts) if posts.len() >= count => return posts.clone(),
                _ => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
        panic!("{count} posts were not written down");
    }

    async fn order(&self) -> String {
        let body =
            json!({ "amount": 318_200, "currency": "INR", "receipt": "r-1", "notes": { "order_id": "order-1" } });
        let (status, order) = answer(self.post("/v1/orders", &body)).await;
        assert_eq!((status, &order["status"]), (200, &json!("created")), "{order}");
        order["id"].as_str().expect("an id").to_owned()
    }

    async fn pay(&self, order: &str, body: Value) -> (u16, Value) {
        answer(self.post(&format!("/_sim/orders/{order}/pay"), &body)).await
    }

    async fn captured(&self) -> String {
        let order = self.order().await;
        let (_, payment) = self.pay(&order, json!({ "method": "card", "outcome": "authorized" })).await;
        let id = payment["id"].as_str().expect("an id").to_owned();
        let body = json!({ "amount": 318_200, "currency": "INR" });
        let (status, payment) = answer(self.post(&format!("/v1/payments/{id}/capture"), &body)).await;
        assert_eq!((status, &payment["status"]), (200, &json!("captured")), "{payment}");
        id
    }
}

fn kinds(posts: &[Post]) -> Vec<String> {
    let mut kinds: Vec<String> =
        posts.iter().map(|post| post.json()["event"].as_str().expect("an event").to_owned()).collect();
    kinds.sort();
    kinds
}

#[tokio::test]
async fn an_order_is_paid_captured_and_refunded_with_the_documented_events() {
    let account = quiet().await;
    let id = account.captured().await;
    let (status, refund) = answer(account.post(&format!("/v1/payments/{id}/refund"), &json!({}))).await;
    assert_eq!((status, &refund["amount"], &refund["notes"]), (200, &json!(318_200), &json!([])));
    let posts = account.shop.posts(4).await;
    assert_eq!(kinds(&posts), ["order.paid", "payment.authorized", "payment.captured", "refund.processed"]);
    let ledger = serde_json::to_value(account.razorpay.ledger()).expect("JSON");
    assert_eq!(ledger["totals"], json!({ "payments": 1, "captured": 318_200, "refunded": 318_200 }));
    let line = &ledger["payments"][0];
    assert_eq!((&line["order_id"], &line["status"]), (&json!("order-1"), &json!("refunded")));
}

#[tokio::test]
async fn webhooks_carry_the_digest_of_the_raw_body_and_an_event_id() {
    let account = quiet().await;
    account.captured().await;
    let signer = Signer::plain(SIGNATURE_HEADER, "rzp_whsec_demo").expect("a key");
    let mut ids = std::collections::HashSet::new();
    for post in account.shop.posts(3).await {
        assert_eq!(signer.sign(&post.body, 0).value, post.header(SIGNATURE_HEADER));
        assert!(ids.insert(post.header("x-razorpay-event-id").to_owned()), "event ids are unique");
        assert_eq!(post.json()["payload"]["payment"]["entity"]["notes"]["order_id"], "order-1");
    }
}

#[tokio::test]
async fn capturing_twice_or_another_amount_is_an_error_as_in_reality() {
    let account = quiet().await;
    let id = account.captured().await;
    let again = account.post(&format!("/v1/payments/{id}/capture"), &json!({ "amount": 318_200, "currency": "INR" }));
    let (status, body) = answer(again).await;
    assert_eq!((status, &body["error"]["code"]), (400, &json!("BAD_REQUEST_ERROR")));
    assert_eq!(body["error"]["description"], "This payment has already been captured");

    let order = account.order().await;
    let (_, payment) = account.pay(&order, json!({ "amount": 100 })).await;
    let path = format!("/v1/payments/{}/capture", payment["id"].as_str().expect("an id"));
    let (_, body) = answer(account.post(&path, &json!({ "amount": 318_200, "currency": "INR" }))).await;
    assert_eq!(body["error"]["description"], "Capture amount must be equal to the amount authorized");
}

#[tokio::test]
async fn one_refund_key_makes_one_refund() {
    let account = quiet().await;
    let id = account.captured().await;
    let refund = |amount: i64, key: &str| {
        let path = format!("/v1/payments/{id}/refund");
        answer(account.post(&path, &json!({ "amount": amount })).header("X-Refund-Idempotency", key))
    };
    let (first, second) = (refund(1_000, "order-1-refund").await, refund(1_000, "order-1-refund").await);
    assert_eq!(first, second);
    assert_eq!(refund(2_000, "order-1-refund").await.0, 400);
    assert_eq!(refund(1_000, "short").await.0, 400);
    let (_, list) = account.get(&format!("/v1/payments/{id}/refunds")).await;
    assert_eq!(list["count"], 1);
}

#[tokio::test]
async fn a_refused_refund_does_not_use_up_its_key() {
    let account = quiet().await;
    let order = account.order().await;
    let (_, payment) = account.pay(&order, json!({})).await;
    let id = payment["id"].as_str().expect("an id");
    let refund = || {
        let request = account.post(&format!("/v1/payments/{id}/refund"), &json!({}));
        answer(request.header("X-Refund-Idempotency", "order-1-refund"))
    };
    assert_eq!(refund().await.0, 400);
    answer(account.post(&format!("/v1/payments/{id}/capture"), &json!({ "amount": 318_200 }))).await;
    assert_eq!(refund().await.0, 200);
}

#[tokio::test]
async fn a_unique_receipt_makes_creation_repeatable() {
    let account = quiet().await;
    let create = |amount: i64| {
        let body = json!({ "amount": amount, "currency": "INR", "receipt": "r-9", "unique_receipt": true });
        answer(account.post("/v1/orders", &body))
    };
    let (first, second) = (create(500).await.1, create(500).await.1);
    assert_eq!(first["id"], second["id"]);
    assert_eq!(create(600).await.1["error"]["description"], "Order receipt should be unique.");
    assert_eq!(account.get("/v1/orders?receipt=r-9").await.1["count"], 1);
}

#[tokio::test]
async fn a_failed_payment_tells_why_and_the_order_may_be_paid_again() {
    let account = quiet().await;
    let order = account.order().await;
    let (_, failed) = account.pay(&order, json!({ "outcome": "failed" })).await;
    assert_eq!((&failed["status"], &failed["error_reason"]), (&json!("failed"), &json!("payment_failed")));
    assert_eq!(account.pay(&order, json!({})).await.1["status"], "authorized");
    assert_eq!(account.pay(&order, json!({})).await.0, 400);
    let (_, payments) = account.get(&format!("/v1/orders/{order}/payments")).await;
    assert_eq!(payments["count"], 2);
}

#[tokio::test]
async fn a_refused_webhook_is_posted_again_and_a_duplicated_one_twice_under_one_id() {
    let faults = Faults { webhook_duplicate_rate: 1.0, ..Faults::default() };
    let account = account(setup(), faults, Shop::refusing(2).await).await;
    let order = account.order().await;
    account.pay(&order, json!({})).await;
    let posts = account.shop.posts(2).await;
    assert_eq!(posts[0].header("x-razorpay-event-id"), posts[1].header("x-razorpay-event-id"));
    assert_eq!(posts[0].body, posts[1].body);
    let written = account.written_posts(4).await;
    let mut answers: Vec<i64> = written.iter().filter_map(|post| post["status"].as_i64()).collect();
    answers.sort_unstable();
    assert_eq!(answers, [200, 200, 503, 503]);
    assert!(written.iter().all(|post| post["event_id"] == posts[0].header("x-razorpay-event-id")), "{written:?}");
    assert!(written.iter().all(|post| post["kind"] == "payment.authorized"), "{written:?}");
}

#[tokio::test]
async fn a_customer_pays_on_their_own() {
    let patient = Setup { auto_pay: Some(Duration::from_millis(20)), ..setup() };
    let account = account(patient, Faults::default(), Shop::open().await).await;
    account.order().await;
    assert_eq!(kinds(&account.shop.posts(1).await), ["payment.authorized"]);
}

#[tokio::test]
async fn wrong_calls_answer_as_documented() {
    let account = quiet().await;
    let stranger = Client::new().get(format!("{}/v1/orders", account.url)).basic_auth("rzp_test_demo", Some("guess"));
    assert_eq!(answer(stranger).await.0, 401);
    let field = |body: Value| account.post("/v1/orders", &body);
    assert_eq!(answer(field(json!({ "amount": 99, "currency": "INR" }))).await.1["error"]["field"], "amount");
    assert_eq!(answer(field(json!({ "amount": 5_000 }))).await.0, 400);
    assert_eq!(answer(field(json!({ "amount": 5_000, "currency": "INR", "paid": true }))).await.0, 400);
    assert_eq!(account.get("/v1/payments/pay_none").await.1["error"]["description"], "The id provided does not exist");
}

#[tokio::test]
async fn what_is_planted_shows_in_what_is_settled_of_captures_and_refunds_and_in_the_books() {
    let account = quiet().await;
    let id = account.captured().await;
    let refund = account.post(&format!("/v1/payments/{id}/refund"), &json!({ "amount": 200 }));
    let (_, refund) = answer(refund).await;
    let refund = refund["id"].as_str().expect("an id");
    for (what, name) in [("other_amount", id.as_str()), ("other_currency", &id), ("settlement_duplicate", refund)] {
        let (status, _) = answer(account.post("/_sim/plant", &json!({ "what": what, "payment": name }))).await;
        assert_eq!(status, 200);
    }
    let (status, _) =
        answer(account.post("/_sim/plant", &json!({ "what": "settlement_missing", "payment": "?" }))).await;
    assert_eq!(status, 422);
    let report = Client::new().get(format!("{}/_sim/settlement.csv", account.url)).send().await.expect("a report");
    let report = report.text().await.expect("a report");
    let settled: Vec<Vec<&str>> = report.lines().skip(1).map(|row| row.split(',').collect()).collect();
    let brief: Vec<_> = settled.iter().map(|row| (row[0], row[4], row[5])).collect();
    assert_eq!(brief, [(id.as_str(), "3181.99", "USD"), (refund, "2.00", "INR"), (refund, "2.00", "INR")]);
    let ledger = serde_json::to_value(account.razorpay.ledger()).expect("JSON");
    assert_eq!(ledger["totals"], json!({ "payments": 1, "captured": 318_199, "refunded": 200 }));
}

#[tokio::test]
async fn a_dispute_is_told_with_its_payment_and_stands_in_the_settlement() {
    let account = quiet().await;
    let id = account.captured().await;
    let (status, opened) = answer(account.post("/_sim/disputes", &json!({ "payment": id }))).await;
    assert_eq!(status, 200, "{opened}");
    let dispute = opened["dispute"].as_str().expect("an id");
    let lost = account.post(&format!("/_sim/disputes/{dispute}/lose"), &json!({}));
    assert_eq!(answer(lost).await.0, 200);
    let told: Vec<Value> = account.shop.posts(5).await.iter().map(Post::json).collect();
    let told: Vec<&Value> = told.iter().filter(|event| event["payload"]["dispute"].is_object()).collect();
    let lost = told.iter().find(|event| event["event"] == "payment.dispute.lost").expect("it is decided");
    assert_eq!((told.len(), &lost["contains"]), (2, &json!(["payment", "dispute"])));
    let payload = &lost["payload"];
    assert_eq!(
        (&payload["payment"]["entity"]["id"], &payload["dispute"]["entity"]["status"]),
        (&json!(id), &json!("lost"))
    );
    assert_eq!(payload["dispute"]["entity"]["amount_deducted"], 318_200);
    let report = reqwest::get(format!("{}/_sim/settlement.csv", account.url)).await.expect("a report");
    let report = report.text().await.expect("a text");
    let row = report.lines().find(|row| row.contains(",adjustment,")).expect("a row for the dispute");
    assert!(row.contains("3182.00,0.00,3182.00,INR") && row.ends_with(dispute), "{row}");
}
