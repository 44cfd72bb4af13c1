//! Who may call what.

use super::error::StripeError;
use super::{Setup, Stripe};
use crate::web::{basic, bearer};
use axum::http::HeaderMap;

/// Whose key came with the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// The shop's server.
    Server,
    /// A customer's browser; it acts on one intent, whose client secret it must show.
    Browser,
}

impl Stripe {
    /// Whose key came with the call, as a bearer token or as the user of Basic authentication.
    pub(super) fn caller(&self, headers: &HeaderMap) -> Result<Caller, StripeError> {
        identify(&self.setup, headers)
    }

    /// Lets only the shop's server pass.
    pub(super) fn server_only(&self, headers: &HeaderMap) -> Result<(), StripeError> {
        match self.caller(headers)? {
            Caller::Server => Ok(()),
            Caller::Browser => Err(StripeError::secret_key_required()),
        }
    }
}

fn identify(setup: &Setup, headers: &HeaderMap) -> Result<Caller, StripeError> {
    let key = bearer(headers).map(str::to_owned).or_else(|| basic(headers).map(|(user, _)| user));
    match key {
        None => Err(StripeError::unauthorized(
            "You did not provide an API key. Provide it in the Authorization header, using Bearer auth.",
        )),
        Some(key) if key == setup.secret_key => Ok(Caller::Server),
        Some(key) if key == setup.publishable_key => Ok(Caller::Browser),
        Some(key) => Err(StripeError::unauthorized(format!("Invalid API Key provided: {}", masked(&key)))),
    }
}

/// The first characters only, so that a real key sent by mistake stays out of logs.
fn masked(key: &str) -> String {
    let head: String = key.chars().take(8).collect();
    format!("{head}***")
}
