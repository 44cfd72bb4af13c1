//! The events of the account.

use super::API_VERSION;
use super::book::Cause;
use super::dispute::DisputeObject;
use super::intent::{Change, Intent};
use super::render::{ChargeObject, IntentObject};
use crate::dispute::Dispute;
use crate::ids::fresh;
use crate::webhook::Event;
use serde::Serialize;
use std::sync::Arc;

/// The header that carries `t=…,v1=…`.
pub const SIGNATURE_HEADER: &str = "Stripe-Signature";

/// What an event tells; the text is its `type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Created,
    Processing,
    AmountCapturableUpdated,
    Succeeded,
    PaymentFailed,
    Canceled,
    ChargeRefunded {
        before: i64,
    },
    /// The event's name; it carries a dispute.
    Dispute(&'static str),
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Created => "payment_intent.created",
            Self::Processing => "payment_intent.processing",
            Self::AmountCapturableUpdated => "payment_intent.amount_capturable_updated",
            Self::Succeeded => "payment_intent.succeeded",
            Self::PaymentFailed => "payment_intent.payment_failed",
            Self::Canceled => "payment_intent.canceled",
            Self::ChargeRefunded { .. } => "charge.refunded",
            Self::Dispute(name) => name,
        }
    }

    /// The event that tells this change of `intent`, which has already happened.
    pub(super) fn of(change: Change, intent: &Intent) -> Self {
        match change {
            Change::Submitted => Self::Processing,
            Change::Authorized => Self::AmountCapturableUpdated,
            Change::Captured(_) => Self::Succeeded,
            Change::Declined(_) => Self::PaymentFailed,
            Change::Canceled => Self::Canceled,
            Change::Refunded(amount) => Self::ChargeRefunded { before: intent.refunded - amount },
        }
    }
}

/// One event with a snapshot of the intent as it then was.
#[derive(Debug)]
pub struct StripeEvent {
    id: String,
    kind: Kind,
    created: i64,
    intent: Intent,
    dispute: Option<Dispute>,
    request_key: Option<Arc<str>>,
}

impl StripeEvent {
    /// An event that happens now.
    pub(super) fn new(kind: Kind, intent: Intent, cause: &Cause) -> Self {
        let (id, created) = (fresh("evt_3", 21), cause.at_seconds());
        Self { id, kind, created, intent, dispute: None, request_key: cause.key.clone() }
    }

    /// The event with a snapshot of the dispute that it is about.
    pub(super) fn about(self, dispute: Dispute) -> Self {
        Self { dispute: Some(dispute), ..self }
    }
}

/// <https://docs.stripe.com/api/events/object>
#[derive(Serialize)]
struct EventObject<'a, T> {
    id: &'a str,
    object: &'static str,
    api_version: &'static str,
    created: i64,
    data: Data<T>,
    livemode: bool,
    pending_webhooks: u8,
    request: Request<'a>,
    #[serde(rename = "type")]
    kind: &'static str,
}

#[derive(Serialize)]
struct Data<T> {
    object: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_attributes: Option<Previous>,
}

#[derive(Serialize)]
struct Previous {
    amount_refunded: i64,
}

#[derive(Serialize)]
struct Request<'a> {
    id: Option<&'a str>,
    idempotency_key: Option<&'a str>,
}

impl StripeEvent {
    fn write<T: Serialize>(&self, object: T, previous: Option<Previous>) -> Vec<u8> {
        let event = EventObject {
            id: &self.id,
            object: "event",
            api_version: API_VERSION,
            created: self.created,
            data: Data { object, previous_attributes: previous },
            livemode: false,
            pending_webhooks: 1,
            request: Request { id: None, idempotency_key: self.request_key.as_deref() },
            kind: self.kind.name(),
        };
        // Strings, integers and maps with string keys always have a JSON form.
        serde_json::to_vec(&event).unwrap_or_default()
    }
}

impl Event for StripeEvent {
    fn id(&self) -> &str {
        &self.id
    }

    fn kind(&self) -> &'static str {
        self.kind.name()
    }

    fn body(&self) -> Vec<u8> {
        if let Some(dispute) = &self.dispute {
            return self.write(DisputeObject::of(dispute, &self.intent), None);
        }
        match self.kind {
            Kind::ChargeRefunded { before } => {
                self.write(ChargeObject::of(&self.intent), Some(Previous { amount_refunded: before }))
            }
            _ => self.write(IntentObject::of(&self.intent), None),
        }
    }
}
