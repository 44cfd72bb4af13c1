use axum::http::header;
use ingress::auth::Role;
use schemas::ids::UserId;
use serde_json::{Value, json};

use crate::{
    samples::{drop_record, place, put_credit_note, put_invoice},
    testing::{Bench, request},
};

const RETURN: &str = "/admin/reports/gstr1";

/// A shop with one sale in September 2026, taken back, and an admin.
async fn shop() -> (Bench, UserId) {
    let bench = Bench::on_record().await;
    let placed = place(&bench, UserId::generate()).await;
    put_invoice(&bench, &placed).await;
    put_credit_note(&bench, &placed).await;
    let admin = bench.admin().await;
    (bench, admin)
}

#[tokio::test]
async fn the_return_of_a_month_has_its_documents_and_no_others() {
    let (bench, admin) = shop().await;
    let month =
        async |month: &str| bench.asked_by_admin(admin, "GET", &format!("{RETURN}?month={month}"), &Value::Null).await;
    let (status, september) = month("2026-09").await;
    assert_eq!((status, &september["gstin"], &september["fp"]), (200, &json!("27AAACS1234A1Z2"), &json!("092026")));
    assert_eq!(september["b2cs"], json!([]), "what was sold was taken back");
    let number = &september["doc_issue"]["doc_det"][0]["docs"][0]["from"];
    assert_eq!(number, &json!("INV2627-00000001"));
    let (_, october) = month("2026-10").await;
    assert_eq!((&october["gstin"], &october["b2cs"]), (&json!("27AAACS1234A1Z2"), &json!([])));
    let (_, before) = month("2026-08").await;
    assert_eq!((&before["gstin"], &before["b2cs"]), (&json!(""), &json!([])));
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_sheet_is_written_as_csv() {
    let (bench, admin) = shop().await;
    let bearer = format!("Bearer {}", bench.token_of(admin, Role::Admin));
    let path = format!("{RETURN}?month=2026-09&section=docs");
    let response = bench.send(request("GET", &path, &[("authorization", &bearer)], "")).await;
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/csv; charset=utf-8");
    let named = "attachment; filename=\"gstr1-2026-09-docs.csv\"";
    assert_eq!(response.headers()[header::CONTENT_DISPOSITION], named);
    let sheet = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let lines: Vec<_> = std::str::from_utf8(&sheet).unwrap().lines().collect();
    let expected = [
        "Nature of Document,Sr. No. From,Sr. No. To,Total Number,Cancelled",
        "Invoices for outward supply,INV2627-00000001,INV2627-00000001,1,0",
        "Credit Note,CRN2627-00000001,CRN2627-00000001,1,0",
    ];
    assert_eq!(lines, expected);
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_return_that_does_not_exist_is_refused() {
    let (bench, admin) = shop().await;
    for (query, field) in [
        ("month=2026-13", "month"),
        ("month=april", "month"),
        ("month=2026-09&section=hsn", "section"),
        ("month=2026-09&gstin=27AAACS1234A1Z3", "gstin"),
    ] {
        let (status, problem) = bench.asked_by_admin(admin, "GET", &format!("{RETURN}?{query}"), &Value::Null).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!(field)), "{query}");
    }
    drop_record(&bench).await;
}
