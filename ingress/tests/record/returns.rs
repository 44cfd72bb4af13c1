use mongodb::bson::{Document, doc, serialize_to_document};
use schemas::{
    documents::Order,
    ids::{OrderId, UserId},
    orders::OrdersMessage,
    returns::{ListedReturn, OrderReturn, ReturnLine, ReturnReason, ReturnState, ReturnStep},
    types::{Money, OrderStatus, Timestamp},
};
use serde_json::{Value, json};
use shared::engine::Row;

use crate::{
    samples::{drop_record, order, place, placed, put_order},
    testing::{Bench, request},
};

/// A customer's delivered order of two units.
async fn shop() -> (Bench, UserId, Order) {
    let bench = Bench::on_record().await;
    let admin = bench.admin().await;
    let mut order = order(&place(&bench, UserId::generate()).await, OrderStatus::Delivered);
    order.returnable_until = Some(Timestamp::from_millis(Timestamp::now().as_millis() + 60_000));
    put_order(&bench, &order, 3).await;
    (bench, admin, order)
}

async fn ask(bench: &Bench, order: &Order, key: &str, body: Value) -> (u16, Value) {
    let path = format!("/orders/{}/returns", order.order_id);
    let key = [("idempotency-key", key)];
    bench.asked_by(order.user_id, "POST", &path, &key[..usize::from(!key[0].1.is_empty())], &body).await
}

fn units(sku: &str, quantity: i64) -> Value {
    json!({ "items": [{ "sku": sku, "quantity": quantity }], "reason": "damaged" })
}

/// A return of one unit as the orders worker keeps it.
fn one(return_id: &str, state: ReturnState) -> OrderReturn {
    let line = ReturnLine { sku: "BRK-PAD".parse().unwrap(), quantity: 1, restocked: 0, written_off: 0 };
    OrderReturn {
        return_id: return_id.to_owned(),
        lines: vec![line],
        reason: ReturnReason::Damaged,
        comment: String::new(),
        asked_at: Timestamp::from_millis(1),
        state,
        history: vec![ReturnStep { state, at: Timestamp::from_millis(1) }],
        code: String::new(),
        note: String::new(),
        by: None,
        goods_due_at: None,
        refund: Money::inr(0),
    }
}

#[tokio::test]
async fn a_return_is_asked_for_once_under_its_key_by_sku_or_by_product() {
    let (bench, _, mut order) = shop().await;
    let (status, first) = ask(&bench, &order, "k1", units("BRK-PAD", 1)).await;
    let product = json!({ "product_id": order.lines[0].product_id, "quantity": 1 });
    let (_, again) = ask(&bench, &order, "k1", json!({ "items": [product], "reason": "damaged" })).await;
    assert_eq!((status, &first), (202, &again));
    let id = first["return_id"].as_str().unwrap().to_owned();
    assert_eq!(first["status_url"], format!("/api/v1/orders/{}/returns/{id}", order.order_id));
    let sent = placed(&bench);
    assert_eq!((sent[1].id, sent.len()), (sent[2].id, 3), "the workers know the repetition");
    let OrdersMessage::RequestReturn(wish) = &sent[1].message else { panic!("{:?}", sent[1].message) };
    assert_eq!((wish.return_id.as_str(), wish.lines[0].quantity), (id.as_str(), 1));
    // The orders worker has taken it in meanwhile.
    order.returns = vec![one(&id, ReturnState::Approved)];
    put_order(&bench, &order, 4).await;
    assert_eq!(ask(&bench, &order, "k1", units("BRK-PAD", 1)).await.0, 202);
    let (status, answer) = ask(&bench, &order, "k1", units("BRK-PAD", 2)).await;
    assert_eq!((status, answer["code"].as_str()), (422, Some("idempotency_key_reused")));
    let path = format!("/orders/{}/returns", order.order_id);
    let (_, list) = bench.asked_by(order.user_id, "GET", &path, &[], &Value::Null).await;
    assert_eq!((&list["items"][0]["state"], list["returnable_until"].is_string()), (&json!("approved"), true));
    let (_, shown) = bench.asked_by(order.user_id, "GET", &format!("{path}/{id}"), &[], &Value::Null).await;
    assert_eq!(shown, list["items"][0]);
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_return_that_cannot_be_is_refused_by_name_and_nothing_is_sent() {
    let (bench, _, mut order) = shop().await;
    let sent = bench.appended();
    let both = json!({ "sku": "BRK-PAD", "product_id": order.lines[0].product_id, "quantity": 1 });
    let twice = [units("BRK-PAD", 1)["items"][0].clone(), units("BRK-PAD", 1)["items"][0].clone()];
    let items = |items: Value| json!({ "items": items, "reason": "damaged" });
    for (body, status, code, field) in [
        (units("BRK-PAD", 3), 422, "validation_failed", "items[0].quantity"),
        (units("BRK-PAD", 0), 422, "validation_failed", "items[0].quantity"),
        (units("BRK-PAD", -1), 422, "validation_failed", "items[0].quantity"),
        (units("NO-SUCH", 1), 422, "validation_failed", "items[0].sku"),
        (items(json!([])), 422, "validation_failed", "items"),
        (items(json!([both])), 422, "validation_failed", "items[0]"),
        (items(json!([{ "quantity": 1 }])), 422, "validation_failed", "items[0]"),
        (items(json!([{ "product_id": OrderId::generate(), "quantity": 1 }])), 422, "validation_failed", "items[0]"),
        (items(json!(twice)), 422, "validation_failed", "items"),
        (units("BRK-PAD", i64::MAX), 422, "invalid_body", ""),
        (json!({ "items": units("BRK-PAD", 1)["items"], "reason": "bored" }), 422, "invalid_body", ""),
        (json!({ "items": units("BRK-PAD", 1)["items"] }), 422, "invalid_body", ""),
    ] {
        let (found, answer) = ask(&bench, &order, "k", body.clone()).await;
        assert_eq!((found, answer["code"].as_str()), (status, Some(code)), "{body} {answer}");
        let named = answer["errors"][0]["field"].as_str();
        assert!(field.is_empty() || named == Some(field), "{answer}");
    }
    assert_eq!(ask(&bench, &order, "", units("BRK-PAD", 1)).await.1["code"], "invalid_idempotency_key");
    order.returns = vec![one("r1", ReturnState::Requested)];
    put_order(&bench, &order, 4).await;
    assert_eq!(ask(&bench, &order, "k", units("BRK-PAD", 2)).await.0, 422, "one of two is to come back already");
    order.lines[0].non_returnable = true;
    put_order(&bench, &order, 5).await;
    assert_eq!(ask(&bench, &order, "k", units("BRK-PAD", 1)).await.1["code"], "non_returnable");
    order.returnable_until = Some(Timestamp::from_millis(1));
    put_order(&bench, &order, 6).await;
    let (status, answer) = ask(&bench, &order, "k", units("BRK-PAD", 1)).await;
    assert_eq!((status, answer["code"].as_str()), (409, Some("return_window_over")));
    order.status = OrderStatus::Shipped;
    put_order(&bench, &order, 7).await;
    let (status, answer) = ask(&bench, &order, "k", units("BRK-PAD", 1)).await;
    assert_eq!((status, answer["code"].as_str()), (409, Some("not_returnable")));
    assert_eq!(bench.appended(), sent);
    drop_record(&bench).await;
}

#[tokio::test]
async fn an_admin_decides_and_receives_and_the_same_again_changes_nothing() {
    let (bench, admin, mut order) = shop().await;
    order.returns = vec![one("r1", ReturnState::Requested)];
    put_order(&bench, &order, 4).await;
    let path = |step: &str| format!("/admin/orders/{}/returns/r1/{step}", order.order_id);
    let (decision, receive) = (path("decision"), path("receive"));
    let tell = async |path: &str, body: Value| bench.asked_by_admin(admin, "POST", path, &body).await;
    let came = |restock: i64, write_off: i64| json!({ "items": [{ "sku": "BRK-PAD", "restock": restock, "write_off": write_off }] });
    assert_eq!(tell(&receive, came(1, 0)).await.1["code"], "return_not_open", "it is not approved");
    assert_eq!(tell(&decision, json!({ "decision": "refuse" })).await.0, 422, "a refusal has a reason");
    for _ in 0..2 {
        assert_eq!(tell(&decision, json!({ "decision": "approve" })).await.0, 202);
    }
    order.returns = vec![one("r1", ReturnState::Approved)];
    put_order(&bench, &order, 5).await;
    assert_eq!(tell(&decision, json!({ "decision": "approve" })).await.0, 202);
    assert_eq!(tell(&decision, json!({ "decision": "refuse", "reason": "x" })).await.0, 409);
    for (bad, field) in [
        (came(2, 0), "items[0].restock"),
        (came(1, 1), "items[0].write_off"),
        (came(0, 2), "items[0].write_off"),
        (came(0, 0), "items[0].restock"),
        (came(-1, 1), "items[0].restock"),
        (came(1, -1), "items[0].write_off"),
        (json!({ "items": [] }), "items"),
        (json!({ "items": [{ "sku": "NO-SUCH", "restock": 1 }] }), "items[0].sku"),
    ] {
        let (status, answer) = tell(&receive, bad.clone()).await;
        assert_eq!((status, answer["errors"][0]["field"].as_str()), (422, Some(field)), "{bad}: {answer}");
    }
    assert_eq!(tell(&receive, came(0, 1)).await.0, 202);
    order.returns[0].state = ReturnState::Received;
    order.returns[0].lines[0].written_off = 1;
    put_order(&bench, &order, 6).await;
    assert_eq!(tell(&receive, came(0, 1)).await.0, 202);
    assert_eq!(tell(&receive, came(1, 0)).await.1["code"], "return_not_open");
    let sent = placed(&bench);
    let decided: Vec<_> = sent.iter().filter(|sent| matches!(sent.message, OrdersMessage::DecideReturn(_))).collect();
    assert!(decided.len() == 3 && decided.iter().all(|sent| sent.id == decided[0].id));
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_return_is_withdrawn_until_its_goods_came() {
    let (bench, _, mut order) = shop().await;
    let path = format!("/orders/{}/returns/r1/withdraw", order.order_id);
    let user = order.user_id;
    let withdraw = async || bench.asked_by(user, "POST", &path, &[], &Value::Null).await;
    assert_eq!(withdraw().await.1["code"], "return_not_found");
    order.returns = vec![one("r1", ReturnState::Approved)];
    put_order(&bench, &order, 4).await;
    assert_eq!(withdraw().await.0, 202);
    order.returns = vec![one("r1", ReturnState::Received)];
    put_order(&bench, &order, 5).await;
    assert_eq!(withdraw().await.1["code"], "return_not_open");
    drop_record(&bench).await;
}

async fn list(bench: &Bench, order: &Order, of: &OrderReturn) {
    let row = ListedReturn::of(order, of);
    let document = doc! { "_id": row.key().id, "version": 1, "row": serialize_to_document(&row).unwrap() };
    bench.mongo.collection::<Document>(ListedReturn::COLLECTION).insert_one(document).await.unwrap();
}

#[tokio::test]
async fn all_returns_are_listed_page_by_page_with_the_open_ones_first() {
    let (bench, admin, order) = shop().await;
    use ReturnState as R;
    for (number, state) in [R::Refunded, R::Requested, R::Withdrawn, R::Received, R::Approved].into_iter().enumerate() {
        let asked_at = Timestamp::from_millis(i64::try_from(number).unwrap());
        list(&bench, &order, &OrderReturn { asked_at, ..one(&format!("r{number}"), state) }).await;
    }
    let names = |page: &Value| -> Vec<String> {
        let items = page["items"].as_array().unwrap().iter();
        items.map(|item| item["return_id"].as_str().unwrap().to_owned()).collect()
    };
    let get =
        async |query: &str| bench.asked_by_admin(admin, "GET", &format!("/admin/returns{query}"), &Value::Null).await.1;
    let (mut seen, mut query) = (Vec::new(), "?limit=2".to_owned());
    loop {
        let page = get(&query).await;
        seen.extend(names(&page));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        query = format!("?limit=2&cursor={cursor}");
    }
    assert_eq!(seen, ["r1", "r3", "r4", "r2", "r0"]);
    assert_eq!(names(&get("?open=true").await), ["r1", "r3", "r4"]);
    assert_eq!(names(&get("?open=false").await), ["r2", "r0"]);
    assert_eq!(get("?cursor=00").await["code"], "validation_failed");
    drop_record(&bench).await;
}

#[tokio::test]
async fn returns_are_the_customers_own_and_decisions_the_admins() {
    let (bench, _, mut order) = shop().await;
    order.returns = vec![one("r1", ReturnState::Requested)];
    put_order(&bench, &order, 4).await;
    let stranger = UserId::generate();
    let own = format!("/orders/{}/returns", order.order_id);
    let key = [("idempotency-key", "k")];
    for (method, path) in [
        ("GET", own.clone()),
        ("POST", own.clone()),
        ("GET", format!("{own}/r1")),
        ("POST", format!("{own}/r1/withdraw")),
    ] {
        let answer = bench.asked_by(stranger, method, &path, &key, &units("BRK-PAD", 1)).await;
        assert_eq!((answer.0, answer.1["code"].as_str()), (404, Some("order_not_found")), "{method} {path}");
    }
    for (method, path) in [
        ("GET", "/admin/returns".to_owned()),
        ("GET", format!("/admin{own}")),
        ("POST", format!("/admin{own}/r1/decision")),
        ("POST", format!("/admin{own}/r1/receive")),
    ] {
        let body = json!({ "decision": "approve" });
        assert_eq!(bench.asked_by(order.user_id, method, &path, &key, &body).await.0, 403, "{method} {path}");
        let nobody = bench.ask(request(method, &path, &[("content-type", "application/json")], body.to_string())).await;
        assert_eq!(nobody.0.as_u16(), 401, "{method} {path}");
    }
    drop_record(&bench).await;
}
