//! The few fields of Stripe's objects that matter here.

use std::collections::HashMap;

use miniserde::Deserialize;
use schemas::{
    payments::{GatewayPayment, GatewayState},
    types::Timestamp,
};

use crate::reconciliation::books::Refund;

/// The metadata key under which Stripe keeps our order's id.
pub(super) const ORDER_ID: &str = "order_id";

/// <https://docs.stripe.com/api/payment_intents/object>
#[derive(Debug, Deserialize, serde::Deserialize)]
pub(super) struct Intent {
    id: String,
    status: String,
    amount: i64,
    amount_received: Option<i64>,
    currency: String,
    client_secret: Option<String>,
    metadata: Option<HashMap<String, String>>,
    last_payment_error: Option<PaymentError>,
}

#[derive(Debug, Deserialize, serde::Deserialize)]
struct PaymentError {
    code: Option<String>,
    decline_code: Option<String>,
}

/// <https://docs.stripe.com/api/refunds/object>
#[derive(Debug, Deserialize)]
pub(super) struct RefundMade {
    pub(super) id: String,
    pub(super) status: Option<String>,
    amount: i64,
    created: Option<i64>,
}

/// <https://docs.stripe.com/api/refunds/list>
#[derive(Debug, Deserialize)]
pub(super) struct RefundList {
    data: Vec<RefundMade>,
}

impl RefundList {
    /// What went back or is on its way; a refund that failed leaves the money with us.
    pub(super) fn total(&self) -> i64 {
        self.data.iter().filter(|refund| !refund.has_failed()).map(|refund| refund.amount).sum()
    }

    /// Each of them, as reconciliation compares it.
    pub(super) fn each(&self) -> Vec<Refund> {
        self.data.iter().map(RefundMade::as_refund).collect()
    }
}

impl RefundMade {
    fn has_failed(&self) -> bool {
        matches!(self.status.as_deref(), Some("failed" | "canceled"))
    }

    fn as_refund(&self) -> Refund {
        let at = moment(self.created.unwrap_or(0));
        Refund { id: self.id.clone(), amount_minor: self.amount, at, failed: self.has_failed() }
    }
}

/// A time as Stripe states it: seconds since the Unix epoch.
pub(super) const fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds.saturating_mul(1_000))
}

impl PaymentError {
    /// The bank's reason, else Stripe's.
    fn reason(&self) -> Option<String> {
        self.decline_code.clone().or_else(|| self.code.clone())
    }
}

impl Intent {
    /// Its name.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// What was captured, in minor units.
    pub(super) fn received(&self) -> i64 {
        self.amount_received.unwrap_or(0)
    }

    /// The intent in our words, with what the customer's browser needs while they may pay.
    pub(super) fn describe_to_payer(&self, refunded_minor: i64) -> GatewayPayment {
        let seen = self.describe(refunded_minor);
        let payable = matches!(seen.state, GatewayState::AwaitingCustomer | GatewayState::Declined);
        let client_secret = self.client_secret.clone().filter(|_| payable).unwrap_or_default();
        GatewayPayment { client_secret, ..seen }
    }

    /// The intent in our words; `refunded_minor` is not among its fields.
    pub(super) fn describe(&self, refunded_minor: i64) -> GatewayPayment {
        let metadata = self.metadata.as_ref();
        GatewayPayment {
            gateway_ref: self.id.clone(),
            payment_ref: self.id.clone(),
            order_ref: metadata.and_then(|labels| labels.get(ORDER_ID)).cloned().unwrap_or_default(),
            state: self.state(refunded_minor),
            amount_minor: self.amount,
            captured_minor: self.received(),
            refunded_minor,
            currency: self.currency.clone(),
            failure_code: self.last_payment_error.as_ref().and_then(PaymentError::reason).unwrap_or_default(),
            client_secret: String::new(),
        }
    }

    /// <https://docs.stripe.com/payments/paymentintents/lifecycle>
    fn state(&self, refunded_minor: i64) -> GatewayState {
        match self.status.as_str() {
            "requires_capture" => GatewayState::Authorized,
            "succeeded" if refunded_minor > 0 && refunded_minor >= self.received() => GatewayState::Refunded,
            "succeeded" => GatewayState::Captured,
            "canceled" => GatewayState::Voided,
            "requires_payment_method" if self.last_payment_error.is_some() => GatewayState::Declined,
            _ => GatewayState::AwaitingCustomer,
        }
    }
}
