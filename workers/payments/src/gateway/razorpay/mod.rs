//! Razorpay, by Orders with manual capture: <https://razorpay.com/docs/api/orders>.
//!
//! Two things differ from Stripe. An order cannot be cancelled, and an authorised payment cannot be voided: what is not
//! captured goes back to the customer by itself when the order's `manual_expiry_period` is over
//! (<https://razorpay.com/docs/payments/payments/capture-settings/api/>). Capturing a payment in order to refund it would
//! give it back no sooner, would cost the gateway's fee, and would show the customer a charge that nobody meant. So to
//! void means here: make sure that nothing is captured, and leave it; only we capture, and after a void we never do.
//! Every order carries a short expiry period of its own. Should money be captured all the same (by hand, at the
//! gateway), the payment's rules refund it.

mod listing;
mod objects;
#[cfg(test)]
mod tests;

use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder};
use schemas::{
    ids::OrderId,
    payments::{GatewayPayment, GatewayState},
    types::Money,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, de::DeserializeOwned};
use shared::{id::MessageId, rotation::Previous};

use self::objects::{CaptureOptions, CaptureWish, Collection, Order, OrderWish, Payment, Refund, RefundWish};
use super::{
    Answer, Gateway, GatewayError, http,
    keys::{Key, Keys},
};
use crate::effect::Target;

/// <https://razorpay.com/docs/api/refunds/normal-refunds-idempotent>
const REFUND_KEY: &str = "x-refund-idempotency";

/// The Razorpay account.
pub struct Razorpay {
    client: Client,
    base: String,
    keys: Keys<KeyPair>,
    hold_minutes: u32,
}

/// Both halves of a key.
#[derive(Debug, Clone)]
pub struct KeyPair {
    /// The public half.
    pub id: String,
    /// The secret half.
    pub secret: SecretString,
}

impl Key for KeyPair {
    const GATEWAY: &'static str = "razorpay";

    fn prove(&self, request: RequestBuilder) -> RequestBuilder {
        request.basic_auth(&self.id, Some(self.secret.expose_secret()))
    }
}

impl Razorpay {
    /// An account at `url` (`https://api.razorpay.com/`). An authorised payment that is not captured goes back to the
    /// customer after `hold_minutes` (the API allows 12 to 7200).
    ///
    /// # Errors
    /// When no TLS is to be had on this machine.
    pub fn new(
        url: &str,
        key_id: String,
        key_secret: SecretString,
        timeout: Duration,
        hold_minutes: u32,
    ) -> Result<Self, reqwest::Error> {
        let keys = Keys::new(KeyPair { id: key_id, secret: key_secret });
        Ok(Self { client: http::client(timeout)?, base: http::base(url), keys, hold_minutes })
    }

    /// The same account with the key that it had before.
    #[must_use]
    pub fn with_previous(self, previous: Option<Previous<KeyPair>>) -> Self {
        Self { keys: self.keys.with_previous(previous), ..self }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}/v1/{path}", self.base))
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, GatewayError> {
        self.send(self.request(Method::GET, path)).await
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, GatewayError> {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    async fn send<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, GatewayError> {
        let response = self.keys.send(request).await?;
        let status = response.status();
        let body = response.bytes().await.map_err(http::unreachable)?;
        if !status.is_success() {
            return Err(objects::error(status, &body));
        }
        serde_json::from_slice(&body)
            .map_err(|error| GatewayError::Unanswered(format!("an answer that does not decode: {error}")))
    }

    /// The order that an unanswered creation made after all: creations have no idempotency key, but a receipt.
    async fn find_created(&self, receipt: &str, amount: Money) -> Result<Option<Order>, GatewayError> {
        let request = self.request(Method::GET, "orders").query(&[("receipt", receipt)]);
        let found: Collection<Order> = self.send(request).await?;
        Ok(found.items.into_iter().find(|order| order.is_for(amount)))
    }

    /// The payments made on the order so far; the one we know if we know one, else the one that has come furthest.
    async fn find_payment(&self, target: &Target) -> Result<Option<Payment>, GatewayError> {
        let payments: Collection<Payment> = self.get(&format!("orders/{}/payments", target.gateway_ref)).await?;
        let mut payments = payments.items;
        payments.retain(|payment| target.payment_ref.is_empty() || payment.id == target.payment_ref);
        payments.sort_by_key(Payment::progress);
        Ok(payments.pop())
    }

    /// A payment in our words, with its refunds counted one by one: those on their way are not in its own sum yet.
    async fn describe(&self, payment: &Payment) -> Answer {
        let seen = payment.describe();
        if seen.captured_minor == 0 {
            return Ok(seen);
        }
        // As many as one page may hold; ten are the default.
        let refunds: Collection<Refund> = self.get(&format!("payments/{}/refunds?count=100", payment.id)).await?;
        Ok(payment.describe_with(&refunds.items))
    }
}

impl Gateway for Razorpay {
    async fn create(&self, _key: MessageId, order_id: OrderId, attempt: i32, amount: Money) -> Answer {
        let wish = OrderWish::new(order_id, attempt, amount, CaptureOptions::manual(self.hold_minutes));
        match self.post::<Order>("orders", &wish).await {
            Ok(order) => Ok(order.describe()),
            // It may have been made. If the look fails too, a second order may be: nobody can pay an order nobody was
            // told of, so that it does no harm.
            Err(GatewayError::Unanswered(why)) => match self.find_created(wish.receipt(), amount).await {
                Ok(Some(order)) => Ok(order.describe()),
                Ok(None) => Err(GatewayError::Unanswered(why)),
                Err(error) => Err(error.about_earlier()),
            },
            Err(error) => Err(error),
        }
    }

    async fn capture(&self, _key: MessageId, target: &Target, amount: Money) -> Answer {
        let path = format!("payments/{}/capture", target.payment_ref);
        let payment: Payment = self.post(&path, &CaptureWish::of(amount)).await?;
        Ok(payment.describe())
    }

    async fn void(&self, _key: MessageId, target: &Target) -> Answer {
        let seen = self.query(target).await?;
        match seen.state {
            GatewayState::Captured | GatewayState::Refunded => Err(GatewayError::Refused {
                code: "already_captured".to_owned(),
                detail: format!("{} was captured before it could be voided", seen.payment_ref),
            }),
            _ => Ok(GatewayPayment { state: GatewayState::Voided, ..seen }),
        }
    }

    async fn refund(&self, key: MessageId, _order_id: OrderId, target: &Target, amount: Money) -> Answer {
        let request = self.request(Method::POST, &format!("payments/{}/refund", target.payment_ref));
        let refund: Refund =
            self.send(request.header(REFUND_KEY, key.to_string()).json(&RefundWish::of(amount))).await?;
        tracing::info!(refund = refund.id, status = refund.status, "refunded");
        self.query(target).await
    }

    async fn query(&self, target: &Target) -> Answer {
        match self.find_payment(target).await? {
            Some(payment) => self.describe(&payment).await,
            None => {
                let order: Order = self.get(&format!("orders/{}", target.gateway_ref)).await?;
                Ok(order.describe())
            }
        }
    }
}
