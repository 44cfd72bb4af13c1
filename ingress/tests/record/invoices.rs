//! Invoices that name the wrong buyer, and those that stand for them.

use axum::http::header;
use schemas::{
    documents::{Credit, DocumentRef, Invoice, Order},
    ids::UserId,
    orders::{CorrectInvoice, OrdersMessage},
    replacements::{InvoiceReplacement, ReplacementState, Void},
    types::{Money, OrderStatus, Timestamp},
};
use serde_json::{Value, json};

use crate::{
    samples::{drop_record, invoice, keep_invoice, order, place, placed, put_order},
    testing::{Bench, request},
};

const FIRST: &str = "INV2627-00000001";
const SECOND: &str = "INV2627-00000002";

/// A shop with a sale of today, and an admin.
async fn shop() -> (Bench, UserId, Order, Invoice) {
    let bench = Bench::on_record().await;
    let admin = bench.admin().await;
    let placed = place(&bench, UserId::generate()).await;
    let issued_at = Timestamp::now();
    let first = Invoice { issued_at, ..invoice(&placed) };
    keep_invoice(&bench, &first).await;
    let mut order = order(&placed, OrderStatus::Delivered);
    order.invoice = Some(DocumentRef { number: FIRST.to_owned(), issued_at });
    put_order(&bench, &order, 3).await;
    (bench, admin, order, first)
}

/// A company in the same state.
fn company() -> Value {
    json!({
        "address": { "name": "Kulkarni Motors Private Limited", "phone": "9876543210", "line1": "7 MIDC", "city": "Pune",
                     "state_code": "27", "pincode": "411019" },
        "buyer_gstin": "27aapfu0939f1zv",
        "reason": "bought for the company",
    })
}

fn with(change: impl FnOnce(&mut Value)) -> Value {
    let mut body = company();
    change(&mut body);
    body
}

async fn replace(bench: &Bench, admin: UserId, order: &Order, key: &str, body: &Value) -> (u16, Value) {
    let bearer = format!("Bearer {}", bench.token_of(admin, ingress::auth::Role::Admin));
    let mut headers = vec![("authorization", bearer.as_str()), ("content-type", "application/json")];
    headers.extend((!key.is_empty()).then_some(("idempotency-key", key)));
    let path = format!("/admin/orders/{}/invoice/replace", order.order_id);
    let (status, answer) = bench.ask(request("POST", &path, &headers, body.to_string())).await;
    (status.as_u16(), answer)
}

/// What the orders worker keeps of a wish.
fn kept(wish: &CorrectInvoice, state: ReplacementState) -> InvoiceReplacement {
    let CorrectInvoice { replacement_id, invoice_number, address, buyer_gstin, reason, admin_id, .. } = wish.clone();
    let number = if state == ReplacementState::Made { SECOND.to_owned() } else { String::new() };
    let (by, asked_at, code) = (admin_id, Timestamp::from_millis(1), String::new());
    InvoiceReplacement {
        replacement_id,
        invoice_number,
        address,
        buyer_gstin,
        reason,
        by,
        asked_at,
        state,
        code,
        number,
    }
}

fn wishes(bench: &Bench) -> Vec<CorrectInvoice> {
    let wish = |message| match message {
        OrdersMessage::CorrectInvoice(wish) => Some(wish),
        _ => None,
    };
    placed(bench).into_iter().filter_map(|sent| wish(sent.message)).collect()
}

#[tokio::test]
async fn a_replacement_is_sent_once_under_its_key_and_shown_as_far_as_it_has_come() {
    let (bench, admin, mut order, _) = shop().await;
    let (status, first) = replace(&bench, admin, &order, "k", &company()).await;
    assert_eq!((status, &first["state"], &first["invoice_number"]), (202, &json!("asked"), &json!(FIRST)));
    let (_, again) = replace(&bench, admin, &order, "k", &company()).await;
    assert_eq!(again["replacement_id"], first["replacement_id"]);
    let wishes = wishes(&bench);
    let [wish, repetition] = wishes.as_slice() else { panic!("{wishes:?}") };
    assert_eq!(wish, repetition);
    assert_eq!((wish.buyer_gstin.as_str(), wish.admin_id), ("27AAPFU0939F1ZV", admin));
    // The workers have made it meanwhile; the wish is still about the invoice that was in force when it was sent.
    order.replacements = vec![kept(wish, ReplacementState::Made)];
    order.invoice = Some(DocumentRef { number: SECOND.to_owned(), issued_at: Timestamp::now() });
    put_order(&bench, &order, 4).await;
    let (status, made) = replace(&bench, admin, &order, "k", &company()).await;
    assert_eq!((status, &made["state"], &made["number"]), (202, &json!("made"), &json!(SECOND)));
    let another = with(|body| body["reason"] = json!("something else"));
    let (status, problem) = replace(&bench, admin, &order, "k", &another).await;
    assert_eq!((status, &problem["code"]), (422, &json!("idempotency_key_reused")));
    let path = format!("/admin/orders/{}/invoice/replacements", order.order_id);
    let (_, list) = bench.asked_by_admin(admin, "GET", &path, &Value::Null).await;
    assert_eq!((list["items"].as_array().map(Vec::len), &list["items"][0]["state"]), (Some(1), &json!("made")));
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_replacement_that_cannot_be_is_refused_with_the_reason_and_nothing_is_sent() {
    let (bench, admin, mut order, mut first) = shop().await;
    let refused = |body: Value, status: u16, code: &'static str, field: Value| (body, status, code, field);
    for (body, status, code, field) in [
        refused(with(|body| body["invoice_number"] = json!(SECOND)), 409, "not_replaceable", Value::Null),
        refused(with(|body| body["reason"] = json!("")), 422, "validation_failed", json!("reason")),
        refused(with(|body| body["address"]["name"] = json!("")), 422, "validation_failed", json!("address.name")),
        refused(with(|body| body["buyer_gstin"] = json!("27")), 422, "validation_failed", json!("buyer_gstin")),
        refused(
            with(|body| body["address"]["state_code"] = json!("29")),
            422,
            "validation_failed",
            json!("buyer_gstin"),
        ),
        refused(
            with(|body| {
                body["address"]["state_code"] = json!("29");
                body["buyer_gstin"] = Value::Null;
            }),
            422,
            "validation_failed",
            json!("address.state_code"),
        ),
        refused(with(|body| body["totals"] = json!({})), 422, "invalid_body", json!("totals")),
    ] {
        let (found, answer) = replace(&bench, admin, &order, "k", &body).await;
        let named = &answer["errors"][0]["field"];
        assert_eq!((found, answer["code"].as_str(), named), (status, Some(code), &field), "{body}");
    }
    let (status, problem) = replace(&bench, admin, &order, "", &company()).await;
    assert_eq!((status, &problem["code"]), (400, &json!("invalid_idempotency_key")));
    let why = async |order: &Order| replace(&bench, admin, order, "k", &company()).await.1["detail"].clone();
    first.issued_at = Timestamp::from_millis(first.issued_at.as_millis() - 32 * 86_400_000);
    keep_invoice(&bench, &first).await;
    assert!(why(&order).await.as_str().unwrap().contains("earlier month"));
    let total = Money::inr(1);
    order.credits =
        vec![Credit { number: "CRN2627-00000001".to_owned(), issued_at: first.issued_at, total, by_units: false }];
    put_order(&bench, &order, 4).await;
    assert!(why(&order).await.as_str().unwrap().contains("credited"));
    (order.credits, order.status) = (Vec::new(), OrderStatus::Cancelling);
    put_order(&bench, &order, 5).await;
    assert!(why(&order).await.as_str().unwrap().contains("withdrawn"));
    (order.invoice, order.status) = (None, OrderStatus::Paid);
    put_order(&bench, &order, 6).await;
    assert!(why(&order).await.as_str().unwrap().contains("no such invoice in force"));
    order.order_id = schemas::ids::OrderId::generate();
    assert_eq!(replace(&bench, admin, &order, "k", &company()).await.0, 404);
    assert_eq!(wishes(&bench), []);
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_customer_sees_all_invoices_and_prints_the_one_in_force_unless_they_name_another() {
    let (bench, _, order, first) = shop().await;
    let second = Invoice { number: SECOND.to_owned(), replaces: FIRST.to_owned(), ..first.clone() };
    keep_invoice(&bench, &second).await;
    let (at, reason, replacement_id) = (first.issued_at, "the company".to_owned(), "r".to_owned());
    let void = Some(Void { at, reason, replacement_id, replaced_by: SECOND.to_owned() });
    keep_invoice(&bench, &Invoice { void, ..first }).await;
    let path = format!("/orders/{}/invoice", order.order_id);
    let (_, list) = bench.asked_by(order.user_id, "GET", &format!("{path}s"), &[], &Value::Null).await;
    let [void, valid] = list["items"].as_array().unwrap().as_slice() else { panic!("{list}") };
    assert_eq!(
        (&void["number"], &void["state"], &void["replaced_by"]),
        (&json!(FIRST), &json!("void"), &json!(SECOND))
    );
    assert_eq!(
        (&valid["state"], &valid["replaces"], &valid["replaced_by"]),
        (&json!("in_force"), &json!(FIRST), &Value::Null)
    );
    let print = async |path: &str| {
        let bearer = format!("Bearer {}", bench.token(order.user_id));
        let response = bench.send(request("GET", path, &[("authorization", &bearer)], "")).await;
        assert_eq!(response.status(), 200, "{path}");
        let name = response.headers()[header::CONTENT_DISPOSITION].to_str().unwrap().to_owned();
        (name, axum::body::to_bytes(response.into_body(), 1 << 22).await.unwrap())
    };
    let (name, in_force) = print(&path).await;
    assert_eq!(name, format!("inline; filename=\"{SECOND}.pdf\""));
    let (_, named) = print(&format!("{path}s/{SECOND}")).await;
    assert_eq!(in_force, named, "the same bytes");
    let (name, void) = print(&format!("{path}s/{FIRST}")).await;
    assert_eq!((name, void == in_force), (format!("inline; filename=\"{FIRST}.pdf\""), false));
    let (status, problem) =
        bench.asked_by(order.user_id, "GET", &format!("{path}s/INV2627-00000009"), &[], &Value::Null).await;
    assert_eq!((status, problem["code"].as_str()), (404, Some("invoice_not_found")));
    drop_record(&bench).await;
}
