//! What the payments worker is told of a difference: the same as a webhook would have, through the same inbox. The ids follow
//! from what is told, so that it counts once however often it is sent.

use schemas::{
    payments::{CancelPayment, GatewayReported, PaymentsMessage},
    reconciliation::FindingKind,
    types::Timestamp,
};
use shared::{
    avro::AvroError,
    id::{CorrelationId, MessageId},
    message::{Origin, Outgoing},
    trace::TraceContext,
};

use super::books::{Ours, Theirs};
use crate::holding::{Holding, Want};

/// Both gateways name the event so.
const REFUND_FAILED: &str = "refund.failed";
/// Every other state is told under a name of our own: only the state counts.
const SEEN: &str = "reconciliation.seen";

/// Whether the payments worker mends a difference of this kind, or at least must know what the gateway says.
#[must_use]
pub const fn is_told(kind: FindingKind) -> bool {
    matches!(
        kind,
        FindingKind::LostWebhook
            | FindingKind::CapturedForEndedOrder
            | FindingKind::DuplicateCapture
            | FindingKind::AmountMismatch
            | FindingKind::CurrencyMismatch
    )
}

/// The messages that tell of a difference between these two.
///
/// # Errors
/// [`AvroError`]; never for what a gateway says.
pub fn messages(kind: FindingKind, ours: &Ours, theirs: &Theirs, now: Timestamp) -> Result<Vec<Outgoing>, AvroError> {
    let order_id = ours.payment.order_id;
    let name = name_of(theirs);
    let report = GatewayReported {
        gateway: theirs.gateway,
        event_id: name.clone(),
        event_type: if refund_failed(ours, theirs) { REFUND_FAILED } else { SEEN }.to_owned(),
        payment: theirs.seen.clone(),
    };
    let mut told: Vec<(String, PaymentsMessage)> = vec![(name, report.into())];
    if kind == FindingKind::CapturedForEndedOrder && ours.payment.want() == Want::Money {
        told.push((format!("reconciliation/cancel/{order_id}"), CancelPayment { order_id }.into()));
    }
    let key = order_id.to_string();
    let correlation = CorrelationId::from_uuid(order_id.as_uuid());
    let origin = |name: &str| Origin::first(MessageId::of_fact(name), correlation, now, TraceContext::start());
    told.iter().map(|(name, message)| Outgoing::new(&key, message, origin(name))).collect()
}

/// Everything that could be news. Refunds are counted, for one that is made again may fail again.
fn name_of(theirs: &Theirs) -> String {
    let seen = &theirs.seen;
    let failed = theirs.refunds.iter().filter(|refund| refund.failed).count();
    format!(
        "reconciliation/{}/{}/{:?}/{}/{}/{}/{failed}",
        theirs.subject(),
        seen.gateway_ref,
        seen.state,
        seen.captured_minor,
        seen.refunded_minor,
        theirs.refunds.len(),
    )
}

/// Whether our books have more given back than the gateway: a refund failed that we counted.
fn refund_failed(ours: &Ours, theirs: &Theirs) -> bool {
    let payment = &ours.payment;
    let seen = &theirs.seen;
    let is_it = |holding: &&Holding| {
        holding.gateway == Some(theirs.gateway) && holding.is_named(&seen.gateway_ref, &seen.payment_ref)
    };
    let known = payment.holdings().find(is_it);
    known.is_some_and(|holding| {
        holding.captured_minor == seen.captured_minor && holding.refunded_minor > seen.refunded_minor
    })
}
