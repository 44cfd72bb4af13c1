//! No request holds its place for longer than its route's limit.

use std::time::Duration;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::problem::{Problem, TIMED_OUT};

/// Gives up on the handler after `limit`. What it had begun may still take effect, so the client is told to repeat the
/// request under the same key rather than that it failed.
pub async fn time_limit(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(TIMED_OUT)
            .detail("the request may have taken effect: retry with the same Idempotency-Key")
            .retry_after(1)
            .into_response(),
    }
}
