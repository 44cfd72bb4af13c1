//! What operators do that takes more than one question.

use e2e::{Answer, Customer, Stack, catalog::PADS, eventually};
use mongodb::bson::{Document, doc};
use reqwest::Method;
use schemas::types::Timestamp;
use serde_json::json;
use uuid::Uuid;

/// What an admin asks about findings, of which a payment that nobody made is one.
pub async fn work_through_findings(shop: &Stack) {
    let admin = shop.admin().await;
    for _ in 0..2 {
        shop.gateways().plant("stripe", "orphan", "").await;
    }
    let page = eventually("reconciliation finds what was planted", async || {
        let page = admin.get("/admin/reconciliation?limit=1").await.expect(200).json();
        if page["next_cursor"].is_string() { Ok(page) } else { Err(page.to_string()) }
    })
    .await;
    let cursor = page["next_cursor"].as_str().unwrap_or_default();
    for filter in ["", "&state=open", "&kind=orphan", "&state=open&kind=orphan"] {
        admin.get(&format!("/admin/reconciliation?limit=1{filter}")).await.expect(200);
        admin.get(&format!("/admin/reconciliation?limit=1{filter}&cursor={cursor}")).await.expect(200);
    }
    let sheet = admin.request(Method::GET, "/admin/reconciliation").header("accept", "text/csv");
    Answer::of(sheet).await.expect(200);
    let id = page["items"][0]["id"].as_str().unwrap_or_default();
    let resolve = admin.request(Method::POST, &format!("/admin/reconciliation/{id}/resolve"));
    Answer::of(resolve.json(&json!({ "note": "ours after all" }))).await.expect(200);
}

/// Files of every kind, checked and carried out, and a cancelled one.
pub async fn bring_files(shop: &Stack, admin: &Customer) {
    let (name, note) = (e2e::client::unused_name(), Uuid::now_v7());
    let files = [
        ("products", format!("sku,weight_grams\n{PADS},1501\nNOBODY-HAS-IT,1\n")),
        ("prices", format!("sku,price\n{PADS},3182\n")),
        ("fitments", format!("sku,make,model,year_from,year_to\n{PADS},Maruti Suzuki,Baleno,2016,2021\n")),
        ("stock", format!("sku,quantity,receipt\n{PADS},1,{note}\n")),
        ("customers", format!("email,name\n{name}@example.in,Ravi\n")),
        ("stock", "sku\n".to_owned()),
    ];
    for (kind, file) in files {
        let request =
            admin.request(Method::POST, &format!("/admin/imports?kind={kind}")).header("content-type", "text/csv");
        let request = request.header("idempotency-key", Uuid::now_v7().to_string()).body(file);
        let id = Answer::of(request).await.expect(202).json()["import_id"].as_str().unwrap_or_default().to_owned();
        let path = format!("/admin/imports/{id}");
        let over = async |most: usize| {
            eventually("a file is checked or over", async || {
                let seen = admin.get(&path).await.expect(200).json();
                let there =
                    ["refused", "finished", "checked"][..most].contains(&seen["status"].as_str().unwrap_or_default());
                if there { Ok(seen) } else { Err(seen.to_string()) }
            })
            .await
        };
        if over(3).await["status"] == "checked" {
            let start = admin.request(Method::POST, &format!("{path}/start"));
            Answer::of(start.json(&json!({ "skip_bad_rows": true }))).await.expect(202);
            over(2).await;
        }
        for part in ["/errors?limit=1", "/events"] {
            admin.get(&format!("{path}{part}")).await.expect(200);
        }
    }
    let page = admin.get("/admin/imports?limit=1").await.expect(200).json();
    let cursor = page["next_cursor"].as_str().unwrap_or_default();
    admin.get(&format!("/admin/imports?limit=1&cursor={cursor}")).await.expect(200);
    eventually("what was needed of the files is deleted", async || {
        let left = shop.store().find::<Document>("import_chunks", doc! {}).await.len();
        if left == 0 { Ok(()) } else { Err(left.to_string()) }
    })
    .await;
}

/// The return of this month: as a whole, and each of its sheets.
pub async fn report_the_month(admin: &Customer) {
    let month = Timestamp::now().date_in_india().strftime("%Y-%m").to_string();
    let path = format!("/admin/reports/gstr1?month={month}");
    let whole = admin.get(&path).await.expect(200).json();
    assert!(!whole["b2cs"].as_array().is_none_or(Vec::is_empty), "{whole}");
    for section in ["b2b", "b2cl", "b2cs", "cdnr", "cdnur", "nil", "hsn_b2b", "hsn_b2c", "docs"] {
        admin.get(&format!("{path}&section={section}")).await.expect(200);
    }
}
