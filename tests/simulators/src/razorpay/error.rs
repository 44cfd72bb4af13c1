//! Razorpay's error objects.

use super::payment::Refusal;
use crate::web::json;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

/// An error as the API words it: `{"error":{"code","description","source","step","reason","metadata","field"}}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RazorpayError {
    status: StatusCode,
    code: &'static str,
    description: String,
    reason: &'static str,
    field: Option<&'static str>,
}

#[derive(Serialize)]
struct Envelope<'a> {
    error: Fields<'a>,
}

#[derive(Serialize)]
struct Fields<'a> {
    code: &'static str,
    description: &'a str,
    source: &'static str,
    step: &'static str,
    reason: &'static str,
    metadata: Metadata,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
}

#[derive(Serialize)]
struct Metadata {}

impl RazorpayError {
    /// A request that is wrong in itself.
    pub fn bad_request(description: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code: "BAD_REQUEST_ERROR",
            description: description.into(),
            reason: "input_validation_failed",
            field: None,
        }
    }

    /// A field of the request that is wrong.
    pub fn field(field: &'static str, description: impl Into<String>) -> Self {
        Self { field: Some(field), ..Self::bad_request(description) }
    }

    /// A body that does not decode; the decoder says why.
    pub fn malformed(error: &serde_json::Error) -> Self {
        Self::bad_request(format!("The request body is invalid: {error}"))
    }

    /// No key, or a wrong one.
    pub fn unauthorized() -> Self {
        let error = Self::bad_request("Authentication failed");
        Self { status: StatusCode::UNAUTHORIZED, reason: "NA", ..error }
    }

    /// No such order, payment or refund.
    pub fn missing() -> Self {
        Self::bad_request("The id provided does not exist")
    }

    /// No such route.
    pub fn unknown_route() -> Self {
        let error = Self::bad_request("The requested URL was not found on the server.");
        Self { status: StatusCode::NOT_FOUND, ..error }
    }

    /// The first request with the key is still under way.
    pub fn key_in_use() -> Self {
        let error = Self::bad_request("A request with the same idempotency key is already being processed.");
        Self { status: StatusCode::CONFLICT, reason: "NA", ..error }
    }

    /// The key was used with another body.
    pub fn key_reused() -> Self {
        let error = Self::bad_request("Different request with the same idempotency key has already been processed.");
        Self { reason: "NA", ..error }
    }

    /// More calls than the account may make.
    pub fn rate_limited() -> Self {
        let error = Self::bad_request("Request failed. Please try again later: webhooks are waiting to be taken.");
        Self { status: StatusCode::TOO_MANY_REQUESTS, reason: "NA", ..error }
    }

    /// Something went wrong on the gateway's side.
    pub fn internal() -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            code: "SERVER_ERROR",
            description: "We are facing some trouble completing your request at the moment. Please try again shortly."
                .to_owned(),
            reason: "server_error",
            field: None,
        }
    }

    /// The HTTP answer.
    pub fn response(&self) -> Response {
        let error = Fields {
            code: self.code,
            description: &self.description,
            source: if self.status.is_server_error() { "internal" } else { "business" },
            step: "payment_initiation",
            reason: self.reason,
            metadata: Metadata {},
            field: self.field,
        };
        json(self.status, &Envelope { error })
    }
}

impl From<Refusal> for RazorpayError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::OrderPaid => Self::bad_request("Payment already done for this order."),
            Refusal::PaymentUnderWay => Self::bad_request("Payment is already in progress for this order."),
            Refusal::AlreadyCaptured => Self::bad_request("This payment has already been captured"),
            Refusal::NotAuthorized => {
                Self::bad_request("Only payments which have been authorized and not yet captured can be captured")
            }
            Refusal::CaptureAmountDiffers => {
                Self::field("amount", "Capture amount must be equal to the amount authorized")
            }
            Refusal::CurrencyDiffers => {
                Self::field("currency", "The currency of the capture differs from that of the payment")
            }
            Refusal::AmountTooSmall => Self::field("amount", "The amount must be at least INR 1.00"),
            Refusal::NotCaptured => Self::bad_request("The payment status should be captured for action to be taken"),
            Refusal::AlreadyRefunded => Self::bad_request("The payment has been fully refunded already"),
            Refusal::RefundTooLarge => {
                Self::field("amount", "The total refund amount is greater than the refund payment amount")
            }
        }
    }
}
