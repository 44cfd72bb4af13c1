use futures::future::join_all;
use ingress::auth::Attempt;
use mongodb::bson::DateTime;
use serde_json::{Value, json};

use crate::{
    samples::drop_record,
    testing::{Bench, request},
};

async fn post(bench: &Bench, path: &str, body: Value) -> (u16, Value) {
    let (status, json) =
        bench.ask(request("POST", path, &[("content-type", "application/json")], body.to_string())).await;
    (status.as_u16(), json)
}

fn asha(password: &str) -> Value {
    json!({"email": "asha@example.in", "password": password})
}

async fn register(bench: &Bench) -> (u16, Value) {
    post(bench, "/auth/register", json!({"email": "Asha@Example.in", "password": "correct horse", "name": "Asha"}))
        .await
}

#[tokio::test]
async fn who_registers_can_log_in_and_an_address_has_one_account() {
    let bench = Bench::on_record().await;
    let outcomes = join_all((0..4).map(|_| register(&bench))).await;
    let created: Vec<_> = outcomes.iter().filter(|(status, _)| *status == 201).collect();
    assert_eq!(created.len(), 1);
    assert_eq!(outcomes.iter().filter(|(_, json)| json["code"] == "email_taken").count(), 3);
    let (status, session) = post(&bench, "/auth/login", asha("correct horse")).await;
    assert_eq!((status, &session["user_id"]), (200, &created[0].1["user_id"]));
    assert_eq!((&session["token_type"], &session["expires_in"]), (&json!("Bearer"), &json!(900)));
    drop_record(&bench).await;
}

#[tokio::test]
async fn of_many_guesses_at_once_five_are_evaluated() {
    let bench = Bench::on_record().await;
    register(&bench).await;
    let guesses = (0..40).map(|n| post(&bench, "/auth/login", asha(&format!("guess {n}"))));
    let statuses: Vec<u16> = join_all(guesses).await.into_iter().map(|(status, _)| status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 5);
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 35);
    // Locked means locked: the right password does not open it either.
    assert_eq!(post(&bench, "/auth/login", asha("correct horse")).await.0, 429);
    drop_record(&bench).await;
}

#[tokio::test]
async fn the_lock_of_an_account_holds_over_several_processes() {
    let bench = Bench::on_record().await;
    let elsewhere = bench.beside();
    register(&bench).await;
    for process in [&bench, &elsewhere, &bench, &elsewhere, &bench] {
        assert_eq!(post(process, "/auth/login", asha("wrong")).await.0, 401);
    }
    for process in [&elsewhere, &bench] {
        assert_eq!(post(process, "/auth/login", asha("correct horse")).await.0, 429);
    }
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_lock_ends_a_quarter_of_an_hour_after_what_led_to_it_however_often_it_was_tried_meanwhile() {
    let bench = Bench::on_record().await;
    let start = DateTime::now().timestamp_millis();
    let at = async |second: i64| {
        let now = DateTime::from_millis(start + second * 1_000);
        bench.app.attempts.begin("asha@example.in", now).await.unwrap()
    };
    for second in 0..5 {
        assert_eq!(at(second).await, Attempt::Allowed, "{second}");
    }
    let end = 4 + 15 * 60;
    let locked = |until: i64, second: i64, begins| {
        let seconds = u64::try_from(until - second + 1).unwrap();
        Attempt::Locked { seconds, begins }
    };
    assert_eq!(at(5).await, locked(end, 5, true));
    for second in [6, 100, 600, end - 1] {
        assert_eq!(at(second).await, locked(end, second, false));
    }
    for second in end..end + 5 {
        assert_eq!(at(second).await, Attempt::Allowed, "it is over, and five may be tried again: {second}");
    }
    assert_eq!(at(end + 5).await, locked(end + 4 + 15 * 60, end + 5, true));
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_login_forgives_the_failures_before_it() {
    let bench = Bench::on_record().await;
    register(&bench).await;
    for _ in 0..2 {
        for _ in 0..4 {
            assert_eq!(post(&bench, "/auth/login", asha("wrong")).await.0, 401);
        }
        assert_eq!(post(&bench, "/auth/login", asha("correct horse")).await.0, 200);
    }
    drop_record(&bench).await;
}

#[tokio::test]
async fn an_unknown_address_is_answered_and_locked_like_a_known_one() {
    let bench = Bench::on_record().await;
    register(&bench).await;
    let nobody = || json!({"email": "nobody@example.in", "password": "wrong"});
    for _ in 0..5 {
        let (mut known, mut unknown) =
            (post(&bench, "/auth/login", asha("wrong")).await, post(&bench, "/auth/login", nobody()).await);
        known.1["request_id"].take();
        unknown.1["request_id"].take();
        assert_eq!(known, unknown);
    }
    assert_eq!(post(&bench, "/auth/login", asha("wrong")).await.0, 429);
    assert_eq!(post(&bench, "/auth/login", nobody()).await.0, 429);
    drop_record(&bench).await;
}
