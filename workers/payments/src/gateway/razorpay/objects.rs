//! What Razorpay is sent, and the few fields of its entities that matter here.

use std::collections::HashMap;

use reqwest::StatusCode;
use schemas::{
    ids::OrderId,
    payments::{GatewayPayment, GatewayState},
    types::{Money, Timestamp},
};
use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    gateway::{GatewayError, http},
    reconciliation::books::Refund as Moved,
};

const ORDER_ID: &str = "order_id";

/// <https://razorpay.com/docs/api/orders/create>
#[derive(Debug, Serialize)]
pub(super) struct OrderWish {
    amount: i64,
    currency: &'static str,
    /// One for each attempt: at most 40 characters, of which an order's id has 36.
    receipt: String,
    notes: HashMap<&'static str, String>,
    payment: CaptureOptions,
}

/// <https://razorpay.com/docs/payments/payments/capture-settings/api/>: outranks the account's own setting, which
/// captures by itself unless somebody changed it.
#[derive(Debug, Serialize)]
pub(super) struct CaptureOptions {
    capture: &'static str,
    capture_options: Expiry,
}

#[derive(Debug, Serialize)]
struct Expiry {
    manual_expiry_period: u32,
    refund_speed: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct CaptureWish {
    amount: i64,
    currency: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct RefundWish {
    amount: i64,
    speed: &'static str,
}

impl OrderWish {
    pub(super) fn new(order_id: OrderId, attempt: i32, amount: Money, payment: CaptureOptions) -> Self {
        let order = order_id.to_string();
        let receipt = if attempt > 1 { format!("{order}-{attempt}") } else { order.clone() };
        let notes = HashMap::from([(ORDER_ID, order)]);
        Self { amount: amount.minor, currency: amount.currency.code(), receipt, notes, payment }
    }

    /// What tells what an unanswered creation has made.
    pub(super) fn receipt(&self) -> &str {
        &self.receipt
    }
}

impl CaptureOptions {
    /// Nothing is captured but by us; what is not captured in time goes back at no extra fee.
    pub(super) const fn manual(minutes: u32) -> Self {
        let capture_options = Expiry { manual_expiry_period: minutes, refund_speed: "normal" };
        Self { capture: "manual", capture_options }
    }
}

impl CaptureWish {
    pub(super) const fn of(amount: Money) -> Self {
        Self { amount: amount.minor, currency: amount.currency.code() }
    }
}

impl RefundWish {
    pub(super) const fn of(amount: Money) -> Self {
        Self { amount: amount.minor, speed: "normal" }
    }
}

/// <https://razorpay.com/docs/api/#collections>
#[derive(Debug, Deserialize)]
pub(super) struct Collection<T> {
    pub(super) items: Vec<T>,
}

/// <https://razorpay.com/docs/api/orders/entity>
#[derive(Debug, Deserialize)]
pub(super) struct Order {
    id: String,
    amount: i64,
    currency: String,
    receipt: Option<String>,
    #[serde(default)]
    created_at: i64,
}

/// <https://razorpay.com/docs/api/payments/entity>
#[derive(Debug, Deserialize)]
pub(super) struct Payment {
    pub(super) id: String,
    order_id: Option<String>,
    amount: i64,
    currency: String,
    status: String,
    #[serde(default)]
    captured: Option<bool>,
    #[serde(default)]
    amount_refunded: Option<i64>,
    #[serde(default, deserialize_with = "notes")]
    notes: HashMap<String, String>,
    #[serde(default)]
    error_reason: Option<String>,
    #[serde(default)]
    created_at: i64,
}

/// <https://razorpay.com/docs/api/refunds/entity>
#[derive(Debug, Deserialize)]
pub(super) struct Refund {
    pub(super) id: String,
    #[serde(default)]
    pub(super) status: Option<String>,
    amount: i64,
    #[serde(default)]
    created_at: i64,
}

/// Notes are an object of texts and numbers, but an empty array when there are none.
fn notes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<HashMap<String, String>, D::Error> {
    let notes = serde_json::Value::deserialize(deserializer)?;
    let texts = notes.as_object().into_iter().flatten();
    Ok(texts.filter_map(|(key, note)| Some((key.clone(), note.as_str()?.to_owned()))).collect())
}

/// The order that a receipt is for.
fn order_of(receipt: &str) -> String {
    const ORDER_ID_LENGTH: usize = 36;
    receipt.get(..ORDER_ID_LENGTH).unwrap_or(receipt).to_owned()
}

impl Order {
    /// Whether it was made for exactly this.
    pub(super) fn is_for(&self, amount: Money) -> bool {
        self.amount == amount.minor && self.currency.eq_ignore_ascii_case(amount.currency.code())
    }

    /// When it was made.
    pub(super) const fn at(&self) -> Timestamp {
        moment(self.created_at)
    }

    /// An order that nobody has paid.
    pub(super) fn describe(&self) -> GatewayPayment {
        GatewayPayment {
            gateway_ref: self.id.clone(),
            payment_ref: String::new(),
            order_ref: self.receipt.as_deref().map(order_of).unwrap_or_default(),
            state: GatewayState::AwaitingCustomer,
            amount_minor: self.amount,
            captured_minor: 0,
            refunded_minor: 0,
            currency: self.currency.clone(),
            failure_code: String::new(),
            client_secret: String::new(),
        }
    }
}

impl Refund {
    fn has_failed(&self) -> bool {
        self.status.as_deref() == Some("failed")
    }

    /// The refund as reconciliation compares it.
    pub(super) fn as_moved(&self) -> Moved {
        let at = moment(self.created_at);
        Moved { id: self.id.clone(), amount_minor: self.amount, at, failed: self.has_failed() }
    }
}

/// A time as Razorpay states it: seconds since the Unix epoch.
const fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds.saturating_mul(1_000))
}

impl Payment {
    /// When the customer made it.
    pub(super) const fn at(&self) -> Timestamp {
        moment(self.created_at)
    }

    /// How far it has come, to tell the payment that matters among several attempts.
    pub(super) fn progress(&self) -> u8 {
        match self.state() {
            GatewayState::AwaitingCustomer => 0,
            GatewayState::Declined => 1,
            GatewayState::Voided => 2,
            GatewayState::Authorized => 3,
            GatewayState::Refunded => 4,
            GatewayState::Captured => 5,
        }
    }

    /// The payment in our words.
    pub(super) fn describe(&self) -> GatewayPayment {
        let captured_minor = if self.was_captured() { self.amount } else { 0 };
        let declined = self.status == "failed";
        GatewayPayment {
            gateway_ref: self.order_id.clone().unwrap_or_default(),
            payment_ref: self.id.clone(),
            order_ref: self.notes.get(ORDER_ID).cloned().unwrap_or_default(),
            state: self.state(),
            amount_minor: self.amount,
            captured_minor,
            refunded_minor: self.amount_refunded.unwrap_or(0).min(captured_minor),
            currency: self.currency.clone(),
            failure_code: self.error_reason.clone().filter(|_| declined).unwrap_or_default(),
            client_secret: String::new(),
        }
    }

    /// The payment with those of its refunds that have not failed.
    pub(super) fn describe_with(&self, refunds: &[Refund]) -> GatewayPayment {
        let seen = self.describe();
        let (failed, alive): (Vec<_>, Vec<_>) = refunds.iter().partition(|refund| refund.has_failed());
        let sum = |refunds: &[&Refund]| refunds.iter().map(|refund| refund.amount).sum::<i64>();
        // The payment's own sum lacks refunds on their way, and is not documented to drop those that failed.
        let counted = seen.refunded_minor - sum(&failed);
        let refunded_minor = sum(&alive).max(counted).clamp(0, seen.captured_minor);
        let all = refunded_minor == seen.captured_minor;
        let state = if all { GatewayState::Refunded } else { GatewayState::Captured };
        GatewayPayment { state, refunded_minor, ..seen }
    }

    /// A payment that was refunded without having been captured is one whose authorisation has expired.
    fn was_captured(&self) -> bool {
        match self.status.as_str() {
            "captured" => true,
            "refunded" => self.captured != Some(false),
            _ => false,
        }
    }

    /// <https://razorpay.com/docs/payments/payments/#payment-life-cycle>
    fn state(&self) -> GatewayState {
        match self.status.as_str() {
            "authorized" => GatewayState::Authorized,
            "captured" => GatewayState::Captured,
            "refunded" if self.was_captured() => GatewayState::Refunded,
            "refunded" => GatewayState::Voided,
            "failed" => GatewayState::Declined,
            _ => GatewayState::AwaitingCustomer,
        }
    }
}

/// <https://razorpay.com/docs/errors>
#[derive(Debug, Default, Deserialize)]
struct ErrorBody {
    error: ErrorFields,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ErrorFields {
    code: Option<String>,
    description: Option<String>,
    reason: Option<String>,
}

/// An answer that is not a success.
pub(super) fn error(status: StatusCode, body: &[u8]) -> GatewayError {
    let fields = serde_json::from_slice::<ErrorBody>(body).unwrap_or_default().error;
    let code = fields.reason.filter(|reason| !reason.is_empty() && reason != "NA").or(fields.code).unwrap_or_default();
    let detail = format!("{status} {code}: {}", fields.description.unwrap_or_default());
    http::error(status, code, detail)
}
