//! Stripe, by PaymentIntents with manual capture: <https://docs.stripe.com/payments/place-a-hold-on-a-payment-method>.

mod listing;
mod objects;
#[cfg(test)]
mod tests;
mod transport;

use std::{collections::HashMap, time::Duration};

use schemas::{
    ids::OrderId,
    types::{Currency, Money},
};
use secrecy::SecretString;
use shared::{id::MessageId, rotation::Previous};
use stripe::{IdempotencyKey, RequestStrategy, StripeRequest};
use stripe_core::{
    payment_intent::{CancelPaymentIntent, CapturePaymentIntent, CreatePaymentIntent, RetrievePaymentIntent},
    refund::{CreateRefund, ListRefund},
};
use stripe_shared::PaymentIntentCaptureMethod;

use self::{
    objects::{Intent, ORDER_ID, RefundList, RefundMade},
    transport::Transport,
};
use super::{Answer, Gateway, GatewayError};
use crate::{effect::Target, reconciliation::books::Refund};

/// The most refunds one page may hold. A payment is refunded once, or a few times by hand.
const REFUNDS_PAGE: i64 = 100;

/// The Stripe account.
pub struct Stripe {
    transport: Transport,
}

impl Stripe {
    /// An account at `url` (`https://api.stripe.com/`).
    ///
    /// # Errors
    /// When no TLS is to be had on this machine.
    pub fn new(url: &str, secret_key: SecretString, timeout: Duration) -> Result<Self, reqwest::Error> {
        Ok(Self { transport: Transport::new(url, secret_key, timeout)? })
    }

    /// The same account with the secret key that it had before.
    #[must_use]
    pub fn with_previous(self, previous: Option<Previous<SecretString>>) -> Self {
        Self { transport: self.transport.with_previous(previous) }
    }

    /// Sends a request, decoding only the fields we need: the generated types refuse an answer that lacks any field
    /// they know, and so would break with every change of the API.
    async fn send<T: miniserde::Deserialize>(
        &self,
        request: &impl StripeRequest,
        strategy: RequestStrategy,
    ) -> Result<T, GatewayError> {
        let request = request.build().customize::<T>().request_strategy(strategy);
        request.send(&self.transport).await
    }

    /// What went back of an intent, and by which refunds.
    async fn refunds_of(&self, intent: &str) -> Result<(i64, Vec<Refund>), GatewayError> {
        let list = ListRefund::new().payment_intent(intent).limit(REFUNDS_PAGE);
        let refunds: RefundList = self.send(&list, RequestStrategy::Once).await?;
        Ok((refunds.total(), refunds.each()))
    }
}

impl Gateway for Stripe {
    /// Which methods the customer is offered is set in Stripe's dashboard; manual capture leaves those that can be held.
    async fn create(&self, key: MessageId, order_id: OrderId, _attempt: i32, amount: Money) -> Answer {
        let request = CreatePaymentIntent::new(amount.minor, currency(amount.currency))
            .capture_method(PaymentIntentCaptureMethod::Manual)
            .metadata(HashMap::from([(ORDER_ID.to_owned(), order_id.to_string())]));
        let intent: Intent = self.send(&request, once(key)?).await?;
        Ok(intent.describe_to_payer(0))
    }

    async fn capture(&self, key: MessageId, target: &Target, amount: Money) -> Answer {
        let request = CapturePaymentIntent::new(target.gateway_ref.as_str()).amount_to_capture(amount.minor);
        let intent: Intent = self.send(&request, once(key)?).await?;
        Ok(intent.describe(0))
    }

    async fn void(&self, key: MessageId, target: &Target) -> Answer {
        let intent: Intent = self.send(&CancelPaymentIntent::new(target.gateway_ref.as_str()), once(key)?).await?;
        Ok(intent.describe(0))
    }

    async fn refund(&self, key: MessageId, order_id: OrderId, target: &Target, amount: Money) -> Answer {
        let request = CreateRefund::new()
            .payment_intent(target.gateway_ref.as_str())
            .amount(amount.minor)
            .metadata(HashMap::from([(ORDER_ID.to_owned(), order_id.to_string())]));
        let made: RefundMade = self.send(&request, once(key)?).await?;
        tracing::info!(refund = made.id, status = made.status, "refunded");
        self.query(target).await
    }

    async fn query(&self, target: &Target) -> Answer {
        let request = RetrievePaymentIntent::new(target.gateway_ref.as_str());
        let intent: Intent = self.send(&request, RequestStrategy::Once).await?;
        // An intent does not say what was refunded.
        let refunded = if intent.received() > 0 { self.refunds_of(&target.gateway_ref).await?.0 } else { 0 };
        Ok(intent.describe_to_payer(refunded))
    }
}

/// Sends once under our own key: the library's retrying strategies make up a key for every call.
fn once(key: MessageId) -> Result<RequestStrategy, GatewayError> {
    let key = IdempotencyKey::new(key.to_string()).map_err(|error| GatewayError::Unanswered(error.to_string()))?;
    Ok(RequestStrategy::Idempotent(key))
}

const fn currency(currency: Currency) -> stripe_types::Currency {
    match currency {
        Currency::INR => stripe_types::Currency::INR,
    }
}
