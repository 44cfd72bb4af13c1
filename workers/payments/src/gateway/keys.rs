//! The key of an account at a gateway, and while keys are exchanged the one before it.

use metrics::counter;
use reqwest::{RequestBuilder, Response, StatusCode};
use shared::{rotation::Previous, time::Timestamp};

use super::{GatewayError, http};

/// Something that a request proves with whose it is.
pub(super) trait Key {
    /// Which gateway knows it, for metrics and logs.
    const GATEWAY: &'static str;

    /// The request with the proof.
    fn prove(&self, request: RequestBuilder) -> RequestBuilder;
}

/// The keys of one account.
pub(super) struct Keys<K> {
    current: K,
    previous: Option<Previous<K>>,
}

impl<K: Key> Keys<K> {
    /// An account with one key.
    pub(super) const fn new(current: K) -> Self {
        Self { current, previous: None }
    }

    /// The same account with the key that it had before.
    pub(super) fn with_previous(self, previous: Option<Previous<K>>) -> Self {
        Self { previous, ..self }
    }

    /// Sends a request. If the gateway does not know the key, it is sent once more with the one before, while that is good:
    /// who is not let in has changed nothing, so that this is the same request still.
    pub(super) async fn send(&self, request: RequestBuilder) -> Result<Response, GatewayError> {
        let again = request.try_clone();
        let response = self.current.prove(request).send().await.map_err(http::unreachable)?;
        let previous = self.previous.as_ref().and_then(|previous| previous.good_at(Timestamp::now()));
        match (response.status(), again, previous) {
            (StatusCode::UNAUTHORIZED, Some(again), Some(previous)) => {
                counter!("payments_previous_key_total", "gateway" => K::GATEWAY).increment(1);
                tracing::warn!(gateway = K::GATEWAY, "the key is not known yet: trying the one before");
                previous.prove(again).send().await.map_err(http::unreachable)
            }
            _ => Ok(response),
        }
    }
}
