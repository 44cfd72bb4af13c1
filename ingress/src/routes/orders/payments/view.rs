//! Attempts as answers show them.

use schemas::{
    attempts::{AttemptState, PaymentAttempt, PaymentChoice},
    types::{GatewayName, Timestamp},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::views::{AttemptStateDoc, GatewayDoc, PaymentChoiceDoc, rfc3339, rfc3339_or_none};

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
    /// What was chosen.
    #[schema(value_type = PaymentChoiceDoc)]
    payment_method: PaymentChoice,
    /// Where it was made, or will be as far as is known; absent for cash.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<GatewayDoc>)]
    gateway: Option<GatewayName>,
    /// The gateway that could not be reached, where the shop turned to another by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<GatewayDoc>)]
    failed_over_from: Option<GatewayName>,
    /// Whether it cannot be paid yet because its gateway cannot be reached. The customer may wait until `retry_at`, or choose
    /// otherwise.
    gateway_unavailable: bool,
    /// When the gateway is tried again, if it cannot be reached.
    #[serde(serialize_with = "rfc3339_or_none", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    retry_at: Option<Timestamp>,
    /// `asked`, `ready` (it can be paid), `paid`, `superseded` (another counts), `failed`, `withdrawn` (the order ended) or
    /// `refused` (it was never made).
    #[schema(value_type = AttemptStateDoc)]
    state: AttemptState,
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
        let (delay, choice) = (attempt.unavailable(), attempt.choice());
        Self {
            payment_id: attempt.attempt_id,
            number: attempt.number,
            payment_method: choice,
            gateway: delay.map_or(attempt.method.gateway(), |delay| Some(delay.gateway)),
            failed_over_from: attempt.failed_over_from,
            gateway_unavailable: delay.is_some(),
            retry_at: delay.map(|delay| delay.retry_at),
            state: attempt.state,
            gateway_ref: attempt.gateway_ref,
            code: attempt.code,
            created_at: attempt.created_at,
        }
    }
}
