//! The trace that a request belongs to.

use axum::http::HeaderMap;
use shared::trace::{TRACEPARENT, TraceContext};

/// The client's trace if it sent a well-formed one, else a new one.
#[must_use]
pub fn of(headers: &HeaderMap) -> TraceContext {
    let given = headers.get(TRACEPARENT).and_then(|value| value.to_str().ok());
    given.and_then(TraceContext::parse).unwrap_or_else(TraceContext::start)
}
