use ingress::auth::Role;
use mongodb::bson::{Document, doc};
use schemas::ids::UserId;
use serde_json::{Value, json};

use crate::{
    samples::drop_record,
    testing::{Bench, request},
};

const ASHA: &str = "asha@example.in";

async fn post(bench: &Bench, path: &str, body: Value) -> Value {
    bench.ask(request("POST", path, &[("content-type", "application/json")], body.to_string())).await.1
}

async fn register(bench: &Bench) -> Value {
    post(bench, "/auth/register", json!({"email": ASHA, "password": "correct horse", "name": "Asha"})).await
}

async fn me(bench: &Bench, session: &Value) -> (u16, Value) {
    let bearer = format!("Bearer {}", session["access_token"].as_str().unwrap());
    let (status, json) = bench.ask(request("GET", "/admin/me", &[("authorization", &bearer)], "")).await;
    (status.as_u16(), json)
}

#[tokio::test]
async fn an_account_becomes_an_admins_with_the_next_login_and_ceases_to_be_at_once() {
    let bench = Bench::on_record().await;
    let session = register(&bench).await;
    assert_eq!(me(&bench, &session).await.0, 403);
    assert!(bench.app.accounts.set_role(ASHA, Role::Admin).await.unwrap().is_some());
    assert_eq!(me(&bench, &session).await.0, 403, "the token from before says customer");
    let session = post(&bench, "/auth/login", json!({"email": ASHA, "password": "correct horse"})).await;
    assert_eq!(
        me(&bench, &session).await,
        (200, json!({"user_id": session["user_id"], "role": "admin", "permissions": []}))
    );
    assert!(bench.app.accounts.set_role(ASHA, Role::Customer).await.unwrap().is_some());
    assert_eq!(me(&bench, &session).await.0, 403, "though the token is good for minutes yet");
    drop_record(&bench).await;
}

#[tokio::test]
async fn an_account_from_before_there_were_roles_is_a_customers() {
    let bench = Bench::on_record().await;
    register(&bench).await;
    let accounts = bench.mongo.collection::<Document>("accounts");
    accounts.update_one(doc! { "email": ASHA }, doc! { "$unset": { "role": 1 } }).await.unwrap();
    let session = post(&bench, "/auth/login", json!({"email": ASHA, "password": "correct horse"})).await;
    assert_eq!(me(&bench, &session).await.0, 403);
    drop_record(&bench).await;
}

#[tokio::test]
async fn an_admin_without_an_account_is_none() {
    let bench = Bench::on_record().await;
    let admin = bench.admin().await;
    assert_eq!(bench.asked_by_admin(admin, "GET", "/admin/me", &Value::Null).await.0, 200);
    assert_eq!(bench.asked_by_admin(UserId::generate(), "GET", "/admin/me", &Value::Null).await.0, 403);
    assert_eq!(bench.app.accounts.set_role("nobody@example.in", Role::Admin).await.unwrap(), None);
    drop_record(&bench).await;
}
