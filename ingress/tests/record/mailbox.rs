//! Whose an account's address is, and what follows from that.

use serde_json::{Value, json};

use crate::{
    codes::{ASHA, PHONE, code_for, not, post, registered, with},
    samples::drop_record,
    testing::{Bench, request},
};

async fn me(bench: &Bench, who: &Value) -> (u16, Value) {
    let bearer = format!("Bearer {}", who["access_token"].as_str().unwrap());
    let (status, json) = bench.ask(request("GET", "/users/me", &[("authorization", &bearer)], "")).await;
    (status.as_u16(), json)
}

/// Somebody who is no friend of Asha's opens an account with her address, and gives it a telephone of their own.
async fn opened_by_a_stranger(bench: &Bench) -> Value {
    let stranger = registered(bench, ASHA).await;
    with(bench, &stranger, "/users/me/phone/send", json!({ "phone": PHONE })).await;
    let code = code_for(bench, PHONE).await;
    let verified = with(bench, &stranger, "/users/me/phone/verify", json!({ "phone": PHONE, "code": code })).await;
    assert_eq!(verified.0, 200);
    stranger
}

/// Neither the session nor the password nor the telephone from before opens the account.
async fn is_rid_of(bench: &Bench, stranger: &Value) {
    assert_eq!(me(bench, stranger).await.0, 401);
    let renewal = json!({ "refresh_token": stranger["refresh_token"] });
    assert_eq!(post(bench, "/auth/refresh", renewal).await.0, 401);
    let login = json!({ "email": ASHA, "password": "correct horse" });
    assert_eq!(post(bench, "/auth/login", login).await.0, 401);
    post(bench, "/auth/otp/send", json!({ "phone": PHONE })).await;
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert!(bench.mailbag.0.lock().unwrap().iter().all(|message| message.to.address() != PHONE));
}

#[tokio::test]
async fn an_address_is_verified_by_the_code_that_came_there_and_the_account_stays_as_it_is() {
    let bench = Bench::on_record().await;
    let asha = registered(&bench, ASHA).await;
    assert_eq!(me(&bench, &asha).await.1["email_verified"], false);
    assert_eq!(with(&bench, &asha, "/users/me/email/send", json!({})).await.0, 202);
    let code = code_for(&bench, ASHA).await;
    let verify = |code: &str| with(&bench, &asha, "/users/me/email/verify", json!({ "code": code }));
    assert_eq!(verify(&not(&code)).await.0, 401);
    let login = json!({ "email": ASHA, "code": code });
    assert_eq!(post(&bench, "/auth/otp/verify", login).await.0, 401, "it is good for its purpose alone");
    let (status, account) = verify(&code).await;
    assert_eq!((status, &account["email_verified"]), (200, &json!(true)));
    assert_eq!(verify(&code).await.0, 401);
    // Who has shown so may log in by a code and keeps what they had.
    post(&bench, "/auth/otp/send", json!({ "email": ASHA })).await;
    let code = code_for(&bench, ASHA).await;
    assert_eq!(post(&bench, "/auth/otp/verify", json!({ "email": ASHA, "code": code })).await.0, 200);
    assert_eq!(me(&bench, &asha).await, (200, account));
    let login = json!({ "email": ASHA, "password": "correct horse" });
    assert_eq!(post(&bench, "/auth/login", login).await.0, 200);
    drop_record(&bench).await;
}

#[tokio::test]
async fn who_logs_in_by_mail_first_is_rid_of_a_stranger_who_opened_the_account_before() {
    let bench = Bench::on_record().await;
    let stranger = opened_by_a_stranger(&bench).await;
    post(&bench, "/auth/otp/send", json!({ "email": ASHA })).await;
    let code = code_for(&bench, ASHA).await;
    let (status, asha) = post(&bench, "/auth/otp/verify", json!({ "email": ASHA, "code": code })).await;
    assert_eq!((status, &asha["user_id"]), (200, &stranger["user_id"]));
    let (status, account) = me(&bench, &asha).await;
    assert_eq!((status, &account["email_verified"], &account["phone_verified"]), (200, &json!(true), &json!(false)));
    is_rid_of(&bench, &stranger).await;
    drop_record(&bench).await;
}

#[tokio::test]
async fn who_sets_a_new_password_by_mail_is_rid_of_a_stranger_who_opened_the_account_before() {
    let bench = Bench::on_record().await;
    let stranger = opened_by_a_stranger(&bench).await;
    post(&bench, "/auth/password/forgot", json!({ "email": ASHA })).await;
    let code = code_for(&bench, ASHA).await;
    let reset = json!({ "email": ASHA, "code": code, "new_password": "another horse" });
    assert_eq!(post(&bench, "/auth/password/reset", reset).await.0, 204);
    is_rid_of(&bench, &stranger).await;
    let login = json!({ "email": ASHA, "password": "another horse" });
    assert_eq!(me(&bench, &post(&bench, "/auth/login", login).await.1).await.1["email_verified"], true);
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_code_for_a_password_goes_to_the_accounts_own_address_alone() {
    let bench = Bench::on_record().await;
    opened_by_a_stranger(&bench).await;
    for address in ["asha@example.com", "stranger@example.in"] {
        post(&bench, "/auth/password/forgot", json!({ "email": address })).await;
    }
    let by_phone = post(&bench, "/auth/password/forgot", json!({ "phone": PHONE })).await;
    assert_eq!((by_phone.0, by_phone.1["code"].as_str()), (422, Some("invalid_body")));
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert!(bench.mailbag.0.lock().unwrap().is_empty());
    drop_record(&bench).await;
}
