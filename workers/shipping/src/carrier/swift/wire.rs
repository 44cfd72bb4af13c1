//! What is written to the carrier and what its answers mean. Pure.

use reqwest::StatusCode;
use schemas::{gst_states::state_name, ids::OrderId, shipping::CarrierCall};
use serde::{Deserialize, Serialize};

use crate::{carrier::CallError, shipment::Parcel};

/// The body of `POST /v1/shipments`.
#[derive(Debug, Serialize)]
pub struct BookingRequest<'a> {
    reference: OrderId,
    to: Recipient<'a>,
    weight_grams: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cod_amount_paise: Option<i64>,
}

#[derive(Debug, Serialize)]
struct Recipient<'a> {
    name: &'a str,
    phone: &'a str,
    line1: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    line2: &'a str,
    city: &'a str,
    state: &'a str,
    pincode: &'a str,
}

/// The answer to `POST /v1/shipments`, as far as we read it.
#[derive(Debug, Deserialize)]
pub struct BookingResponse {
    /// The carrier's name for the shipment.
    pub id: String,
    /// What the customer tracks the parcel by.
    pub tracking_number: String,
}

impl<'a> BookingRequest<'a> {
    /// The request for an order's parcel. The same parcel gives the same bytes, as a repeated idempotency key requires.
    pub fn new(order_id: OrderId, parcel: &'a Parcel) -> Self {
        let address = &parcel.address;
        let to = Recipient {
            name: &address.name,
            phone: &address.phone,
            line1: &address.line1,
            line2: &address.line2,
            city: &address.city,
            state: state_name(&address.state_code).unwrap_or(&address.state_code),
            pincode: &address.pincode,
        };
        let cod_amount_paise = (parcel.collect.minor > 0).then_some(parcel.collect.minor);
        Self { reference: order_id, to, weight_grams: parcel.weight_grams, cod_amount_paise }
    }
}

#[derive(Deserialize)]
struct ErrorResponse {
    error: ErrorFields,
}

#[derive(Deserialize)]
struct ErrorFields {
    code: String,
}

/// The refusal to cancel what the carrier has cancelled itself.
pub const CALLED_OFF: &str = "already_cancelled";

/// What an answer other than 2xx means.
pub fn failure(call: CarrierCall, status: StatusCode, body: &[u8]) -> CallError {
    if call == CarrierCall::Cancel && is_verdict(call, status) && is_called_off(body) {
        return CallError::Refused(CALLED_OFF.to_owned());
    }
    let code = serde_json::from_slice::<ErrorResponse>(body).map(|answer| answer.error.code).ok();
    let code = code.filter(|code| !code.is_empty()).unwrap_or_else(|| format!("http_{}", status.as_u16()));
    if is_verdict(call, status) {
        CallError::Refused(code)
    } else {
        CallError::Unanswered(format!("HTTP {}: {code}", status.as_u16()))
    }
}

/// Whether the answer is about the parcel. A wrong token or address is our mistake, a 5xx or 429 the carrier's trouble:
/// neither may cost a customer the order.
fn is_verdict(call: CarrierCall, status: StatusCode) -> bool {
    match status {
        StatusCode::UNAUTHORIZED
        | StatusCode::FORBIDDEN
        | StatusCode::NOT_FOUND
        | StatusCode::METHOD_NOT_ALLOWED
        | StatusCode::PROXY_AUTHENTICATION_REQUIRED
        | StatusCode::REQUEST_TIMEOUT
        | StatusCode::TOO_EARLY
        | StatusCode::TOO_MANY_REQUESTS => false,
        // Picked up already when cancelling; our own first call, still under way, when booking.
        StatusCode::CONFLICT => call == CarrierCall::Cancel,
        other => other.is_client_error(),
    }
}

/// What of a refusal to cancel tells where the parcel is.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Whereabouts {
    code: String,
    status: String,
    error: Option<Box<Whereabouts>>,
}

/// Whether a cancellation is refused only because the carrier has called the shipment off itself: the parcel stays, which
/// is what we asked for. Its report of that may come later than this answer.
fn is_called_off(body: &[u8]) -> bool {
    let refusal: Whereabouts = serde_json::from_slice(body).unwrap_or_default();
    let levels = [Some(&refusal), refusal.error.as_deref()];
    levels.into_iter().flatten().any(|level| level.code == CALLED_OFF || level.status == "cancelled")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(call: CarrierCall, status: u16, body: &str) -> CallError {
        failure(call, StatusCode::from_u16(status).unwrap(), body.as_bytes())
    }

    #[test]
    fn only_an_answer_about_the_parcel_refuses_it() {
        for status in [400, 409, 410, 422] {
            assert!(matches!(verdict(CarrierCall::Cancel, status, ""), CallError::Refused(_)), "{status}");
        }
        for status in [301, 401, 403, 404, 408, 409, 425, 429, 500, 502, 503, 504] {
            assert!(matches!(verdict(CarrierCall::Book, status, ""), CallError::Unanswered(_)), "{status}");
        }
    }

    #[test]
    fn a_shipment_that_the_carrier_called_off_first_is_not_one_that_left() {
        for body in [
            r#"{"error":{"code":"already_cancelled"}}"#,
            r#"{"error":{"code":"not_cancellable","status":"cancelled"}}"#,
            r#"{"error":{"code":"not_cancellable"},"status":"cancelled"}"#,
            r#"{"status":"cancelled"}"#,
        ] {
            assert!(is_called_off(body.as_bytes()), "{body}");
        }
        for body in ["", "[]", r#"{"error":{"code":"already_picked_up"}}"#, r#"{"status":"picked_up"}"#] {
            assert!(!is_called_off(body.as_bytes()), "{body}");
        }
    }

    #[test]
    fn the_carriers_code_is_the_reason_and_the_status_stands_in_for_it() {
        let coded = r#"{"error":{"code":"unserviceable","message":"no vehicle goes there"}}"#;
        assert_eq!(verdict(CarrierCall::Book, 422, coded), CallError::Refused("unserviceable".to_owned()));
        for body in ["", "<html>", r#"{"error":"x"}"#, r#"{"error":{"code":""}}"#] {
            assert_eq!(verdict(CarrierCall::Book, 422, body), CallError::Refused("http_422".to_owned()), "{body}");
        }
    }
}
