//! Whose account a Google account opens.

use futures::future::join_all;
use ingress::settings::GoogleSettings;
use mongodb::bson::doc;
use serde_json::{Value, json};

use crate::{
    codes::{ASHA, PHONE, code_for, post, registered, with},
    issuer::{CLIENT, Issuer, claims},
    samples::drop_record,
    testing::{Bench, request, settings},
};

async fn bench(issuer: &Issuer) -> Bench {
    let google = json!({ "client_ids": [CLIENT], "keys_url": issuer.url(), "look_again_seconds": 0 });
    let google: GoogleSettings = serde_json::from_value(google).unwrap();
    let mut settings = settings();
    settings.google = Some(google);
    Bench::on_record_with(settings).await
}

async fn log_in(bench: &Bench, token: &str) -> (u16, Value) {
    post(bench, "/auth/google", json!({ "id_token": token })).await
}

fn code(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["code"].as_str().unwrap_or_default())
}

fn changed(changes: &[(&str, Value)]) -> Value {
    let mut claims = claims();
    for (claim, value) in changes {
        claims[*claim] = value.clone();
    }
    claims
}

async fn me(bench: &Bench, who: &Value) -> (u16, Value) {
    let bearer = format!("Bearer {}", who["access_token"].as_str().unwrap());
    let (status, json) = bench.ask(request("GET", "/users/me", &[("authorization", &bearer)], "")).await;
    (status.as_u16(), json)
}

async fn password_opens(bench: &Bench) -> u16 {
    post(bench, "/auth/login", json!({ "email": ASHA, "password": "correct horse" })).await.0
}

#[tokio::test]
async fn a_google_account_opens_one_account_however_often_and_at_once_it_comes() {
    let issuer = Issuer::start().await;
    let bench = bench(&issuer).await;
    let token = issuer.token("1", &claims());
    let sessions = join_all((0..8).map(|_| log_in(&bench, &token))).await;
    assert!(sessions.iter().all(|(status, _)| *status == 200), "{sessions:?}");
    assert!(sessions.iter().all(|(_, session)| session["user_id"] == sessions[0].1["user_id"]), "{sessions:?}");
    let (status, account) = me(&bench, &sessions[0].1).await;
    assert_eq!((status, &account["email"], &account["email_verified"]), (200, &json!(ASHA), &json!(true)));
    assert_eq!((&account["name"], &account["role"]), (&json!("Asha Rao"), &json!("customer")));
    // Whatever becomes of the address at Google, it is the same account.
    let moved = changed(&[("email", json!("asha@elsewhere.in")), ("email_verified", json!(false))]);
    assert_eq!(log_in(&bench, &issuer.token("1", &moved)).await.1["user_id"], account["user_id"]);
    // There is no password to guess.
    for password in ["", "correct horse"] {
        let login = json!({ "email": ASHA, "password": password });
        assert_eq!(post(&bench, "/auth/login", login).await.0, 401, "{password:?}");
    }
    drop_record(&bench).await;
}

#[tokio::test]
async fn who_has_verified_the_address_keeps_the_password_beside_the_google_account() {
    let issuer = Issuer::start().await;
    let bench = bench(&issuer).await;
    let asha = registered(&bench, ASHA).await;
    with(&bench, &asha, "/users/me/email/send", json!({})).await;
    let code = code_for(&bench, ASHA).await;
    assert_eq!(with(&bench, &asha, "/users/me/email/verify", json!({ "code": code })).await.0, 200);
    let (status, session) = log_in(&bench, &issuer.token("1", &claims())).await;
    assert_eq!((status, &session["user_id"]), (200, &asha["user_id"]));
    assert_eq!((me(&bench, &asha).await.0, password_opens(&bench).await), (200, 200));
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_stranger_who_opened_an_account_with_somebody_elses_address_is_out_once_its_owner_comes_by_google() {
    let issuer = Issuer::start().await;
    let bench = bench(&issuer).await;
    let stranger = registered(&bench, ASHA).await;
    with(&bench, &stranger, "/users/me/phone/send", json!({ "phone": PHONE })).await;
    let code = code_for(&bench, PHONE).await;
    with(&bench, &stranger, "/users/me/phone/verify", json!({ "phone": PHONE, "code": code })).await;
    let (status, asha) = log_in(&bench, &issuer.token("1", &claims())).await;
    assert_eq!(status, 200);
    let (status, account) = me(&bench, &asha).await;
    assert_eq!((status, &account["phone_verified"]), (200, &json!(false)));
    assert_eq!((me(&bench, &stranger).await.0, password_opens(&bench).await), (401, 401));
    let renewal = json!({ "refresh_token": stranger["refresh_token"] });
    assert_eq!(post(&bench, "/auth/refresh", renewal).await.0, 401);
    drop_record(&bench).await;
}

#[tokio::test]
async fn an_address_that_google_has_not_verified_opens_nobodys_account_and_no_new_one() {
    let issuer = Issuer::start().await;
    let bench = bench(&issuer).await;
    let asha = registered(&bench, ASHA).await;
    let mut without = claims();
    without.as_object_mut().unwrap().remove("email_verified");
    for claims in [changed(&[("email_verified", json!(false))]), without] {
        assert_eq!(code(&log_in(&bench, &issuer.token("1", &claims)).await), (403, "google_email_unverified"));
    }
    let nobody = changed(&[("email_verified", json!(false)), ("email", json!("nobody@example.in"))]);
    assert_eq!(code(&log_in(&bench, &issuer.token("1", &nobody)).await), (403, "google_email_unverified"));
    assert_eq!((me(&bench, &asha).await.0, password_opens(&bench).await), (200, 200));
    drop_record(&bench).await;
}

#[tokio::test]
async fn another_google_account_with_the_same_address_does_not_open_the_account() {
    let issuer = Issuer::start().await;
    let bench = bench(&issuer).await;
    assert_eq!(log_in(&bench, &issuer.token("1", &claims())).await.0, 200);
    let other = issuer.token("1", &changed(&[("sub", json!("another"))]));
    assert_eq!(code(&log_in(&bench, &other).await), (409, "google_other_account"));
    drop_record(&bench).await;
}

#[tokio::test]
async fn keys_are_changed_and_their_server_goes_down_without_anybody_being_let_in_who_should_not() {
    let issuer = Issuer::start().await;
    issuer.is_down(true);
    let bench = bench(&issuer).await;
    let first = issuer.token("1", &claims());
    assert_eq!(code(&log_in(&bench, &first).await), (503, "google_unavailable"));
    let elsewhere = self::bench(&issuer).await;
    issuer.is_down(false);
    assert_eq!(log_in(&elsewhere, &first).await.0, 200);
    issuer.publish(&["2"]);
    assert_eq!(log_in(&elsewhere, &issuer.token("2", &claims())).await.0, 200);
    assert_eq!(code(&log_in(&elsewhere, &first).await), (401, "invalid_id_token"), "the old key is gone");
    issuer.is_down(true);
    assert_eq!(log_in(&elsewhere, &issuer.token("2", &claims())).await.0, 200);
    let other = issuer.signed("1", &json!({ "alg": "RS256", "kid": "2", "typ": "JWT" }), &claims());
    assert_eq!(code(&log_in(&elsewhere, &other).await), (401, "invalid_id_token"));
    drop_record(&bench).await;
    drop_record(&elsewhere).await;
}

#[tokio::test]
async fn a_google_account_is_looked_for_by_an_index() {
    let issuer = Issuer::start().await;
    let bench = bench(&issuer).await;
    assert_eq!(log_in(&bench, &issuer.token("1", &claims())).await.0, 200);
    let find = doc! { "explain": { "find": "accounts", "filter": { "google_subject": claims()["sub"].as_str() } } };
    let plan = bench.mongo.run_command(find).await.unwrap().get_document("queryPlanner").unwrap().to_string();
    assert!(plan.contains("google_subject_1") && !plan.contains("COLLSCAN"), "{plan}");
    drop_record(&bench).await;
}

#[tokio::test]
async fn where_no_google_accounts_are_taken_the_answer_says_so() {
    let bench = Bench::on_record().await;
    assert_eq!(code(&log_in(&bench, "a.b.c").await), (404, "google_not_configured"));
    drop_record(&bench).await;
}
