//! What every changing call has in common: idempotency, faults, and an effect that is seen through.

use super::Stripe;
use super::book::{Cause, Refund};
use super::error::StripeError;
use super::form::Params;
use super::intent::Intent;
use super::render::IntentObject;
use crate::faults::Fate;
use crate::idempotency::{Claim, fingerprint};
use crate::web::{hang_up, header_text, json, see_through};
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use std::sync::Arc;
use std::time::Duration;

/// The answer to a changing call, kept as a snapshot so that a replay is byte for byte the same.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    Intent(Intent),
    Refund(Arc<Refund>),
    Error(Arc<StripeError>),
}

impl Answer {
    fn response(&self) -> Response {
        match self {
            Self::Intent(intent) => json(StatusCode::OK, &IntentObject::of(intent)),
            Self::Refund(refund) => json(StatusCode::OK, &refund.object()),
            Self::Error(error) => error.response(),
        }
    }
}

/// A changing call as it arrived.
pub(super) struct Call {
    /// The path, which with the parameters makes two requests the same.
    path: String,
    /// The idempotency key, if there is one.
    key: Option<String>,
    /// The decoded form.
    pub(super) params: Params,
}

impl Call {
    /// Reads a call to `path`.
    ///
    /// # Errors
    /// When it carries a parameter that is not among those `known`.
    pub(super) fn read(path: String, headers: &HeaderMap, body: &Bytes, known: &[&str]) -> Result<Self, StripeError> {
        let params = Params::decode(body);
        params.allow_only(known)?;
        Ok(Self { path, key: header_text(headers, "idempotency-key").map(str::to_owned), params })
    }

    fn fingerprint(&self) -> u64 {
        fingerprint(&self.path, &self.params)
    }
}

/// Performs `effect` once per idempotency key and answers as the fault switches say.
pub(super) async fn perform<F>(stripe: Arc<Stripe>, call: Call, effect: F) -> Response
where
    F: FnOnce(&Arc<Stripe>, &Cause) -> Result<Answer, StripeError> + Send + 'static,
{
    if stripe.outbox.is_full() {
        return StripeError::rate_limited().response();
    }
    if let Some(key) = &call.key {
        match stripe.keys.claim(key, call.fingerprint()) {
            Claim::New => {}
            Claim::Replay(answer) => return replayed(answer.response()),
            Claim::InUse => return StripeError::key_in_use(key).response(),
            Claim::Mismatch => return StripeError::key_reused(key).response(),
        }
    }
    see_through(async move {
        stripe.switches.pause().await;
        let done = effect(&stripe, &Cause::now(call.key.as_deref()));
        let fate = if done.is_ok() { stripe.switches.fate() } else { Fate::Answer };
        let answer = done.unwrap_or_else(|error| Answer::Error(Arc::new(error)));
        conclude(&stripe, call.key.as_deref(), answer, fate).await
    })
    .await
}

/// Keeps the answer under its key, then gives it, or a 500, or nothing.
async fn conclude(stripe: &Stripe, key: Option<&str>, answer: Answer, fate: Fate) -> Response {
    let given = match fate {
        Fate::Error500 => Answer::Error(Arc::new(StripeError::internal())),
        Fate::Answer | Fate::HangUp => answer.clone(),
    };
    let kept = if stripe.setup.sticky_500 { &given } else { &answer };
    if let Some(key) = key {
        stripe.keys.finish(key, kept.clone());
    }
    match fate {
        Fate::HangUp => hang_up(Duration::from_millis(stripe.switches.current().timeout_hold_ms)).await,
        Fate::Answer | Fate::Error500 => given.response(),
    }
}

fn replayed(mut response: Response) -> Response {
    response.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
    response
}
