//! The shapes of `GET /_sim/ledger` that both gateways share, so that one checker reads both.

use crate::dispute::DisputeLine;
use serde::Serialize;
use std::collections::BTreeMap;

/// Metadata (Stripe) or notes (Razorpay) as the shop attached them.
pub type Labels = BTreeMap<String, String>;

/// The label under which the shop names its own order.
pub const ORDER_LABEL: &str = "order_id";

/// Money that moved: one capture or one refund. Amounts are in minor units (paise).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Movement {
    /// The gateway's id of the refund, or of the charge that was captured.
    pub id: String,
    /// Minor units moved.
    pub amount: i64,
    /// Unix milliseconds.
    pub at_ms: i64,
    /// The idempotency key of the request that moved it, if it had one.
    pub idempotency_key: Option<String>,
}

/// One payment as the gateway has it. Amounts are in minor units (paise).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PaymentLine {
    /// The gateway's id of the payment: `pi_…` or `pay_…`.
    pub payment_id: String,
    /// The gateway's own order (`order_…`), where it has such a thing.
    pub gateway_order_id: Option<String>,
    /// The shop's order, taken from the label `order_id`.
    pub order_id: Option<String>,
    /// ISO 4217 code as the gateway writes it.
    pub currency: String,
    /// The gateway's state of the payment.
    pub status: String,
    /// What was asked for.
    pub amount: i64,
    /// What the customer's bank has promised, whether taken since or not.
    pub authorized: i64,
    /// What was taken from the customer.
    pub captured: i64,
    /// What was given back.
    pub refunded: i64,
    /// Each capture.
    pub captures: Vec<Movement>,
    /// Each refund.
    pub refunds: Vec<Movement>,
    /// Each dispute.
    pub disputes: Vec<DisputeLine>,
    /// All labels.
    pub labels: Labels,
    /// Unix milliseconds.
    pub created_at_ms: i64,
    /// The idempotency key of the request that made the payment, if it had one.
    pub idempotency_key: Option<String>,
}

/// Sums over all payments, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Number of payments.
    pub payments: usize,
    /// Sum taken.
    pub captured: i64,
    /// Sum given back.
    pub refunded: i64,
}

impl Totals {
    /// Adds up the lines.
    pub fn of(lines: &[PaymentLine]) -> Self {
        lines.iter().fold(Self { payments: lines.len(), ..Self::default() }, |sum, line| Self {
            captured: sum.captured + line.captured,
            refunded: sum.refunded + line.refunded,
            ..sum
        })
    }
}
