//! What stands in the inboxes of the sample.

use shared::id::MessageId;

use super::super::{Conservation, Consumed, DeadLetter, Facts, Inbox, Partition, Promised, Trace};

/// Everything that the orders and movements of the sample were caused by, and one record that makes no sense.
pub(super) fn add(facts: &mut Facts) {
    let orders = facts.orders.iter().flat_map(|order| {
        let message = |kind: &'static str| record(&order.id, kind, MessageId::of_fact(&format!("{kind} {}", order.id)));
        ["PlaceOrder", "StockReserved", "PaymentReady"].map(message)
    });
    let mut orders = inbox("orders.inbox", orders.collect());
    orders.records.push(Consumed { message: None, kind: "", trace: Trace::Nothing, ..record("x", "", nobody()) });
    // A report that was overtaken.
    orders.records[2].trace = Trace::MovedNothing;
    let mut inventory = inbox("inventory.inbox", facts.movements.iter().map(caused).collect());
    // The order that was refused moved nothing, but asked.
    let asked = MessageId::of_fact("reserve-d");
    let refused = Consumed { order: Some("d".to_owned()), ..record(super::HOT, "ReserveStock", asked) };
    inventory.records.push(refused);
    let promised =
        Promised { by: "a".to_owned(), to: orders.name.clone(), message: orders.records[0].message.unwrap() };
    for inbox in [&mut orders, &mut inventory] {
        number(inbox);
    }
    let nonsense = orders.records.last().unwrap();
    orders.letters.push(DeadLetter {
        inbox: orders.name.clone(),
        origin: Some(nonsense.place),
        key: nonsense.key.clone(),
        digest: Some(nonsense.digest),
        code: "undecodable".to_owned(),
        attempts: Some(1),
    });
    facts.conservation = Some(Conservation { inboxes: vec![orders, inventory], promised: vec![promised] });
}

fn caused(movement: &super::Movement) -> Consumed {
    let kind = if movement.received > 0 { "ReceiveStock" } else { "CommitStock" };
    record(&movement.sku, kind, movement.cause.parse().unwrap())
}

fn inbox(name: &str, records: Vec<Consumed>) -> Inbox {
    Inbox { name: name.to_owned(), records, ..Inbox::default() }
}

/// Puts the records one behind the other, all read.
fn number(inbox: &mut Inbox) {
    for (offset, record) in (0..).zip(&mut inbox.records) {
        record.place = (0, offset);
    }
    let end = i64::try_from(inbox.records.len()).unwrap();
    inbox.partitions = vec![Partition { number: 0, begin: 0, end, committed: Some(end) }];
}

fn record(key: &str, kind: &'static str, message: MessageId) -> Consumed {
    let (key, message, trace) = (key.to_owned(), Some(message), Trace::Done);
    Consumed { place: (0, 0), key, digest: 7, message, kind, order: None, trace }
}

fn nobody() -> MessageId {
    MessageId::of_fact("nobody")
}
