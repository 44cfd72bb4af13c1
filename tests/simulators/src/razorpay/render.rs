//! The JSON entities of the API.

use super::book::Refund;
use super::payment::{Order, OrderStatus, Payment, PaymentStatus};
use crate::ledger::Labels;
use crate::plant::fee_on;
use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};

/// A documented field that this simulator never fills.
type Null = ();

/// Notes are an object, but an empty array when there are none: the API has always written them so.
pub(super) struct Notes<'a>(&'a Labels);

impl Serialize for Notes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_empty() { serializer.serialize_seq(Some(0))?.end() } else { self.0.serialize(serializer) }
    }
}

/// <https://razorpay.com/docs/api/orders/entity>
#[derive(Serialize)]
pub(super) struct OrderEntity<'a> {
    id: &'a str,
    entity: &'static str,
    amount: i64,
    amount_paid: i64,
    amount_due: i64,
    currency: &'a str,
    receipt: Option<&'a str>,
    offer_id: Null,
    status: OrderStatus,
    attempts: u32,
    notes: Notes<'a>,
    created_at: i64,
}

impl<'a> OrderEntity<'a> {
    pub(super) fn of(order: &'a Order) -> Self {
        let terms = &*order.terms;
        Self {
            id: &terms.id,
            entity: "order",
            amount: terms.amount,
            amount_paid: order.amount_paid,
            amount_due: order.amount_due(),
            currency: &terms.currency,
            receipt: terms.receipt.as_deref(),
            offer_id: (),
            status: order.status,
            attempts: order.attempts,
            notes: Notes(&terms.notes),
            created_at: terms.created_at,
        }
    }
}

/// <https://razorpay.com/docs/api/payments/entity>
#[derive(Serialize)]
pub(super) struct PaymentEntity<'a> {
    id: &'a str,
    entity: &'static str,
    amount: i64,
    currency: &'a str,
    status: PaymentStatus,
    order_id: &'a str,
    invoice_id: Null,
    international: bool,
    method: &'a str,
    amount_refunded: i64,
    refund_status: Option<&'static str>,
    captured: bool,
    description: Null,
    card_id: Null,
    bank: Null,
    wallet: Null,
    vpa: Null,
    email: Null,
    contact: Null,
    notes: Notes<'a>,
    fee: Option<i64>,
    tax: Option<i64>,
    error_code: Option<&'static str>,
    error_description: Option<&'static str>,
    error_source: Option<&'static str>,
    error_step: Option<&'static str>,
    error_reason: Option<&'static str>,
    acquirer_data: AcquirerData,
    created_at: i64,
}

#[derive(Serialize)]
struct AcquirerData {
    auth_code: Null,
}

impl<'a> PaymentEntity<'a> {
    pub(super) fn of(payment: &'a Payment) -> Self {
        let terms = &*payment.terms;
        let failed = payment.status == PaymentStatus::Failed;
        let failure = |text: &'static str| failed.then_some(text);
        let fee = payment.is_captured().then(|| fee_on(terms.amount));
        Self {
            id: &terms.id,
            entity: "payment",
            amount: terms.amount,
            currency: &terms.order.currency,
            status: payment.status,
            order_id: &terms.order.id,
            invoice_id: (),
            international: false,
            method: &terms.method,
            amount_refunded: payment.refunded,
            refund_status: refund_status(payment),
            captured: payment.is_captured(),
            description: (),
            card_id: (),
            bank: (),
            wallet: (),
            vpa: (),
            email: (),
            contact: (),
            notes: Notes(&terms.order.notes),
            fee: fee.map(|fee| fee.fee),
            tax: fee.map(|fee| fee.tax),
            error_code: failure("BAD_REQUEST_ERROR"),
            error_description: failure("Your payment has been declined by the bank. Try another payment method."),
            error_source: failure("issuer_bank"),
            error_step: failure("payment_authorization"),
            error_reason: failure("payment_failed"),
            acquirer_data: AcquirerData { auth_code: () },
            created_at: terms.created_at,
        }
    }
}

fn refund_status(payment: &Payment) -> Option<&'static str> {
    match payment.status {
        PaymentStatus::Refunded => Some("full"),
        _ if payment.refunded > 0 => Some("partial"),
        _ => None,
    }
}

/// <https://razorpay.com/docs/api/refunds/entity>
#[derive(Serialize)]
pub(super) struct RefundEntity<'a> {
    id: &'a str,
    entity: &'static str,
    amount: i64,
    currency: &'a str,
    payment_id: &'a str,
    notes: Notes<'a>,
    receipt: Option<&'a str>,
    acquirer_data: RefundAcquirerData,
    created_at: i64,
    batch_id: Null,
    status: &'static str,
    speed_processed: &'static str,
    speed_requested: &'static str,
}

#[derive(Serialize)]
struct RefundAcquirerData {
    arn: Null,
}

impl<'a> RefundEntity<'a> {
    pub(super) fn of(refund: &'a Refund) -> Self {
        Self {
            id: &refund.id,
            entity: "refund",
            amount: refund.amount,
            currency: &refund.payment.terms.order.currency,
            payment_id: &refund.payment.terms.id,
            notes: Notes(&refund.notes),
            receipt: refund.receipt.as_deref(),
            acquirer_data: RefundAcquirerData { arn: () },
            created_at: refund.at_ms / 1_000,
            batch_id: (),
            status: "processed",
            speed_processed: "normal",
            speed_requested: "normal",
        }
    }
}

/// A list of entities.
#[derive(Serialize)]
pub(super) struct Collection<T> {
    entity: &'static str,
    count: usize,
    items: Vec<T>,
}

impl<T> Collection<T> {
    pub(super) fn of(items: Vec<T>) -> Self {
        Self { entity: "collection", count: items.len(), items }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_notes_are_an_empty_array() {
        assert_eq!(serde_json::to_value(Notes(&Labels::new())).expect("JSON"), serde_json::json!([]));
        let notes = Labels::from([("order_id".to_owned(), "o-1".to_owned())]);
        assert_eq!(serde_json::to_value(Notes(&notes)).expect("JSON"), serde_json::json!({ "order_id": "o-1" }));
    }
}
