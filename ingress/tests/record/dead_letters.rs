use mongodb::bson::{Document, doc, serialize_to_document};
use schemas::{
    ids::{OrderId, UserId},
    orders::{CancelOrder, OrdersMessage},
};
use serde_json::{Value, json};
use shared::{
    engine::{DeadLetter, LetterState},
    id::{CorrelationId, MessageId},
    message::{Origin, Outgoing, Position},
    time::Timestamp,
    trace::TraceContext,
};

use crate::{samples::drop_record, testing::Bench};

const INBOX: &str = "orders.inbox";

fn letter(offset: i64, code: &str, payload: Vec<u8>) -> DeadLetter {
    DeadLetter {
        id: format!("{INBOX}-0-{offset}"),
        inbox: INBOX.to_owned(),
        origin: Position { partition: 0, offset },
        appended_at: Timestamp::from_millis(1_000),
        key: format!("key-{}", offset % 2),
        raw_key: b"key".to_vec(),
        payload,
        traceparent: None,
        message_id: None,
        message: None,
        code: code.to_owned(),
        detail: "as it was".to_owned(),
        attempts: 1,
        place: None,
        // Two at a time, so that a page may end between two of the same moment.
        died_at: Timestamp::from_millis(2_000 + offset / 2),
        state: LetterState::Open,
        settled: None,
    }
}

fn cancel(order_id: OrderId) -> Vec<u8> {
    let (id, correlation) = (MessageId::generate(), CorrelationId::generate());
    let origin = Origin::first(id, correlation, Timestamp::from_millis(0), TraceContext::start());
    let message: OrdersMessage = CancelOrder { order_id, reason: "changed my mind".to_owned() }.into();
    Outgoing::new(&order_id.to_string(), &message, origin).unwrap().payload
}

async fn with_letters(letters: &[DeadLetter]) -> (Bench, UserId) {
    let bench = Bench::on_record().await;
    let kept: Vec<Document> = letters.iter().map(|letter| serialize_to_document(letter).unwrap()).collect();
    bench.mongo.collection::<Document>("dead_letters").insert_many(kept).await.unwrap();
    let admin = bench.admin().await;
    (bench, admin)
}

async fn get(bench: &Bench, admin: UserId, path: &str) -> (u16, Value) {
    bench.asked_by_admin(admin, "GET", path, &Value::Null).await
}

async fn post(bench: &Bench, admin: UserId, path: &str, body: Value) -> (u16, Value) {
    bench.asked_by_admin(admin, "POST", path, &body).await
}

fn ids(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn every_letter_is_on_one_page_and_filters_narrow_the_list() {
    let letters: Vec<_> = (0..7).map(|offset| letter(offset, ["a", "b"][offset as usize % 2], vec![1])).collect();
    let (bench, admin) = with_letters(&letters).await;
    let (mut seen, mut path) = (Vec::new(), "/admin/dead-letters?limit=3".to_owned());
    loop {
        let (status, page) = get(&bench, admin, &path).await;
        assert_eq!(status, 200, "{page}");
        seen.extend(ids(&page).into_iter().map(ToOwned::to_owned));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/admin/dead-letters?limit=3&cursor={cursor}");
    }
    assert_eq!(seen, letters.iter().map(|letter| letter.id.clone()).collect::<Vec<_>>());
    for (filter, count) in [("code=a", 4), ("key=key-1", 3), ("inbox=none", 0), ("state=discarded", 0)] {
        let (_, page) = get(&bench, admin, &format!("/admin/dead-letters?{filter}")).await;
        assert_eq!(ids(&page).len(), count, "{filter}");
    }
    assert_eq!(get(&bench, admin, "/admin/dead-letters?cursor=00").await.0, 422);
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_letter_shows_its_message_as_json_and_what_is_none_as_bytes() {
    let order = OrderId::generate();
    let (bench, admin) = with_letters(&[letter(0, "a", cancel(order)), letter(1, "a", vec![0xAB, 0xCD])]).await;
    let (_, shown) = get(&bench, admin, "/admin/dead-letters/orders.inbox-0-0").await;
    let expected = json!({"order_id": order, "reason": "changed my mind"});
    assert_eq!((&shown["content"], &shown["attempts"], &shown["offset"]), (&expected, &json!(1), &json!(0)));
    let (_, shown) = get(&bench, admin, "/admin/dead-letters/orders.inbox-0-1").await;
    assert_eq!((&shown["content"], &shown["content_hex"]), (&Value::Null, &json!("abcd")));
    assert!(shown["unreadable"].as_str().unwrap().contains("single-object"), "{shown}");
    let (status, problem) = get(&bench, admin, "/admin/dead-letters/orders.inbox-0-9").await;
    assert_eq!((status, problem["code"].as_str()), (404, Some("dead_letter_not_found")));
    drop_record(&bench).await;
}

#[tokio::test]
async fn letters_are_sent_again_one_by_list_or_by_filter_and_who_did_it_is_told() {
    let letters: Vec<_> = (0..6).map(|offset| letter(offset, ["a", "b"][offset as usize % 2], vec![1])).collect();
    let (bench, admin) = with_letters(&letters).await;
    let (status, one) = post(&bench, admin, "/admin/dead-letters/orders.inbox-0-0/replay", json!({})).await;
    assert_eq!((status, &one["outcome"]), (200, &json!("sent")));
    let (_, shown) = get(&bench, admin, "/admin/dead-letters/orders.inbox-0-0").await;
    assert_eq!((&shown["state"], &shown["settled"]["by"]), (&json!("replayed"), &json!(admin)));
    let list = json!({"ids": ["orders.inbox-0-2", "orders.inbox-0-99"]});
    let (_, some) = post(&bench, admin, "/admin/dead-letters/replay", list).await;
    assert_eq!((&some["items"][0]["outcome"], &some["items"][1]["outcome"]), (&json!("sent"), &json!("not_found")));
    let (_, all) = post(&bench, admin, "/admin/dead-letters/replay", json!({"code": "b"})).await;
    assert_eq!((ids(&all).len(), &all["more"]), (3, &json!(false)));
    assert_eq!(bench.broker.resent.lock().unwrap().len(), 5);
    let (_, open) = get(&bench, admin, "/admin/dead-letters").await;
    assert_eq!(ids(&open), ["orders.inbox-0-4"]);
    for bad in [json!({}), json!({"ids": [], "code": "a"}), json!({"ids": vec!["x"; 101]})] {
        assert_eq!(post(&bench, admin, "/admin/dead-letters/replay", bad).await.0, 422);
    }
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_letter_stays_open_when_the_broker_is_down() {
    let (bench, admin) = with_letters(&[letter(0, "a", vec![1])]).await;
    bench.broker.down.store(true, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(post(&bench, admin, "/admin/dead-letters/orders.inbox-0-0/replay", json!({})).await.0, 503);
    assert_eq!(ids(&get(&bench, admin, "/admin/dead-letters").await.1).len(), 1);
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_letter_is_given_up_with_a_reason_and_not_sent_again() {
    let (bench, admin) = with_letters(&[letter(0, "a", vec![1])]).await;
    let discard = "/admin/dead-letters/orders.inbox-0-0/discard";
    assert_eq!(post(&bench, admin, discard, json!({"reason": " "})).await.0, 422);
    assert_eq!(post(&bench, admin, discard, json!({"reason": "a test"})).await.0, 204);
    assert_eq!(post(&bench, admin, discard, json!({"reason": "again"})).await.0, 204);
    let (_, shown) = get(&bench, admin, "/admin/dead-letters/orders.inbox-0-0").await;
    assert_eq!((&shown["state"], &shown["settled"]["reason"]), (&json!("discarded"), &json!("a test")));
    let (status, problem) = post(&bench, admin, "/admin/dead-letters/orders.inbox-0-0/replay", json!({})).await;
    assert_eq!((status, problem["code"].as_str()), (409, Some("dead_letter_settled")));
    drop_record(&bench).await;
}

#[tokio::test]
async fn what_is_stuck_is_in_one_list_the_oldest_first() {
    let (bench, admin) = with_letters(&[letter(0, "a", vec![1]), letter(1, "parked_behind", vec![1])]).await;
    let put = async |collection: &str, document: Document| {
        bench.mongo.collection::<Document>(collection).insert_one(document).await.unwrap();
    };
    let ahead = Timestamp::now().as_millis() + 1_000_000;
    put("orders", doc! { "_id": "o-1", "due_at": 500_i64, "state": { "status": "reserving" } }).await;
    put("orders", doc! { "_id": "o-2", "due_at": ahead, "state": { "status": "paid" } }).await;
    put("orders", doc! { "_id": "o-3", "due_at": ahead, "stuck_since": 900_i64, "state": { "status": "paid" } }).await;
    put("payments", doc! { "_id": "p-1", "due_at": 100_i64, "state": { "status": "capturing" } }).await;
    put("shipments", doc! { "_id": "s-1", "due_at": 700_i64, "state": { "status": "booked" } }).await;
    let (status, list) = get(&bench, admin, "/admin/stuck").await;
    assert_eq!((status, ids(&list)), (200, vec!["p-1", "o-1", "s-1", "o-3", "orders.inbox-0-0"]), "{list}");
    assert_eq!(list["items"][1]["waits_for"], "coupons and inventory: its coupon, if any, and stock for its lines");
    let (_, short) = get(&bench, admin, "/admin/stuck?limit=2").await;
    assert_eq!(ids(&short), ["p-1", "o-1"]);
    assert_eq!(get(&bench, admin, "/admin/stuck?grace_seconds=-1").await.0, 422);
    drop_record(&bench).await;
}
