use schemas::{
    documents::{Order, OrderPayment},
    ids::UserId,
    orders::{OrdersMessage, PlaceOrder},
    refunds::{OrderRefund, RefundState},
    types::{GatewayName, Money, OrderStatus, PaymentMethod, Timestamp},
};
use serde_json::{Value, json};

use crate::{
    samples::{drop_record, order, place, placed, put_order},
    testing::{Bench, request},
};

const TOTAL: i64 = 300_000;

/// An order of two units at Rs 1,500 each, paid through Stripe.
fn paid(place: &PlaceOrder) -> Order {
    let mut order = order(place, OrderStatus::Packed);
    order.lines[0].total = Money::inr(TOTAL);
    order.payment_method = PaymentMethod::Stripe;
    order.payment = Some(OrderPayment {
        gateway: GatewayName::Stripe,
        gateway_ref: "pi_1".to_owned(),
        client_secret: String::new(),
        captured: Money::inr(TOTAL),
        refunded: Money::inr(0),
        last_decline: None,
    });
    order
}

async fn shop() -> (Bench, UserId, Order) {
    let bench = Bench::on_record().await;
    let admin = bench.admin().await;
    let order = paid(&place(&bench, UserId::generate()).await);
    put_order(&bench, &order, 3).await;
    (bench, admin, order)
}

async fn refund(bench: &Bench, admin: UserId, order: &Order, key: &str, body: Value) -> (u16, Value) {
    let bearer = format!("Bearer {}", bench.token_of(admin, ingress::auth::Role::Admin));
    let mut headers = vec![("authorization", bearer.as_str()), ("content-type", "application/json")];
    headers.extend((!key.is_empty()).then_some(("idempotency-key", key)));
    let path = format!("/admin/orders/{}/refunds", order.order_id);
    let (status, answer) = bench.ask(request("POST", &path, &headers, body.to_string())).await;
    (status.as_u16(), answer)
}

#[tokio::test]
async fn a_refund_is_priced_and_sent_once_under_its_key() {
    let (bench, admin, mut order) = shop().await;
    let body = json!({ "lines": [{ "sku": "BRK-PAD", "quantity": 1 }], "reason": "scratched" });
    let (status, first) = refund(&bench, admin, &order, "k1", body.clone()).await;
    assert_eq!((status, &first["amount"]["minor"], &first["state"]), (202, &json!(TOTAL / 2), &json!("asked")));
    let (_, again) = refund(&bench, admin, &order, "k1", body.clone()).await;
    assert_eq!(again["refund_id"], first["refund_id"]);
    let sent = placed(&bench);
    let ids: Vec<_> = sent[1..].iter().map(|sent| sent.id).collect();
    assert_eq!((ids.len(), ids[0]), (2, ids[1]), "the workers know the repetition");
    let OrdersMessage::RefundOrder(wish) = &sent[1].message else { panic!("{:?}", sent[1].message) };
    assert_eq!((wish.amount, wish.admin_id, wish.reason.as_str()), (None, admin, "scratched"));
    // The orders worker has taken it in meanwhile.
    order.refunds = vec![OrderRefund {
        refund_id: wish.refund_id.clone(),
        amount: Money::inr(TOTAL / 2),
        lines: order.price_refund(None, &wish.lines).unwrap().1,
        reason: "scratched".to_owned(),
        by: admin,
        asked_at: Timestamp::from_millis(1),
        state: RefundState::Made,
        code: String::new(),
        set_off: None,
        paid_out: None,
    }];
    put_order(&bench, &order, 4).await;
    assert_eq!(refund(&bench, admin, &order, "k1", body).await.1["state"], "made");
    let another = json!({ "amount_minor": 5, "reason": "scratched" });
    let (status, answer) = refund(&bench, admin, &order, "k1", another).await;
    assert_eq!((status, answer["code"].as_str()), (422, Some("idempotency_key_reused")));
    let path = format!("/admin/orders/{}/refunds", order.order_id);
    let (_, list) = bench.asked_by_admin(admin, "GET", &path, &Value::Null).await;
    assert_eq!((&list["items"][0]["state"], &list["refundable"]["minor"]), (&json!("made"), &json!(TOTAL)));
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_refund_that_cannot_be_is_refused_and_nothing_is_sent() {
    let (bench, admin, mut order) = shop().await;
    let sent = bench.appended();
    let line = |sku: &str, quantity: i64| json!({ "lines": [{ "sku": sku, "quantity": quantity }], "reason": "x" });
    for (body, status, code) in [
        (json!({ "amount_minor": TOTAL + 1, "reason": "x" }), 409, "not_refundable"),
        (json!({ "amount_minor": 0, "reason": "x" }), 422, "validation_failed"),
        (json!({ "amount_minor": -1, "reason": "x" }), 422, "validation_failed"),
        (json!({ "amount_minor": 1, "reason": "" }), 422, "validation_failed"),
        (json!({ "reason": "x" }), 422, "validation_failed"),
        (json!({ "amount_minor": 1.5, "reason": "x" }), 422, "invalid_body"),
        (json!({ "amount_minor": 1, "reason": "x", "state": "made" }), 422, "invalid_body"),
        (line("BRK-PAD", 3), 422, "validation_failed"),
        (line("BRK-PAD", 0), 422, "validation_failed"),
        (line("NO-SUCH", 1), 422, "validation_failed"),
    ] {
        let (found, answer) = refund(&bench, admin, &order, "k", body.clone()).await;
        assert_eq!((found, answer["code"].as_str()), (status, Some(code)), "{body}");
    }
    let fine = json!({ "amount_minor": 1, "reason": "x" });
    let (status, answer) = refund(&bench, admin, &order, "", fine.clone()).await;
    assert_eq!((status, answer["code"].as_str()), (400, Some("invalid_idempotency_key")), "a refund needs a key");
    order.status = OrderStatus::Cancelling;
    put_order(&bench, &order, 4).await;
    assert_eq!(refund(&bench, admin, &order, "k", fine.clone()).await.0, 409, "all of it goes back");
    order.order_id = schemas::ids::OrderId::generate();
    assert_eq!(refund(&bench, admin, &order, "k", fine).await.0, 404);
    assert_eq!(bench.appended(), sent);
    drop_record(&bench).await;
}

#[tokio::test]
async fn refunds_are_closed_to_customers_their_own_order_included() {
    let (bench, _, order) = shop().await;
    let path = format!("/admin/orders/{}/refunds", order.order_id);
    let body = json!({ "amount_minor": 1, "reason": "x" });
    for method in ["GET", "POST"] {
        let key = [("idempotency-key", "k")];
        assert_eq!(bench.asked_by(order.user_id, method, &path, &key, &body).await.0, 403, "{method}");
    }
    drop_record(&bench).await;
}
