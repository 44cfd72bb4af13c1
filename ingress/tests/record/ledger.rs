use mongodb::bson::{Document, doc, serialize_to_document};
use schemas::{
    ids::{OrderId, UserId},
    ledger::{Account, LEDGER, LedgerEntry, Occasion},
    types::{Money, Timestamp},
};
use serde_json::{Value, json};

use crate::{samples::drop_record, testing::Bench};

/// Midnight in India, 1 April 2026.
const YEAR_END: i64 = 1_774_981_800_000;

async fn book(bench: &Bench, order_id: OrderId, occasion: Occasion, minor: i64, at: i64) {
    let (clearing, customers) = (Account::StripeClearing, Account::Customers);
    let taken = occasion == Occasion::Captured;
    let entry = LedgerEntry {
        entry_id: format!("{order_id}:{at}"),
        order_id,
        payment_ref: "pi_1".to_owned(),
        occasion,
        debit: if taken { clearing } else { customers },
        credit: if taken { customers } else { clearing },
        amount: Money::inr(minor),
        at: Timestamp::from_millis(at),
    };
    let row = doc! { "_id": &entry.entry_id, "version": 1, "row": serialize_to_document(&entry).unwrap() };
    bench.mongo.collection::<Document>(LEDGER).insert_one(row).await.unwrap();
}

async fn asked(bench: &Bench, admin: UserId, path: &str) -> Value {
    let (status, answer) = bench.asked_by_admin(admin, "GET", path, &Value::Null).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

fn account(name: &str, debit: i64, credit: i64) -> Value {
    let balance = debit - credit;
    json!({ "account": name, "currency": "INR", "debit_minor": debit, "credit_minor": credit, "balance_minor": balance })
}

#[tokio::test]
async fn the_balances_of_any_moment_are_those_of_what_was_booked_before_it() {
    let bench = Bench::on_record().await;
    let admin = bench.admin().await;
    book(&bench, OrderId::generate(), Occasion::Captured, 318_200, YEAR_END - 1).await;
    book(&bench, OrderId::generate(), Occasion::Captured, 100, YEAR_END).await;
    book(&bench, OrderId::generate(), Occasion::Refunded, 200, YEAR_END + 1).await;
    let then = asked(&bench, admin, "/admin/ledger/balances?at=2026-04-01T00:00:00%2B05:30").await;
    assert_eq!(then["accounts"], json!([account("stripe_clearing", 318_200, 0), account("customers", 0, 318_200)]));
    let now = asked(&bench, admin, "/admin/ledger/balances").await;
    assert_eq!(now["accounts"], json!([account("stripe_clearing", 318_300, 200), account("customers", 200, 318_300)]));
    let before = asked(&bench, admin, "/admin/ledger/balances?at=2020-01-01T00:00:00Z").await;
    assert_eq!(before["accounts"], json!([]));
    let (status, answer) = bench.asked_by_admin(admin, "GET", "/admin/ledger/balances?at=now", &Value::Null).await;
    assert_eq!((status, answer["errors"][0]["field"].as_str()), (422, Some("at")));
    drop_record(&bench).await;
}

#[tokio::test]
async fn an_order_s_ledger_shows_its_own_entries_in_their_order() {
    let bench = Bench::on_record().await;
    let admin = bench.admin().await;
    let order = OrderId::generate();
    book(&bench, order, Occasion::Refunded, 318_200, 2_000).await;
    book(&bench, order, Occasion::Captured, 318_200, 1_000).await;
    book(&bench, OrderId::generate(), Occasion::Captured, 5, 1_500).await;
    let ledger = asked(&bench, admin, &format!("/admin/orders/{order}/ledger")).await;
    let booked: Vec<_> = ledger["entries"].as_array().unwrap().iter().map(|entry| &entry["occasion"]).collect();
    assert_eq!(booked, ["captured", "refunded"]);
    let accounts = json!([account("stripe_clearing", 318_200, 318_200), account("customers", 318_200, 318_200)]);
    assert_eq!(ledger["accounts"], accounts);
    let unknown = format!("/admin/orders/{}/ledger", OrderId::generate());
    for path in [unknown.as_str(), "/admin/orders/none/ledger"] {
        assert_eq!(bench.asked_by_admin(admin, "GET", path, &Value::Null).await.0, 404, "{path}");
    }
    drop_record(&bench).await;
}

#[tokio::test]
async fn the_ledger_is_closed_to_customers() {
    let bench = Bench::on_record().await;
    let order = OrderId::generate();
    for path in ["/admin/ledger/balances".to_owned(), format!("/admin/orders/{order}/ledger")] {
        assert_eq!(bench.asked_by(UserId::generate(), "GET", &path, &[], &Value::Null).await.0, 403, "{path}");
    }
    drop_record(&bench).await;
}
