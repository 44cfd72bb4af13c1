use mongodb::bson::{Document, doc, serialize_to_document};
use schemas::{
    disputes::{DISPUTES, DisputeRecord, DisputeState},
    ids::{OrderId, UserId},
    types::{GatewayName, Money, Timestamp},
};
use serde_json::{Value, json};

use crate::{samples::drop_record, testing::Bench};

async fn put(bench: &Bench, name: &str, order_id: OrderId, state: DisputeState, due: Option<i64>, changed: i64) {
    let (gateway, evidence_due) = (GatewayName::Stripe, due.map(Timestamp::from_millis));
    let changed_at = Timestamp::from_millis(changed);
    let record = DisputeRecord {
        dispute_id: name.to_owned(),
        gateway,
        order_id,
        payment_ref: "pi_1".to_owned(),
        state,
        is_inquiry: false,
        reason: "fraudulent".to_owned(),
        amount: Money::inr(318_200),
        withdrawn: Money::inr(318_200),
        fee: Money::inr(1_500),
        evidence_due,
        opened_at: changed_at,
        changed_at,
        place: DisputeRecord::place_of(state, evidence_due, changed_at),
    };
    let id = DisputeRecord::document_id(gateway, name);
    let row = doc! { "_id": id, "version": 1, "row": serialize_to_document(&record).unwrap() };
    bench.mongo.collection::<Document>(DISPUTES).insert_one(row).await.unwrap();
}

async fn names(bench: &Bench, admin: UserId, path: &str) -> (Vec<String>, Option<String>) {
    let (status, answer) = bench.asked_by_admin(admin, "GET", path, &Value::Null).await;
    assert_eq!(status, 200, "{answer}");
    let items = answer["items"].as_array().unwrap();
    let names = items.iter().map(|item| item["dispute_id"].as_str().unwrap().to_owned()).collect();
    (names, answer["next_cursor"].as_str().map(ToOwned::to_owned))
}

#[tokio::test]
async fn open_disputes_come_first_by_their_deadline_whatever_the_size_of_the_page() {
    let bench = Bench::on_record().await;
    let admin = bench.admin().await;
    let order = OrderId::generate();
    put(&bench, "lost early", order, DisputeState::Lost, None, 1_000).await;
    put(&bench, "due late", OrderId::generate(), DisputeState::NeedsResponse, Some(9_000), 1_000).await;
    put(&bench, "won late", OrderId::generate(), DisputeState::Won, Some(1), 5_000).await;
    put(&bench, "no deadline", OrderId::generate(), DisputeState::UnderReview, None, 1_000).await;
    put(&bench, "due soon", OrderId::generate(), DisputeState::UnderReview, Some(2_000), 1_000).await;
    put(&bench, "due soon too", OrderId::generate(), DisputeState::NeedsResponse, Some(2_000), 1_000).await;
    let sorted = ["due soon", "due soon too", "due late", "no deadline", "won late", "lost early"];
    assert_eq!(names(&bench, admin, "/admin/disputes").await, (sorted.map(ToOwned::to_owned).to_vec(), None));
    let (mut paged, mut path) = (Vec::new(), "/admin/disputes?limit=1".to_owned());
    loop {
        let (page, next) = names(&bench, admin, &path).await;
        paged.extend(page);
        let Some(next) = next else { break };
        path = format!("/admin/disputes?limit=1&cursor={next}");
    }
    assert_eq!(paged, sorted);
    assert_eq!(names(&bench, admin, "/admin/disputes?state=open").await.0, sorted[..4]);
    assert_eq!(names(&bench, admin, "/admin/disputes?state=closed").await.0, sorted[4..]);
    assert_eq!(names(&bench, admin, &format!("/admin/orders/{order}/disputes")).await.0, ["lost early"]);
    let (_, answer) = bench.asked_by_admin(admin, "GET", "/admin/disputes?limit=1", &Value::Null).await;
    let item = &answer["items"][0];
    assert_eq!((&item["state"], &item["amount"]["minor"]), (&json!("under_review"), &json!(318_200)));
    assert_eq!(item["evidence_due"], "1970-01-01T00:00:02.000Z");
    drop_record(&bench).await;
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_what_makes_no_sense_is_refused() {
    let bench = Bench::on_record().await;
    let admin = bench.admin().await;
    for path in [format!("/admin/orders/{}/disputes", OrderId::generate()), "/admin/orders/none/disputes".to_owned()] {
        assert_eq!(bench.asked_by_admin(admin, "GET", &path, &Value::Null).await.0, 404, "{path}");
    }
    for filter in ["cursor=zz", "limit=0", "state=lost", "sort=amount"] {
        let path = format!("/admin/disputes?{filter}");
        let (status, _) = bench.asked_by_admin(admin, "GET", &path, &Value::Null).await;
        assert!((400..500).contains(&status), "{filter}: {status}");
    }
    drop_record(&bench).await;
}

#[tokio::test]
async fn disputes_are_closed_to_customers() {
    let bench = Bench::on_record().await;
    for path in ["/admin/disputes".to_owned(), format!("/admin/orders/{}/disputes", OrderId::generate())] {
        assert_eq!(bench.asked_by(UserId::generate(), "GET", &path, &[], &Value::Null).await.0, 403, "{path}");
    }
    drop_record(&bench).await;
}
