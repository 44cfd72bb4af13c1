//! Equal requests at once under one key, and others under the same (I7): over and over, whatever dies meanwhile.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use reqwest::Method;
use tokio::time::Instant;

use crate::{
    background::{Background, End},
    checker::{Answered, Burst, OrderLine, Posted},
    client::{Answer, Basket, Customer, unused_name},
    log::ClientLog,
    stack::Stack,
};

/// How many requests for an order each burst comes to in the client's log: equal ones, another body, another customer's.
pub const REQUESTS_A_BURST: usize = 3;
/// How many equal requests there are at once.
const AT_ONCE: usize = 10;
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
const ASK_AGAIN: Duration = Duration::from_millis(400);
/// How long a request is repeated that gets no clear answer: longer than the ingress is away.
const PERSISTENCE: Duration = Duration::from_secs(60);

/// Sends bursts until it is stopped.
pub struct IdempotencyProbe(Background<Vec<Burst>>);

/// Who sends, and what is sent.
struct Prober {
    one: Customer,
    other: Customer,
    shop: Arc<Stack>,
    part: String,
    log: Arc<ClientLog>,
}

impl IdempotencyProbe {
    /// Sends one burst after the other, `every` so long; the orders that they make are noted in the client's log like all
    /// others.
    pub async fn start(shop: &Arc<Stack>, log: &Arc<ClientLog>, every: Duration) -> Self {
        let (one, other) = (shop.customer().await, shop.customer().await);
        let part = shop.catalog.skus_in_stock().swap_remove(0);
        let prober = Prober { one, other, shop: Arc::clone(shop), part, log: Arc::clone(log) };
        Self(Background::start(move |end| prober.probe(every, end)))
    }

    /// What was sent and how it was answered.
    pub async fn stop(self) -> Vec<Burst> {
        self.0.stop().await
    }
}

impl Prober {
    async fn probe(self, every: Duration, mut end: End) -> Vec<Burst> {
        let mut bursts = Vec::new();
        while !end.has_come() {
            let next = Instant::now() + every;
            bursts.push(self.burst().await);
            end.or_after(next.saturating_duration_since(Instant::now())).await;
        }
        bursts
    }

    /// Ten at once, more if none of them was taken, and then the same key with another body and from another customer.
    async fn burst(&self) -> Burst {
        let key = unused_name();
        let [reference, other_reference, other_user] =
            ["equal", "other", "others"].map(|what| format!("probe {what} {key}"));
        let mut equal = join_all((0..AT_ONCE).map(|_| self.post(&self.one, &key, &reference, 1))).await;
        equal.extend(self.until_clear(&self.one, &key, &reference, 1).await);
        let other_body = self.until_clear(&self.one, &key, &other_reference, 2).await;
        let other_user = self.until_clear(&self.other, &key, &other_user, 1).await;
        Burst { reference, equal, other_reference, other_body, other_user }
    }

    /// Repeats a request until it is clear what became of it. Returns every answer.
    async fn until_clear(&self, customer: &Customer, key: &str, reference: &str, quantity: i64) -> Vec<Posted> {
        let until = Instant::now() + PERSISTENCE;
        let mut answers = Vec::new();
        loop {
            let answer = self.post(customer, key, reference, quantity).await;
            let clear = answer.status.is_some_and(|status| status < 500 && !matches!(status, 401 | 429));
            answers.push(answer);
            if clear || Instant::now() > until {
                return answers;
            }
            tokio::time::sleep(ASK_AGAIN).await;
        }
    }

    async fn post(&self, customer: &Customer, key: &str, reference: &str, quantity: i64) -> Posted {
        let units = u32::try_from(quantity).unwrap_or(1);
        let basket = Basket::of(&self.shop.catalog, &[(&self.part, units)]).paid_by("cod").marked(reference);
        let request = || customer.request(Method::POST, "/orders").header("idempotency-key", key);
        let answer = customer.ask(|| request().json(&basket.body()).timeout(ANSWER_WITHIN)).await;
        self.log.note(reference, &[OrderLine { sku: self.part.clone(), quantity }], Answered::of(&answer));
        posted(answer)
    }
}

fn posted(answer: Result<Answer, reqwest::Error>) -> Posted {
    let Ok(answer) = answer else { return Posted { status: None, body: String::new(), order: None, code: None } };
    let told = answer.json();
    let text = |field: &str| told[field].as_str().map(ToOwned::to_owned);
    Posted { status: Some(answer.status), body: answer.text(), order: text("order_id"), code: text("code") }
}
