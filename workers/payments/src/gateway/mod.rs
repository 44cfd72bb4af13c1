//! The payment gateways: what each must be able to do, and who they are.
//!
//! A new gateway is a file here that is a [`Gateway`] and a [`listing::Listing`], a line in [`Gateways`], a reader of its
//! webhooks in the ingress, and a name in `schemas`; see ARCHITECTURE.md.

mod call;
mod http;
mod keys;
pub mod listing;
pub mod razorpay;
pub mod stripe;
#[cfg(test)]
mod testing;

use std::future::Future;

use schemas::{
    ids::OrderId,
    payments::{CallOutcome, GatewayAnswered, GatewayPayment, PaymentsMessage},
    types::{GatewayName, Money},
};
use shared::{
    engine::{Caller, PendingEffect, Unanswered},
    id::MessageId,
};

use self::{razorpay::Razorpay, stripe::Stripe};
use crate::{
    effect::{GatewayEffect, Target},
    handler::Payments,
};

/// A payment gateway. Every changing call carries a key: the same key never changes anything twice.
pub trait Gateway: Send + Sync + 'static {
    /// Makes a payment that the customer can authorise and only we can capture, for this attempt of the order's and no other.
    fn create(
        &self,
        key: MessageId,
        order_id: OrderId,
        attempt: i32,
        amount: Money,
    ) -> impl Future<Output = Answer> + Send;

    /// Takes all of an authorised payment.
    fn capture(&self, key: MessageId, target: &Target, amount: Money) -> impl Future<Output = Answer> + Send;

    /// Makes sure that nothing can be taken any more; refused once something was.
    fn void(&self, key: MessageId, target: &Target) -> impl Future<Output = Answer> + Send;

    /// Gives captured money back. The order is noted with the refund where the gateway's reports of it name nothing else.
    fn refund(
        &self,
        key: MessageId,
        order_id: OrderId,
        target: &Target,
        amount: Money,
    ) -> impl Future<Output = Answer> + Send;

    /// Describes the payment; changes nothing.
    fn query(&self, target: &Target) -> impl Future<Output = Answer> + Send;
}

/// The payment as the gateway describes it after the call, or why there is no description.
pub type Answer = Result<GatewayPayment, GatewayError>;

/// Why a call did not end with a description of the payment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GatewayError {
    /// The gateway will not do it, now or later.
    #[error("refused: {code} ({detail})")]
    Refused {
        /// The gateway's code.
        code: String,
        /// Its words, for the log.
        detail: String,
    },
    /// Nobody answered, or not to the point. The same call with the same key is safe and may succeed.
    #[error("no answer: {0}")]
    Unanswered(String),
    /// It is not known whether it was done, and the gateway will repeat this very answer for this key: ask how the
    /// payment stands and, if need be, call again under a new key.
    #[error("fate unknown and key used up: {0}")]
    Spent(String),
}

/// All gateways.
pub struct Gateways {
    /// `stripe`
    pub stripe: Stripe,
    /// `razorpay`
    pub razorpay: Razorpay,
}

impl Caller<Payments> for Gateways {
    async fn call(&self, _order: &str, pending: &PendingEffect<GatewayEffect>) -> Result<PaymentsMessage, Unanswered> {
        let effect = &pending.effect;
        let answer = match effect.gateway {
            GatewayName::Stripe => call::make(&self.stripe, pending.id, effect).await,
            GatewayName::Razorpay => call::make(&self.razorpay, pending.id, effect).await,
        };
        match answer {
            Ok(payment) => Ok(answered(effect, CallOutcome::Done, Some(payment), "")),
            Err(GatewayError::Refused { code, .. }) => Ok(answered(effect, CallOutcome::Refused, None, &code)),
            Err(GatewayError::Spent(why)) => Ok(answered(effect, CallOutcome::Unknown, None, &why)),
            Err(GatewayError::Unanswered(why)) => Err(Unanswered(why)),
        }
    }

    fn unanswered(&self, _order: &str, effect: &GatewayEffect, why: &Unanswered) -> PaymentsMessage {
        answered(effect, CallOutcome::Unknown, None, &why.0)
    }

    fn lane(&self, effect: &GatewayEffect) -> &'static str {
        effect.gateway.as_str()
    }
}

fn answered(
    effect: &GatewayEffect,
    outcome: CallOutcome,
    payment: Option<GatewayPayment>,
    error_code: &str,
) -> PaymentsMessage {
    let (order_id, call) = (effect.order_id, effect.ask.call());
    let (error_code, gateway) = (error_code.to_owned(), Some(effect.gateway));
    GatewayAnswered { order_id, call, outcome, payment, error_code, gateway }.into()
}
