//! The public API as a customer's app uses it.

mod answer;
mod basket;
mod order;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use uuid::Uuid;

pub use answer::Answer;
pub use basket::{Basket, address};
pub use order::PlacedOrder;

/// The password of every account that the tests make.
pub const PASSWORD: &str = "correct horse battery";

/// How long a login may take.
const LOGGED_IN_WITHIN: Duration = Duration::from_secs(10);

/// A customer or an admin, logged in. Clones are the same customer in the same session.
#[derive(Debug, Clone)]
pub struct Customer {
    http: reqwest::Client,
    api: String,
    email: String,
    session: Arc<Session>,
}

#[derive(Debug)]
struct Session {
    /// The access token.
    token: Mutex<String>,
    /// Held by whoever logs in again, for all who found that the token has expired.
    renewal: tokio::sync::Mutex<()>,
}

impl Customer {
    /// Registers a customer whom nobody has seen before.
    ///
    /// # Panics
    /// When the shop does not take them.
    pub async fn register(http: reqwest::Client, shop: &str) -> Self {
        let customer = Self::new(http, shop, &unused_email());
        let account = json!({ "email": customer.email, "password": PASSWORD, "name": "Asha Kulkarni" });
        let answer = Answer::of(customer.anonymous(Method::POST, "/auth/register").json(&account)).await;
        customer.take_token(answer.expect(201));
        customer
    }

    /// Opens a session for an account that there is, with [`PASSWORD`].
    ///
    /// # Panics
    /// When the shop does not let them in.
    pub async fn log_in(http: reqwest::Client, shop: &str, email: &str) -> Self {
        let customer = Self::new(http, shop, email);
        let answer = Answer::of(customer.login()).await;
        customer.take_token(answer.expect(200));
        customer
    }

    fn new(http: reqwest::Client, shop: &str, email: &str) -> Self {
        let session = Session { token: Mutex::default(), renewal: tokio::sync::Mutex::default() };
        Self { http, api: format!("{shop}/api/v1"), email: email.to_owned(), session: Arc::new(session) }
    }

    /// The same customer in a session of its own, with another token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        let session = Session { token: Mutex::new(token.to_owned()), renewal: tokio::sync::Mutex::default() };
        Self { session: Arc::new(session), ..self.clone() }
    }

    /// The same customer in the same session, at another ingress of the shop.
    #[must_use]
    pub fn at(&self, shop: &str) -> Self {
        Self { api: format!("{shop}/api/v1"), ..self.clone() }
    }

    /// Their access token.
    #[must_use]
    pub fn token(&self) -> String {
        self.session.token.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A request to a path below `/api/v1`, with the customer's token.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.anonymous(method, path).bearer_auth(self.token())
    }

    /// The same without the token.
    pub fn anonymous(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.api))
    }

    /// The answer to a request that may get none. Told that the token has expired, the customer logs in again and asks once
    /// more; a 401 means that the login failed.
    ///
    /// # Errors
    /// Why there is none: whether the request was taken is unknown.
    pub async fn ask(&self, request: impl Fn() -> RequestBuilder) -> Result<Answer, reqwest::Error> {
        let token = self.token();
        let answer = Answer::try_of(request()).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        self.log_in_again(&token).await;
        Answer::try_of(request()).await
    }

    async fn log_in_again(&self, expired: &str) {
        let _alone = self.session.renewal.lock().await;
        if self.token() != expired {
            return; // somebody else has done it meanwhile
        }
        let answer = Answer::try_of(self.login().timeout(LOGGED_IN_WITHIN)).await;
        if let Ok(answer) = answer
            && answer.status == 200
        {
            self.take_token(&answer);
        }
    }

    fn login(&self) -> RequestBuilder {
        let credentials = json!({ "email": self.email, "password": PASSWORD });
        self.anonymous(Method::POST, "/auth/login").json(&credentials)
    }

    fn take_token(&self, answer: &Answer) {
        let token = answer.json()["access_token"].as_str().unwrap_or_default().to_owned();
        *self.session.token.lock().unwrap_or_else(PoisonError::into_inner) = token;
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
