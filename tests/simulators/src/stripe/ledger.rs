//! The account's books, for the checker.

use super::Stripe;
use super::book::{Book, Record};
use crate::dispute::Dispute;
use crate::faults::{Faults, FiredCounts};
use crate::idempotency::KeyLine;
use crate::ledger::{Movement, ORDER_LABEL, PaymentLine, Totals};
use crate::webhook::WebhookCounts;
use serde::Serialize;

/// `GET /_sim/ledger`
#[derive(Debug, Serialize)]
pub struct StripeLedger {
    simulator: &'static str,
    totals: Totals,
    payments: Vec<PaymentLine>,
    idempotency_keys: Vec<KeyLine>,
    webhooks: WebhookCounts,
    faults: Faults,
    faults_fired: FiredCounts,
}

pub(super) fn of(stripe: &Stripe) -> StripeLedger {
    let payments = lines(&stripe.book());
    StripeLedger {
        simulator: "stripe",
        totals: Totals::of(&payments),
        payments,
        idempotency_keys: stripe.keys.lines(),
        webhooks: stripe.outbox.counts(),
        faults: stripe.switches.current(),
        faults_fired: stripe.switches.fired(),
    }
}

fn lines(book: &Book) -> Vec<PaymentLine> {
    book.records.iter().map(|record| line(book, record)).collect()
}

fn line(book: &Book, record: &Record) -> PaymentLine {
    let (intent, terms) = (&record.intent, &*record.intent.terms);
    let disputes = book.disputes.iter().filter(|dispute| dispute.payment == terms.id);
    PaymentLine {
        payment_id: terms.id.clone(),
        gateway_order_id: None,
        order_id: terms.metadata.get(ORDER_LABEL).cloned(),
        currency: terms.currency.clone(),
        status: intent.status.as_str().to_owned(),
        amount: terms.amount,
        authorized: intent.authorized(),
        captured: intent.captured,
        refunded: intent.refunded,
        captures: capture(record).into_iter().collect(),
        refunds: record.refunds.iter().filter_map(|position| refund(book, *position)).collect(),
        disputes: disputes.map(Dispute::line).collect(),
        labels: terms.metadata.clone(),
        created_at_ms: record.created.at_ms,
        idempotency_key: record.created.key.as_deref().map(str::to_owned),
    }
}

fn capture(record: &Record) -> Option<Movement> {
    record.captured.as_ref().map(|cause| Movement {
        id: record.intent.charge.as_deref().unwrap_or_default().to_owned(),
        amount: record.intent.captured,
        at_ms: cause.at_ms,
        idempotency_key: cause.key.as_deref().map(str::to_owned),
    })
}

fn refund(book: &Book, position: usize) -> Option<Movement> {
    book.refunds.get(position).map(|refund| Movement {
        id: refund.id.clone(),
        amount: refund.amount,
        at_ms: refund.cause.at_ms,
        idempotency_key: refund.cause.key.as_deref().map(str::to_owned),
    })
}
