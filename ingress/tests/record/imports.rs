use ingress::auth::{Permission, Permissions, Role};
use mongodb::bson::{Document, doc, serialize_to_document};
use schemas::{
    ids::UserId,
    imports::{CheckImport, CheckedFile, Import, ImportPiece, ImportStatus, ImportsMessage, ids_of},
    types::Timestamp,
};
use serde_json::{Value, json};
use shared::{
    engine::State,
    message::{Delivery, Position},
};

use crate::{
    permissions::somebody,
    samples::drop_record,
    testing::{Bench, request},
};

const FILE: &str = "sku,quantity,receipt\nBRK-PAD,5,note\n";

async fn bring(bench: &Bench, token: &str, path: &str, key: &str, file: impl Into<axum::body::Body>) -> (u16, Value) {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "text/csv"), ("idempotency-key", key)];
    let (status, answer) = bench.ask(request("POST", path, &headers, file)).await;
    (status.as_u16(), answer)
}

fn sent(bench: &Bench) -> Vec<ImportsMessage> {
    let taken = bench.broker.taken.lock().unwrap();
    let start = Position { partition: 0, offset: 0 };
    let decode = |payload: &[u8]| Delivery::decode(payload, start, Timestamp::now(), None).unwrap().message;
    taken.iter().map(|sent| decode(&sent.payload)).collect()
}

fn checks(bench: &Bench) -> Vec<CheckImport> {
    let check = |message| match message {
        ImportsMessage::CheckImport(check) => Some(check),
        _ => None,
    };
    sent(bench).into_iter().filter_map(check).collect()
}

/// What the worker makes of it.
async fn put_import(bench: &Bench, import: &Import) {
    let state = serialize_to_document(import).unwrap();
    let document = doc! { "_id": import.import_id.to_string(), "version": 1, "state": state };
    let imports = bench.mongo.collection::<Document>(Import::COLLECTION);
    imports.replace_one(doc! { "_id": import.import_id.to_string() }, document).upsert(true).await.unwrap();
}

fn checked(command: &CheckImport, bad: i64) -> Import {
    let (columns, rows) = (vec!["sku".to_owned()], 1 + bad);
    let file = CheckedFile { columns, rows, good: 1, bad, new: 1, changed: 0, unchanged: 0, chunks: 1 };
    let import = Import::new(command, Timestamp::from_millis(1_000));
    Import { status: ImportStatus::Checked, checked: Some(file), check: "c".to_owned(), ..import }
}

#[tokio::test]
async fn a_file_is_stored_as_it_comes_and_brought_once_under_its_key() {
    let bench = Bench::on_record().await;
    let admin = bench.admin().await;
    let token = bench.token_of(admin, Role::Admin);
    let file = FILE.repeat(20_000);
    let (status, first) = bring(&bench, &token, "/admin/imports?kind=stock", "one", file.clone()).await;
    assert_eq!(status, 202, "{first}");
    assert_eq!(bring(&bench, &token, "/admin/imports?kind=stock", "one", file.clone()).await, (202, first.clone()));
    for (path, other) in [("/admin/imports?kind=stock", FILE.to_owned()), ("/admin/imports?kind=prices", file.clone())]
    {
        let (status, refused) = bring(&bench, &token, path, "one", other).await;
        assert_eq!((status, &refused["code"]), (422, &json!("idempotency_key_reused")));
    }
    let checks = checks(&bench);
    assert_eq!(checks.len(), 2);
    assert_eq!(checks[0], checks[1]);
    let pieces = bench.mongo.collection::<ImportPiece>(ImportPiece::COLLECTION);
    let (from, to) = ids_of(&checks[0].upload);
    assert_eq!(pieces.count_documents(doc! {}).await.unwrap(), u64::try_from(checks[0].pieces).unwrap());
    let mut found = pieces.find(doc! { "_id": { "$gte": from, "$lt": to } }).sort(doc! { "_id": 1 }).await.unwrap();
    let mut whole = Vec::new();
    while found.advance().await.unwrap() {
        let piece = found.deserialize_current().unwrap();
        assert!(piece.bytes.len() <= 256 * 1024);
        whole.extend(piece.bytes);
    }
    assert!(whole == file.as_bytes() && checks[0].pieces > 2);
    // The worker has not heard of it yet.
    let path = first["status_url"].as_str().unwrap().strip_prefix("/api/v1").unwrap();
    let (status, seen) = bench.asked_by_admin(admin, "GET", path, &Value::Null).await;
    assert_eq!((status, &seen["status"]), (200, &json!("checking")));
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_file_takes_the_permission_to_change_what_it_is_about() {
    let bench = Bench::on_record().await;
    let stock = Permissions::from([Permission::ImportsWrite, Permission::StockWrite]);
    let token = somebody(&bench, Role::Staff, stock).await;
    assert_eq!(bring(&bench, &token, "/admin/imports?kind=stock", "a", FILE).await.0, 202);
    for kind in ["products", "prices", "fitments", "customers"] {
        let (status, refused) = bring(&bench, &token, &format!("/admin/imports?kind={kind}"), "b", FILE).await;
        assert_eq!((status, &refused["code"]), (403, &json!("forbidden")), "{kind}");
    }
    assert_eq!(checks(&bench).len(), 1);
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_checked_file_is_started_once_cancelled_and_listed() {
    let bench = Bench::on_record().await;
    let admin = bench.admin().await;
    let token = bench.token_of(admin, Role::Admin);
    bring(&bench, &token, "/admin/imports?kind=stock", "one", FILE).await;
    let command = checks(&bench).remove(0);
    let path = format!("/admin/imports/{}", command.import_id);
    let post = async |wish: &str, body: Value| {
        let (status, answer) = bench.asked_by_admin(admin, "POST", &format!("{path}/{wish}"), &body).await;
        (status, answer["code"].as_str().unwrap_or_default().to_owned())
    };
    let refused = |status: u16, code: &str| (status, code.to_owned());
    assert_eq!(post("start", json!({})).await, refused(409, "import_not_startable"));
    put_import(&bench, &checked(&command, 2)).await;
    assert_eq!(post("start", json!({})).await, refused(409, "import_has_bad_rows"));
    assert_eq!(post("start", json!({ "skip": true })).await, refused(422, "invalid_body"));
    assert_eq!(post("start", json!({ "skip_bad_rows": true })).await.0, 202);
    let by = schemas::imports::By { user: UserId::generate(), at: Timestamp::from_millis(2_000) };
    let running = Import { status: ImportStatus::Running, started: Some(by), ..checked(&command, 2) };
    put_import(&bench, &running).await;
    assert_eq!(post("start", json!({})).await.0, 202);
    assert_eq!(post("cancel", json!({})).await.0, 202);
    put_import(&bench, &Import { status: ImportStatus::Finished, ..running }).await;
    assert_eq!(post("cancel", json!({})).await, refused(409, "import_over"));
    let wishes: Vec<bool> =
        sent(&bench)[1..].iter().map(|sent| matches!(sent, ImportsMessage::StartImport(_))).collect();
    assert_eq!(wishes, [true, false]);
    let (_, list) = bench.asked_by_admin(admin, "GET", "/admin/imports", &Value::Null).await;
    assert_eq!((list["items"].as_array().unwrap().len(), &list["items"][0]["progress"]["left"]), (1, &json!(1)));
    drop_record(&bench).await;
}
