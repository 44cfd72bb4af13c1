//! What is sent to Stripe and how its documented answers are understood.

use std::time::Duration;

use schemas::{ids::OrderId, payments::GatewayState, types::Money};
use serde_json::{Value, json};
use shared::{id::MessageId, rotation::Previous, time::Timestamp};

use super::Stripe;
use crate::{
    effect::Ask,
    gateway::{
        Answer, GatewayError, Hindrance,
        testing::{AMOUNT, Fake, Reply, TIMEOUT, hangs_up, make, target},
    },
};

const REF: &str = "pi_3MtwBw";

async fn account(replies: impl IntoIterator<Item = Reply>) -> (Fake, Stripe) {
    let fake = Fake::start(replies).await;
    let stripe = Stripe::new(&fake.url, "sk_test_demo".into(), TIMEOUT).unwrap();
    (fake, stripe)
}

fn intent(order_id: OrderId, status: &str, received: i64) -> Value {
    json!({
        "id": REF, "object": "payment_intent", "status": status, "amount": AMOUNT.minor, "amount_received": received,
        "currency": "inr", "client_secret": "pi_3MtwBw_secret_x", "metadata": {"order_id": order_id.to_string()},
        "last_payment_error": null
    })
}

fn refunds(amounts: &[(i64, &str)]) -> Value {
    let data: Vec<Value> = amounts
        .iter()
        .map(|(amount, status)| json!({"id": "re_1", "object": "refund", "amount": amount, "status": status}))
        .collect();
    json!({"object": "list", "data": data, "has_more": false, "url": "/v1/refunds"})
}

fn refusal(code: &str) -> Value {
    json!({"error": {"type": "invalid_request_error", "code": code, "message": "No."}})
}

fn capture() -> Ask {
    Ask::Capture { target: target(REF, REF), amount: AMOUNT }
}

fn refund() -> Ask {
    Ask::Refund { target: target(REF, REF), amount: AMOUNT, before_minor: Some(0) }
}

#[tokio::test]
async fn a_creation_holds_the_money_for_us_and_carries_the_order_and_the_key() {
    let order = OrderId::generate();
    let (fake, stripe) = account([Reply::Json(200, intent(order, "requires_payment_method", 0))]).await;
    let (key, answer) = make(&stripe, order, Ask::Create { amount: AMOUNT, attempt: 1, may_move: false }).await;
    let seen = answer.unwrap();
    assert_eq!((seen.state, seen.client_secret.as_str()), (GatewayState::AwaitingCustomer, "pi_3MtwBw_secret_x"));
    assert_eq!((seen.order_ref, seen.amount_minor), (order.to_string(), AMOUNT.minor));
    let request = &fake.seen()[0];
    assert_eq!(request.line, "POST /v1/payment_intents");
    assert_eq!(request.header("authorization"), "Bearer sk_test_demo");
    assert_eq!(request.header("idempotency-key"), key.to_string());
    assert_eq!(request.header("stripe-version"), "2026-09-30.endive");
    assert_eq!(request.header("content-type"), "application/x-www-form-urlencoded");
    let form = request.form();
    assert_eq!(form["amount"], "318200");
    assert_eq!((form["currency"].as_str(), form["capture_method"].as_str()), ("inr", "manual"));
    assert_eq!(form["metadata[order_id]"], order.to_string());
}

#[tokio::test]
async fn a_capture_takes_all_of_it() {
    let order = OrderId::generate();
    let (fake, stripe) = account([Reply::Json(200, intent(order, "succeeded", AMOUNT.minor))]).await;
    let (key, answer) = make(&stripe, order, capture()).await;
    let seen = answer.unwrap();
    assert_eq!((seen.state, seen.captured_minor), (GatewayState::Captured, AMOUNT.minor));
    let request = &fake.seen()[0];
    assert_eq!(request.line, "POST /v1/payment_intents/pi_3MtwBw/capture");
    assert_eq!(
        (request.body.as_str(), request.header("idempotency-key")),
        ("amount_to_capture=318200", &*key.to_string())
    );
}

#[tokio::test]
async fn a_capture_may_take_a_part_of_it_and_says_what_it_took() {
    let order = OrderId::generate();
    let (fake, stripe) = account([Reply::Json(200, intent(order, "succeeded", 100_000))]).await;
    let (target, amount) = (target(REF, REF), Money::inr(100_000));
    let seen = make(&stripe, order, Ask::Capture { target, amount }).await.1.unwrap();
    assert_eq!((seen.state, seen.amount_minor, seen.captured_minor), (GatewayState::Captured, AMOUNT.minor, 100_000));
    assert_eq!(fake.seen()[0].body, "amount_to_capture=100000");
}

#[tokio::test]
async fn a_capture_that_is_refused_because_it_happened_is_done() {
    let order = OrderId::generate();
    let (fake, stripe) = account([
        Reply::Json(400, refusal("payment_intent_unexpected_state")),
        Reply::Json(200, intent(order, "succeeded", AMOUNT.minor)),
        Reply::Json(200, refunds(&[])),
    ])
    .await;
    assert_eq!(make(&stripe, order, capture()).await.1.unwrap().state, GatewayState::Captured);
    assert_eq!(fake.lines()[1], "GET /v1/payment_intents/pi_3MtwBw");
    assert_eq!(fake.seen()[1].header("idempotency-key"), "", "reads are not keyed");
}

#[tokio::test]
async fn a_void_that_is_refused_because_the_money_was_captured_is_refused() {
    let order = OrderId::generate();
    let (fake, stripe) = account([
        Reply::Json(400, refusal("payment_intent_unexpected_state")),
        Reply::Json(200, intent(order, "succeeded", AMOUNT.minor)),
        Reply::Json(200, refunds(&[])),
    ])
    .await;
    let answer = make(&stripe, order, Ask::Void { target: target(REF, REF) }).await.1;
    assert!(matches!(answer, Err(GatewayError::Refused { code, .. }) if code == "payment_intent_unexpected_state"));
    assert_eq!(fake.lines()[0], "POST /v1/payment_intents/pi_3MtwBw/cancel");
}

#[tokio::test]
async fn a_refund_is_checked_made_and_described() {
    let order = OrderId::generate();
    let paid = || Reply::Json(200, intent(order, "succeeded", AMOUNT.minor));
    let (fake, stripe) = account([
        paid(),
        Reply::Json(200, refunds(&[(AMOUNT.minor, "failed")])),
        Reply::Json(200, json!({"id": "re_2", "object": "refund", "amount": AMOUNT.minor, "status": "pending"})),
        paid(),
        Reply::Json(200, refunds(&[(AMOUNT.minor, "failed"), (AMOUNT.minor, "pending")])),
    ])
    .await;
    let (key, answer) = make(&stripe, order, refund()).await;
    let seen = answer.unwrap();
    assert_eq!((seen.state, seen.refunded_minor), (GatewayState::Refunded, AMOUNT.minor));
    let request = &fake.seen()[2];
    assert_eq!((request.line.as_str(), request.header("idempotency-key")), ("POST /v1/refunds", &*key.to_string()));
    assert_eq!((&*request.form()["payment_intent"], &*request.form()["amount"]), (REF, "318200"));
    assert_eq!(request.form()["metadata[order_id]"], order.to_string());
    assert_eq!(fake.lines()[1], "GET /v1/refunds?limit=100&payment_intent=pi_3MtwBw");
}

#[tokio::test]
async fn what_is_refunded_already_is_not_refunded_again() {
    let order = OrderId::generate();
    let (fake, stripe) = account([
        Reply::Json(200, intent(order, "succeeded", AMOUNT.minor)),
        Reply::Json(200, refunds(&[(AMOUNT.minor, "succeeded")])),
    ])
    .await;
    assert_eq!(make(&stripe, order, refund()).await.1.unwrap().state, GatewayState::Refunded);
    assert!(fake.lines().iter().all(|line| line.starts_with("GET")));
}

#[tokio::test]
async fn a_query_understands_every_status() {
    let order = OrderId::generate();
    let cases = [
        ("requires_payment_method", GatewayState::AwaitingCustomer),
        ("requires_action", GatewayState::AwaitingCustomer),
        ("processing", GatewayState::AwaitingCustomer),
        ("requires_capture", GatewayState::Authorized),
        ("canceled", GatewayState::Voided),
    ];
    for (status, state) in cases {
        let (_fake, stripe) = account([Reply::Json(200, intent(order, status, 0))]).await;
        let seen = make(&stripe, order, Ask::Query { target: target(REF, REF) }).await.1.unwrap();
        assert_eq!(seen.state, state, "{status}");
    }
    let mut declined = intent(order, "requires_payment_method", 0);
    declined["last_payment_error"] = json!({"type": "card_error", "code": "card_declined"});
    let (_fake, stripe) = account([Reply::Json(200, declined)]).await;
    let seen = make(&stripe, order, Ask::Query { target: target(REF, REF) }).await.1.unwrap();
    assert_eq!((seen.state, seen.failure_code.as_str()), (GatewayState::Declined, "card_declined"));
}

async fn capture_answered(reply: Reply) -> Answer {
    let (_fake, stripe) = account([reply]).await;
    make(&stripe, OrderId::generate(), capture()).await.1
}

#[tokio::test]
async fn what_leaves_the_fate_open_is_never_a_refusal() {
    let transient = [
        Reply::Json(424, refusal("external_dependency_failed")),
        Reply::Text(502, "<html>Bad Gateway</html>"),
        Reply::Json(200, json!({"unexpected": true})),
        Reply::Silence,
    ];
    for reply in transient {
        let answer = capture_answered(reply).await;
        assert!(matches!(answer, Err(GatewayError::Unanswered(_))), "{answer:?}");
    }
    let stripe = Stripe::new(&hangs_up().await, "sk_test_demo".into(), TIMEOUT).unwrap();
    let answer = make(&stripe, OrderId::generate(), capture()).await.1;
    assert!(matches!(answer, Err(GatewayError::Unanswered(_))), "{answer:?}");
}

#[tokio::test]
async fn what_was_certainly_not_done_or_is_being_done_is_told_apart() {
    let expected =
        [(401, "", Hindrance::NotLetIn), (403, "", Hindrance::NotLetIn), (429, "rate_limit", Hindrance::Throttled)];
    for (status, code, expected) in expected {
        let answer = capture_answered(Reply::Json(status, refusal(code))).await;
        assert!(matches!(answer, Err(GatewayError::NotDone { why, .. }) if why == expected), "{status}: {answer:?}");
    }
    let answer = capture_answered(Reply::Json(409, refusal("idempotency_key_in_use"))).await;
    assert!(matches!(answer, Err(GatewayError::UnderWay(_))), "{answer:?}");
    let stripe = Stripe::new("http://127.0.0.1:1/", "sk_test_demo".into(), TIMEOUT).unwrap();
    let answer = make(&stripe, OrderId::generate(), capture()).await.1;
    let nobody = Hindrance::Unreachable;
    assert!(matches!(answer, Err(GatewayError::NotDone { why, .. }) if why == nobody), "{answer:?}");
}

/// While keys are exchanged, and after.
async fn exchanged(until: Timestamp, replies: impl IntoIterator<Item = Reply>) -> (Fake, Answer, MessageId) {
    let (fake, stripe) = account(replies).await;
    let stripe = stripe.with_previous(Some(Previous::new("sk_test_old".into(), until)));
    let (key, answer) = make(&stripe, OrderId::generate(), capture()).await;
    (fake, answer, key)
}

#[tokio::test]
async fn a_key_that_is_not_known_yet_is_followed_by_the_one_before_while_that_is_good() {
    let later = Timestamp::now().plus(Duration::from_secs(60));
    let paid = || Reply::Json(200, intent(OrderId::generate(), "succeeded", AMOUNT.minor));
    let (fake, answer, key) = exchanged(later, [Reply::Json(401, refusal("")), paid()]).await;
    assert_eq!(answer.unwrap().state, GatewayState::Captured);
    let seen = fake.seen();
    let proofs: Vec<_> = seen.iter().map(|seen| seen.header("authorization")).collect();
    assert_eq!(proofs, ["Bearer sk_test_demo", "Bearer sk_test_old"]);
    assert!(seen.iter().all(|seen| seen.header("idempotency-key") == key.to_string()), "the same request");
    assert_eq!((&seen[0].line, &seen[0].body), (&seen[1].line, &seen[1].body));
}

#[tokio::test]
async fn neither_a_known_key_nor_one_whose_predecessor_has_ended_is_followed_by_another() {
    let later = Timestamp::now().plus(Duration::from_secs(60));
    let paid = Reply::Json(200, intent(OrderId::generate(), "succeeded", AMOUNT.minor));
    assert_eq!(exchanged(later, [paid]).await.0.seen().len(), 1);
    let (fake, answer, _) = exchanged(Timestamp::now(), [Reply::Json(401, refusal(""))]).await;
    assert!(matches!(answer, Err(GatewayError::NotDone { .. })), "{answer:?}");
    assert_eq!(fake.seen().len(), 1);
    let (fake, answer, _) = exchanged(later, [Reply::Json(401, refusal("")), Reply::Json(401, refusal(""))]).await;
    assert!(matches!(answer, Err(GatewayError::NotDone { .. })), "{answer:?}");
    assert_eq!(fake.seen().len(), 2, "once more and no further");
}

#[tokio::test]
async fn a_500_uses_its_key_up_because_stripe_repeats_it() {
    let answer = capture_answered(Reply::Json(500, json!({"error": {"type": "api_error", "message": "Oops"}}))).await;
    assert!(matches!(answer, Err(GatewayError::Spent(_))), "{answer:?}");
}

#[tokio::test]
async fn no_error_shows_the_secret_key() {
    let stripe = Stripe::new("http://127.0.0.1:1/", "sk_test_demo".into(), TIMEOUT).unwrap();
    let answer = make(&stripe, OrderId::generate(), capture()).await.1;
    assert!(!format!("{answer:?}").contains("sk_test_demo"));
}
