//! What the payments worker is told of a difference: the same as a webhook would have, through the same inbox; and of each
//! line that was settled. The ids follow from what is told, so that it counts once however often it is sent.

use std::collections::HashMap;

use schemas::{
    payments::{CancelPayment, GatewayReported, PaymentsMessage},
    reconciliation::FindingKind,
    settlements::{SettledKind, SettlementReported},
    types::{Currency, GatewayName, Timestamp},
};
use shared::{
    avro::AvroError,
    id::{CorrelationId, MessageId},
    message::{Origin, Outgoing},
    trace::TraceContext,
};

use super::{
    books::{Line, LineKind, Ours, Theirs},
    compare::Index,
    gather::Picture,
};
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

/// What was settled of payments of ours and was not told yet: the ids of the lines, with their messages. A line in another
/// currency than was asked for is settled at some rate of exchange, and left to a person.
///
/// # Errors
/// [`AvroError`]; never for what a gateway says.
pub fn settlements(picture: &Picture, now: Timestamp) -> Result<Vec<(String, Outgoing)>, AvroError> {
    let index = Index::new(&picture.ours);
    let moved: HashMap<(GatewayName, &str), &Theirs> = picture
        .theirs
        .iter()
        .flat_map(|theirs| entities(theirs).map(move |name| ((theirs.gateway, name), theirs)))
        .collect();
    let mut told = Vec::new();
    for line in picture.lines.iter().filter(|line| !line.told) {
        let theirs = moved.get(&(line.gateway, line.entity.as_str())).copied();
        let Some(ours) = theirs.map_or_else(|| index.named(line.gateway, &line.gateway_ref), |theirs| index.of(theirs))
        else {
            continue;
        };
        if let Some(report) = settled(line, ours, theirs) {
            let key = report.order_id.to_string();
            let correlation = CorrelationId::from_uuid(report.order_id.as_uuid());
            let id = MessageId::of_fact(&format!("settlement/{}", line.id));
            let origin = Origin::first(id, correlation, now, TraceContext::start());
            told.push((line.id.clone(), Outgoing::new(&key, &PaymentsMessage::from(report), origin)?));
        }
    }
    Ok(told)
}

/// What settlements name of a payment.
fn entities(theirs: &Theirs) -> impl Iterator<Item = &str> {
    let refunds = theirs.refunds.iter().map(|refund| refund.id.as_str());
    std::iter::once(theirs.charge.as_str()).chain(refunds).filter(|name| !name.is_empty())
}

fn settled(line: &Line, ours: &Ours, theirs: Option<&Theirs>) -> Option<SettlementReported> {
    let kind = match line.kind {
        LineKind::Capture => SettledKind::Capture,
        LineKind::Refund => SettledKind::Refund,
        LineKind::Dispute => SettledKind::Dispute,
        LineKind::Other => return None,
    };
    let payment = &ours.payment;
    (Currency::parse(&line.currency) == Some(payment.amount.currency)).then(|| SettlementReported {
        order_id: payment.order_id,
        gateway: line.gateway,
        line_id: line.id.clone(),
        kind,
        entity: line.entity.clone(),
        payment_ref: theirs.map_or(&line.payment_ref, |theirs| &theirs.seen.payment_ref).clone(),
        gross_minor: line.gross_minor,
        fee_minor: line.fee_minor,
        tax_minor: line.tax_minor,
        net_minor: line.net_minor,
        currency: line.currency.clone(),
    })
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
