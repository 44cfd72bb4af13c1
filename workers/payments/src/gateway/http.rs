//! What the gateways' clients have in common below their protocols.

use std::time::Duration;

use reqwest::{Client, StatusCode, redirect::Policy};

use super::{GatewayError, Hindrance};

/// Longer than the time between two payments on a quiet day, shorter than what load balancers allow.
const IDLE: Duration = Duration::from_secs(50);

/// A pooled client: TLS is agreed once per connection, not once per payment.
///
/// # Errors
/// When no TLS is to be had on this machine.
pub(super) fn client(timeout: Duration) -> Result<Client, reqwest::Error> {
    Client::builder()
        .timeout(timeout)
        .connect_timeout(timeout)
        .pool_idle_timeout(IDLE)
        // A redirected POST would lose its body: a wrong base URL must show as what it is.
        .redirect(Policy::none())
        .user_agent(concat!("spareparts-payments/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// The base without its last slash.
pub(super) fn base(url: &str) -> String {
    url.trim_end_matches('/').to_owned()
}

/// A connection that failed or a time-out. The text never contains the request, which may hold a secret.
pub(super) fn unreachable(error: reqwest::Error) -> GatewayError {
    let error = error.without_url();
    if error.is_connect() {
        let detail = format!("cannot connect: {error}");
        return GatewayError::NotDone { why: Hindrance::Unreachable, detail };
    }
    let what = if error.is_timeout() { "timed out" } else { "connection broken" };
    GatewayError::Unanswered(format!("{what}: {error}"))
}

/// What an answer of this status says that is no success.
///
/// - 401, 403: the key is wrong or may not do this. Keys are looked at before anything is done.
/// - 429: too much at once. Limits are applied before anything is done, and before idempotency.
/// - 409: a request of this key is being worked on, and may be repeated.
/// - 5xx, 424 and what a gateway's API never says (redirections, 408): what became of the request is open.
/// - Any other: it will not be done.
///
/// <https://docs.stripe.com/api/errors>, <https://docs.stripe.com/error-low-level#idempotency>,
/// <https://razorpay.com/docs/api/basics>, <https://razorpay.com/docs/api/refunds/normal-refunds-idempotent>
pub(super) fn error(status: StatusCode, code: String, detail: String) -> GatewayError {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => GatewayError::NotDone { why: Hindrance::NotLetIn, detail },
        StatusCode::TOO_MANY_REQUESTS => GatewayError::NotDone { why: Hindrance::Throttled, detail },
        StatusCode::CONFLICT => GatewayError::UnderWay(detail),
        StatusCode::REQUEST_TIMEOUT | StatusCode::FAILED_DEPENDENCY => GatewayError::Unanswered(detail),
        status if status.is_server_error() || status.is_redirection() => GatewayError::Unanswered(detail),
        _ => GatewayError::Refused { code, detail },
    }
}
