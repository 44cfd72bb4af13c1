use futures::future::join_all;
use serde_json::{Value, json};

use crate::{
    samples::drop_record,
    testing::{Bench, request},
};

const JSON: (&str, &str) = ("content-type", "application/json");

async fn post(bench: &Bench, path: &str, body: Value) -> (u16, Value) {
    let (status, json) = bench.ask(request("POST", path, &[JSON], body.to_string())).await;
    (status.as_u16(), json)
}

async fn registered(bench: &Bench, name: &str) -> Value {
    let body = json!({"email": format!("{name}@example.in"), "password": "correct horse", "name": name});
    post(bench, "/auth/register", body).await.1
}

/// A customer's request under a key, or without one.
async fn with(bench: &Bench, who: &Value, method: &str, path: &str, key: &str, body: &Value) -> (u16, Value) {
    let bearer = format!("Bearer {}", who["access_token"].as_str().unwrap());
    let mut headers = vec![JSON, ("authorization", bearer.as_str())];
    headers.extend((!key.is_empty()).then_some(("idempotency-key", key)));
    let (status, json) = bench.ask(request(method, path, &headers, body.to_string())).await;
    (status.as_u16(), json)
}

fn address(line1: &str) -> Value {
    json!({"name": "Asha Rao", "phone": "98765 43210", "line1": line1, "city": "Pune", "state_code": "27",
           "pincode": "411001"})
}

#[tokio::test]
async fn customers_see_and_change_their_own_accounts_and_nothing_that_is_the_shops_to_say() {
    let bench = Bench::on_record().await;
    let asha = registered(&bench, "asha").await;
    let (status, me) = with(&bench, &asha, "GET", "/users/me", "", &Value::Null).await;
    assert_eq!((status, &me["email"], &me["role"]), (200, &json!("asha@example.in"), &json!("customer")));
    let mut fields: Vec<_> = me.as_object().unwrap().keys().map(String::as_str).collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        ["created_at", "email", "email_verified", "name", "phone", "phone_verified", "role", "user_id"],
        "no hash, no epoch"
    );
    assert_eq!((&me["phone"], &me["phone_verified"]), (&Value::Null, &json!(false)));
    let changes = json!({"name": " Asha Rao ", "phone": "98765-43210"});
    let (status, me) = with(&bench, &asha, "PATCH", "/users/me", "", &changes).await;
    assert_eq!((status, &me["name"], &me["phone"]), (200, &json!("Asha Rao"), &json!("+919876543210")));
    assert_eq!(with(&bench, &asha, "PATCH", "/users/me", "", &json!({})).await.1, me);
    for (field, value) in
        [("role", json!("admin")), ("email", json!("a@b.in")), ("user_id", json!("x")), ("epoch", json!(9))]
    {
        let (status, answer) = with(&bench, &asha, "PATCH", "/users/me", "", &json!({ field: value })).await;
        assert_eq!((status, answer["code"].as_str()), (422, Some("invalid_body")), "{field}");
    }
    let faulty = json!({"name": "4242 4242 4242 4242", "phone": "12"});
    let (status, answer) = with(&bench, &asha, "PATCH", "/users/me", "", &faulty).await;
    assert_eq!((status, answer["errors"].as_array().map(Vec::len)), (422, Some(2)));
    for (field, value) in [("name", Value::Null), ("name", json!("\u{200b}\u{200b}")), ("phone", json!(""))] {
        let (status, answer) = with(&bench, &asha, "PATCH", "/users/me", "", &json!({ field: value })).await;
        assert_eq!((status, answer["errors"][0]["field"].as_str()), (422, Some(field)), "{answer}");
    }
    assert_eq!(with(&bench, &asha, "GET", "/users/me", "", &Value::Null).await.1, me);
    let (status, without) = with(&bench, &asha, "PATCH", "/users/me", "", &json!({ "phone": null })).await;
    assert_eq!((status, &without["phone"], &without["name"]), (200, &Value::Null, &me["name"]), "{without}");
    assert_eq!(with(&bench, &asha, "GET", "/users/me", "", &Value::Null).await.1, without);
    drop_record(&bench).await;
}

#[tokio::test]
async fn addresses_are_kept_changed_and_forgotten_by_their_owner_alone() {
    let bench = Bench::on_record().await;
    let (asha, ravi) = (registered(&bench, "asha").await, registered(&bench, "ravi").await);
    let (status, kept) = with(&bench, &asha, "POST", "/users/me/addresses", "", &address("12 MG Road")).await;
    assert_eq!((status, &kept["phone"], &kept["line2"]), (201, &json!("+919876543210"), &json!("")));
    let path = format!("/users/me/addresses/{}", kept["address_id"].as_str().unwrap());
    assert_eq!(with(&bench, &asha, "GET", &path, "", &Value::Null).await, (200, kept.clone()));
    for method in ["GET", "PUT", "DELETE"] {
        for (who, path) in
            [(&ravi, path.as_str()), (&asha, "/users/me/addresses/x"), (&asha, "/users/me/addresses/%7B%7D")]
        {
            let (status, answer) = with(&bench, who, method, path, "", &address("1 Other Road")).await;
            assert_eq!((status, answer["code"].as_str()), (404, Some("address_not_found")), "{method} {path}");
        }
    }
    let (status, changed) = with(&bench, &asha, "PUT", &path, "", &address("14 MG Road")).await;
    assert_eq!((status, &changed["line1"], &changed["address_id"]), (200, &json!("14 MG Road"), &kept["address_id"]));
    let book = with(&bench, &asha, "GET", "/users/me/addresses", "", &Value::Null).await.1;
    assert_eq!(book, json!({ "items": [changed] }));
    assert_eq!(with(&bench, &ravi, "GET", "/users/me/addresses", "", &Value::Null).await.1, json!({ "items": [] }));
    assert_eq!(with(&bench, &asha, "DELETE", &path, "", &Value::Null).await.0, 204);
    assert_eq!(with(&bench, &asha, "DELETE", &path, "", &Value::Null).await.0, 404);
    drop_record(&bench).await;
}

#[tokio::test]
async fn an_address_is_checked_as_an_orders_is() {
    let bench = Bench::on_record().await;
    let asha = registered(&bench, "asha").await;
    let mut faulty = address("4242 4242 4242 4242");
    faulty["pincode"] = json!("0");
    let (status, answer) = with(&bench, &asha, "POST", "/users/me/addresses", "", &faulty).await;
    let fields: Vec<_> = answer["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str()).collect();
    assert_eq!((status, fields), (422, vec![Some("line1"), Some("pincode")]));
    let mut unknown = address("12 MG Road");
    unknown["user_id"] = asha["user_id"].clone();
    assert_eq!(with(&bench, &asha, "POST", "/users/me/addresses", "", &unknown).await.0, 422);
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_key_keeps_one_address_and_an_account_twenty_however_many_are_sent_at_once() {
    let bench = Bench::on_record().await;
    let asha = registered(&bench, "asha").await;
    let add = |key: String, line: &'static str| {
        let (bench, asha) = (&bench, &asha);
        async move { with(bench, asha, "POST", "/users/me/addresses", &key, &address(line)).await }
    };
    let equal = join_all((0..8).map(|_| add("k".to_owned(), "12 MG Road"))).await;
    assert!(equal.iter().all(|answer| answer == &equal[0]), "{equal:?}");
    assert_eq!(add("k".to_owned(), "13 MG Road").await.1["code"], "idempotency_key_reused");
    let many = join_all((0..40).map(|n| add(format!("k{n}"), "12 MG Road"))).await;
    assert_eq!(many.iter().filter(|(status, _)| *status == 201).count(), 19);
    assert_eq!(many.iter().filter(|(_, answer)| answer["code"] == "too_many_addresses").count(), 21);
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_new_password_ends_all_sessions_and_begins_one() {
    let bench = Bench::on_record().await;
    let asha = registered(&bench, "asha").await;
    let login = |password: &str| post(&bench, "/auth/login", json!({"email": "asha@example.in", "password": password}));
    let other = login("correct horse").await.1;
    let change = |current: &str, new: &str| json!({ "current_password": current, "new_password": new });
    let (status, answer) =
        with(&bench, &asha, "POST", "/users/me/password", "", &change("wrong horse", "another horse")).await;
    assert_eq!((status, answer["code"].as_str()), (401, Some("invalid_credentials")));
    assert_eq!(with(&bench, &asha, "POST", "/users/me/password", "", &change("correct horse", "short")).await.0, 422);
    let change = change("correct horse", "another horse");
    let (status, fresh) = with(&bench, &asha, "POST", "/users/me/password", "", &change).await;
    assert_eq!((status, &fresh["user_id"]), (200, &asha["user_id"]));
    for ended in [&asha, &other] {
        assert_eq!(with(&bench, ended, "GET", "/users/me", "", &Value::Null).await.0, 401);
        let renewal = json!({ "refresh_token": ended["refresh_token"] });
        assert_eq!(post(&bench, "/auth/refresh", renewal).await.0, 401);
    }
    assert_eq!(with(&bench, &fresh, "GET", "/users/me", "", &Value::Null).await.0, 200);
    assert_eq!(post(&bench, "/auth/refresh", json!({ "refresh_token": fresh["refresh_token"] })).await.0, 200);
    assert_eq!(login("correct horse").await.0, 401);
    assert_eq!(login("another horse").await.0, 200);
    drop_record(&bench).await;
}

#[tokio::test]
async fn of_many_guesses_at_the_current_password_five_are_evaluated() {
    let bench = Bench::on_record().await;
    let asha = registered(&bench, "asha").await;
    let guess = |n: usize| json!({ "current_password": format!("guess {n}"), "new_password": "another horse" });
    let guesses: Vec<_> = (0..20).map(guess).collect();
    let answers =
        join_all(guesses.iter().map(|body| with(&bench, &asha, "POST", "/users/me/password", "", body))).await;
    assert_eq!(answers.iter().filter(|(status, _)| *status == 401).count(), 5);
    assert_eq!(answers.iter().filter(|(status, _)| *status == 429).count(), 15);
    drop_record(&bench).await;
}
