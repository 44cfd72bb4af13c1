//! Gathers what the checker judges from: out of the stores once everything is at rest, out of the simulators' books.

use std::{collections::BTreeMap, time::Duration};

use mongodb::bson::{Document, doc};
use schemas::documents::{self, StockReceipt};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::{
    checker::{
        CreditNote, Facts, GatewayPayment, Invoice, Lowest, Movement, Order, OrderLine, Parcel, Request, Reservation,
        Stock,
    },
    stack::Stack,
    store::{Store, Stored},
};

#[derive(Deserialize)]
struct Kept<R> {
    row: R,
}

#[derive(Deserialize)]
struct LedgerRow {
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
}

/// Everything about a shop at rest.
///
/// # Panics
/// When a store does not answer, or holds something of an unknown shape.
pub async fn gather(shop: &Stack, requests: Vec<Request>, lowest: Vec<Lowest>) -> Facts {
    let store = shop.store();
    let gateways = shop.gateways();
    let mut payments: Vec<GatewayPayment> = typed(gateways.ledger("stripe").await);
    payments.append(&mut typed(gateways.ledger("razorpay").await));
    Facts {
        requests,
        orders: states::<documents::Order>(&store, "orders").await.into_iter().map(order).collect(),
        delivered: shop.catalog.deliveries().into_iter().collect(),
        stock: states(&store, "stock").await,
        lowest,
        reservations: rows::<Reservation>(&store, "reservations").await,
        movements: rows::<LedgerRow>(&store, "stock_ledger").await.into_iter().map(movement).collect(),
        payments,
        parcels: typed::<Parcel>(gateways.parcels().await),
        invoices: rows::<documents::Invoice>(&store, "invoices").await.into_iter().map(invoice).collect(),
        credit_notes: rows::<documents::CreditNote>(&store, "credit_notes")
            .await
            .into_iter()
            .map(credit_note)
            .collect(),
    }
}

/// Waits until a shop has nothing left to do.
///
/// # Panics
/// When it does not come to rest in time, with what is left.
pub async fn at_rest(shop: &Stack, limit: Duration) {
    rest_within(shop, limit).await.unwrap_or_else(|left| panic!("{left}"));
}

/// Waits until a shop has nothing left to do: every inbox is read to its end, nothing waits for an answer or a deadline,
/// and that for a while, for a message may be on its way.
///
/// # Errors
/// What is left, when it does not come to rest in time.
///
/// # Panics
/// When a store does not answer.
pub async fn rest_within(shop: &Stack, limit: Duration) -> Result<(), String> {
    const CALM: u32 = 5;
    let (store, until) = (shop.store(), Instant::now() + limit);
    let mut calm = 0;
    loop {
        let left = unfinished(&store).await;
        calm = if left.is_empty() { calm + 1 } else { 0 };
        if calm >= CALM {
            return Ok(());
        }
        if Instant::now() > until {
            return Err(format!("not at rest after {limit:?}: {left:?}"));
        }
        sleep(Duration::from_millis(500)).await;
    }
}

/// What is left to do, by name.
async fn unfinished(store: &Store) -> BTreeMap<String, i64> {
    let mut left = BTreeMap::new();
    left.insert("records to read".to_owned(), store.lag().await);
    for collection in ["orders", "payments", "shipments"] {
        let open = doc! { "$or": [{ "due_at": { "$exists": true } }, { "pending.0": { "$exists": true } }] };
        let open: Vec<Document> = store.find(collection, open).await;
        left.insert(collection.to_owned(), i64::try_from(open.len()).unwrap_or(i64::MAX));
    }
    left.retain(|_, count| *count != 0);
    left
}

/// The lowest counters of all parts, as they are now.
///
/// # Errors
/// The database does not answer.
pub async fn sample_stock(store: &Store, lowest: &mut BTreeMap<String, i64>) -> Result<(), mongodb::error::Error> {
    for Stored { state: stock, .. } in store.try_find::<Stored<Stock>>("stock", doc! {}).await? {
        let now = stock.available.min(stock.reserved).min(stock.sold).min(stock.received);
        let seen = lowest.entry(stock.sku).or_insert(now);
        *seen = now.min(*seen);
    }
    Ok(())
}

/// How many delivery notes were counted: one per part if none was counted twice.
///
/// # Panics
/// When the database does not answer.
pub async fn deliveries_counted(store: &Store) -> usize {
    rows::<Document>(store, StockReceipt::COLLECTION).await.len()
}

async fn states<S: DeserializeOwned + Send + Sync + Unpin>(store: &Store, collection: &str) -> Vec<S> {
    store.find::<Stored<S>>(collection, doc! {}).await.into_iter().map(|stored| stored.state).collect()
}

async fn rows<R: DeserializeOwned + Send + Sync + Unpin>(store: &Store, collection: &str) -> Vec<R> {
    store.find::<Kept<R>>(collection, doc! {}).await.into_iter().map(|kept| kept.row).collect()
}

fn typed<T: DeserializeOwned>(lines: Vec<Value>) -> Vec<T> {
    let read = |line: Value| serde_json::from_value(line.clone()).unwrap_or_else(|error| panic!("{error} in {line}"));
    lines.into_iter().map(read).collect()
}

fn order(order: documents::Order) -> Order {
    let money = order.payment.as_ref();
    Order {
        id: order.order_id.to_string(),
        reference: order.address.line2.clone(),
        status: order.status,
        history: order.history.iter().map(|step| (step.status, step.at.as_millis())).collect(),
        lines: order.lines.iter().map(line).collect(),
        grand_total: order.totals.grand_total.minor,
        method: order.payment_method,
        captured: money.map_or(0, |payment| payment.captured.minor),
        refunded: money.map_or(0, |payment| payment.refunded.minor),
        invoice: order.invoice.map(|invoice| invoice.number),
        credit_note: order.credit_note.map(|note| note.number),
        stuck: order.stuck,
    }
}

fn line(line: &schemas::types::OrderLine) -> OrderLine {
    OrderLine { sku: line.sku.to_string(), quantity: i64::from(line.quantity) }
}

fn movement(row: LedgerRow) -> Movement {
    let LedgerRow { sku, cause, delta: Delta { received, available, reserved, sold } } = row;
    Movement { sku, cause, received, available, reserved, sold }
}

fn invoice(invoice: documents::Invoice) -> Invoice {
    let (order_id, grand_total) = (invoice.order_id.to_string(), invoice.totals.grand_total.minor);
    Invoice { number: invoice.number, order_id, grand_total }
}

fn credit_note(note: documents::CreditNote) -> CreditNote {
    let (order_id, grand_total) = (note.order_id.to_string(), note.totals.grand_total.minor);
    CreditNote { number: note.number, order_id, invoice_number: note.invoice_number, grand_total }
}
