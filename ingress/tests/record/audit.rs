use futures::TryStreamExt;
use ingress::auth::{Permissions, Role};
use mongodb::bson::{Document, doc};
use serde_json::{Value, json};

use crate::{
    permissions::{Route, somebody},
    samples::drop_record,
    testing::{Bench, request},
};

const JSON: (&str, &str) = ("content-type", "application/json");

async fn post(bench: &Bench, path: &str, body: Value) -> (u16, Value) {
    let (status, json) = bench.ask(request("POST", path, &[JSON], body.to_string())).await;
    (status.as_u16(), json)
}

async fn registered(bench: &Bench) -> Value {
    let body = json!({"email": "asha@example.in", "password": "correct horse", "name": "Asha Rao"});
    post(bench, "/auth/register", body).await.1
}

async fn entries(bench: &Bench) -> Vec<Document> {
    let log = bench.mongo.collection::<Document>("audit_log");
    log.find(doc! {}).sort(doc! { "_id": 1 }).await.unwrap().try_collect().await.unwrap()
}

/// Action and subject of each entry about accounts.
async fn events(bench: &Bench) -> Vec<(String, String)> {
    let text = |entry: &Document, part: &str| entry.get_str(part).unwrap_or_default().to_owned();
    entries(bench).await.iter().map(|entry| (text(entry, "action"), text(entry, "subject"))).collect()
}

#[tokio::test]
async fn every_call_that_may_change_something_or_takes_everything_out_is_written_down_with_its_answer() {
    let bench = Bench::on_record().await;
    let admin = somebody(&bench, Role::Admin, Permissions::new()).await;
    let mut expected = Vec::new();
    for route in Route::all(&bench).await {
        let status = i32::from(route.asked_by(&bench, Some(&admin)).await);
        if route.method != "GET" || route.template.starts_with("/admin/exports/") {
            expected.push((format!("{} {}", route.method, route.template), status));
        }
    }
    assert!(expected.len() > 5, "{expected:?}");
    let found: Vec<_> = entries(&bench).await;
    let brief = |entry: &Document| (entry.get_str("action").unwrap().to_owned(), entry.get_i32("result").unwrap());
    assert_eq!(found.iter().map(brief).collect::<Vec<_>>(), expected);
    assert!(
        found.iter().all(|entry| entry.get_str("actor").is_ok() && !entry.get_str("request_id").unwrap().is_empty())
    );
    drop_record(&bench).await;
}

#[tokio::test]
async fn an_entry_says_who_did_what_on_whom_and_names_nobody() {
    let bench = Bench::on_record().await;
    let (admin, asha) = (bench.admin().await, registered(&bench).await);
    let slabs = json!({ "slabs": [{ "gst_basis_points": 500 }] });
    bench.asked_by_admin(admin, "PUT", "/admin/tax-slabs/8708", &slabs).await;
    let staff = json!({ "role": "staff", "permissions": ["operations"] });
    bench.asked_by_admin(admin, "PUT", "/admin/staff/asha@example.in", &staff).await;
    let (_, log) = bench.asked_by_admin(admin, "GET", "/admin/audit", &Value::Null).await;
    let items = log["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    let brief = |item: &Value| json!([item["actor"], item["action"], item["subject"], item["result"]]);
    assert_eq!(brief(&items[0]), json!([admin, "PUT /admin/staff/{email}", asha["user_id"], 200]));
    assert_eq!(brief(&items[1]), json!([admin, "PUT /admin/tax-slabs/{hsn}", "8708", 200]));
    let kept = format!("{:?}", entries(&bench).await).to_lowercase();
    assert!(!kept.contains('@') && !kept.contains("asha"), "{kept}");
    let of_asha = format!("/admin/audit?subject={}", asha["user_id"].as_str().unwrap());
    assert_eq!(bench.asked_by_admin(admin, "GET", &of_asha, &Value::Null).await.1["items"], json!([items[0]]));
    let (_, page) = bench.asked_by_admin(admin, "GET", "/admin/audit?limit=1", &Value::Null).await;
    let next = format!("/admin/audit?limit=1&actor={admin}&cursor={}", page["next_cursor"].as_str().unwrap());
    assert_eq!(bench.asked_by_admin(admin, "GET", &next, &Value::Null).await.1, json!({ "items": [items[1]] }));
    drop_record(&bench).await;
}

#[tokio::test]
async fn who_oversteps_their_permissions_is_written_down_and_a_customer_is_not() {
    let bench = Bench::on_record().await;
    let slabs = json!({ "slabs": [{ "gst_basis_points": 500 }] }).to_string();
    for (role, expected) in [(Role::Staff, 1), (Role::Customer, 1)] {
        let bearer = format!("Bearer {}", somebody(&bench, role, Permissions::new()).await);
        let put = request("PUT", "/admin/tax-slabs/8708", &[JSON, ("authorization", &bearer)], slabs.clone());
        assert_eq!(bench.ask(put).await.0, 403);
        let found = entries(&bench).await;
        assert_eq!((found.len(), found[0].get_i32("result").ok()), (expected, Some(403)));
    }
    drop_record(&bench).await;
}

#[tokio::test]
async fn what_cannot_be_written_down_is_not_done() {
    let bench = Bench::on_record().await;
    let admin = bench.admin().await;
    let refuse_all = doc! { "collMod": "audit_log", "validator": { "never": { "$exists": true } } };
    bench.mongo.run_command(refuse_all).await.unwrap();
    let slabs = json!({ "slabs": [{ "gst_basis_points": 500 }] });
    assert_eq!(bench.asked_by_admin(admin, "PUT", "/admin/tax-slabs/8708", &slabs).await.0, 503);
    let (_, list) = bench.asked_by_admin(admin, "GET", "/admin/tax-slabs", &Value::Null).await;
    assert_eq!(list, json!({ "items": [] }));
    drop_record(&bench).await;
}

#[tokio::test]
async fn what_happens_to_the_security_of_an_account_is_written_down_once() {
    let bench = Bench::on_record().await;
    let asha = registered(&bench).await;
    let user = asha["user_id"].as_str().unwrap().to_owned();
    let renewal = json!({ "refresh_token": asha["refresh_token"] });
    post(&bench, "/auth/refresh", renewal.clone()).await;
    for _ in 0..3 {
        assert_eq!(post(&bench, "/auth/refresh", renewal.clone()).await.0, 401);
    }
    let credentials = |email: &str, password: &str| json!({ "email": email, "password": password });
    let login = credentials("asha@example.in", "correct horse");
    let session = post(&bench, "/auth/login", login.clone()).await.1;
    let bearer = format!("Bearer {}", session["access_token"].as_str().unwrap());
    let change = json!({ "current_password": "correct horse", "new_password": "another horse" });
    let changing = request("POST", "/users/me/password", &[JSON, ("authorization", &bearer)], change.to_string());
    let fresh = bench.ask(changing).await.1;
    let bearer = format!("Bearer {}", fresh["access_token"].as_str().unwrap());
    bench.ask(request("POST", "/auth/logout-all", &[("authorization", &bearer)], "")).await;
    for email in ["asha@example.in", "nobody@example.in"] {
        for _ in 0..9 {
            post(&bench, "/auth/login", credentials(email, "wrong")).await;
        }
    }
    let names = ["refresh_token_reused", "password_changed", "logged_out_everywhere", "login_locked"];
    assert_eq!(events(&bench).await, names.map(|name| (name.to_owned(), user.clone())));
    drop_record(&bench).await;
}
