//! What every changing call has in common: faults, and an effect that is seen through.

use super::Razorpay;
use super::error::RazorpayError;
use crate::faults::Fate;
use crate::web::{hang_up, see_through};
use axum::response::Response;
use std::sync::Arc;
use std::time::Duration;

/// Performs `effect` and answers as the fault switches say.
///
/// `show` turns what the effect made into the answer, so that a fault can keep the one and withhold the other.
pub(super) async fn perform<T, F, S>(razorpay: Arc<Razorpay>, effect: F, show: S) -> Response
where
    T: Send + 'static,
    F: FnOnce(&Arc<Razorpay>) -> Result<T, RazorpayError> + Send + 'static,
    S: FnOnce(&T) -> Response + Send + 'static,
{
    if razorpay.outbox.is_full() {
        return RazorpayError::rate_limited().response();
    }
    see_through(async move {
        razorpay.switches.pause().await;
        match effect(&razorpay) {
            Err(error) => error.response(),
            Ok(made) => match razorpay.switches.fate() {
                Fate::Answer => show(&made),
                Fate::Error500 => RazorpayError::internal().response(),
                Fate::HangUp => hang_up(Duration::from_millis(razorpay.switches.current().timeout_hold_ms)).await,
            },
        }
    })
    .await
}
