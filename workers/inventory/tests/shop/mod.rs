//! The inventory's handler with its documents in memory, as the engine would keep them.

#![allow(dead_code, reason = "each test binary uses its part")]

use std::{borrow::Cow, collections::HashMap};

use inventory::{
    handler::Inventory,
    rows::{InventoryRow, LedgerEntry, Reservation, ReservationState},
    stock::Stock,
};
use schemas::{
    ids::{OrderId, Sku},
    inventory::{InventoryMessage, ReserveStock},
    orders::OrdersMessage,
    types::Timestamp,
};
use shared::{
    engine::{Handler, Outbox, Row, RowKey},
    id::{CorrelationId, MessageId, Uuid},
    message::{Delivery, Outgoing, Position, Topic},
    trace::TraceContext,
};

/// What an order was told, or its next part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Reserved,
    Refused { available: i64 },
    PassedOn(ReserveStock),
}

/// The stock, its rows, and how many messages came.
#[derive(Debug, Clone, Default)]
pub struct Shop {
    stock: HashMap<Sku, Stock>,
    rows: HashMap<RowKey, InventoryRow>,
    offset: i64,
}

impl Shop {
    /// Handles one message and keeps what it changed; answers what was sent to orders, or the refusal's code.
    pub fn deliver(
        &mut self,
        id: MessageId,
        message: &InventoryMessage,
    ) -> Result<Vec<(OrderId, Answer)>, Cow<'static, str>> {
        let sku = sku_of(message);
        let delivery = self.delivery(id, sku, message);
        let wanted = Inventory.rows(&delivery);
        let known = wanted.into_iter().filter_map(|key| Some((key.clone(), self.rows.get(&key)?.clone()))).collect();
        let mut out = Outbox::new(&delivery, &known);
        let state = Inventory
            .handle(self.stock.get(sku).cloned(), &delivery, &mut out)
            .map_err(|refusal| refusal.code)?
            .expect("a part that was heard of has counters");
        let (messages, _, rows) = out.contents();
        self.stock.insert(sku.clone(), state);
        for row in rows {
            let before = self.rows.insert(row.key(), row.clone());
            assert!(!matches!(before, Some(InventoryRow::LedgerEntry(_))), "the ledger is never rewritten");
        }
        Ok(messages.iter().map(answer).collect())
    }

    fn delivery(&mut self, id: MessageId, sku: &Sku, message: &InventoryMessage) -> Delivery<InventoryMessage> {
        self.offset += 1;
        Delivery {
            id,
            causation: id,
            correlation: CorrelationId::from_uuid(Uuid::nil()),
            aggregate_id: sku.to_string(),
            at: Timestamp::from_millis(self.offset),
            position: Position { partition: 0, offset: self.offset },
            trace: TraceContext::start(),
            message: message.clone(),
        }
    }

    /// The counters of all parts, by SKU.
    pub fn counters(&self) -> Vec<Stock> {
        let mut all: Vec<_> = self.stock.values().cloned().collect();
        all.sort_by(|a, b| a.sku.cmp(&b.sku));
        all
    }

    /// How many units of a part can be reserved.
    pub fn available(&self, sku: &Sku) -> i64 {
        self.stock.get(sku).map_or(0, |stock| stock.available)
    }

    /// Whether the order has a reservation of any kind.
    pub fn knows(&self, order: OrderId, sku: &Sku) -> bool {
        self.rows.contains_key(&Reservation::row_key(order, sku))
    }

    /// What became of an order's units.
    pub fn reservation(&self, order: OrderId, sku: &Sku) -> Option<ReservationState> {
        match self.rows.get(&Reservation::row_key(order, sku)) {
            Some(InventoryRow::Reservation(row)) => Some(row.state),
            _ => None,
        }
    }

    /// The stock invariant: counters add up, equal the sums over the rows, and equal the sums over the ledger.
    pub fn assert_books_balance(&self) {
        for stock in self.stock.values() {
            assert!(stock.balances(), "{stock:?}");
            assert_eq!(stock.reserved, self.units(&stock.sku, ReservationState::Held), "{stock:?}");
            assert_eq!(stock.sold, self.units(&stock.sku, ReservationState::Sold), "{stock:?}");
            assert_eq!(stock.written_off, self.written_off(&stock.sku), "{stock:?}");
            let sum = |part: fn(&LedgerEntry) -> i64| self.ledger(&stock.sku).map(part).sum::<i64>();
            assert_eq!(stock.received, sum(|entry| entry.delta.received), "{stock:?}");
            assert_eq!(stock.available, sum(|entry| entry.delta.available), "{stock:?}");
            assert_eq!(stock.reserved, sum(|entry| entry.delta.reserved), "{stock:?}");
            assert_eq!(stock.sold, sum(|entry| entry.delta.sold), "{stock:?}");
            assert_eq!(stock.written_off, sum(|entry| entry.delta.written_off), "{stock:?}");
            assert_eq!(stock.received, self.delivered(&stock.sku), "{stock:?}");
        }
    }

    fn units(&self, sku: &Sku, state: ReservationState) -> i64 {
        let of_this = |row: &&Reservation| row.sku == *sku && row.state == state;
        let reservations = self.rows.values().filter_map(|row| match row {
            InventoryRow::Reservation(row) => Some(row),
            _ => None,
        });
        reservations.filter(of_this).map(Reservation::units).sum()
    }

    fn written_off(&self, sku: &Sku) -> i64 {
        let returns = self.rows.values().filter_map(|row| match row {
            InventoryRow::Return(row) if row.sku == *sku => Some(row.written_off),
            _ => None,
        });
        returns.sum()
    }

    fn delivered(&self, sku: &Sku) -> i64 {
        let receipts = self.rows.values().filter_map(|row| match row {
            InventoryRow::Receipt(row) if row.sku == *sku => Some(row.quantity),
            _ => None,
        });
        receipts.sum()
    }

    fn ledger(&self, sku: &Sku) -> impl Iterator<Item = &LedgerEntry> {
        self.rows.values().filter_map(move |row| match row {
            InventoryRow::LedgerEntry(entry) if entry.sku == *sku => Some(entry),
            _ => None,
        })
    }
}

fn sku_of(message: &InventoryMessage) -> &Sku {
    match message {
        InventoryMessage::ReceiveStock(message) => &message.sku,
        InventoryMessage::ReserveStock(message) => &message.sku,
        InventoryMessage::ReleaseStock(message) => &message.sku,
        InventoryMessage::CommitStock(message) => &message.sku,
        InventoryMessage::ReturnStock(message) => &message.sku,
        InventoryMessage::RecountStock(message) => &message.sku,
    }
}

fn answer(sent: &Outgoing) -> (OrderId, Answer) {
    let nowhere = Position { partition: 0, offset: 0 };
    if sent.topic == InventoryMessage::TOPIC {
        let decoded = Delivery::<InventoryMessage>::decode(&sent.payload, nowhere, Timestamp::from_millis(0), None)
            .expect("what a handler sends can be read");
        let InventoryMessage::ReserveStock(next) = decoded.message else { panic!("only reservations are passed on") };
        assert_eq!(sent.key, next.sku.as_str(), "it goes to the part's queue");
        return (next.order_id, Answer::PassedOn(next));
    }
    let decoded = Delivery::<OrdersMessage>::decode(&sent.payload, nowhere, Timestamp::from_millis(0), None)
        .expect("what a handler sends can be read");
    let (order, answer) = match decoded.message {
        OrdersMessage::StockReserved(answer) => (answer.order_id, Answer::Reserved),
        OrdersMessage::StockRefused(answer) => (answer.order_id, Answer::Refused { available: answer.available }),
        other => panic!("the inventory does not send {other:?}"),
    };
    assert_eq!(sent.key, order.to_string(), "an answer goes to the order's queue");
    (order, answer)
}
