//! What is sent to Razorpay and how its documented answers are understood.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use schemas::{ids::OrderId, payments::GatewayState, types::Money};
use serde_json::{Value, json};
use shared::{rotation::Previous, time::Timestamp};

use super::{KeyPair, Razorpay};
use crate::{
    effect::Ask,
    gateway::{
        GatewayError, Hindrance,
        testing::{AMOUNT, Fake, Reply, TIMEOUT, hangs_up, make, target},
    },
};

const ORDER: &str = "order_DaaS6L";
const PAY: &str = "pay_N8FVRD";

fn client(url: &str) -> Razorpay {
    Razorpay::new(url, "rzp_test_demo".to_owned(), "rzp_demo_secret".into(), TIMEOUT, 60).unwrap()
}

async fn account(replies: impl IntoIterator<Item = Reply>) -> (Fake, Razorpay) {
    let fake = Fake::start(replies).await;
    let razorpay = client(&fake.url);
    (fake, razorpay)
}

fn order_entity(order: OrderId) -> Value {
    json!({
        "id": ORDER, "entity": "order", "amount": AMOUNT.minor, "amount_paid": 0, "amount_due": AMOUNT.minor,
        "currency": "INR", "receipt": order.to_string(), "status": "created", "notes": {"order_id": order.to_string()}
    })
}

fn payment_entity(order: OrderId, id: &str, status: &str, refunded: i64) -> Value {
    let captured = matches!(status, "captured" | "refunded");
    json!({
        "id": id, "entity": "payment", "amount": AMOUNT.minor, "currency": "INR", "status": status, "order_id": ORDER,
        "amount_refunded": refunded, "captured": captured, "notes": {"order_id": order.to_string()},
        "error_reason": if status == "failed" { json!("payment_failed") } else { Value::Null }
    })
}

fn list(items: impl IntoIterator<Item = Value>) -> Reply {
    let items: Vec<Value> = items.into_iter().collect();
    Reply::Json(200, json!({"entity": "collection", "count": items.len(), "items": items}))
}

fn refusal(description: &str) -> Reply {
    let error = json!({"code": "BAD_REQUEST_ERROR", "description": description, "reason": "input_validation_failed"});
    Reply::Json(400, json!({ "error": error }))
}

fn capture() -> Ask {
    Ask::Capture { target: target(ORDER, PAY), amount: AMOUNT }
}

#[tokio::test]
async fn a_key_that_is_not_known_yet_is_followed_by_the_one_before_while_that_is_good() {
    for (ahead, expected) in [(60, 2), (0, 1)] {
        let (fake, razorpay) = account([Reply::Json(401, json!({"error": {}})), refusal("No.")]).await;
        let pair = KeyPair { id: "rzp_test_old".to_owned(), secret: "old_secret".into() };
        let until = Timestamp::now().plus(Duration::from_secs(ahead));
        let razorpay = razorpay.with_previous(Some(Previous::new(pair, until)));
        let _ = make(&razorpay, OrderId::generate(), Ask::Query { target: target(ORDER, PAY) }).await;
        let seen = fake.seen();
        assert_eq!(seen.len(), expected);
        let last = seen.last().unwrap();
        let proof = if expected == 2 { "rzp_test_old:old_secret" } else { "rzp_test_demo:rzp_demo_secret" };
        assert_eq!(last.header("authorization"), format!("Basic {}", BASE64_STANDARD.encode(proof)));
        assert_eq!(last.line, seen[0].line);
    }
}

#[tokio::test]
async fn a_creation_asks_for_manual_capture_and_carries_the_order() {
    let order = OrderId::generate();
    let (fake, razorpay) = account([Reply::Json(200, order_entity(order))]).await;
    let seen = make(&razorpay, order, Ask::Create { amount: AMOUNT, attempt: 1, may_move: false }).await.1.unwrap();
    assert_eq!((seen.gateway_ref.as_str(), seen.payment_ref.as_str()), (ORDER, ""));
    assert_eq!((seen.state, seen.order_ref), (GatewayState::AwaitingCustomer, order.to_string()));
    let request = &fake.seen()[0];
    assert_eq!(request.line, "POST /v1/orders");
    let basic = format!("Basic {}", BASE64_STANDARD.encode("rzp_test_demo:rzp_demo_secret"));
    assert_eq!(request.header("authorization"), basic);
    let expected = json!({
        "amount": 318_200, "currency": "INR", "receipt": order.to_string(), "notes": {"order_id": order.to_string()},
        "payment": {"capture": "manual", "capture_options": {"manual_expiry_period": 60, "refund_speed": "normal"}}
    });
    assert_eq!(request.json(), expected);
}

#[tokio::test]
async fn an_order_whose_creation_went_unanswered_is_found_by_its_receipt() {
    let order = OrderId::generate();
    for silence in [Reply::Silence, Reply::Json(500, json!({"error": {"code": "SERVER_ERROR"}}))] {
        let (fake, razorpay) = account([silence, list([order_entity(order)])]).await;
        let seen = make(&razorpay, order, Ask::Create { amount: AMOUNT, attempt: 1, may_move: false }).await.1.unwrap();
        assert_eq!(seen.gateway_ref, ORDER);
        assert_eq!(fake.lines()[1], format!("GET /v1/orders?receipt={order}"));
    }
    let (_fake, razorpay) = account([Reply::Silence, list([])]).await;
    let answer = make(&razorpay, order, Ask::Create { amount: AMOUNT, attempt: 1, may_move: false }).await.1;
    assert!(matches!(answer, Err(GatewayError::Unanswered(_))), "{answer:?}");
}

#[tokio::test]
async fn a_capture_takes_all_of_it() {
    let order = OrderId::generate();
    let (fake, razorpay) = account([Reply::Json(200, payment_entity(order, PAY, "captured", 0))]).await;
    let seen = make(&razorpay, order, capture()).await.1.unwrap();
    assert_eq!((seen.state, seen.captured_minor), (GatewayState::Captured, AMOUNT.minor));
    assert_eq!((seen.gateway_ref.as_str(), seen.payment_ref.as_str()), (ORDER, PAY));
    let request = &fake.seen()[0];
    assert_eq!(request.line, "POST /v1/payments/pay_N8FVRD/capture");
    assert_eq!(request.json(), json!({"amount": 318_200, "currency": "INR"}));
}

#[tokio::test]
async fn a_capture_that_is_refused_because_it_happened_is_done() {
    let order = OrderId::generate();
    let captured = payment_entity(order, PAY, "captured", 0);
    let replies = [refusal("This payment has already been captured"), list([captured]), list([])];
    let (fake, razorpay) = account(replies).await;
    assert_eq!(make(&razorpay, order, capture()).await.1.unwrap().state, GatewayState::Captured);
    assert_eq!(
        fake.lines()[1..],
        ["GET /v1/orders/order_DaaS6L/payments", "GET /v1/payments/pay_N8FVRD/refunds?count=100"]
    );
}

#[tokio::test]
async fn a_capture_that_is_refused_and_did_not_happen_is_refused() {
    let order = OrderId::generate();
    let authorized = payment_entity(order, PAY, "authorized", 0);
    let (_fake, razorpay) = account([refusal("Capture amount must be equal"), list([authorized])]).await;
    let answer = make(&razorpay, order, capture()).await.1;
    assert!(matches!(answer, Err(GatewayError::Refused { code, .. }) if code == "input_validation_failed"));
}

#[tokio::test]
async fn a_void_leaves_an_authorisation_to_expire_and_only_reads() {
    let order = OrderId::generate();
    let void = || Ask::Void { target: target(ORDER, "") };
    let (fake, razorpay) = account([list([payment_entity(order, PAY, "authorized", 0)])]).await;
    assert_eq!(make(&razorpay, order, void()).await.1.unwrap().state, GatewayState::Voided);
    assert!(fake.lines().iter().all(|line| line.starts_with("GET")));
    let (_fake, razorpay) = account([list([]), Reply::Json(200, order_entity(order))]).await;
    assert_eq!(make(&razorpay, order, void()).await.1.unwrap().state, GatewayState::Voided);
}

#[tokio::test]
async fn a_void_after_a_capture_is_refused() {
    let order = OrderId::generate();
    let captured = || list([payment_entity(order, PAY, "captured", 0)]);
    let (_fake, razorpay) = account([captured(), list([]), captured(), list([])]).await;
    let answer = make(&razorpay, order, Ask::Void { target: target(ORDER, PAY) }).await.1;
    assert!(matches!(answer, Err(GatewayError::Refused { code, .. }) if code == "already_captured"));
}

fn give_back(amount: Money) -> Ask {
    Ask::Refund { target: target(ORDER, PAY), amount, before_minor: Some(0) }
}

#[tokio::test]
async fn a_refund_is_checked_against_the_list_made_under_its_key_and_described() {
    let order = OrderId::generate();
    let refund = |status: &str| json!({"id": "rfnd_1", "amount": AMOUNT.minor, "status": status});
    let captured = || list([payment_entity(order, PAY, "captured", 0)]);
    let (fake, razorpay) = account([
        captured(),
        list([refund("failed")]),
        Reply::Json(200, refund("pending")),
        captured(),
        list([refund("failed"), refund("pending")]),
    ])
    .await;
    let (key, answer) = make(&razorpay, order, give_back(AMOUNT)).await;
    let seen = answer.unwrap();
    assert_eq!((seen.state, seen.refunded_minor), (GatewayState::Refunded, AMOUNT.minor));
    let request = &fake.seen()[2];
    assert_eq!(request.line, "POST /v1/payments/pay_N8FVRD/refund");
    assert_eq!(request.header("x-refund-idempotency"), key.to_string());
    assert_eq!(request.json(), json!({"amount": 318_200, "speed": "normal"}));
}

#[tokio::test]
async fn what_is_refunded_already_is_not_refunded_again() {
    let order = OrderId::generate();
    let replies = [
        list([payment_entity(order, PAY, "captured", 0)]),
        list([json!({"id": "rfnd_1", "amount": AMOUNT.minor, "status": "pending"})]),
    ];
    let (fake, razorpay) = account(replies).await;
    let answer = make(&razorpay, order, give_back(AMOUNT)).await.1;
    assert_eq!(answer.unwrap().state, GatewayState::Refunded);
    assert_eq!(fake.lines().len(), 2);
}

#[tokio::test]
async fn a_part_is_not_refunded_where_more_has_gone_back_than_was_known() {
    let order = OrderId::generate();
    let replies = [
        list([payment_entity(order, PAY, "captured", 0)]),
        list([json!({"id": "rfnd_1", "amount": 100, "status": "processed"})]),
    ];
    let (fake, razorpay) = account(replies).await;
    let seen = make(&razorpay, order, give_back(Money::inr(100))).await.1.unwrap();
    assert_eq!((seen.state, seen.refunded_minor), (GatewayState::Captured, 100), "it may be this very refund");
    assert_eq!(fake.lines().len(), 2);
}

#[tokio::test]
async fn a_refund_that_failed_does_not_count_even_in_the_payments_own_sum() {
    let order = OrderId::generate();
    let refund = |id: &str, amount: i64, status: &str| json!({"id": id, "amount": amount, "status": status});
    for (own_sum, refunds, counted) in [
        (AMOUNT.minor, vec![refund("rfnd_1", AMOUNT.minor, "failed")], 0),
        (0, vec![refund("rfnd_1", AMOUNT.minor, "failed")], 0),
        (AMOUNT.minor, vec![refund("rfnd_1", 100, "processed"), refund("rfnd_2", AMOUNT.minor - 100, "failed")], 100),
        (AMOUNT.minor, vec![refund("rfnd_1", 100, "failed"), refund("rfnd_2", AMOUNT.minor, "pending")], AMOUNT.minor),
        (100, vec![], 100),
    ] {
        let captured = payment_entity(order, PAY, "captured", own_sum);
        let (_fake, razorpay) = account([list([captured]), list(refunds)]).await;
        let seen = make(&razorpay, order, Ask::Query { target: target(ORDER, PAY) }).await.1.unwrap();
        assert_eq!((seen.captured_minor, seen.refunded_minor), (AMOUNT.minor, counted));
    }
}

#[tokio::test]
async fn of_several_attempts_the_furthest_counts_and_an_expired_authorisation_is_void() {
    let order = OrderId::generate();
    let query = || Ask::Query { target: target(ORDER, "") };
    let attempts = [payment_entity(order, PAY, "authorized", 0), payment_entity(order, "pay_0", "failed", 0)];
    let (_fake, razorpay) = account([list(attempts)]).await;
    let seen = make(&razorpay, order, query()).await.1.unwrap();
    assert_eq!((seen.state, seen.payment_ref.as_str()), (GatewayState::Authorized, PAY));
    let mut expired = payment_entity(order, PAY, "refunded", AMOUNT.minor);
    expired["captured"] = json!(false);
    expired["notes"] = json!([]);
    let (_fake, razorpay) = account([list([expired])]).await;
    let seen = make(&razorpay, order, query()).await.1.unwrap();
    assert_eq!((seen.state, seen.captured_minor, seen.refunded_minor), (GatewayState::Voided, 0, 0));
    let (_fake, razorpay) = account([list([payment_entity(order, PAY, "failed", 0)])]).await;
    let seen = make(&razorpay, order, query()).await.1.unwrap();
    assert_eq!((seen.state, seen.failure_code.as_str()), (GatewayState::Declined, "payment_failed"));
}

#[tokio::test]
async fn what_leaves_the_fate_open_is_never_a_refusal() {
    let order = OrderId::generate();
    let transient = [
        Reply::Json(500, json!({"error": {"code": "SERVER_ERROR"}})),
        Reply::Json(200, json!({"unexpected": true})),
        Reply::Silence,
    ];
    for reply in transient {
        let (_fake, razorpay) = account([reply]).await;
        let answer = make(&razorpay, order, capture()).await.1;
        assert!(matches!(answer, Err(GatewayError::Unanswered(_))), "{answer:?}");
    }
    let answer = make(&client(&hangs_up().await), order, capture()).await.1;
    assert!(matches!(answer, Err(GatewayError::Unanswered(_))), "{answer:?}");
}

#[tokio::test]
async fn what_was_certainly_not_done_or_is_being_done_is_told_apart() {
    let order = OrderId::generate();
    let failed = json!({"error": {"code": "BAD_REQUEST_ERROR", "description": "Authentication failed"}});
    let create = || Ask::Create { amount: AMOUNT, attempt: 1, may_move: false };
    for (reply, expected) in
        [(Reply::Json(401, failed), Hindrance::NotLetIn), (Reply::Text(429, "slow down"), Hindrance::Throttled)]
    {
        let (fake, razorpay) = account([reply]).await;
        let answer = make(&razorpay, order, create()).await.1;
        assert!(matches!(answer, Err(GatewayError::NotDone { why, .. }) if why == expected), "{answer:?}");
        assert_eq!(fake.lines().len(), 1, "there is nothing to look for");
    }
    let (_fake, razorpay) = account([Reply::Json(409, json!({"error": {"code": "BAD_REQUEST_ERROR"}}))]).await;
    let answer = make(&razorpay, order, capture()).await.1;
    assert!(matches!(answer, Err(GatewayError::UnderWay(_))), "{answer:?}");
    let answer = make(&client("http://127.0.0.1:1/"), order, create()).await.1;
    assert!(matches!(answer, Err(GatewayError::NotDone { why: Hindrance::Unreachable, .. })), "{answer:?}");
}

#[tokio::test]
async fn a_creation_that_may_have_been_made_stays_in_doubt_whatever_hinders_the_look() {
    for hindrance in [401, 429] {
        let (fake, razorpay) = account([Reply::Silence, Reply::Text(hindrance, "{}")]).await;
        let answer =
            make(&razorpay, OrderId::generate(), Ask::Create { amount: AMOUNT, attempt: 1, may_move: false }).await.1;
        assert!(matches!(answer, Err(GatewayError::Unanswered(_))), "{answer:?}");
        assert_eq!(fake.lines().len(), 2);
    }
}
