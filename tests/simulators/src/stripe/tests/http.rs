//! The HTTP surface, by a client and a listening shop.

use crate::control::Simulator;
use crate::faults::Faults;
use crate::stripe::{SIGNATURE_HEADER, Setup, Stripe, router};
use crate::testing::{Shop, answer, serve, switches};
use crate::webhook::Signer;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

struct Account {
    stripe: Arc<Stripe>,
    url: String,
    shop: Shop,
}

fn setup() -> Setup {
    Setup {
        secret_key: "sk_test_demo".into(),
        publishable_key: "pk_test_demo".into(),
        auto_pay: None,
        sticky_500: true,
    }
}

async fn account(setup: Setup, faults: Faults) -> Account {
    let shop = Shop::open().await;
    let stripe = Stripe::new(setup, switches(faults), false);
    shop.deliver(stripe.outbox(), Signer::timestamped(SIGNATURE_HEADER, "whsec_demo").expect("a key"));
    let url = serve(router(Arc::clone(&stripe))).await;
    Account { stripe, url, shop }
}

const INTENT: &[(&str, &str)] = &[
    ("amount", "318200"),
    ("currency", "inr"),
    ("capture_method", "manual"),
    ("metadata[order_id]", "order-1"),
    ("payment_method_types[0]", "card"),
];

impl Account {
    fn post(&self, path: &str, form: &[(&str, &str)]) -> RequestBuilder {
        Client::new().post(format!("{}{path}", self.url)).bearer_auth("sk_test_demo").form(form)
    }

    async fn create(&self) -> String {
        let (status, intent) = answer(self.post("/v1/payment_intents", INTENT)).await;
        assert_eq!(status, 200, "{intent}");
        intent["id"].as_str().expect("an id").to_owned()
    }

    async fn confirm(&self, id: &str, card: &str) -> (u16, Value) {
        answer(self.post(&format!("/v1/payment_intents/{id}/confirm"), &[("payment_method", card)])).await
    }

    async fn kinds(&self, count: usize) -> Vec<String> {
        let kind = |post: &crate::testing::Post| post.json()["type"].as_str().expect("a type").to_owned();
        let mut kinds: Vec<String> = self.shop.posts(count).await.iter().map(kind).collect();
        kinds.sort();
        kinds
    }
}

#[tokio::test]
async fn an_order_is_authorized_captured_and_refunded_with_an_event_each() {
    let account = account(setup(), Faults::default()).await;
    let id = account.create().await;
    let (_, authorized) = account.confirm(&id, "pm_card_visa").await;
    assert_eq!(
        (&authorized["status"], &authorized["amount_capturable"]),
        (&json!("requires_capture"), &json!(318_200))
    );
    let (_, captured) = answer(account.post(&format!("/v1/payment_intents/{id}/capture"), &[])).await;
    assert_eq!((&captured["status"], &captured["amount_received"]), (&json!("succeeded"), &json!(318_200)));
    let form = [("payment_intent", id.as_str()), ("amount", "200"), ("metadata[order_id]", "order-1")];
    let (status, refund) = answer(account.post("/v1/refunds", &form)).await;
    assert_eq!((status, &refund["amount"], &refund["status"]), (200, &json!(200), &json!("succeeded")));
    let expected = [
        "charge.refunded",
        "payment_intent.amount_capturable_updated",
        "payment_intent.created",
        "payment_intent.succeeded",
    ];
    assert_eq!(account.kinds(4).await, expected);
    let ledger = serde_json::to_value(account.stripe.ledger()).expect("JSON");
    assert_eq!(ledger["totals"], json!({ "payments": 1, "captured": 318_200, "refunded": 200 }));
    assert_eq!(ledger["payments"][0]["order_id"], "order-1");
}

#[tokio::test]
async fn webhooks_are_signed_over_the_time_and_the_raw_body() {
    let account = account(setup(), Faults::default()).await;
    account.create().await;
    let post = account.shop.posts(1).await.remove(0);
    let (time, _) = post.header(SIGNATURE_HEADER).strip_prefix("t=").and_then(|rest| rest.split_once(',')).expect("t");
    let signer = Signer::timestamped(SIGNATURE_HEADER, "whsec_demo").expect("a key");
    assert_eq!(signer.sign(&post.body, time.parse().expect("seconds")).value, post.header(SIGNATURE_HEADER));
    assert_eq!(post.json()["data"]["object"]["metadata"]["order_id"], "order-1");
}

#[tokio::test]
async fn a_declined_card_answers_402_and_stays_on_the_intent() {
    let account = account(setup(), Faults::default()).await;
    let id = account.create().await;
    let (status, body) = account.confirm(&id, "pm_card_visa_chargeDeclinedInsufficientFunds").await;
    assert_eq!((status, &body["error"]["type"]), (402, &json!("card_error")));
    assert_eq!(body["error"]["decline_code"], "insufficient_funds");
    let intent = &body["error"]["payment_intent"];
    assert_eq!(intent["status"], "requires_payment_method");
    assert_eq!(intent["last_payment_error"]["code"], "card_declined");
}

#[tokio::test]
async fn one_key_performs_one_request() {
    let account = account(setup(), Faults::default()).await;
    let keyed = |form| account.post("/v1/payment_intents", form).header("Idempotency-Key", "order-1/create");
    let first = keyed(INTENT).send().await.expect("an answer");
    let second = keyed(INTENT).send().await.expect("an answer");
    assert_eq!(second.headers()["idempotent-replayed"], "true");
    assert_eq!(first.text().await.expect("text"), second.text().await.expect("text"));
    let (status, body) = answer(keyed(&[("amount", "1"), ("currency", "inr")])).await;
    assert_eq!((status, &body["error"]["type"]), (400, &json!("idempotency_error")));
    let ledger = serde_json::to_value(account.stripe.ledger()).expect("JSON");
    assert_eq!(ledger["payments"].as_array().map(Vec::len), Some(1));
    assert_eq!(ledger["idempotency_keys"], json!([{ "key": "order-1/create", "replays": 1, "mismatches": 1 }]));
}

#[tokio::test]
async fn a_request_whose_key_is_being_performed_conflicts() {
    let account = account(setup(), Faults { delay_ms: 300, ..Faults::default() }).await;
    let keyed = || account.post("/v1/payment_intents", INTENT).header("Idempotency-Key", "k");
    let (first, second) = tokio::join!(answer(keyed()), answer(keyed()));
    let mut statuses = [first.0, second.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
}

#[tokio::test]
async fn a_capture_answered_with_500_has_happened_and_its_key_replays_the_500() {
    let account = account(setup(), Faults::default()).await;
    let id = account.create().await;
    account.confirm(&id, "pm_card_visa").await;
    account.stripe.switches().replace(Faults { error_500_after_success_rate: 1.0, ..Faults::default() });
    let capture = || account.post(&format!("/v1/payment_intents/{id}/capture"), &[]).header("Idempotency-Key", "c");
    assert_eq!(answer(capture()).await.0, 500);
    assert_eq!(answer(capture()).await.0, 500);
    let (_, intent) = answer(
        Client::new().get(format!("{}/v1/payment_intents/{id}", account.url)).basic_auth("sk_test_demo", None::<&str>),
    )
    .await;
    assert_eq!(intent["amount_received"], 318_200);
}

#[tokio::test]
async fn a_call_left_hanging_has_happened_and_its_key_tells_so() {
    let faults = Faults { timeout_after_success_rate: 1.0, timeout_hold_ms: 50, ..Faults::default() };
    let account = account(setup(), faults).await;
    let keyed = || account.post("/v1/payment_intents", INTENT).header("Idempotency-Key", "k");
    let hung = keyed().send().await;
    assert!(hung.is_err(), "the connection must close without an answer: {hung:?}");
    assert_eq!(answer(keyed()).await.0, 200);
    assert_eq!(account.kinds(1).await, ["payment_intent.created"]);
}

#[tokio::test]
async fn a_browser_needs_the_client_secret_and_may_do_little() {
    let account = account(setup(), Faults::default()).await;
    let (_, intent) = answer(account.post("/v1/payment_intents", INTENT)).await;
    let (id, secret) = (intent["id"].as_str().expect("id"), intent["client_secret"].as_str().expect("secret"));
    let browser = |path: &str, form: &[(&str, &str)]| {
        answer(
            Client::new()
                .post(format!("{}/v1/payment_intents/{id}/{path}", account.url))
                .bearer_auth("pk_test_demo")
                .form(form),
        )
    };
    assert_eq!(browser("confirm", &[("payment_method", "pm_card_visa"), ("client_secret", "wrong")]).await.0, 404);
    let form = [("payment_method", "pm_card_visa"), ("client_secret", secret)];
    assert_eq!(browser("confirm", &form).await.1["status"], "requires_capture");
    assert_eq!(browser("capture", &[]).await.1["error"]["code"], "secret_key_required");
}

#[tokio::test]
async fn wrong_calls_answer_as_documented() {
    let account = account(setup(), Faults::default()).await;
    let wrong_key = Client::new().get(format!("{}/v1/payment_intents", account.url)).bearer_auth("sk_test_other");
    assert_eq!(answer(wrong_key).await.0, 401);
    let unknown = account.post("/v1/payment_intents", &[("amount", "1"), ("currency", "inr"), ("colour", "red")]);
    assert_eq!(answer(unknown).await.1["error"]["code"], "parameter_unknown");
    assert_eq!(answer(account.post("/v1/payment_intents", &[])).await.1["error"]["param"], "amount");
    assert_eq!(answer(account.post("/v1/payment_intents/pi_none/capture", &[])).await.0, 404);
    let id = account.create().await;
    let (status, early) = answer(account.post(&format!("/v1/payment_intents/{id}/capture"), &[])).await;
    assert_eq!((status, &early["error"]["code"]), (400, &json!("payment_intent_unexpected_state")));
}

#[tokio::test]
async fn a_customer_pays_on_their_own_and_a_slow_bank_answers_later() {
    let patient = Setup { auto_pay: Some(Duration::from_millis(20)), ..setup() };
    let account = account(patient, Faults { late_authorization_ms: 80, ..Faults::default() }).await;
    account.create().await;
    let expected = ["payment_intent.amount_capturable_updated", "payment_intent.created", "payment_intent.processing"];
    assert_eq!(account.kinds(3).await, expected);
}

#[tokio::test]
async fn lists_are_newest_first_and_paged() {
    let account = account(setup(), Faults::default()).await;
    let (first, second) = (account.create().await, account.create().await);
    let list = |query: String| {
        answer(Client::new().get(format!("{}/v1/payment_intents?{query}", account.url)).bearer_auth("sk_test_demo"))
    };
    let (_, page) = list("limit=1".into()).await;
    assert_eq!((&page["data"][0]["id"], &page["has_more"]), (&json!(second), &json!(true)));
    let (_, page) = list(format!("limit=1&starting_after={second}")).await;
    assert_eq!((&page["data"][0]["id"], &page["has_more"]), (&json!(first), &json!(false)));
}

#[tokio::test]
async fn what_is_planted_shows_in_what_is_settled_of_captures_and_refunds_and_in_the_books() {
    let account = account(setup(), Faults::default()).await;
    let id = account.create().await;
    account.confirm(&id, "pm_card_visa").await;
    let unpaid = Client::new().post(format!("{}/_sim/plant", account.url));
    let (status, _) = answer(unpaid.json(&json!({ "what": "other_amount", "payment": id }))).await;
    assert_eq!(status, 422, "nothing is captured yet");
    answer(account.post(&format!("/v1/payment_intents/{id}/capture"), &[])).await;
    let (_, refund) = answer(account.post("/v1/refunds", &[("payment_intent", &id), ("amount", "200")])).await;
    let refund = refund["id"].as_str().expect("an id");
    for (what, name) in [("other_amount", id.as_str()), ("other_currency", &id), ("settlement_amount", refund)] {
        let plant = Client::new().post(format!("{}/_sim/plant", account.url));
        assert_eq!(answer(plant.json(&json!({ "what": what, "payment": name }))).await.0, 200);
    }
    let list = Client::new().get(format!("{}/v1/balance_transactions", account.url)).bearer_auth("sk_test_demo");
    let (_, list) = answer(list).await;
    let mut settled: Vec<(i64, &str)> = list["data"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|line| (line["amount"].as_i64().expect("an amount"), line["currency"].as_str().expect("a currency")))
        .collect();
    settled.sort_unstable();
    assert_eq!(settled, [(-199, "inr"), (318_199, "usd")]);
    let ledger = serde_json::to_value(account.stripe.ledger()).expect("JSON");
    assert_eq!(ledger["totals"], json!({ "payments": 1, "captured": 318_199, "refunded": 200 }));
}

#[tokio::test]
async fn a_dispute_is_told_as_it_goes_and_keeps_its_charge_from_being_refunded() {
    let account = account(setup(), Faults::default()).await;
    let id = account.create().await;
    account.confirm(&id, "pm_card_visa").await;
    answer(account.post(&format!("/v1/payment_intents/{id}/capture"), &[])).await;
    let sim = |path: &str, body: Value| Client::new().post(format!("{}/_sim/{path}", account.url)).json(&body);
    let (status, opened) = answer(sim("disputes", json!({ "payment": id }))).await;
    assert_eq!(status, 200, "{opened}");
    let dispute = opened["dispute"].as_str().expect("an id").to_owned();
    let (status, refused) = answer(account.post("/v1/refunds", &[("payment_intent", &id)])).await;
    assert_eq!((status, &refused["error"]["code"]), (400, &json!("charge_disputed")));
    assert_eq!(answer(sim(&format!("disputes/{dispute}/win"), json!({}))).await.0, 200);
    assert_eq!(answer(sim(&format!("disputes/{dispute}/lose"), json!({}))).await.0, 422, "it is decided");
    assert_eq!(answer(sim("disputes", json!({ "payment": "pi_nobody" }))).await.0, 422);
    let told: Vec<Value> = account.shop.posts(7).await.iter().map(crate::testing::Post::json).collect();
    let told: Vec<&Value> = told.iter().filter(|event| event["data"]["object"]["object"] == "dispute").collect();
    let mut kinds: Vec<&str> = told.iter().filter_map(|event| event["type"].as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(
        kinds,
        [
            "charge.dispute.closed",
            "charge.dispute.created",
            "charge.dispute.funds_reinstated",
            "charge.dispute.funds_withdrawn"
        ]
    );
    let closed = told.iter().find(|event| event["type"] == "charge.dispute.closed");
    let last = &closed.expect("it is decided")["data"]["object"];
    assert_eq!((&last["status"], &last["payment_intent"]), (&json!("won"), &json!(id)));
    let moved: Vec<i64> = last["balance_transactions"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|transaction| transaction["amount"].as_i64())
        .collect();
    assert_eq!(moved, [-318_200, 318_200]);
    assert_eq!(answer(account.post("/v1/refunds", &[("payment_intent", &id)])).await.0, 200);
}
