use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use futures::future::join_all;
use mongodb::bson::Document;
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

async fn login(bench: &Bench, name: &str) -> Value {
    let body = json!({"email": format!("{name}@example.in"), "password": "correct horse"});
    post(bench, "/auth/login", body).await.1
}

async fn refresh(bench: &Bench, session: &Value) -> (u16, Value) {
    post(bench, "/auth/refresh", json!({ "refresh_token": session["refresh_token"] })).await
}

async fn with(bench: &Bench, session: &Value, method: &str, path: &str) -> (u16, Value) {
    let bearer = format!("Bearer {}", session["access_token"].as_str().unwrap());
    let (status, json) = bench.ask(request(method, path, &[("authorization", &bearer)], "")).await;
    (status.as_u16(), json)
}

async fn is_in(bench: &Bench, session: &Value) -> bool {
    match with(bench, session, "GET", "/orders").await.0 {
        200 => true,
        401 => false,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_refresh_token_is_good_once_and_gives_the_next() {
    let bench = Bench::on_record().await;
    let first = registered(&bench, "asha").await;
    assert_eq!(first["refresh_expires_in"], 30 * 86_400);
    let (status, second) = refresh(&bench, &first).await;
    assert_eq!((status, &second["user_id"]), (200, &first["user_id"]));
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    assert!(is_in(&bench, &second).await);
    assert_eq!(refresh(&bench, &second).await.0, 200);
    drop_record(&bench).await;
}

#[tokio::test]
async fn an_old_token_ends_its_session_alone_however_old_it_is() {
    let bench = Bench::on_record().await;
    registered(&bench, "asha").await;
    for rotations in [1, 5] {
        let (stolen, other_device) = (login(&bench, "asha").await, login(&bench, "asha").await);
        let mut last = stolen.clone();
        for _ in 0..rotations {
            last = refresh(&bench, &last).await.1;
        }
        let (status, answer) = refresh(&bench, &stolen).await;
        assert_eq!((status, answer["code"].as_str()), (401, Some("invalid_refresh_token")));
        assert_eq!(refresh(&bench, &last).await.0, 401, "the current one of the family neither");
        assert!(!is_in(&bench, &last).await, "nor its access token");
        assert!(is_in(&bench, &other_device).await);
        assert_eq!(refresh(&bench, &other_device).await.0, 200);
    }
    drop_record(&bench).await;
}

#[tokio::test]
async fn of_many_that_present_one_token_at_once_at_most_one_gets_on_and_the_session_ends() {
    let bench = Bench::on_record().await;
    let session = registered(&bench, "asha").await;
    let answers = join_all((0..20).map(|_| refresh(&bench, &session))).await;
    let successors: Vec<_> = answers.iter().filter(|(status, _)| *status == 200).collect();
    assert!(successors.len() <= 1, "{answers:?}");
    for (_, successor) in successors {
        assert_eq!(refresh(&bench, successor).await.0, 401);
    }
    drop_record(&bench).await;
}

#[tokio::test]
async fn made_up_and_damaged_tokens_are_refused_and_end_nothing() {
    let bench = Bench::on_record().await;
    let session = registered(&bench, "asha").await;
    let (good, other) = (session["refresh_token"].as_str().unwrap(), registered(&bench, "ravi").await);
    let foreign = other["refresh_token"].as_str().unwrap();
    // The session of one with the secrets of another.
    let bytes = |token: &str| URL_SAFE_NO_PAD.decode(token).unwrap();
    let spliced = URL_SAFE_NO_PAD.encode([&bytes(good)[..16], &bytes(foreign)[16..]].concat());
    for token in ["", "x", &good[1..], &spliced, &good.to_uppercase(), session["access_token"].as_str().unwrap()] {
        let (status, answer) = post(&bench, "/auth/refresh", json!({ "refresh_token": token })).await;
        assert_eq!((status, answer["code"].as_str()), (401, Some("invalid_refresh_token")), "{token}");
    }
    assert_eq!(refresh(&bench, &session).await.0, 200);
    drop_record(&bench).await;
}

#[tokio::test]
async fn logging_out_ends_the_sessions_tokens_here_at_once_and_elsewhere_with_the_next_look() {
    let bench = Bench::on_record().await;
    let (first, second) = (registered(&bench, "asha").await, login(&bench, "asha").await);
    let elsewhere = bench.beside();
    elsewhere.app.revocations.look().await.unwrap();
    assert!(is_in(&elsewhere, &first).await);
    assert_eq!(with(&bench, &first, "POST", "/auth/logout").await.0, 204);
    assert!(!is_in(&bench, &first).await);
    assert_eq!(refresh(&elsewhere, &first).await.0, 401);
    elsewhere.app.revocations.look().await.unwrap();
    assert!(!is_in(&elsewhere, &first).await);
    let started_later = bench.beside();
    started_later.app.revocations.look().await.unwrap();
    assert!(!is_in(&started_later, &first).await);
    for bench in [&bench, &elsewhere, &started_later] {
        assert!(is_in(bench, &second).await, "the other device stays");
    }
    drop_record(&bench).await;
}

#[tokio::test]
async fn logging_out_needs_a_token_of_either_kind() {
    let bench = Bench::on_record().await;
    let session = registered(&bench, "asha").await;
    assert_eq!(post(&bench, "/auth/logout", json!({})).await.0, 401);
    assert_eq!(post(&bench, "/auth/logout", json!({ "refresh_token": "x" })).await.0, 401);
    let by_refresh_token = json!({ "refresh_token": session["refresh_token"] });
    assert_eq!(post(&bench, "/auth/logout", by_refresh_token.clone()).await.0, 204);
    assert!(!is_in(&bench, &session).await);
    assert_eq!(post(&bench, "/auth/logout", by_refresh_token).await.0, 401);
    assert_eq!(with(&bench, &session, "POST", "/auth/logout-all").await.0, 401);
    drop_record(&bench).await;
}

#[tokio::test]
async fn logging_out_everywhere_ends_every_session_of_the_account_and_no_other() {
    let bench = Bench::on_record().await;
    let (first, other) = (registered(&bench, "asha").await, registered(&bench, "ravi").await);
    let second = refresh(&bench, &login(&bench, "asha").await).await.1;
    let elsewhere = bench.beside();
    assert_eq!(with(&bench, &second, "POST", "/auth/logout-all").await.0, 204);
    elsewhere.app.revocations.look().await.unwrap();
    for ended in [&first, &second] {
        assert!(!is_in(&bench, ended).await && !is_in(&elsewhere, ended).await);
        assert_eq!(refresh(&bench, ended).await.0, 401);
    }
    assert!(is_in(&bench, &other).await && is_in(&elsewhere, &other).await);
    let again = login(&bench, "asha").await;
    assert!(is_in(&bench, &again).await && is_in(&elsewhere, &again).await);
    assert_eq!(refresh(&bench, &again).await.0, 200);
    drop_record(&bench).await;
}

#[tokio::test]
async fn devices_are_listed_and_logged_out_by_their_owner_alone() {
    let bench = Bench::on_record().await;
    let (asha, ravi) = (registered(&bench, "asha").await, registered(&bench, "ravi").await);
    let login = json!({"email": "asha@example.in", "password": "correct horse"});
    let phone =
        bench.ask(request("POST", "/auth/login", &[JSON, ("user-agent", "SpareParts/3")], login.to_string())).await.1;
    let (_, list) = with(&bench, &asha, "GET", "/users/me/sessions").await;
    let items = list["items"].as_array().unwrap();
    assert_eq!((items.len(), &items[0]["device"], &items[0]["current"]), (2, &json!("SpareParts/3"), &json!(false)));
    assert_eq!(items[1]["current"], true);
    let path = format!("/users/me/sessions/{}", items[0]["session_id"].as_str().unwrap());
    for (path, who) in [(path.as_str(), &ravi), ("/users/me/sessions/x", &asha), ("/users/me/sessions/%00", &asha)] {
        let (status, answer) = with(&bench, who, "DELETE", path).await;
        assert_eq!((status, answer["code"].as_str()), (404, Some("session_not_found")));
    }
    assert!(is_in(&bench, &phone).await);
    assert_eq!(with(&bench, &asha, "DELETE", &path).await.0, 204);
    assert!(!is_in(&bench, &phone).await && is_in(&bench, &asha).await);
    assert_eq!(with(&bench, &asha, "GET", "/users/me/sessions").await.1["items"].as_array().map(Vec::len), Some(1));
    drop_record(&bench).await;
}

#[tokio::test]
async fn nothing_that_is_kept_or_shown_is_a_token_or_its_digest() {
    let bench = Bench::on_record().await;
    let session = registered(&bench, "asha").await;
    let kept = bench.mongo.collection::<Document>("sessions").find_one(Document::new()).await.unwrap().unwrap();
    let token = session["refresh_token"].as_str().unwrap();
    assert!(!kept.to_string().contains(token) && !kept.to_string().contains(&token[43..]));
    let (_, list) = with(&bench, &session, "GET", "/users/me/sessions").await;
    for secret in ["current", "family"].map(|part| kept.get_str(part).unwrap()) {
        assert!(secret.len() == 64 && !list.to_string().contains(secret), "{list}");
    }
    drop_record(&bench).await;
}
