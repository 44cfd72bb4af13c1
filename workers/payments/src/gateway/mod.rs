//! The payment gateways: what each must be able to do, and who they are.
//!
//! A new gateway is a file here that is a [`Gateway`] and a [`listing::Listing`], a line in [`Gateways`], a reader of its
//! webhooks in the ingress, and a name in `schemas`; see ARCHITECTURE.md.

pub mod breaker;
mod call;
pub mod circuits;
mod http;
mod keys;
pub mod listing;
pub mod numbers;
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
    engine::{Caller, PendingEffect, Tried, Unanswered},
    id::MessageId,
};

use self::{circuits::Circuits, razorpay::Razorpay, stripe::Stripe};
use crate::{
    effect::{Ask, GatewayEffect, Target},
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

    /// Takes so much of an authorised payment. Of less than all of it Stripe lets the rest go
    /// (<https://docs.stripe.com/api/payment_intents/capture>); Razorpay refuses anything but all
    /// (<https://razorpay.com/docs/api/payments/capture/>). Orders are sold whole or not at all, so all is what they ask for.
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
    /// The gateway is at work on this very request. The same call with the same key will find out.
    #[error("under way: {0}")]
    UnderWay(String),
    /// Nothing was done, for a reason that is not in the request: it may be made later, or elsewhere.
    #[error("{why:?}, nothing was done: {detail}")]
    NotDone {
        /// The reason.
        why: Hindrance,
        /// The gateway's words, for the log.
        detail: String,
    },
}

/// Why a gateway certainly did nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hindrance {
    /// No connection came about, so that nothing was sent.
    Unreachable,
    /// It does not know our key, or the key may not do this. That is ours to mend, not the customer's to suffer.
    NotLetIn,
    /// We ask too much of it at once.
    Throttled,
}

impl Hindrance {
    /// The name as answers and metrics spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::NotLetIn => "not_let_in",
            Self::Throttled => "throttled",
        }
    }
}

impl GatewayError {
    /// The same about something that was asked before: what was not done now says nothing about then.
    #[must_use]
    pub(super) fn about_earlier(self) -> Self {
        match self {
            Self::NotDone { .. } => Self::Unanswered(self.to_string()),
            other => other,
        }
    }
}

/// All gateways.
pub struct Gateways {
    /// `stripe`
    pub stripe: Stripe,
    /// `razorpay`
    pub razorpay: Razorpay,
    /// Which of them are left alone for a while.
    pub circuits: Circuits,
}

/// What a creation is answered with that was not sent, since its gateway does not answer at present.
pub const GATEWAY_UNAVAILABLE: &str = "gateway_unavailable";

impl Caller<Payments> for Gateways {
    async fn call(
        &self,
        _order: &str,
        pending: &PendingEffect<GatewayEffect>,
        tried: Tried,
    ) -> Result<PaymentsMessage, Unanswered> {
        let effect = &pending.effect;
        let Some(permit) = self.circuits.admit(effect.gateway) else { return not_sent(effect, tried) };
        let answer = match effect.gateway {
            GatewayName::Stripe => call::make(&self.stripe, pending.id, effect).await,
            GatewayName::Razorpay => call::make(&self.razorpay, pending.id, effect).await,
        };
        self.circuits.note(effect.gateway, permit, &answer);
        match answer {
            Ok(payment) => Ok(answered(effect, CallOutcome::Done, Some(payment), "").into()),
            Err(GatewayError::Refused { code, .. }) => Ok(answered(effect, CallOutcome::Refused, None, &code).into()),
            Err(GatewayError::Spent(why)) => Ok(answered(effect, CallOutcome::Unknown, None, &why).into()),
            Err(GatewayError::Unanswered(why) | GatewayError::UnderWay(why)) => Err(Unanswered(why)),
            Err(GatewayError::NotDone { why, .. }) => not_done(effect, tried, why.as_str()),
        }
    }

    fn unanswered(&self, _order: &str, effect: &GatewayEffect, why: &Unanswered) -> PaymentsMessage {
        answered(effect, CallOutcome::Unknown, None, &why.0).into()
    }

    fn lane(&self, effect: &GatewayEffect) -> &'static str {
        effect.gateway.as_str()
    }
}

/// While the circuit is open. Nobody waits for a creation that was not sent: it is made elsewhere, or again at the payment's
/// deadline. Any other call may already have been made before; it stays open until its gateway can be asked, and is no
/// failure.
///
/// # Errors
/// [`Unanswered`] for a call that is to be made again.
pub fn not_sent(effect: &GatewayEffect, tried: Tried) -> Result<PaymentsMessage, Unanswered> {
    match effect.ask {
        Ask::Create { .. } => Ok(not_made(effect, tried, GATEWAY_UNAVAILABLE)),
        Ask::Capture { .. } | Ask::Void { .. } | Ask::Refund { .. } | Ask::Query { .. } => {
            Err(Unanswered(GATEWAY_UNAVAILABLE.to_owned()))
        }
    }
}

/// What may pass is tried again, unless it can be made elsewhere at once: a creation that nobody has tried before.
///
/// # Errors
/// [`Unanswered`] for a call that is to be made again.
pub fn not_done(effect: &GatewayEffect, tried: Tried, why: &str) -> Result<PaymentsMessage, Unanswered> {
    match effect.ask {
        Ask::Create { may_move: true, .. } if tried == Tried::Never => Ok(not_made(effect, tried, why)),
        _ => Err(Unanswered(why.to_owned())),
    }
}

/// That this try was not made is certain; whether an earlier one was is not.
fn not_made(effect: &GatewayEffect, tried: Tried, why: &str) -> PaymentsMessage {
    let not_made = tried == Tried::Never;
    GatewayAnswered { not_made, ..answered(effect, CallOutcome::Unknown, None, why) }.into()
}

fn answered(
    effect: &GatewayEffect,
    outcome: CallOutcome,
    payment: Option<GatewayPayment>,
    error_code: &str,
) -> GatewayAnswered {
    let (order_id, call) = (effect.order_id, effect.ask.call());
    let (error_code, gateway) = (error_code.to_owned(), Some(effect.gateway));
    GatewayAnswered { order_id, call, outcome, payment, error_code, gateway, not_made: false }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use secrecy::SecretString;

    use super::{
        breaker::{Circuit, Limits},
        testing::{AMOUNT, Fake, Reply, TIMEOUT, target},
        *,
    };

    const PATIENT: Limits = Limits { failures: 100, open: Duration::from_secs(60), probes: 1 };

    /// Stripe at this address, to be left alone after two calls without an answer.
    fn gateways(url: &str) -> Gateways {
        let secret = || SecretString::from("secret");
        Gateways {
            stripe: Stripe::new(url, secret(), TIMEOUT).unwrap(),
            razorpay: Razorpay::new(url, "rzp_test_1".to_owned(), secret(), TIMEOUT, 60).unwrap(),
            circuits: Circuits::new(Limits { failures: 2, open: Duration::from_secs(60), probes: 1 }),
        }
    }

    async fn call(gateways: &Gateways, ask: Ask) -> Result<PaymentsMessage, Unanswered> {
        let effect = GatewayEffect { order_id: OrderId::generate(), gateway: GatewayName::Stripe, ask };
        let (id, cause) = (MessageId::generate(), MessageId::generate());
        gateways.call("", &PendingEffect { id, cause, effect }, Tried::Never).await
    }

    fn query() -> Ask {
        Ask::Query { target: target("pi_1", "pi_1") }
    }

    #[tokio::test]
    async fn a_gateway_that_does_not_answer_is_left_alone_and_nothing_counts_as_refused() {
        let fake = Fake::start([Reply::Text(500, "down"), Reply::Text(503, "down")]).await;
        let gateways = gateways(&fake.url);
        for _ in 0..2 {
            assert!(call(&gateways, query()).await.is_err());
        }
        let created = call(&gateways, Ask::Create { amount: AMOUNT, attempt: 1, may_move: false }).await.unwrap();
        let PaymentsMessage::GatewayAnswered(answer) = created else { panic!("{created:?}") };
        assert_eq!((answer.outcome, answer.error_code.as_str()), (CallOutcome::Unknown, GATEWAY_UNAVAILABLE));
        assert_eq!(call(&gateways, query()).await.unwrap_err().0, GATEWAY_UNAVAILABLE, "asked again later");
        assert_eq!(fake.lines().len(), 2, "nothing more was sent");
    }

    /// Where the circuit stands after the gateway has answered twice with this status.
    async fn circuit_after(status: u16) -> Circuit {
        let fake = Fake::start([Reply::Text(status, "{}"), Reply::Text(status, "{}")]).await;
        let gateways = gateways(&fake.url);
        for _ in 0..2 {
            assert!(call(&gateways, query()).await.is_err(), "{status} is no answer to the question");
        }
        gateways.circuits.circuit(GatewayName::Stripe)
    }

    #[tokio::test]
    async fn a_gateway_that_answers_is_there_though_it_lets_nobody_in_or_is_at_work_already() {
        for status in [401, 403, 409] {
            assert_eq!(circuit_after(status).await, Circuit::Closed, "{status}");
        }
    }

    #[tokio::test]
    async fn a_gateway_of_which_too_much_is_asked_is_left_alone_like_one_that_is_down() {
        for status in [429, 500, 502, 503] {
            assert_eq!(circuit_after(status).await, Circuit::Open, "{status}");
        }
    }

    #[tokio::test]
    async fn a_gateway_that_cannot_be_reached_is_left_alone() {
        let gateways = gateways("http://127.0.0.1:1/");
        for _ in 0..2 {
            assert!(call(&gateways, query()).await.is_err());
        }
        assert_eq!(gateways.circuits.circuit(GatewayName::Stripe), Circuit::Open);
    }

    /// A creation that may go elsewhere, or not, and whether it was told to be certainly not made; `None` while it is tried on.
    async fn creation(gateways: &Gateways, may_move: bool, tried: Tried) -> Option<bool> {
        let ask = Ask::Create { amount: AMOUNT, attempt: 1, may_move };
        let effect = GatewayEffect { order_id: OrderId::generate(), gateway: GatewayName::Stripe, ask };
        let (id, cause) = (MessageId::generate(), MessageId::generate());
        match gateways.call("", &PendingEffect { id, cause, effect }, tried).await.ok()? {
            PaymentsMessage::GatewayAnswered(answer) if answer.outcome == CallOutcome::Unknown => Some(answer.not_made),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_creation_that_was_turned_away_at_its_first_try_is_certainly_not_made() {
        for status in [401, 403, 429] {
            let fake =
                Fake::start([Reply::Text(status, "{}"), Reply::Text(status, "{}"), Reply::Text(status, "{}")]).await;
            let gateways = Gateways { circuits: Circuits::new(PATIENT), ..gateways(&fake.url) };
            assert_eq!(creation(&gateways, true, Tried::Never).await, Some(true), "{status}");
            assert_eq!(
                creation(&gateways, true, Tried::Perhaps).await,
                None,
                "{status}: the first try may have got through"
            );
            assert_eq!(creation(&gateways, false, Tried::Never).await, None, "{status}: there is nowhere else");
        }
        assert_eq!(creation(&gateways("http://127.0.0.1:1/"), true, Tried::Never).await, Some(true), "nobody is there");
    }

    #[tokio::test]
    async fn a_creation_whose_fate_is_open_is_not_told_to_be_not_made() {
        let fake = Fake::start([Reply::Silence, Reply::Text(502, "")]).await;
        let gateways = gateways(&fake.url);
        for _ in 0..2 {
            assert_eq!(creation(&gateways, true, Tried::Never).await, None);
        }
        assert_eq!(creation(&gateways, true, Tried::Perhaps).await, Some(false), "not sent now, but perhaps before");
        assert_eq!(creation(&gateways, true, Tried::Never).await, Some(true), "never sent");
        assert_eq!(fake.lines().len(), 2);
    }

    #[tokio::test]
    async fn refusals_are_answers_and_leave_the_circuit_closed() {
        let refusal = || Reply::Json(404, serde_json::json!({"error": {"type": "invalid_request_error"}}));
        let fake = Fake::start([refusal(), refusal(), refusal()]).await;
        let gateways = gateways(&fake.url);
        for _ in 0..3 {
            assert!(call(&gateways, query()).await.is_ok());
        }
        assert_eq!(fake.lines().len(), 3);
    }
}
