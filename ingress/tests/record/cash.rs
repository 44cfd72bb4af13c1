use mongodb::bson::{Document, doc, serialize_to_document};
use schemas::{
    cash::CashInstalment,
    documents::Order,
    ids::UserId,
    orders::OrdersMessage,
    refunds::{ListedRefund, OrderRefund, RefundState},
    types::{Money, OrderStatus, PaymentMethod, Timestamp},
};
use serde_json::{Value, json};

use crate::{
    samples::{drop_record, order, place, placed, put_order},
    testing::{Bench, request},
};

async fn shop() -> (Bench, UserId, Order) {
    let bench = Bench::on_record().await;
    let admin = bench.admin().await;
    let order = order(&place(&bench, UserId::generate()).await, OrderStatus::Packed);
    put_order(&bench, &order, 3).await;
    (bench, admin, order)
}

async fn post(bench: &Bench, admin: UserId, path: &str, key: &str, body: &Value) -> (u16, Value) {
    let bearer = format!("Bearer {}", bench.token_of(admin, ingress::auth::Role::Admin));
    let mut headers = vec![("authorization", bearer.as_str()), ("content-type", "application/json")];
    headers.extend((!key.is_empty()).then_some(("idempotency-key", key)));
    let (status, answer) = bench.ask(request("POST", path, &headers, body.to_string())).await;
    (status.as_u16(), answer)
}

fn cash_of(order: &Order) -> String {
    format!("/admin/orders/{}/cash", order.order_id)
}

fn taken(paise: i64) -> Value {
    json!({ "amount_minor": paise, "received_at": Timestamp::now().to_string(), "received_by": "Bluedart",
            "reference": "remittance 17", "note": "two notes were torn" })
}

fn counted(paise: i64, code: &str) -> CashInstalment {
    CashInstalment {
        instalment_id: format!("told {paise}"),
        amount: Money::inr(paise),
        received_at: Timestamp::from_millis(1_790_000_000_000),
        received_by: "Bluedart".to_owned(),
        reference: "remittance 16".to_owned(),
        note: "for operators alone".to_owned(),
        by: UserId::generate(),
        recorded_at: Timestamp::from_millis(1_790_000_000_000),
        code: code.to_owned(),
    }
}

fn owed(id: &str, paise: i64, asked_at: i64) -> OrderRefund {
    OrderRefund {
        refund_id: id.to_owned(),
        amount: Money::inr(paise),
        lines: Vec::new(),
        reason: "goods returned".to_owned(),
        by: UserId::generate(),
        asked_at: Timestamp::from_millis(asked_at),
        state: RefundState::Owed,
        code: String::new(),
        set_off: None,
        paid_out: None,
    }
}

async fn list_refund(bench: &Bench, order: &Order, refund: &OrderRefund) {
    let listed = ListedRefund::of(order, refund);
    let id = format!("{}/{}", order.order_id, refund.refund_id);
    let row = doc! { "_id": id, "version": 1, "row": serialize_to_document(&listed).unwrap() };
    bench.mongo.collection::<Document>(ListedRefund::COLLECTION).insert_one(row).await.unwrap();
}

#[tokio::test]
async fn cash_is_sent_once_under_its_key_and_shown_as_it_stands() {
    let (bench, admin, mut order) = shop().await;
    let (path, body) = (cash_of(&order), taken(10_000));
    let (status, first) = post(&bench, admin, &path, "k1", &body).await;
    assert_eq!((status, &first["state"], &first["amount"]["minor"]), (202, &json!("asked"), &json!(10_000)));
    let (_, again) = post(&bench, admin, &path, "k1", &body).await;
    assert_eq!(again["instalment_id"], first["instalment_id"]);
    let sent = placed(&bench);
    assert_eq!((sent.len(), sent[1].id), (3, sent[2].id), "the workers know the repetition");
    let OrdersMessage::RecordCash(told) = &sent[1].message else { panic!("{:?}", sent[1].message) };
    assert_eq!((told.amount, told.admin_id, told.received_by.as_str()), (Money::inr(10_000), admin, "Bluedart"));
    // The orders worker has refused it meanwhile.
    let (instalment_id, note) = (told.instalment_id.clone(), told.note.clone());
    let refused = CashInstalment { code: "exceeds_due".to_owned(), instalment_id, note, ..counted(10_000, "") };
    order.cash = vec![CashInstalment { received_at: told.received_at, reference: told.reference.clone(), ..refused }];
    put_order(&bench, &order, 4).await;
    let (_, refused) = post(&bench, admin, &path, "k1", &body).await;
    assert_eq!((&refused["state"], &refused["code"]), (&json!("refused"), &json!("exceeds_due")));
    let (status, answer) = post(&bench, admin, &path, "k1", &taken(10_001)).await;
    assert_eq!((status, answer["code"].as_str()), (422, Some("idempotency_key_reused")));
    drop_record(&bench).await;
}

#[tokio::test]
async fn cash_that_cannot_count_is_refused_and_nothing_is_sent() {
    let (bench, admin, mut order) = shop().await;
    let (path, total, sent) = (cash_of(&order), order.totals.grand_total.minor, bench.appended());
    let with = |field: &str, value: Value| {
        let mut body = taken(1);
        body[field] = value;
        body
    };
    for (body, status, code) in [
        (taken(total + 1), 409, "cash_not_due"),
        (taken(0), 422, "validation_failed"),
        (with("received_at", json!("yesterday")), 422, "validation_failed"),
        (with("received_at", json!("2100-01-01T00:00:00Z")), 422, "validation_failed"),
        (with("received_at", json!("2020-01-01T00:00:00Z")), 422, "validation_failed"),
        (with("received_by", json!("")), 422, "validation_failed"),
        (with("reference", json!(" ")), 422, "validation_failed"),
        (with("paid_by", json!("x")), 422, "invalid_body"),
    ] {
        let (seen, answer) = post(&bench, admin, &path, "k", &body).await;
        assert_eq!((seen, answer["code"].as_str()), (status, Some(code)), "{body}");
    }
    let (status, answer) = post(&bench, admin, &path, "", &taken(1)).await;
    assert_eq!((status, answer["code"].as_str()), (400, Some("invalid_idempotency_key")));
    let bought = order.clone();
    order.payment_method = PaymentMethod::Stripe;
    put_order(&bench, &order, 4).await;
    assert_eq!(post(&bench, admin, &path, "k", &taken(1)).await.0, 409, "a gateway takes all at once");
    put_order(&bench, &Order { status: OrderStatus::Cancelled, ..bought }, 5).await;
    assert_eq!(post(&bench, admin, &path, "k", &taken(1)).await.0, 409);
    assert_eq!(bench.appended(), sent);
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_customer_sees_what_is_paid_and_outstanding_and_no_notes_of_operators() {
    let (bench, admin, mut order) = shop().await;
    let total = order.totals.grand_total.minor;
    order.cash = vec![counted(1_000, ""), counted(700, "exceeds_due"), counted(2_000, "")];
    put_order(&bench, &order, 4).await;
    let path = format!("/orders/{}", order.order_id);
    let (status, seen) = bench.asked_by(order.user_id, "GET", &path, &[], &Value::Null).await;
    assert_eq!((status, &seen["cash"]["state"]), (200, &json!("partially_paid")), "{seen}");
    let minor = |name: &str| seen["cash"][name]["minor"].as_i64().unwrap();
    assert_eq!([minor("due"), minor("paid"), minor("outstanding")], [total, 3_000, total - 3_000]);
    assert_eq!(seen["cash"]["instalments"].as_array().unwrap().len(), 2);
    assert!(!seen.to_string().contains("for operators alone"), "{seen}");
    let (_, account) = bench.asked_by_admin(admin, "GET", &cash_of(&order), &Value::Null).await;
    assert_eq!((account["items"].as_array().unwrap().len(), &account["paid"]["minor"]), (3, &json!(3_000)));
    assert_eq!(account["items"][1]["state"], "refused");
    for method in ["GET", "POST"] {
        let key = [("idempotency-key", "k")];
        assert_eq!(bench.asked_by(order.user_id, method, &cash_of(&order), &key, &taken(1)).await.0, 403, "{method}");
    }
    drop_record(&bench).await;
}

#[tokio::test]
async fn what_is_owed_is_listed_first_and_paid_out_under_one_reference() {
    let (bench, admin, mut order) = shop().await;
    let total = order.totals.grand_total.minor;
    let (first, second) = (owed("r1", 500, 1_790_000_000_000), owed("r2", 300, 1_790_000_001_000));
    let made = OrderRefund { state: RefundState::Made, ..owed("r3", 100, 1_790_000_002_000) };
    order.cash = vec![counted(total, "")];
    order.refunds = vec![first.clone(), second.clone(), made.clone()];
    put_order(&bench, &order, 4).await;
    for refund in &order.refunds {
        list_refund(&bench, &order, refund).await;
    }
    let ids = |page: &Value| -> Vec<String> {
        let items = page["items"].as_array().unwrap().iter();
        items.map(|item| item["refund_id"].as_str().unwrap().to_owned()).collect()
    };
    for (filter, expected) in
        [("", vec!["r1", "r2", "r3"]), ("?owed=true", vec!["r1", "r2"]), ("?owed=false", vec!["r3"])]
    {
        let (_, page) = bench.asked_by_admin(admin, "GET", &format!("/admin/refunds{filter}"), &Value::Null).await;
        assert_eq!(ids(&page), expected);
    }
    let (_, page) = bench.asked_by_admin(admin, "GET", "/admin/refunds?limit=1", &Value::Null).await;
    let next = format!("/admin/refunds?cursor={}", page["next_cursor"].as_str().unwrap());
    assert_eq!(ids(&bench.asked_by_admin(admin, "GET", &next, &Value::Null).await.1), ["r2", "r3"]);
    assert_eq!(bench.asked_by_admin(admin, "GET", "/admin/refunds?cursor=ff", &Value::Null).await.0, 422);

    let path = |id: &str| format!("/admin/orders/{}/refunds/{id}/paid", order.order_id);
    let at = Timestamp::now().to_string();
    let body = json!({ "reference": "UTR 9", "paid_at": at });
    let (status, seen) = post(&bench, admin, &path("r1"), "k", &body).await;
    assert_eq!((status, &seen["state"], &seen["paid_out"]["reference"]), (202, &json!("made"), &json!("UTR 9")));
    let OrdersMessage::RecordPayout(told) = placed(&bench).pop().unwrap().message else { panic!() };
    assert_eq!((told.refund_id.as_str(), told.reference.as_str(), told.admin_id), ("r1", "UTR 9", admin));
    assert_eq!(post(&bench, admin, &path("r9"), "k", &body).await.1["code"], "refund_not_found");
    assert_eq!(post(&bench, admin, &path("r3"), "k", &body).await.1["code"], "not_owed");
    assert_eq!(post(&bench, admin, &path("r2"), "", &body).await.0, 400);
    for bad in [json!({ "reference": "", "paid_at": at }), json!({ "reference": "x", "paid_at": "now" })] {
        assert_eq!(post(&bench, admin, &path("r2"), "k", &bad).await.1["code"], "validation_failed");
    }
    order.cash = vec![counted(299, "")];
    put_order(&bench, &order, 5).await;
    assert_eq!(post(&bench, admin, &path("r2"), "k", &body).await.1["code"], "not_owed", "more than was received");
    drop_record(&bench).await;
}
