//! A panic in a handler ends that request alone.

use std::any::Any;

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};

use crate::problem::{INTERNAL, Problem};

/// The answer to a request whose handler panicked.
#[must_use]
#[allow(clippy::needless_pass_by_value, reason = "the signature that the layer asks for")]
pub fn answer(panic: Box<dyn Any + Send + 'static>) -> Response<Body> {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Problem::new(INTERNAL).because(format!("panic: {}", text.unwrap_or("no message"))).into_response()
}
