//! The few fields of Stripe's objects that matter here.

use std::collections::HashMap;

use miniserde::Deserialize;
use schemas::payments::{GatewayPayment, GatewayState};

/// The metadata key under which Stripe keeps our order's id.
pub(super) const ORDER_ID: &str = "order_id";

/// <https://docs.stripe.com/api/payment_intents/object>
#[derive(Debug, Deserialize)]
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

#[derive(Debug, Deserialize)]
struct PaymentError {
    code: Option<String>,
}

/// <https://docs.stripe.com/api/refunds/object>
#[derive(Debug, Deserialize)]
pub(super) struct RefundMade {
    pub(super) id: String,
    pub(super) status: Option<String>,
    amount: i64,
}

/// <https://docs.stripe.com/api/refunds/list>
#[derive(Debug, Deserialize)]
pub(super) struct RefundList {
    data: Vec<RefundMade>,
}

impl RefundList {
    /// What went back or is on its way; a refund that failed leaves the money with us.
    pub(super) fn total(&self) -> i64 {
        let lives = |refund: &&RefundMade| !matches!(refund.status.as_deref(), Some("failed" | "canceled"));
        self.data.iter().filter(lives).map(|refund| refund.amount).sum()
    }
}

impl Intent {
    /// What was captured, in minor units.
    pub(super) fn received(&self) -> i64 {
        self.amount_received.unwrap_or(0)
    }

    /// What the customer's browser needs to pay.
    pub(super) fn client_secret(&self) -> String {
        self.client_secret.clone().unwrap_or_default()
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
            failure_code: self.last_payment_error.as_ref().and_then(|error| error.code.clone()).unwrap_or_default(),
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
