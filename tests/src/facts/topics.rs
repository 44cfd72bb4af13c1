//! What stands in the inboxes and their dead letters, beside what the stores remember of it.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use rdkafka::message::{BorrowedMessage, Headers, Message};
use schemas::{
    catalog::CatalogMessage, coupons::CouponsMessage, documents::CreditNote, imports::ImportsMessage,
    inventory::InventoryMessage, invoicing::InvoicingMessage, orders::OrdersMessage, payments::PaymentsMessage,
    shipping::ShippingMessage,
};
use shared::{
    id::MessageId,
    message::{Delivery, Position, Topic},
    time::Timestamp,
};

use super::memory::{Sought, WorkerMemory};
use crate::{
    checker::{Conservation, Consumed, DeadLetter, Inbox, Origin, Trace},
    kafka,
    stack::POOLS,
    store::{Store, blocking},
};

/// The inboxes, and what gateways and carriers reported into them.
#[derive(Default)]
pub struct Topics {
    /// The inboxes.
    pub conservation: Conservation,
    /// The reports, by sender and event.
    pub reports: BTreeMap<(&'static str, String), Reported>,
}

/// What came of one event.
#[derive(Debug, Default)]
pub struct Reported {
    /// When each of its records was appended, in Unix milliseconds.
    pub at_ms: Vec<i64>,
    /// How many times an aggregate has taken it in.
    pub effects: usize,
}

/// Reads all of it.
///
/// # Panics
/// When a store does not answer, or holds something of an unknown shape.
pub async fn read(store: &Store) -> Topics {
    let mut topics = Topics::default();
    for pool in POOLS {
        let memory = WorkerMemory::load(store, pool).await;
        let prefix = store.prefix().to_owned();
        topics = blocking(move || {
            read_inbox(&prefix, pool, memory, &mut topics);
            topics
        })
        .await;
    }
    topics
}

fn read_inbox(prefix: &str, pool: &'static str, memory: WorkerMemory, topics: &mut Topics) {
    let name = format!("{pool}.inbox");
    let mut inbox = Inbox { partitions: kafka::progress(prefix, pool), name, ..Inbox::default() };
    let mut reports: BTreeMap<(&'static str, String), BTreeMap<MessageId, Vec<i64>>> = BTreeMap::new();
    kafka::each(&format!("{prefix}{}", inbox.name), |record| {
        let position = Position { partition: record.partition(), offset: record.offset() };
        let at = record.timestamp().to_millis().unwrap_or_default();
        let payload = record.payload().unwrap_or_default();
        let understood = understand(pool, payload, position, Timestamp::from_millis(at));
        if let Some((source, event)) = understood.as_ref().and_then(|understood| understood.about.event.clone()) {
            let message = understood.as_ref().map(|understood| understood.message);
            let records = reports.entry((source, event)).or_default();
            message.into_iter().for_each(|message| records.entry(message).or_default().push(at));
        }
        inbox.records.push(consumed(record, position, understood, &memory));
    });
    kafka::each(&format!("{prefix}{}.dead", inbox.name), |letter| inbox.letters.push(dead_letter(letter)));
    for (event, records) in reports {
        let effects = records.keys().map(|message| memory.times(*message)).sum();
        let at_ms = records.into_values().flatten().collect();
        topics.reports.insert(event, Reported { at_ms, effects });
    }
    topics.conservation.inboxes.push(inbox);
    topics.conservation.promised.extend(memory.promised);
}

/// A message of ours, as far as the checker looks at it.
struct Understood {
    message: MessageId,
    kind: &'static str,
    aggregate: String,
    about: About,
}

/// What a message is about.
#[derive(Default)]
struct About {
    /// The order, where it is not the key.
    order: Option<String>,
    /// The row that it must leave behind.
    row: Option<String>,
    /// The event of a gateway or carrier that it reports.
    event: Option<(&'static str, String)>,
}

fn understand(pool: &str, payload: &[u8], position: Position, at: Timestamp) -> Option<Understood> {
    match pool {
        "catalog" => decode::<CatalogMessage>(payload, position, at, |_| About::default()),
        "coupons" => decode::<CouponsMessage>(payload, position, at, about_coupon),
        "imports" => decode::<ImportsMessage>(payload, position, at, |_| About::default()),
        "inventory" => decode::<InventoryMessage>(payload, position, at, about_stock),
        "orders" => decode::<OrdersMessage>(payload, position, at, |_| About::default()),
        "payments" => decode::<PaymentsMessage>(payload, position, at, about_payment),
        "invoicing" => decode::<InvoicingMessage>(payload, position, at, about_paper),
        "shipping" => decode::<ShippingMessage>(payload, position, at, about_parcel),
        _ => panic!("nobody knows the messages of {pool}"),
    }
}

fn decode<M: Topic>(
    payload: &[u8],
    position: Position,
    at: Timestamp,
    about: impl Fn(&M) -> About,
) -> Option<Understood> {
    let delivery = Delivery::<M>::decode(payload, position, at, None).ok()?;
    let (kind, about) = (delivery.message.name(), about(&delivery.message));
    Some(Understood { message: delivery.id, kind, aggregate: delivery.aggregate_id, about })
}

fn about_coupon(message: &CouponsMessage) -> About {
    let (order, code) = match message {
        CouponsMessage::PutCoupon(_) | CouponsMessage::DeactivateCoupon(_) => return About::default(),
        CouponsMessage::RedeemCoupon(wish) => (wish.order_id, &wish.code),
        CouponsMessage::ReleaseCoupon(wish) => (wish.order_id, &wish.code),
    };
    About { order: Some(order.to_string()), row: Some(format!("coupon_redemptions/{code}:{order}")), event: None }
}

fn about_stock(message: &InventoryMessage) -> About {
    use InventoryMessage as M;
    let (order, sku) = match message {
        M::ReceiveStock(came) => {
            let row = format!("stock_receipts/{}:{}", came.sku, came.receipt);
            return About { row: Some(row), ..About::default() };
        }
        M::ReturnStock(back) => {
            let (order, row) = (back.order_id.to_string(), format!("stock_returns/{}:{}", back.return_id, back.sku));
            return About { order: Some(order), row: Some(row), event: None };
        }
        M::ReserveStock(wish) => (wish.order_id, &wish.sku),
        M::ReleaseStock(wish) => (wish.order_id, &wish.sku),
        M::CommitStock(wish) => (wish.order_id, &wish.sku),
        M::RecountStock(_) => return About::default(),
    };
    About { order: Some(order.to_string()), row: Some(format!("reservations/{order}:{sku}")), event: None }
}

fn about_payment(message: &PaymentsMessage) -> About {
    let event = match message {
        PaymentsMessage::GatewayReported(event) => Some((event.gateway.as_str(), event.event_id.clone())),
        PaymentsMessage::DisputeReported(event) => Some((event.gateway.as_str(), event.event_id.clone())),
        _ => None,
    };
    About { event, ..About::default() }
}

fn about_parcel(message: &ShippingMessage) -> About {
    let event = match message {
        ShippingMessage::CarrierReported(event) => Some(("carrier", event.event_id.clone())),
        _ => None,
    };
    About { event, ..About::default() }
}

fn about_paper(message: &InvoicingMessage) -> About {
    let note = |order, earlier| format!("{}/{}", CreditNote::COLLECTION, CreditNote::document_id(order, earlier));
    let (order, row) = match message {
        InvoicingMessage::IssueInvoice(wish) => (wish.order_id, format!("invoices/{}", wish.order_id)),
        InvoicingMessage::IssueCreditNote(wish) => (wish.order_id, note(wish.order_id, 0)),
        // It leaves another row behind, or none if it is refused.
        InvoicingMessage::ReplaceInvoice(wish) => {
            return About { order: Some(wish.order_id.to_string()), ..About::default() };
        }
        InvoicingMessage::CreditInvoice(wish) => (wish.order_id, note(wish.order_id, wish.earlier)),
    };
    About { order: Some(order.to_string()), row: Some(row), event: None }
}

fn consumed(
    record: &BorrowedMessage<'_>,
    position: Position,
    understood: Option<Understood>,
    memory: &WorkerMemory,
) -> Consumed {
    let trace = understood.as_ref().map_or(Trace::Nothing, |understood| {
        let Understood { message, aggregate, about, .. } = understood;
        memory.trace(&Sought { message: *message, aggregate, position, row: about.row.as_deref() })
    });
    Consumed {
        place: (position.partition, position.offset),
        key: kafka::text(record.key()),
        digest: digest(record.payload()),
        message: understood.as_ref().map(|understood| understood.message),
        kind: understood.as_ref().map_or("", |understood| understood.kind),
        order: understood.and_then(|understood| understood.about.order),
        trace,
    }
}

/// What the headers of a dead letter tell; a payload that was too large for a letter is cut.
fn dead_letter(letter: &BorrowedMessage<'_>) -> DeadLetter {
    let headers: BTreeMap<&str, String> = letter
        .headers()
        .into_iter()
        .flat_map(Headers::iter)
        .map(|header| (header.key, kafka::text(header.value)))
        .collect();
    let header = |name: &str| headers.get(name).map(String::as_str).unwrap_or_default();
    let (inbox, origin) = origin_of(header("dead-origin"));
    let is_whole = header("dead-bytes").parse() == Ok(letter.payload().map_or(0, <[u8]>::len));
    DeadLetter {
        inbox,
        origin,
        key: kafka::text(letter.key()),
        digest: is_whole.then(|| digest(letter.payload())),
        code: header("dead-code").to_owned(),
        attempts: header("dead-attempts").parse().ok(),
    }
}

/// `orders.inbox/2/17` is the eighteenth record of the third partition.
fn origin_of(text: &str) -> (String, Option<Origin>) {
    let mut parts = text.rsplitn(3, '/');
    let (offset, partition) = (parts.next().map(str::parse), parts.next().map(str::parse));
    let origin = match (partition, offset) {
        (Some(Ok(partition)), Some(Ok(offset))) => Some((partition, offset)),
        _ => None,
    };
    (parts.next().unwrap_or_default().to_owned(), origin)
}

fn digest(payload: Option<&[u8]>) -> u64 {
    let mut hasher = DefaultHasher::new();
    payload.unwrap_or_default().hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_an_inbox_a_partition_and_an_offset() {
        assert_eq!(origin_of("orders.inbox/2/17"), ("orders.inbox".to_owned(), Some((2, 17))));
        for broken in ["", "orders.inbox", "orders.inbox/2", "orders.inbox/x/17"] {
            assert_eq!(origin_of(broken).1, None, "{broken}");
        }
    }
}
