//! Stripe's error objects.

use super::intent::{Decline, Intent, Refusal, Status};
use super::render::IntentObject;
use crate::web::json;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

/// An error as the API words it: `{"error":{"type","code","message","param",…}}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StripeError {
    status: StatusCode,
    kind: &'static str,
    code: Option<&'static str>,
    decline_code: Option<&'static str>,
    message: String,
    param: Option<String>,
    intent: Option<Box<Intent>>,
}

#[derive(Serialize)]
struct Envelope<'a> {
    error: Fields<'a>,
}

/// The fields inside `error`, also used for `last_payment_error` of an intent.
#[derive(Serialize)]
pub(super) struct Fields<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decline_code: Option<&'static str>,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    param: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    charge: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_intent: Option<IntentObject<'a>>,
}

impl StripeError {
    fn new(status: StatusCode, kind: &'static str, code: Option<&'static str>, message: impl Into<String>) -> Self {
        Self { status, kind, code, decline_code: None, message: message.into(), param: None, intent: None }
    }

    fn invalid(code: Option<&'static str>, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", code, message)
    }

    fn about(self, param: &str) -> Self {
        Self { param: Some(param.to_owned()), ..self }
    }

    /// No key, or a wrong one.
    pub fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid_request_error", None, message)
    }

    /// A publishable key where a secret one is needed.
    pub fn secret_key_required() -> Self {
        let message = "This API call cannot be made with a publishable API key. Please use a secret API key.";
        Self::new(StatusCode::FORBIDDEN, "invalid_request_error", Some("secret_key_required"), message)
    }

    /// No such object.
    pub fn missing(what: &str, id: &str, param: &str) -> Self {
        let message = format!("No such {what}: '{id}'");
        let status = if param == "intent" || param == "id" { StatusCode::NOT_FOUND } else { StatusCode::BAD_REQUEST };
        Self::new(status, "invalid_request_error", Some("resource_missing"), message).about(param)
    }

    /// The customer's bank has the money, or may take it.
    pub fn charge_disputed(intent: &str) -> Self {
        Self::invalid(Some("charge_disputed"), format!("The charge of {intent} has been charged back."))
    }

    /// No such route.
    pub fn unknown_route(method: &str, path: &str) -> Self {
        let message = format!("Unrecognized request URL ({method}: {path}).");
        Self::new(StatusCode::NOT_FOUND, "invalid_request_error", None, message)
    }

    /// A parameter that must be there is not.
    pub fn missing_parameter(name: &str) -> Self {
        Self::invalid(Some("parameter_missing"), format!("Missing required param: {name}.")).about(name)
    }

    /// A parameter that the endpoint does not document.
    pub fn unknown_parameter(name: &str) -> Self {
        Self::invalid(Some("parameter_unknown"), format!("Received unknown parameter: {name}")).about(name)
    }

    /// A parameter with a value that is not allowed.
    pub fn invalid_value(name: &str, message: impl Into<String>) -> Self {
        Self::invalid(None, message).about(name)
    }

    /// A parameter that is not an integer.
    pub fn invalid_integer(name: &str, text: &str) -> Self {
        Self::invalid(Some("parameter_invalid_integer"), format!("Invalid integer: {text}")).about(name)
    }

    /// The key was used with other parameters.
    pub fn key_reused(key: &str) -> Self {
        let message = format!(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. Try \
             using a key other than '{key}' if you meant to execute a different request."
        );
        Self::new(StatusCode::BAD_REQUEST, "idempotency_error", None, message)
    }

    /// The first request with the key is still under way.
    pub fn key_in_use(key: &str) -> Self {
        let message = format!(
            "There is currently another in-progress request using this Idempotent Key: {key}. Please try again later."
        );
        Self::new(StatusCode::CONFLICT, "idempotency_error", Some("idempotency_key_in_use"), message)
    }

    /// More calls than the account may make.
    pub fn rate_limited() -> Self {
        let message = "Too many requests in a short period: webhooks are waiting to be taken.";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "invalid_request_error", Some("rate_limit"), message)
    }

    /// Something went wrong on the gateway's side.
    pub fn internal() -> Self {
        let message = "An unknown error occurred while processing your request.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "api_error", None, message)
    }

    /// The bank declined; the intent as it now stands comes with the error.
    pub fn declined(decline: Decline, intent: &Intent) -> Self {
        let words = decline.words();
        let error = Self::new(StatusCode::PAYMENT_REQUIRED, "card_error", Some("card_declined"), words.message);
        Self { decline_code: Some(words.code), intent: Some(Box::new(intent.clone())), ..error }
    }

    /// A call that the rules of the intent refuse. `verb` is its past participle: "captured", "canceled".
    pub fn refused(refusal: Refusal, verb: &str, intent: &Intent) -> Self {
        let charge = intent.charge.as_deref().unwrap_or("none");
        match refusal {
            Refusal::UnexpectedState => Self::unexpected_state(verb, intent),
            Refusal::CaptureTooLarge => Self::invalid(
                Some("amount_too_large"),
                "The requested capture amount is greater than the amount you can capture for this charge.",
            )
            .about("amount_to_capture"),
            Refusal::AmountNotPositive => {
                let name = if verb == "captured" { "amount_to_capture" } else { "amount" };
                Self::invalid(Some("parameter_invalid_integer"), "This value must be greater than or equal to 1.")
                    .about(name)
            }
            Refusal::NothingToRefund => Self::invalid(
                None,
                format!("This PaymentIntent ({}) does not have a successful charge to refund.", intent.terms.id),
            ),
            Refusal::AlreadyRefunded => {
                Self::invalid(Some("charge_already_refunded"), format!("Charge {charge} has already been refunded."))
            }
            Refusal::RefundTooLarge => Self::invalid(
                None,
                format!(
                    "Refund amount is greater than unrefunded amount on charge ({} minor units left).",
                    intent.captured - intent.refunded
                ),
            )
            .about("amount"),
        }
    }

    fn unexpected_state(verb: &str, intent: &Intent) -> Self {
        let allowed: &[Status] = match verb {
            "captured" => &[Status::RequiresCapture],
            "confirmed" => &[Status::RequiresPaymentMethod, Status::RequiresConfirmation],
            _ => &[Status::RequiresPaymentMethod, Status::RequiresConfirmation, Status::RequiresCapture],
        };
        let allowed = allowed.iter().map(|status| status.as_str()).collect::<Vec<_>>().join(", ");
        let message = format!(
            "This PaymentIntent could not be {verb} because it has a status of {}. Only a PaymentIntent with one of \
             the following statuses may be {verb}: {allowed}.",
            intent.status.as_str()
        );
        let error = Self::invalid(Some("payment_intent_unexpected_state"), message);
        Self { intent: Some(Box::new(intent.clone())), ..error }
    }

    /// The HTTP answer.
    pub fn response(&self) -> Response {
        let error = Fields {
            kind: self.kind,
            code: self.code,
            decline_code: self.decline_code,
            message: &self.message,
            param: self.param.as_deref(),
            charge: self.intent.as_ref().and_then(|intent| intent.charge.as_deref()),
            payment_intent: self.intent.as_deref().map(IntentObject::of),
        };
        json(self.status, &Envelope { error })
    }
}

struct DeclineWords {
    code: &'static str,
    message: &'static str,
}

impl Decline {
    fn words(self) -> DeclineWords {
        match self {
            Self::Generic => DeclineWords { code: "generic_decline", message: "Your card was declined." },
            Self::InsufficientFunds => {
                DeclineWords { code: "insufficient_funds", message: "Your card has insufficient funds." }
            }
        }
    }

    /// The error that stays on the intent.
    pub(super) fn last_error(self, charge: Option<&str>) -> Fields<'_> {
        let words = self.words();
        Fields {
            kind: "card_error",
            code: Some("card_declined"),
            decline_code: Some(words.code),
            message: words.message,
            param: None,
            charge,
            payment_intent: None,
        }
    }
}
