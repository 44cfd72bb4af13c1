//! The customer at the payment page: what the gateway's own script does in a browser.

use std::time::Duration;

use reqwest::{Client, StatusCode};

use super::{args::Arguments, plan::Method};
use crate::api::{ApiError, Payment, send};

const PATIENCE: Duration = Duration::from_secs(30);

/// The gateways that the shop works with.
#[derive(Debug, Clone)]
pub struct Gateways {
    http: Client,
    stripe: String,
    stripe_key: String,
    razorpay: String,
}

impl Gateways {
    /// Those at the given addresses.
    #[must_use]
    pub fn new(http: Client, arguments: &Arguments) -> Self {
        Self {
            http,
            stripe: arguments.stripe.trim_end_matches('/').to_owned(),
            stripe_key: arguments.stripe_key.clone(),
            razorpay: arguments.razorpay.trim_end_matches('/').to_owned(),
        }
    }

    /// Pays what the shop asks for, if the bank approves; a decline is an answer like another.
    ///
    /// # Errors
    /// The gateway does not answer, or refuses for another reason.
    pub async fn pay(&self, method: Method, payment: &Payment, approves: bool) -> Result<(), ApiError> {
        let paid = match method {
            Method::Stripe => self.confirm_intent(payment, approves).await,
            Method::Razorpay => self.go_through_checkout(payment, approves).await,
            Method::Cod => Ok(()),
        };
        match paid {
            Err(ApiError::Refused { status: StatusCode::PAYMENT_REQUIRED, .. }) if !approves => Ok(()),
            other => other,
        }
    }

    /// <https://docs.stripe.com/api/payment_intents/confirm>, with the test cards of <https://docs.stripe.com/testing>.
    async fn confirm_intent(&self, payment: &Payment, approves: bool) -> Result<(), ApiError> {
        let card = if approves { "pm_card_visa" } else { "pm_card_chargeDeclined" };
        let request = self
            .http
            .post(format!("{}/v1/payment_intents/{}/confirm", self.stripe, payment.gateway_ref))
            .bearer_auth(&self.stripe_key)
            .form(&[("payment_method", card), ("client_secret", &payment.client_secret)]);
        send(request, PATIENCE).await.map(drop)
    }

    /// Razorpay's checkout has no public server API; the simulator offers this in its place.
    async fn go_through_checkout(&self, payment: &Payment, approves: bool) -> Result<(), ApiError> {
        let outcome = if approves { "authorized" } else { "failed" };
        let request = self
            .http
            .post(format!("{}/_sim/orders/{}/pay", self.razorpay, payment.gateway_ref))
            .json(&serde_json::json!({ "method": "card", "outcome": outcome }));
        send(request, PATIENCE).await.map(drop)
    }
}
