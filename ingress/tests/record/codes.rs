use std::time::Duration;

use futures::{StreamExt, future::join_all, stream};
use ingress::{
    auth::{CODE_SECONDS, Purpose},
    messages::Recipient,
};
use mongodb::bson::{Document, doc};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use shared::time::Timestamp;

use crate::{
    samples::drop_record,
    testing::{Bench, request},
};

const JSON: (&str, &str) = ("content-type", "application/json");
pub const ASHA: &str = "asha@example.in";
pub const PHONE: &str = "+919876543210";

pub async fn post(bench: &Bench, path: &str, body: Value) -> (u16, Value) {
    let (status, json) = bench.ask(request("POST", path, &[JSON], body.to_string())).await;
    (status.as_u16(), json)
}

pub async fn registered(bench: &Bench, email: &str) -> Value {
    post(bench, "/auth/register", json!({"email": email, "password": "correct horse", "name": "Asha"})).await.1
}

pub async fn with(bench: &Bench, who: &Value, path: &str, body: Value) -> (u16, Value) {
    let bearer = format!("Bearer {}", who["access_token"].as_str().unwrap());
    let (status, json) = bench.ask(request("POST", path, &[JSON, ("authorization", &bearer)], body.to_string())).await;
    (status.as_u16(), json)
}

/// The code in the last message to this address, as soon as it is there.
pub async fn code_for(bench: &Bench, address: &str) -> String {
    for _ in 0..200 {
        let text =
            bench.mailbag.0.lock().unwrap().iter().rev().find(|message| message.to.address() == address).cloned();
        if let Some(message) = text {
            bench.mailbag.0.lock().unwrap().clear();
            return message.text.expose_secret().split(' ').next().unwrap().to_owned();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no message to {address}")
}

/// Another code than this.
pub fn not(code: &str) -> String {
    if code == "000000" { "000001".to_owned() } else { "000000".to_owned() }
}

async fn attempts(bench: &Bench) -> i32 {
    let codes = bench.mongo.collection::<Document>("one_time_codes");
    codes.find_one(doc! {}).await.unwrap().unwrap().get_i32("attempts").unwrap()
}

#[tokio::test]
async fn a_code_logs_in_once() {
    let bench = Bench::on_record().await;
    let asha = registered(&bench, ASHA).await;
    let sent = post(&bench, "/auth/otp/send", json!({ "email": "Asha@Example.in" })).await;
    assert_eq!(sent, (202, json!({ "expires_in": 300 })));
    let code = code_for(&bench, ASHA).await;
    let kept = format!("{:?}", bench.mongo.collection::<Document>("one_time_codes").find_one(doc! {}).await.unwrap());
    assert!(!kept.contains(&code) && !kept.contains("asha"), "{kept}");
    let verify = |code: &str| post(&bench, "/auth/otp/verify", json!({ "email": ASHA, "code": code }));
    let (status, answer) = verify(&not(&code)).await;
    assert_eq!((status, answer["code"].as_str()), (401, Some("invalid_code")));
    let answers = join_all((0..4).map(|_| verify(&code))).await;
    let opened: Vec<_> = answers.iter().filter(|(status, _)| *status == 200).collect();
    assert_eq!((opened.len(), &opened[0].1["user_id"]), (1, &asha["user_id"]), "{answers:?}");
    assert_eq!(verify(&code).await.0, 401);
    assert_eq!(post(&bench, "/auth/refresh", json!({ "refresh_token": opened[0].1["refresh_token"] })).await.0, 200);
    drop_record(&bench).await;
}

#[tokio::test]
async fn of_thousands_of_guesses_at_once_five_are_evaluated_and_a_new_code_gives_back_none() {
    let bench = Bench::on_record().await;
    registered(&bench, ASHA).await;
    let (to, now) = (Recipient::Email(ASHA.to_owned()), Timestamp::now());
    let code = bench.app.codes.issue(Purpose::Login, &to, now).await.unwrap().unwrap();
    let wrong = not(&code);
    let guess = |code: String| {
        let (codes, to) = (bench.app.codes.clone(), to.clone());
        async move { codes.redeem(Purpose::Login, &to, &code, now).await.unwrap() }
    };
    let guesses = stream::iter((0..10_000).map(|_| guess(wrong.clone()))).buffer_unordered(64);
    assert!(guesses.all(|right| async move { !right }).await);
    assert_eq!(attempts(&bench).await, 5);
    assert!(!guess(code).await, "the right one comes too late");
    assert_eq!(bench.app.codes.issue(Purpose::Login, &to, now).await.unwrap(), None, "nor is there a new one");
    assert_eq!(attempts(&bench).await, 5);
    let later = now.plus(Duration::from_secs(15 * 60));
    let code = bench.app.codes.issue(Purpose::Login, &to, later).await.unwrap().unwrap();
    assert!(bench.app.codes.redeem(Purpose::Login, &to, &code, later).await.unwrap());
    drop_record(&bench).await;
}

#[tokio::test]
async fn guesses_are_counted_over_all_codes_of_a_window_and_codes_are_counted_too() {
    let bench = Bench::on_record().await;
    let (to, now, codes) = (Recipient::Phone(PHONE.to_owned()), Timestamp::now(), &bench.app.codes);
    let mut last = String::new();
    for _ in 0..4 {
        last = codes.issue(Purpose::Login, &to, now).await.unwrap().unwrap();
        assert!(!codes.redeem(Purpose::Login, &to, &not(&last), now).await.unwrap());
    }
    assert_eq!(attempts(&bench).await, 4);
    assert!(!codes.redeem(Purpose::NewPassword, &to, &last, now).await.unwrap(), "it is good for its purpose alone");
    assert!(codes.issue(Purpose::Login, &to, now).await.unwrap().is_some());
    assert_eq!(codes.issue(Purpose::Login, &to, now).await.unwrap(), None, "a sixth code");
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_code_is_good_for_five_minutes_and_the_next_takes_its_place() {
    let bench = Bench::on_record().await;
    let (to, now, codes) = (Recipient::Phone(PHONE.to_owned()), Timestamp::now(), &bench.app.codes);
    let after = |seconds| now.plus(Duration::from_secs(seconds));
    let first = codes.issue(Purpose::Login, &to, now).await.unwrap().unwrap();
    assert!(!codes.redeem(Purpose::Login, &to, &first, after(CODE_SECONDS)).await.unwrap());
    let second = codes.issue(Purpose::Login, &to, after(CODE_SECONDS)).await.unwrap().unwrap();
    if first != second {
        assert!(!codes.redeem(Purpose::Login, &to, &first, after(CODE_SECONDS)).await.unwrap());
    }
    assert!(codes.redeem(Purpose::Login, &to, &second, after(2 * CODE_SECONDS - 1)).await.unwrap());
    drop_record(&bench).await;
}

#[tokio::test]
async fn answers_do_not_tell_whether_there_is_an_account() {
    let bench = Bench::on_record().await;
    registered(&bench, ASHA).await;
    let same = async |path: &str, body: &dyn Fn(&str) -> Value| {
        let (mut known, mut unknown) =
            (post(&bench, path, body(ASHA)).await, post(&bench, path, body("nobody@example.in")).await);
        known.1["request_id"].take();
        unknown.1["request_id"].take();
        assert_eq!(known, unknown, "{path}");
    };
    for _ in 0..7 {
        same("/auth/otp/send", &|email| json!({ "email": email })).await;
        same("/auth/password/forgot", &|email| json!({ "email": email })).await;
        same("/auth/otp/verify", &|email| json!({ "email": email, "code": "no code" })).await;
        let reset = |email: &str| json!({ "email": email, "code": "no code", "new_password": "another horse" });
        same("/auth/password/reset", &reset).await;
    }
    same("/auth/otp/send", &|_| json!({ "phone": PHONE })).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let sent: Vec<_> = bench.mailbag.0.lock().unwrap().iter().map(|message| message.to.address().to_owned()).collect();
    assert!(!sent.is_empty() && sent.iter().all(|to| to == ASHA), "{sent:?}");
    let codes = bench.mongo.collection::<Document>("one_time_codes");
    assert_eq!(codes.count_documents(doc! {}).await.unwrap(), 5, "known and unknown are counted alike");
    drop_record(&bench).await;
}

#[tokio::test]
async fn who_has_the_mailbox_sets_a_new_password_and_everybody_else_is_out() {
    let bench = Bench::on_record().await;
    let before = registered(&bench, ASHA).await;
    let login = |password: &str| post(&bench, "/auth/login", json!({ "email": ASHA, "password": password }));
    for _ in 0..6 {
        login("wrong horse").await;
    }
    assert_eq!(login("correct horse").await.0, 429);
    assert_eq!(post(&bench, "/auth/password/forgot", json!({ "email": ASHA })).await.0, 202);
    let code = code_for(&bench, ASHA).await;
    let reset = |code: &str, password: &str| {
        post(&bench, "/auth/password/reset", json!({ "email": ASHA, "code": code, "new_password": password }))
    };
    assert_eq!(reset(&code, "short").await.0, 422, "which costs no try");
    assert_eq!(reset(&not(&code), "another horse").await.0, 401);
    assert_eq!(post(&bench, "/auth/otp/verify", json!({ "email": ASHA, "code": code })).await.0, 401);
    assert_eq!(reset(&code, "another horse").await.0, 204);
    assert_eq!(reset(&code, "a third horse").await.0, 401);
    assert_eq!(post(&bench, "/auth/refresh", json!({ "refresh_token": before["refresh_token"] })).await.0, 401);
    assert_eq!(with(&bench, &before, "/auth/logout-all", json!({})).await.0, 401);
    assert_eq!(login("another horse").await.0, 200, "the lock is lifted");
    assert_eq!(login("correct horse").await.0, 401);
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_telephone_logs_in_whoever_showed_last_that_it_is_theirs() {
    let bench = Bench::on_record().await;
    let (asha, ravi) = (registered(&bench, ASHA).await, registered(&bench, "ravi@example.in").await);
    let bearer = format!("Bearer {}", asha["access_token"].as_str().unwrap());
    let claim = json!({ "phone": PHONE }).to_string();
    bench.ask(request("PATCH", "/users/me", &[JSON, ("authorization", &bearer)], claim)).await;
    post(&bench, "/auth/otp/send", json!({ "phone": PHONE })).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(bench.mailbag.0.lock().unwrap().is_empty(), "that it is claimed is not enough");
    for owner in [&asha, &ravi] {
        assert_eq!(with(&bench, owner, "/users/me/phone/send", json!({ "phone": PHONE })).await.0, 202);
        let code = code_for(&bench, PHONE).await;
        let wrong = json!({ "phone": PHONE, "code": not(&code) });
        assert_eq!(with(&bench, owner, "/users/me/phone/verify", wrong).await.0, 401);
        let (status, me) = with(&bench, owner, "/users/me/phone/verify", json!({ "phone": PHONE, "code": code })).await;
        assert_eq!((status, &me["phone_verified"], &me["phone"]), (200, &json!(true), &json!(PHONE)));
    }
    // Asha's claim from before took one code of the window for logging in; this is another.
    post(&bench, "/auth/otp/send", json!({ "phone": "98765 43210" })).await;
    let code = code_for(&bench, PHONE).await;
    let (status, session) = post(&bench, "/auth/otp/verify", json!({ "phone": PHONE, "code": code })).await;
    assert_eq!((status, &session["user_id"]), (200, &ravi["user_id"]));
    // One that was taken away and is named again is as any other that is named.
    let bearer = format!("Bearer {}", ravi["access_token"].as_str().unwrap());
    for phone in [Value::Null, json!(PHONE)] {
        let change = json!({ "phone": phone }).to_string();
        let (_, me) = bench.ask(request("PATCH", "/users/me", &[JSON, ("authorization", &bearer)], change)).await;
        assert_eq!((&me["phone"], &me["phone_verified"]), (&phone, &json!(false)));
    }
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_code_is_asked_for_by_one_address() {
    let bench = Bench::on_record().await;
    for body in [json!({}), json!({ "email": ASHA, "phone": PHONE }), json!({ "email": "x" }), json!({ "phone": "1" })]
    {
        let (status, answer) = post(&bench, "/auth/otp/send", body.clone()).await;
        assert_eq!((status, answer["code"].as_str()), (422, Some("validation_failed")), "{body}");
    }
    drop_record(&bench).await;
}
