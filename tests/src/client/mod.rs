//! The public API as a customer's app uses it.

mod answer;
mod basket;
mod order;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use uuid::Uuid;

pub use answer::Answer;
pub use basket::{Basket, address};
pub use order::PlacedOrder;

/// The password of every account that the tests make.
pub const PASSWORD: &str = "correct horse battery";

/// A customer or an admin, logged in.
#[derive(Debug, Clone)]
pub struct Customer {
    http: reqwest::Client,
    api: String,
    /// Their access token.
    pub token: String,
}

impl Customer {
    /// Registers a customer whom nobody has seen before.
    ///
    /// # Panics
    /// When the shop does not take them.
    pub async fn register(http: reqwest::Client, shop: &str) -> Self {
        let api = format!("{shop}/api/v1");
        let account = json!({ "email": unused_email(), "password": PASSWORD, "name": "Asha Kulkarni" });
        let answer = Answer::of(http.post(format!("{api}/auth/register")).json(&account)).await;
        answer.expect(201);
        let token = answer.json()["access_token"].as_str().unwrap_or_default().to_owned();
        Self { http, api, token }
    }

    /// Opens a session for an account that there is, with [`PASSWORD`].
    ///
    /// # Panics
    /// When the shop does not let them in.
    pub async fn log_in(http: reqwest::Client, shop: &str, email: &str) -> Self {
        let api = format!("{shop}/api/v1");
        let credentials = json!({ "email": email, "password": PASSWORD });
        let answer = Answer::of(http.post(format!("{api}/auth/login")).json(&credentials)).await;
        answer.expect(200);
        let token = answer.json()["access_token"].as_str().unwrap_or_default().to_owned();
        Self { http, api, token }
    }

    /// The same customer with another token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    /// A request to a path below `/api/v1`, with the customer's token.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.anonymous(method, path).bearer_auth(&self.token)
    }

    /// The same without the token.
    pub fn anonymous(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.api))
    }

    /// Reads a path below `/api/v1`.
    ///
    /// # Panics
    /// Without an answer.
    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path)).await
    }

    /// Places an order under a key of its own.
    ///
    /// # Panics
    /// When the shop does not accept it.
    pub async fn place(&self, basket: &Basket) -> PlacedOrder {
        let answer = self.post_order(&Uuid::now_v7().to_string(), basket.body()).await;
        answer.expect(202);
        let id = answer.json()["order_id"].as_str().unwrap_or_default().to_owned();
        PlacedOrder { customer: self.clone(), id }
    }

    /// Sends a body to `POST /orders` under a key.
    ///
    /// # Panics
    /// Without an answer.
    pub async fn post_order(&self, key: &str, body: Value) -> Answer {
        Answer::of(self.request(Method::POST, "/orders").header("idempotency-key", key).json(&body)).await
    }

    /// An order of this customer.
    #[must_use]
    pub fn order(&self, id: &str) -> PlacedOrder {
        PlacedOrder { customer: self.clone(), id: id.to_owned() }
    }
}

/// A name that nobody has had yet. In letters only: thirteen digits in a row may look like a card's number.
#[must_use]
pub fn unused_name() -> String {
    let letter = |half: u8| char::from(b'a' + half);
    Uuid::now_v7().into_bytes().into_iter().flat_map(|byte| [letter(byte >> 4), letter(byte & 15)]).collect()
}

/// An e-mail address that nobody has had yet.
#[must_use]
pub fn unused_email() -> String {
    format!("asha.{}@example.in", unused_name())
}

/// Sends a request and takes nothing but success for an answer.
pub(crate) async fn expect_success(request: RequestBuilder) -> Value {
    let answer = Answer::of(request).await;
    assert!((200..300).contains(&answer.status), "{} {}", answer.status, answer.text());
    answer.json()
}
