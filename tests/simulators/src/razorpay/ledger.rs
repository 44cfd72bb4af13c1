//! The account's books, for the checker.

use super::Razorpay;
use super::book::{Book, PaymentRecord};
use crate::dispute::Dispute;
use crate::faults::{Faults, FiredCounts};
use crate::idempotency::KeyLine;
use crate::ledger::{Labels, Movement, ORDER_LABEL, PaymentLine, Totals};
use crate::webhook::WebhookCounts;
use serde::Serialize;

/// `GET /_sim/ledger`
#[derive(Debug, Serialize)]
pub struct RazorpayLedger {
    simulator: &'static str,
    totals: Totals,
    orders: Vec<OrderLine>,
    payments: Vec<PaymentLine>,
    idempotency_keys: Vec<KeyLine>,
    webhooks: WebhookCounts,
    faults: Faults,
    faults_fired: FiredCounts,
}

/// One order as the gateway has it. Amounts are in minor units (paise).
#[derive(Debug, Serialize)]
struct OrderLine {
    gateway_order_id: String,
    order_id: Option<String>,
    receipt: Option<String>,
    currency: String,
    amount: i64,
    amount_paid: i64,
    attempts: u32,
    labels: Labels,
    created_at_ms: i64,
}

pub(super) fn of(razorpay: &Razorpay) -> RazorpayLedger {
    let (orders, payments) = {
        let book = razorpay.book();
        (order_lines(&book), book.payments.iter().map(|record| line(&book, record)).collect::<Vec<_>>())
    };
    RazorpayLedger {
        simulator: "razorpay",
        totals: Totals::of(&payments),
        orders,
        payments,
        idempotency_keys: razorpay.refund_keys.lines(),
        webhooks: razorpay.outbox.counts(),
        faults: razorpay.switches.current(),
        faults_fired: razorpay.switches.fired(),
    }
}

fn order_lines(book: &Book) -> Vec<OrderLine> {
    let line = |record: &super::book::OrderRecord| {
        let terms = &*record.order.terms;
        OrderLine {
            gateway_order_id: terms.id.clone(),
            order_id: terms.notes.get(ORDER_LABEL).cloned(),
            receipt: terms.receipt.clone(),
            currency: terms.currency.clone(),
            amount: terms.amount,
            amount_paid: record.order.amount_paid,
            attempts: record.order.attempts,
            labels: (*terms.notes).clone(),
            created_at_ms: record.created_ms,
        }
    };
    book.orders.iter().map(line).collect()
}

fn line(book: &Book, record: &PaymentRecord) -> PaymentLine {
    let (payment, terms) = (&record.payment, &*record.payment.terms);
    let disputes = book.disputes.iter().filter(|dispute| dispute.payment == terms.id);
    PaymentLine {
        payment_id: terms.id.clone(),
        gateway_order_id: Some(terms.order.id.clone()),
        order_id: terms.order.notes.get(ORDER_LABEL).cloned(),
        currency: terms.order.currency.clone(),
        status: payment.status.as_str().to_owned(),
        amount: terms.amount,
        authorized: payment.authorized(),
        captured: payment.captured(),
        refunded: payment.refunded,
        captures: capture(record).into_iter().collect(),
        refunds: record.refunds.iter().filter_map(|position| refund(book, *position)).collect(),
        disputes: disputes.map(Dispute::line).collect(),
        labels: (*terms.order.notes).clone(),
        created_at_ms: record.created_ms,
        idempotency_key: None,
    }
}

fn capture(record: &PaymentRecord) -> Option<Movement> {
    record.captured_ms.map(|at_ms| Movement {
        id: record.payment.terms.id.clone(),
        amount: record.payment.captured(),
        at_ms,
        idempotency_key: None,
    })
}

fn refund(book: &Book, position: usize) -> Option<Movement> {
    book.refunds.get(position).map(|refund| Movement {
        id: refund.id.clone(),
        amount: refund.amount,
        at_ms: refund.at_ms,
        idempotency_key: refund.key.clone(),
    })
}
