//! What the gateways' clients have in common below their protocols.

use std::time::Duration;

use reqwest::{Client, StatusCode, redirect::Policy};

use super::GatewayError;

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
    let what = if error.is_timeout() {
        "timed out"
    } else if error.is_connect() {
        "cannot connect"
    } else {
        "connection broken"
    };
    GatewayError::Unanswered(format!("{what}: {error}"))
}

/// Whether this status leaves open what became of the request, so that the same request may be sent again.
/// A wrong key (401, 403) is ours to mend, not the customer's to suffer: the call waits for it.
pub(super) fn is_transient(status: StatusCode) -> bool {
    status.is_server_error()
        || status.is_redirection()
        || matches!(
            status,
            StatusCode::UNAUTHORIZED
                | StatusCode::FORBIDDEN
                | StatusCode::REQUEST_TIMEOUT
                | StatusCode::CONFLICT
                | StatusCode::TOO_MANY_REQUESTS
        )
}
