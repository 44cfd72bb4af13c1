//! How the requests of `async-stripe` reach Stripe.
//!
//! The library's own client opens a connection, with its TLS handshake, for every request and forgets the status of an
//! error that it cannot decode; this one keeps both.

use std::{fmt::Display, time::Duration};

use reqwest::{Client, StatusCode, header::CONTENT_TYPE};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use stripe::CustomizedStripeRequest;
use stripe_client_core::{RequestBuilder, StripeClient, StripeClientErr, StripeMethod, VERSION};
use tokio_util::bytes::Bytes;

use shared::rotation::Previous;

use crate::gateway::{
    GatewayError, http,
    keys::{Key, Keys},
};

/// A Stripe account reached through a pool of connections.
pub(super) struct Transport {
    client: Client,
    base: String,
    keys: Keys<SecretKey>,
}

struct SecretKey(SecretString);

impl Key for SecretKey {
    const GATEWAY: &'static str = "stripe";

    fn prove(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        request.bearer_auth(self.0.expose_secret())
    }
}

/// <https://docs.stripe.com/api/errors>
#[derive(Debug, Default, Deserialize)]
struct ErrorBody {
    error: ErrorFields,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ErrorFields {
    #[serde(rename = "type")]
    kind: String,
    code: String,
    message: String,
}

impl Transport {
    pub(super) fn new(url: &str, secret_key: SecretString, timeout: Duration) -> Result<Self, reqwest::Error> {
        let keys = Keys::new(SecretKey(secret_key));
        Ok(Self { client: http::client(timeout)?, base: http::base(url), keys })
    }

    /// The same account with the key that it had before.
    pub(super) fn with_previous(self, previous: Option<Previous<SecretString>>) -> Self {
        Self { keys: self.keys.with_previous(previous.map(|previous| previous.map(SecretKey))), ..self }
    }

    /// Reads something. The library's request types for lists would bring in ten thousand lines for three addresses.
    ///
    /// # Errors
    /// [`GatewayError`] as for every request.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<T, GatewayError> {
        let request = self.request(RequestBuilder::new(StripeMethod::Get, path), None).query(query);
        let response = self.keys.send(request).await?;
        let status = response.status();
        let body = response.bytes().await.map_err(http::unreachable)?;
        if !status.is_success() {
            return Err(error(status, false, &body));
        }
        serde_json::from_slice(&body).map_err(GatewayError::deserialize_err)
    }

    fn request(&self, request: RequestBuilder, key: Option<String>) -> reqwest::RequestBuilder {
        let mut url = format!("{}/v1{}", self.base, request.path);
        if let Some(query) = request.query.filter(|query| !query.is_empty()) {
            url = format!("{url}?{query}");
        }
        let mut http = match request.method {
            StripeMethod::Get => self.client.get(url),
            StripeMethod::Post => self.client.post(url),
            StripeMethod::Delete => self.client.delete(url),
        };
        http = http.header("stripe-version", VERSION.as_str());
        if let Some(key) = key {
            http = http.header("idempotency-key", key);
        }
        match request.body {
            Some(body) => http.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body),
            None => http,
        }
    }
}

impl StripeClient for Transport {
    type Err = GatewayError;

    async fn execute(&self, request: CustomizedStripeRequest) -> Result<Bytes, GatewayError> {
        let (request, config) = request.into_pieces();
        let key = config.request_strategy.and_then(|strategy| strategy.get_key()).map(|key| key.into_inner());
        let keyed = key.is_some();
        let response = self.keys.send(self.request(request, key)).await?;
        let status = response.status();
        let body = response.bytes().await.map_err(http::unreachable)?;
        if status.is_success() { Ok(body) } else { Err(error(status, keyed, &body)) }
    }
}

/// Stripe keeps what it answered under a key, a 500 included, and repeats it for the same key:
/// <https://docs.stripe.com/api/idempotent_requests>.
fn error(status: StatusCode, keyed: bool, body: &[u8]) -> GatewayError {
    let ErrorFields { kind, code, message } = serde_json::from_slice::<ErrorBody>(body).unwrap_or_default().error;
    let detail = format!("{status} {kind} {code}: {message}");
    if status == StatusCode::INTERNAL_SERVER_ERROR && keyed {
        return GatewayError::Spent(detail);
    }
    http::error(status, if code.is_empty() { kind } else { code }, detail)
}

impl StripeClientErr for GatewayError {
    fn deserialize_err(msg: impl Display) -> Self {
        Self::Unanswered(format!("an answer that does not decode: {msg}"))
    }
}
