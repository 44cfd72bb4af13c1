//! Gathers what the checker judges from: out of the stores once everything is at rest, out of the simulators' books.

mod memory;
mod rest;
mod topics;
mod webhooks;

use mongodb::bson::{Document, doc};
use schemas::{
    attempts::{AttemptState, PaymentAttempt},
    coupons,
    disputes::{DisputeState, OrderDispute},
    documents::{self, StockReceipt},
    ledger::{LEDGER, LedgerEntry},
    refunds::{OrderRefund, RefundState},
    returns::ReturnLine,
    types::PaymentMethod,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    checker::{
        Booked, Burst, Coupon, CouponUser, CreditNote, Facts, Forgery, GatewayPayment, Invoice, Movement, Order,
        OrderCoupon, OrderLine, Parcel, Redemption, Request, Reservation, Returned, StatusRead, StockSamples,
    },
    stack::Stack,
    store::{Store, Stored},
};
pub use rest::{at_rest, rest_within};

/// What was seen and tried during a run, beside the orders.
#[derive(Debug, Default)]
pub struct Observed {
    /// What a [`StockSampler`](crate::sampling::StockSampler) saw.
    pub samples: StockSamples,
    /// What a [`StatusSampler`](crate::sampling::StatusSampler) saw.
    pub reads: Vec<StatusRead>,
    /// What an [`IdempotencyProbe`](crate::probes::IdempotencyProbe) tried.
    pub bursts: Vec<Burst>,
    /// What a [`WebhookProbe`](crate::probes::WebhookProbe) tried.
    pub forgeries: Vec<Forgery>,
}

#[derive(Deserialize)]
struct Kept<R> {
    row: R,
}

#[derive(Deserialize)]
struct StockLedgerRow {
    sku: String,
    cause: String,
    delta: Delta,
}

#[derive(Deserialize)]
struct Delta {
    received: i64,
    available: i64,
    reserved: i64,
    sold: i64,
    #[serde(default)]
    written_off: i64,
}

/// Everything about a shop at rest.
///
/// # Panics
/// When a store does not answer, or holds something of an unknown shape.
pub async fn gather(shop: &Stack, requests: Vec<Request>, observed: Observed) -> Facts {
    let (store, gateways) = (shop.store(), shop.gateways());
    let mut payments: Vec<GatewayPayment> = typed(gateways.ledger("stripe").await);
    payments.append(&mut typed(gateways.ledger("razorpay").await));
    let topics = topics::read(&store).await;
    for moved in payments.iter_mut().flat_map(|payment| payment.captures.iter_mut().chain(&mut payment.refunds)) {
        moved.at_ms = shop.machine_time(moved.at_ms);
    }
    let events = webhooks::events(shop, gateways.webhooks().await, &topics.reports);
    let forgeries = webhooks::found_in_topics(observed.forgeries, &topics.reports);
    Facts {
        requests,
        orders: states::<documents::Order>(&store, "orders")
            .await
            .into_iter()
            .map(|found| order(shop, found))
            .collect(),
        delivered: shop.catalog.deliveries().into_iter().collect(),
        stock: states(&store, "stock").await,
        samples: observed.samples,
        reservations: rows::<Reservation>(&store, "reservations").await,
        coupons: states::<coupons::Coupon>(&store, "coupons").await.into_iter().filter_map(coupon).collect(),
        redemptions: rows::<Redemption>(&store, "coupon_redemptions").await,
        coupon_users: rows::<CouponUser>(&store, coupons::CouponUser::COLLECTION).await,
        movements: rows::<StockLedgerRow>(&store, "stock_ledger").await.into_iter().map(movement).collect(),
        payments,
        ledger: rows::<LedgerEntry>(&store, LEDGER).await.into_iter().map(booked).collect(),
        parcels: typed::<Parcel>(gateways.parcels().await),
        invoices: rows::<documents::Invoice>(&store, documents::Invoice::COLLECTION)
            .await
            .into_iter()
            .map(invoice)
            .collect(),
        credit_notes: rows::<documents::CreditNote>(&store, "credit_notes")
            .await
            .into_iter()
            .map(credit_note)
            .collect(),
        settlement: None,
        reads: observed.reads,
        bursts: observed.bursts,
        events,
        forgeries,
        conservation: Some(topics.conservation),
        overload: None,
    }
}

/// How many delivery notes were counted: one per part if none was counted twice.
///
/// # Panics
/// When the database does not answer.
pub async fn deliveries_counted(store: &Store) -> usize {
    rows::<Document>(store, StockReceipt::COLLECTION).await.len()
}

pub(crate) async fn states<S: DeserializeOwned + Send + Sync + Unpin>(store: &Store, collection: &str) -> Vec<S> {
    store.find::<Stored<S>>(collection, doc! {}).await.into_iter().map(|stored| stored.state).collect()
}

async fn rows<R: DeserializeOwned + Send + Sync + Unpin>(store: &Store, collection: &str) -> Vec<R> {
    store.find::<Kept<R>>(collection, doc! {}).await.into_iter().map(|kept| kept.row).collect()
}

fn typed<T: DeserializeOwned>(lines: Vec<Value>) -> Vec<T> {
    let read = |line: Value| serde_json::from_value(line.clone()).unwrap_or_else(|error| panic!("{error} in {line}"));
    lines.into_iter().map(read).collect()
}

fn order(shop: &Stack, order: documents::Order) -> Order {
    let money = order.payment.as_ref();
    Order {
        id: order.order_id.to_string(),
        reference: order.address.line2.clone(),
        status: order.status,
        history: order.history.iter().map(|step| (step.status, shop.machine_time(step.at.as_millis()))).collect(),
        lines: order.lines.iter().map(line).collect(),
        grand_total: order.totals.grand_total.minor,
        method: order.payment_method,
        captured: money.map_or(0, |payment| payment.captured.minor),
        refunded: money.map_or(0, |payment| payment.refunded.minor),
        attempts: order.payment_attempts().len(),
        declined: money.is_some_and(|payment| payment.last_decline.is_some())
            || order.attempts.iter().any(was_declined),
        given_back: refunds_in(&order, RefundState::Made),
        cash: order.cash.iter().filter(|instalment| instalment.counts()).map(|one| one.amount.minor).collect(),
        paid_out: going_back(&order, RefundState::Made).collect(),
        owed: going_back(&order, RefundState::Owed).sum(),
        credited: cash_refunds(&order).map(|refund| refund.amount.minor).sum(),
        set_off: cash_refunds(&order).filter_map(|refund| refund.set_off).map(|set_off| set_off.minor).sum(),
        lost: order.disputes.iter().filter(|dispute| is_lost(dispute)).map(|dispute| dispute.amount.minor).sum(),
        failed_over: order.attempts.iter().any(|attempt| attempt.failed_over_from.is_some()),
        returned: order.returns.iter().flat_map(|of| &of.lines).map(returned).collect(),
        invoice: order.invoice.map(|invoice| invoice.number),
        credit_note: order.credit_note.map(|note| note.number),
        coupon: order
            .coupon
            .map(|coupon| OrderCoupon { code: coupon.code.to_string(), state: coupon.state.as_str().to_owned() }),
        stuck: order.stuck,
    }
}

fn line(line: &schemas::types::OrderLine) -> OrderLine {
    OrderLine { sku: line.sku.to_string(), quantity: i64::from(line.quantity) }
}

/// One that somebody has put.
fn coupon(coupon: coupons::Coupon) -> Option<Coupon> {
    let coupons::CouponTerms { total_limit, user_limit, .. } = coupon.terms?;
    Some(Coupon { code: coupon.code.to_string(), total_limit, user_limit, used: coupon.used })
}

fn is_lost(dispute: &OrderDispute) -> bool {
    dispute.state == DisputeState::Lost && !dispute.is_inquiry
}

/// What counted before and was given up keeps the bank's words.
fn was_declined(attempt: &PaymentAttempt) -> bool {
    attempt.state == AttemptState::Superseded && !attempt.code.is_empty()
}

fn refunds_in(order: &documents::Order, state: RefundState) -> i64 {
    order.refunds.iter().filter(|refund| refund.state == state).map(|refund| refund.amount.minor).sum()
}

/// The refunds of an order for cash that were not refused.
fn cash_refunds(order: &documents::Order) -> impl Iterator<Item = &OrderRefund> {
    let is_cash = order.payment_method == PaymentMethod::Cod;
    order.refunds.iter().filter(move |refund| is_cash && refund.state != RefundState::Refused)
}

fn going_back(order: &documents::Order, state: RefundState) -> impl Iterator<Item = i64> {
    cash_refunds(order).filter(move |refund| refund.state == state).map(|refund| refund.going_back().minor)
}

fn returned(line: &ReturnLine) -> Returned {
    let ReturnLine { sku, restocked, written_off, .. } = line;
    Returned { sku: sku.to_string(), restocked: (*restocked).into(), written_off: (*written_off).into() }
}

fn movement(row: StockLedgerRow) -> Movement {
    let StockLedgerRow { sku, cause, delta: Delta { received, available, reserved, sold, written_off } } = row;
    Movement { sku, cause, received, available, reserved, sold, written_off }
}

fn booked(entry: LedgerEntry) -> Booked {
    let LedgerEntry { entry_id, order_id, payment_ref, occasion, debit, credit, amount, .. } = entry;
    Booked {
        entry_id,
        order_id: order_id.to_string(),
        payment_id: payment_ref,
        occasion,
        debit,
        credit,
        amount: amount.minor,
    }
}

fn invoice(invoice: documents::Invoice) -> Invoice {
    Invoice {
        order_id: invoice.order_id.to_string(),
        issued_at: invoice.issued_at.as_millis(),
        grand_total: invoice.totals.grand_total.minor,
        number: invoice.number,
        replaces: invoice.replaces,
        replaced_by: invoice.void.map(|void| void.replaced_by),
    }
}

fn credit_note(note: documents::CreditNote) -> CreditNote {
    CreditNote {
        order_id: note.order_id.to_string(),
        issued_at: note.issued_at.as_millis(),
        grand_total: note.totals.grand_total.minor,
        number: note.number,
        invoice_number: note.invoice_number,
    }
}
