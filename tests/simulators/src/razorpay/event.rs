//! The events of the account.

use super::book::Refund;
use super::dispute::DisputeEntity;
use super::payment::{Order, Payment};
use super::render::{OrderEntity, PaymentEntity, RefundEntity};
use crate::clock::unix_seconds;
use crate::dispute::Dispute;
use crate::ids::fresh;
use crate::webhook::Event;
use serde::Serialize;
use std::sync::Arc;

/// The header that carries the digest of the body.
pub const SIGNATURE_HEADER: &str = "X-Razorpay-Signature";
/// The header that carries the event's id, the same over redeliveries.
const EVENT_ID_HEADER: &str = "X-Razorpay-Event-Id";
/// The account that all events name.
const ACCOUNT_ID: &str = "acc_SparePartsSim0";

/// What an event tells, with snapshots of the entities it contains.
#[derive(Debug)]
pub(super) enum Kind {
    Authorized(Payment),
    Captured(Payment),
    Failed(Payment),
    OrderPaid(Payment, Order),
    RefundProcessed(Payment, Arc<Refund>),
    /// The event's name, and what it is about.
    Dispute(&'static str, Payment, Dispute),
}

/// One event.
#[derive(Debug)]
pub struct RazorpayEvent {
    id: String,
    created_at: i64,
    kind: Kind,
}

/// <https://razorpay.com/docs/webhooks/payloads/payments>
#[derive(Serialize)]
struct Envelope<'a> {
    entity: &'static str,
    account_id: &'static str,
    event: &'static str,
    contains: &'static [&'static str],
    payload: Payload<'a>,
    created_at: i64,
}

#[derive(Default, Serialize)]
struct Payload<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    refund: Option<Wrapped<RefundEntity<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment: Option<Wrapped<PaymentEntity<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<Wrapped<OrderEntity<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dispute: Option<Wrapped<DisputeEntity<'a>>>,
}

#[derive(Serialize)]
struct Wrapped<T> {
    entity: T,
}

fn wrap<T>(entity: T) -> Option<Wrapped<T>> {
    Some(Wrapped { entity })
}

impl RazorpayEvent {
    /// An event that happens now.
    pub(super) fn now(kind: Kind) -> Self {
        Self { id: fresh("", 14), created_at: unix_seconds(), kind }
    }

    fn envelope(&self) -> Envelope<'_> {
        let of_payment = |payment| Payload { payment: wrap(PaymentEntity::of(payment)), ..Payload::default() };
        let (event, contains, payload): (_, &[&str], _) = match &self.kind {
            Kind::Authorized(payment) => ("payment.authorized", &["payment"], of_payment(payment)),
            Kind::Captured(payment) => ("payment.captured", &["payment"], of_payment(payment)),
            Kind::Failed(payment) => ("payment.failed", &["payment"], of_payment(payment)),
            Kind::OrderPaid(payment, order) => (
                "order.paid",
                &["payment", "order"],
                Payload { order: wrap(OrderEntity::of(order)), ..of_payment(payment) },
            ),
            Kind::RefundProcessed(payment, refund) => (
                "refund.processed",
                &["refund", "payment"],
                Payload { refund: wrap(RefundEntity::of(refund)), ..of_payment(payment) },
            ),
            Kind::Dispute(event, payment, dispute) => {
                let entity = DisputeEntity::of(dispute, &payment.terms.order.currency);
                (event, &["payment", "dispute"], Payload { dispute: wrap(entity), ..of_payment(payment) })
            }
        };
        Envelope { entity: "event", account_id: ACCOUNT_ID, event, contains, payload, created_at: self.created_at }
    }
}

impl Event for RazorpayEvent {
    fn id(&self) -> &str {
        &self.id
    }

    fn kind(&self) -> &'static str {
        self.envelope().event
    }

    fn body(&self) -> Vec<u8> {
        // Strings, integers and maps with string keys always have a JSON form.
        serde_json::to_vec(&self.envelope()).unwrap_or_default()
    }

    fn id_header(&self) -> Option<&'static str> {
        Some(EVENT_ID_HEADER)
    }
}
