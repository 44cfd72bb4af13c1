//! The public API, as far as these clients call it.

mod error;
mod samples;
mod status;
mod views;

use std::time::Duration;

use reqwest::{
    Client, RequestBuilder, Response,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue},
    redirect,
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

pub use error::ApiError;
pub use samples::{Address, PUNE, unused_name};
pub use status::Status;
pub use views::{History, Invoice, OrderView, Payment, Placed, Price, Product, StatusView};

use views::{AccessToken, ProductPage};

/// How long an answer may take that nobody asked to wait.
const PATIENCE: Duration = Duration::from_secs(30);
/// How much longer than asked for a waiting read may take.
const GRACE: Duration = Duration::from_secs(10);
const PAGE: usize = 100;

/// The shop's API at one address. Cheap to clone; the clones share their connections.
#[derive(Debug, Clone)]
pub struct Api {
    http: Client,
    base: String,
}

/// A logged-in customer's bearer token, ready to be sent.
#[derive(Debug, Clone)]
pub struct Token {
    header: HeaderValue,
    /// How long it lasts from when it was issued.
    pub lifetime: Duration,
}

/// What an account is made with.
#[derive(Debug, Clone, Serialize)]
pub struct Account {
    /// Its e-mail address.
    pub email: String,
    /// Its password, at least ten characters.
    pub password: String,
    /// The customer's name.
    pub name: String,
}

#[derive(Serialize)]
struct Credentials<'a> {
    email: &'a str,
    password: &'a str,
}

#[derive(Serialize)]
struct NewItem {
    product_id: Uuid,
    quantity: u32,
}

/// A HTTP client that keeps its connections, follows no redirect and asks no proxy: what it measures is the shop.
///
/// # Errors
/// The machine's certificates cannot be read.
pub fn http_client() -> Result<Client, ApiError> {
    Client::builder()
        .http1_only()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .tcp_nodelay(true)
        .connect_timeout(Duration::from_secs(5))
        .pool_idle_timeout(Duration::from_secs(60))
        .build()
        .map_err(ApiError::from)
}

impl Api {
    /// The API of the shop at `shop`, such as `http://127.0.0.1:8080`.
    #[must_use]
    pub fn new(http: Client, shop: &str) -> Self {
        Self { http, base: format!("{}/api/v1", shop.trim_end_matches('/')) }
    }

    /// Makes an account and logs it in.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn register(&self, account: &Account) -> Result<Token, ApiError> {
        self.token("/auth/register", account).await
    }

    /// Logs an account in.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn login(&self, account: &Account) -> Result<Token, ApiError> {
        self.token("/auth/login", &Credentials { email: &account.email, password: &account.password }).await
    }

    async fn token(&self, path: &str, body: &impl Serialize) -> Result<Token, ApiError> {
        let request = self.http.post(format!("{}{path}", self.base)).json(body);
        let answer: AccessToken = read(send(request, PATIENCE).await?).await?;
        let mut header = HeaderValue::try_from(format!("Bearer {}", answer.access_token))
            .map_err(|_| ApiError::Unreadable("the access token is no header value".to_owned()))?;
        header.set_sensitive(true);
        Ok(Token { header, lifetime: Duration::from_secs(answer.expires_in) })
    }

    /// Every product the shop sells.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn products(&self) -> Result<Vec<Product>, ApiError> {
        let mut products = Vec::new();
        let mut cursor = None::<String>;
        loop {
            let mut request = self.http.get(format!("{}/products", self.base)).query(&[("limit", PAGE)]);
            if let Some(cursor) = &cursor {
                request = request.query(&[("cursor", cursor)]);
            }
            let page: ProductPage = read(send(request, PATIENCE).await?).await?;
            products.extend(page.items);
            match page.next_cursor {
                None => return Ok(products),
                next => cursor = next,
            }
        }
    }

    /// A product's page.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn product(&self, slug: &str) -> Result<(), ApiError> {
        take(self.http.get(format!("{}/products/{slug}", self.base))).await
    }

    /// The first products of a category.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn category(&self, category: &str) -> Result<(), ApiError> {
        take(self.http.get(format!("{}/products", self.base)).query(&[("category", category)])).await
    }

    /// A customer's cart.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn cart(&self, token: &Token) -> Result<(), ApiError> {
        take(self.http.get(format!("{}/cart", self.base)).header(AUTHORIZATION, token.header.clone())).await
    }

    /// Puts one of a product into a customer's cart.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn put_in_cart(&self, token: &Token, product: Uuid) -> Result<(), ApiError> {
        let item = NewItem { product_id: product, quantity: 1 };
        let request = self.http.post(format!("{}/cart/items", self.base));
        take(request.header(AUTHORIZATION, token.header.clone()).json(&item)).await
    }

    /// Places an order; `key` makes a repetition harmless.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn place(&self, token: &Token, key: &str, body: Vec<u8>) -> Result<Placed, ApiError> {
        let request = self
            .http
            .post(format!("{}/orders", self.base))
            .header(AUTHORIZATION, token.header.clone())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .header("idempotency-key", key)
            .body(body);
        read(send(request, PATIENCE).await?).await
    }

    /// Where an order stands. With `wait`, the answer comes when the order has reached that status or a later one, or
    /// ended, or the time is over.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn status(
        &self,
        token: &Token,
        order: Uuid,
        wait: Option<(Status, Duration)>,
    ) -> Result<StatusView, ApiError> {
        let path = format!("{}/orders/{order}/status", self.base);
        let (url, patience) = match wait {
            None => (path, PATIENCE),
            Some((status, time)) => {
                (format!("{path}?wait_for={}&timeout={}", status.as_str(), time.as_secs().max(1)), time + GRACE)
            }
        };
        read(send(self.http.get(url).header(AUTHORIZATION, token.header.clone()), patience).await?).await
    }

    /// An order with its history.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn order(&self, token: &Token, order: Uuid) -> Result<OrderView, ApiError> {
        read(send(self.of_order(token, order, ""), PATIENCE).await?).await
    }

    /// Asks for the cancellation of an order; its status tells what becomes of it.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn cancel(&self, token: &Token, order: Uuid, key: &str) -> Result<(), ApiError> {
        let request = self
            .http
            .post(format!("{}/orders/{order}/cancel", self.base))
            .header(AUTHORIZATION, token.header.clone())
            .header("idempotency-key", key);
        send(request, PATIENCE).await.map(drop)
    }

    /// The bytes of an order's invoice.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn invoice(&self, token: &Token, order: Uuid) -> Result<Vec<u8>, ApiError> {
        let answer = send(self.of_order(token, order, "/invoice"), PATIENCE).await?;
        Ok(answer.bytes().await?.into())
    }

    fn of_order(&self, token: &Token, order: Uuid, part: &str) -> RequestBuilder {
        self.http.get(format!("{}/orders/{order}{part}", self.base)).header(AUTHORIZATION, token.header.clone())
    }
}

/// Sends a request and takes nothing but success for an answer.
///
/// # Errors
/// [`ApiError::Transport`] without an answer, [`ApiError::Refused`] with one that says no.
pub async fn send(request: RequestBuilder, patience: Duration) -> Result<Response, ApiError> {
    let answer = request.timeout(patience).send().await?;
    if answer.status().is_success() { Ok(answer) } else { Err(ApiError::refusal(answer).await) }
}

/// Takes the whole answer and looks at none of it: what is measured is the shop.
async fn take(request: RequestBuilder) -> Result<(), ApiError> {
    send(request, PATIENCE).await?.bytes().await?;
    Ok(())
}

async fn read<T: DeserializeOwned>(answer: Response) -> Result<T, ApiError> {
    let path = answer.url().path().to_owned();
    let body = answer.bytes().await?;
    serde_json::from_slice(&body).map_err(|error| ApiError::Unreadable(format!("{path}: {error}")))
}
