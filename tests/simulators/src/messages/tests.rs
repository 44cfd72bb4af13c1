//! The HTTP surface, by a client.

use super::{Provider, router};
use crate::control::Simulator;
use crate::faults::Faults;
use crate::testing::{answer, serve, switches};
use reqwest::Client;
use serde_json::{Value, json};
use std::sync::Arc;

struct Desk {
    provider: Arc<Provider>,
    url: String,
}

async fn desk(faults: Faults) -> Desk {
    let provider = Provider::new("a-token".into(), switches(faults));
    let url = serve(router(Arc::clone(&provider))).await;
    Desk { provider, url }
}

fn message(id: &str, to: &str) -> Value {
    let channel = if to.contains('@') { "email" } else { "sms" };
    json!({ "id": id, "channel": channel, "to": to, "subject": "Your code", "text": "123456 is your code." })
}

impl Desk {
    fn post(&self, message: &Value) -> reqwest::RequestBuilder {
        let id = message["id"].as_str().unwrap_or_default();
        let request = Client::new().post(format!("{}/v1/messages", self.url)).bearer_auth("a-token");
        request.header("Idempotency-Key", id).json(message)
    }

    async fn read(&self, query: &str) -> Vec<(String, u64)> {
        let (_, found) = answer(Client::new().get(format!("{}/_sim/messages{query}", self.url))).await;
        let line = |one: &Value| (one["id"].as_str().expect("an id").to_owned(), one["posts"].as_u64().expect("posts"));
        found.as_array().expect("a list").iter().map(line).collect()
    }
}

fn lines(lines: &[(&str, u64)]) -> Vec<(String, u64)> {
    lines.iter().map(|(id, posts)| ((*id).to_owned(), *posts)).collect()
}

#[tokio::test]
async fn messages_are_kept_to_be_read_by_recipient_the_newest_first() {
    let desk = desk(Faults::default()).await;
    for (id, to) in [("1", "asha@example.in"), ("2", "+919876543210"), ("3", "asha@example.in")] {
        assert_eq!(answer(desk.post(&message(id, to))).await.0, 202);
    }
    assert_eq!(desk.read("").await, lines(&[("3", 1), ("2", 1), ("1", 1)]));
    assert_eq!(desk.read("?to=asha@example.in").await, lines(&[("3", 1), ("1", 1)]));
    desk.provider.reset();
    assert_eq!(desk.read("").await, []);
}

#[tokio::test]
async fn a_message_whose_answer_was_lost_is_delivered_once_however_often_it_is_posted() {
    let faults = Faults { timeout_after_success_rate: 1.0, timeout_hold_ms: 10, ..Faults::default() };
    let desk = desk(faults).await;
    let message = message("1", "asha@example.in");
    assert!(desk.post(&message).send().await.is_err());
    desk.provider.switches().replace(Faults { error_500_after_success_rate: 1.0, ..Faults::default() });
    assert_eq!(answer(desk.post(&message)).await.0, 500);
    desk.provider.switches().replace(Faults::default());
    assert_eq!(answer(desk.post(&message)).await.0, 202);
    assert_eq!(desk.read("").await, lines(&[("1", 3)]));
    let mut other = message.clone();
    other["text"] = json!("another text");
    assert_eq!(answer(desk.post(&other)).await.0, 422);
}

#[tokio::test]
async fn a_provider_without_capacity_delivers_nothing() {
    let desk = desk(Faults { decline_rate: 1.0, ..Faults::default() }).await;
    assert_eq!(answer(desk.post(&message("1", "asha@example.in"))).await.0, 503);
    assert_eq!(desk.read("").await, []);
    let ledger = serde_json::to_value(desk.provider.ledger()).expect("JSON");
    assert_eq!(ledger["faults_fired"]["declined"], 1);
}

#[tokio::test]
async fn wrong_calls_answer_clearly() {
    let desk = desk(Faults::default()).await;
    let good = message("1", "asha@example.in");
    let stranger = Client::new().post(format!("{}/v1/messages", desk.url)).json(&good);
    assert_eq!(answer(stranger).await.0, 401);
    let unnamed = Client::new().post(format!("{}/v1/messages", desk.url)).bearer_auth("a-token").json(&good);
    assert_eq!(answer(unnamed).await.0, 422);
    assert_eq!(answer(desk.post(&json!({ "id": "1" }))).await.0, 400);
    for (channel, to) in [("sms", "asha@example.in"), ("email", "+919876543210")] {
        let mut wrong = good.clone();
        (wrong["channel"], wrong["to"]) = (json!(channel), json!(to));
        assert_eq!(answer(desk.post(&wrong)).await.0, 422, "{channel}");
    }
    assert_eq!(desk.read("").await, []);
}
