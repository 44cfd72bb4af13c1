//! One order as its customer follows it.

use reqwest::Method;
use schemas::types::OrderStatus;
use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use super::{Answer, Customer};
use crate::wait::PATIENCE;

/// An order that the shop accepted.
#[derive(Debug, Clone)]
pub struct PlacedOrder {
    /// Whose it is.
    pub customer: Customer,
    /// Its id.
    pub id: String,
}

impl PlacedOrder {
    /// A path below this order.
    #[must_use]
    pub fn path(&self, part: &str) -> String {
        format!("/orders/{}{part}", self.id)
    }

    /// Where it stands.
    ///
    /// # Panics
    /// When the shop does not say.
    pub async fn status(&self) -> Value {
        let answer = self.customer.get(&self.path("/status")).await;
        answer.expect(200);
        answer.json()
    }

    /// Waits until it stands exactly here.
    ///
    /// # Panics
    /// When it ends elsewhere, or does not come here in time.
    pub async fn reaches(&self, status: OrderStatus) -> Value {
        let until = Instant::now() + PATIENCE;
        let path = self.path(&format!("/status?wait_for={}&timeout=5", status.as_str()));
        loop {
            let answer = self.customer.get(&path).await;
            answer.expect(200);
            let seen = answer.json();
            if seen["status"] == status.as_str() {
                return seen;
            }
            let ended = OrderStatus::ALL.iter().any(|other| other.is_terminal() && seen["status"] == other.as_str());
            assert!(!ended, "order {} ended otherwise than {}: {seen}", self.id, status.as_str());
            assert!(Instant::now() < until, "order {} is not {} in time: {seen}", self.id, status.as_str());
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }

    /// What the customer needs to pay, once the shop waits for it.
    ///
    /// # Panics
    /// When it does not come to that.
    pub async fn payment_prompt(&self) -> Value {
        self.reaches(OrderStatus::AwaitingPayment).await["payment"].clone()
    }

    /// The order with its history.
    ///
    /// # Panics
    /// When the shop does not show it.
    pub async fn view(&self) -> Value {
        let answer = self.customer.get(&self.path("")).await;
        answer.expect(200);
        answer.json()
    }

    /// The states it passed through.
    ///
    /// # Panics
    /// When the shop does not show it.
    pub async fn path_taken(&self) -> Vec<String> {
        let view = self.view().await;
        let history = view["history"].as_array().cloned().unwrap_or_default();
        history.iter().map(|step| step["status"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Wants to pay it again, or otherwise, under this key; the attempt.
    ///
    /// # Panics
    /// When the shop does not take the request.
    pub async fn pay_by(&self, method: &str, key: &str) -> Value {
        let request = self.customer.request(Method::POST, &self.path("/payments")).header("idempotency-key", key);
        let answer = Answer::of(request.json(&json!({ "payment_method": method }))).await;
        answer.expect(202);
        answer.json()["payment"].clone()
    }

    /// The attempts at paying it.
    ///
    /// # Panics
    /// When the shop does not show them.
    pub async fn payments(&self) -> Vec<Value> {
        let answer = self.customer.get(&self.path("/payments")).await;
        answer.expect(200);
        answer.json()["items"].as_array().cloned().unwrap_or_default()
    }

    /// Asks for its cancellation.
    ///
    /// # Panics
    /// Without an answer.
    pub async fn try_cancel(&self) -> Answer {
        let request = self.customer.request(Method::POST, &self.path("/cancel"));
        Answer::of(request.header("idempotency-key", Uuid::now_v7().to_string())).await
    }

    /// Cancels it.
    ///
    /// # Panics
    /// When the shop does not take the request.
    pub async fn cancel(&self) {
        let answer = self.try_cancel().await;
        assert!((200..300).contains(&answer.status), "{} {}", answer.status, answer.text());
    }

    /// The invoice.
    ///
    /// # Panics
    /// Without an answer.
    pub async fn invoice(&self) -> Answer {
        self.customer.get(&self.path("/invoice")).await
    }
}
