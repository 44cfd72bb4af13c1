use schemas::{
    attempts::{AttemptState, Delay, PaymentAttempt},
    documents::Order,
    ids::UserId,
    orders::{OrdersMessage, PayOrder},
    types::{GatewayName, Money, OrderStatus, PaymentMethod, Timestamp},
};
use serde_json::{Value, json};

use crate::{
    samples::{drop_record, order, place, placed, put_order},
    testing::Bench,
};

/// An order that waits to be paid through Stripe.
async fn shop() -> (Bench, Order) {
    let bench = Bench::on_record().await;
    let place = place(&bench, UserId::generate()).await;
    let mut order = order(&place, OrderStatus::AwaitingPayment);
    order.payment_method = PaymentMethod::Stripe;
    order.totals.cod_fee = Money::inr(0);
    let first = PaymentAttempt::first(order.order_id, PaymentMethod::Stripe, order.placed_at);
    order.attempts = vec![PaymentAttempt { state: AttemptState::Ready, gateway_ref: "pi_1".to_owned(), ..first }];
    put_order(&bench, &order, 3).await;
    (bench, order)
}

async fn pay(bench: &Bench, order: &Order, key: &str, body: Value) -> (u16, Value) {
    let path = format!("/orders/{}/payments", order.order_id);
    bench.asked_by(order.user_id, "POST", &path, &[("idempotency-key", key)], &body).await
}

fn by(method: &str) -> Value {
    json!({ "payment_method": method })
}

fn last_wish(bench: &Bench) -> PayOrder {
    match placed(bench).pop().unwrap().message {
        OrdersMessage::PayOrder(wish) => wish,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn another_attempt_is_sent_once_under_its_key_and_is_found_by_its_name() {
    let (bench, mut order) = shop().await;
    let (status, first) = pay(&bench, &order, "k1", by("razorpay")).await;
    assert_eq!((status, &first["payment"]["state"], &first["payment"]["number"]), (202, &json!("asked"), &json!(2)));
    let (_, again) = pay(&bench, &order, "k1", by("razorpay")).await;
    assert_eq!(again["payment"]["payment_id"], first["payment"]["payment_id"]);
    let ids: Vec<_> = placed(&bench)[1..].iter().map(|sent| sent.id).collect();
    assert_eq!((ids.len(), ids[0]), (2, ids[1]), "the workers know the repetition");
    let wish = last_wish(&bench);
    assert_eq!(
        (wish.method, json!(wish.attempt_id)),
        (PaymentMethod::Razorpay, first["payment"]["payment_id"].clone())
    );
    // The orders worker has taken it in meanwhile.
    order.attempts[0].state = AttemptState::Superseded;
    order.attempts.push(PaymentAttempt::new(wish.attempt_id.clone(), 2, wish.method, Timestamp::from_millis(7)));
    put_order(&bench, &order, 4).await;
    let (status, answer) = pay(&bench, &order, "k1", by("stripe")).await;
    assert_eq!((status, answer["code"].as_str()), (422, Some("idempotency_key_reused")));
    let (_, list) =
        bench.asked_by(order.user_id, "GET", &format!("/orders/{}/payments", order.order_id), &[], &Value::Null).await;
    let states: Vec<_> = list["items"].as_array().unwrap().iter().map(|item| item["state"].clone()).collect();
    assert_eq!(states, ["superseded", "asked"]);
    let path = format!("/payments/{}", wish.attempt_id);
    let (status, shown) = bench.asked_by(order.user_id, "GET", &path, &[], &Value::Null).await;
    assert_eq!((status, &shown), (200, &list["items"][1]));
    let (status, answer) = bench.asked_by(UserId::generate(), "GET", &path, &[], &Value::Null).await;
    assert_eq!((status, answer["code"].as_str()), (404, Some("payment_not_found")), "another customer's");
    drop_record(&bench).await;
}

#[tokio::test]
async fn what_can_be_paid_already_is_the_same_attempt() {
    let (bench, order) = shop().await;
    let (status, answer) = pay(&bench, &order, "k1", by("stripe")).await;
    assert_eq!((status, &answer["payment"]["payment_id"]), (202, &json!(order.attempts[0].attempt_id)));
    assert_eq!(answer["payment"]["gateway_ref"], "pi_1");
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_card_payment_that_waits_for_its_gateway_is_shown_so_and_another_begins_elsewhere() {
    let (bench, mut order) = shop().await;
    let (status, same) = pay(&bench, &order, "k1", by("card")).await;
    assert_eq!((status, &same["payment"]["payment_id"]), (202, &json!(order.attempts[0].attempt_id)), "it is ready");
    let delay = Delay { gateway: GatewayName::Stripe, retry_at: Timestamp::from_millis(60_000) };
    let card = &mut order.attempts[0];
    (card.any_gateway, card.state, card.delay) = (true, AttemptState::Asked, Some(delay));
    put_order(&bench, &order, 4).await;
    let path = format!("/payments/{}", order.attempts[0].attempt_id);
    let (_, shown) = bench.asked_by(order.user_id, "GET", &path, &[], &Value::Null).await;
    let fields = ["payment_method", "gateway", "gateway_unavailable", "retry_at"].map(|field| shown[field].clone());
    assert_eq!(fields, [json!("card"), json!("stripe"), json!(true), json!("1970-01-01T00:01:00.000Z")], "{shown}");
    let (status, next) = pay(&bench, &order, "k2", by("card")).await;
    let next = &next["payment"];
    assert_eq!((status, &next["number"], &next["gateway"]), (202, &json!(2), &json!("razorpay")), "{next}");
    assert_eq!((&next["payment_method"], &next["gateway_unavailable"]), (&json!("card"), &json!(false)));
    assert!(last_wish(&bench).any_gateway);
    // Made elsewhere than it began, it is still what the request of this name asked for.
    let attempt_id = last_wish(&bench).attempt_id;
    let made = PaymentAttempt::new(attempt_id, 2, PaymentMethod::Stripe, Timestamp::from_millis(7));
    let failed_over_from = Some(GatewayName::Razorpay);
    order.attempts[0].state = AttemptState::Superseded;
    order.attempts.push(PaymentAttempt { any_gateway: true, state: AttemptState::Ready, failed_over_from, ..made });
    put_order(&bench, &order, 5).await;
    let (status, again) = pay(&bench, &order, "k2", by("card")).await;
    assert_eq!((status, &again["payment"]["failed_over_from"]), (202, &json!("razorpay")), "{again}");
    drop_record(&bench).await;
}

#[tokio::test]
async fn an_attempt_that_cannot_be_is_refused_and_nothing_is_sent() {
    let (bench, mut order) = shop().await;
    let sent = bench.appended();
    for (body, code, field) in [
        (by("cheque"), "invalid_body", "payment_method"),
        (json!({}), "invalid_body", "payment_method"),
        (json!({ "payment_method": "stripe", "amount": 1 }), "invalid_body", "amount"),
    ] {
        let (status, answer) = pay(&bench, &order, "k", body).await;
        assert_eq!((status, answer["code"].as_str()), (422, Some(code)), "{answer}");
        assert!(answer["errors"][0]["field"].as_str().is_some_and(|named| named == field), "{answer}");
    }
    let (status, answer) = pay(&bench, &order, "k", by("cod")).await;
    assert_eq!((status, answer["code"].as_str()), (409, Some("cash_costs_more")), "the demo takes a fee for cash");
    let stranger = Order { user_id: UserId::generate(), ..order.clone() };
    assert_eq!(pay(&bench, &stranger, "k", by("razorpay")).await.0, 404);
    for status in [OrderStatus::Paid, OrderStatus::Confirmed, OrderStatus::Expired, OrderStatus::Cancelled] {
        order.status = status;
        put_order(&bench, &order, 4).await;
        let (status, answer) = pay(&bench, &order, "k", by("razorpay")).await;
        assert_eq!((status, answer["code"].as_str()), (409, Some("not_payable")), "{answer}");
    }
    assert_eq!(bench.appended(), sent);
    drop_record(&bench).await;
}

#[tokio::test]
async fn an_order_that_the_worker_has_not_seen_yet_has_one_attempt_and_is_asked_again_later() {
    let bench = Bench::on_record().await;
    let place = place(&bench, UserId::generate()).await;
    let path = format!("/orders/{}/payments", place.order_id);
    let (status, list) = bench.asked_by(place.user_id, "GET", &path, &[], &Value::Null).await;
    assert_eq!((status, &list["items"][0]["payment_method"]), (200, &json!("cod")));
    let (status, answer) = bench.asked_by(place.user_id, "POST", &path, &[], &by("stripe")).await;
    assert_eq!((status, answer["code"].as_str()), (409, Some("not_payable")));
    drop_record(&bench).await;
}
