//! Attempts as answers show them.

use schemas::{
    attempts::PaymentAttempt,
    types::{PaymentMethod, Timestamp},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::views::rfc3339;

/// The attempts at paying an order.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentList {
    /// The attempts, the newest last: that one counts.
    pub items: Vec<AttemptView>,
}

/// One attempt at paying an order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Payment)]
pub struct AttemptView {
    /// Its name.
    payment_id: String,
    /// 1, 2 and so on.
    number: i32,
    /// `stripe`, `razorpay` or `cod`.
    #[schema(value_type = String)]
    payment_method: PaymentMethod,
    /// `asked`, `ready` (it can be paid), `paid`, `superseded` (another counts), `failed`, `withdrawn` (the order ended) or
    /// `refused` (it was never made).
    state: &'static str,
    /// The gateway's name for the payment; empty before it has one, and for cash.
    gateway_ref: String,
    /// Why the last try was declined, such as `insufficient_funds`, or why it came to nothing; empty otherwise.
    code: String,
    /// When it was asked for.
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<PaymentAttempt> for AttemptView {
    fn from(attempt: PaymentAttempt) -> Self {
        Self {
            payment_id: attempt.attempt_id,
            number: attempt.number,
            payment_method: attempt.method,
            state: attempt.state.as_str(),
            gateway_ref: attempt.gateway_ref,
            code: attempt.code,
            created_at: attempt.created_at,
        }
    }
}
