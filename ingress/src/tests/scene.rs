//! An order that stands where the test says.

#![allow(missing_docs, reason = "not part of the library")]

use axum::{body::Body, http::Request};
use schemas::{
    documents::{PaymentPrompt, StatusView},
    ids::{OrderId, UserId},
    types::{GatewayName, Money, OrderStatus},
};
use shared::{
    time::Timestamp,
    versioned_cache::{Cached, News},
};

use crate::testing::{Bench, request};

/// An order of a customer.
pub struct Scene {
    pub bench: Bench,
    pub owner: UserId,
    pub order: OrderId,
}

impl Scene {
    pub async fn new() -> Self {
        Self::of(Bench::new().await)
    }

    pub fn of(bench: Bench) -> Self {
        Self { bench, owner: UserId::generate(), order: OrderId::generate() }
    }

    pub fn stands_at(&self, status: OrderStatus, version: i64) {
        let body = self.body(status);
        let cached = Cached { version, body: body.clone() };
        self.bench.cache.entries.lock().unwrap().insert(self.order.to_string(), cached);
        self.is_told(version, &body);
    }

    pub fn is_told(&self, version: i64, body: &[u8]) {
        self.bench.app.watchers.hear(News { id: &self.order.to_string(), version, body });
    }

    pub fn body(&self, status: OrderStatus) -> Vec<u8> {
        let payment = PaymentPrompt {
            gateway: GatewayName::Stripe,
            gateway_ref: "pi_1".to_owned(),
            client_secret: "pi_1_secret".to_owned(),
            amount: Money::inr(100),
            last_decline: None,
            attempt_id: String::new(),
        };
        let view = StatusView {
            order_id: self.order,
            user_id: self.owner,
            status,
            since: Timestamp::from_millis(1_000),
            reason: String::new(),
            payment: Some(payment).filter(|_| status == OrderStatus::AwaitingPayment),
            delayed: None,
        };
        serde_json::to_vec(&view).unwrap()
    }

    pub fn asked_by(&self, user: UserId, method: &str, path: &str, more: &[(&str, &str)], body: &str) -> Request<Body> {
        let bearer = format!("Bearer {}", self.bench.token(user));
        let mut headers = vec![("authorization", bearer.as_str()), ("content-type", "application/json")];
        headers.extend_from_slice(more);
        request(method, &format!("/orders/{}{path}", self.order), &headers, body.to_owned())
    }

    pub fn get(&self, path: &str) -> Request<Body> {
        self.asked_by(self.owner, "GET", path, &[], "")
    }
}
