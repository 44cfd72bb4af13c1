//! The inventory, simulated: a part's stock and one reservation per order and part, whose state makes repetitions
//! harmless.

use std::collections::{BTreeMap, BTreeSet};

use schemas::{
    ids::OrderId,
    inventory::{InventoryMessage, ReserveStock, ReturnStock, UnitsOfPart},
    orders::{OrdersMessage, StockRefused, StockReserved},
};

use crate::Command;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reservation {
    Held(i64),
    /// What the customer has of it, returns taken off.
    Sold(i64),
    Free,
    Refused,
}

/// What comes of a reservation.
pub(super) enum Told {
    Order(OrderId, OrdersMessage),
    NextPart(OrderId, Command),
}

#[derive(Debug, Default)]
pub(in crate::testing) struct Stock {
    received: BTreeMap<String, i64>,
    available: BTreeMap<String, i64>,
    pub(super) reservations: BTreeMap<(OrderId, String), Reservation>,
    written_off: BTreeMap<String, i64>,
    /// The returns that were counted, by part.
    returns: BTreeSet<(String, String)>,
}

impl Stock {
    pub(super) fn of(parts: &[(&str, i64)]) -> Self {
        let received: BTreeMap<_, _> = parts.iter().map(|(sku, units)| ((*sku).to_owned(), *units)).collect();
        Self { available: received.clone(), received, ..Self::default() }
    }

    pub(super) fn available(&self, sku: &str) -> i64 {
        self.available[sku]
    }

    pub(super) fn obey(&mut self, message: &InventoryMessage) -> Vec<Told> {
        use Reservation as R;
        match message {
            InventoryMessage::ReserveStock(reserve) => {
                let (order_id, sku) = (reserve.order_id, reserve.sku.clone());
                if !self.reserve(order_id, sku.as_str(), reserve.quantity) {
                    return vec![Told::Order(order_id, StockRefused { order_id, sku, available: 0 }.into())];
                }
                return vec![match reserve.then.split_first() {
                    Some((next, then)) => Told::NextPart(order_id, passed_on(order_id, next, then)),
                    None => Told::Order(order_id, StockReserved { order_id, sku }.into()),
                }];
            }
            InventoryMessage::CommitStock(commit) => {
                let key = (commit.order_id, commit.sku.to_string());
                if let Some(R::Held(units)) = self.reservations.get(&key).copied() {
                    self.reservations.insert(key, R::Sold(units));
                }
            }
            InventoryMessage::ReleaseStock(release) => {
                let key = (release.order_id, release.sku.to_string());
                if let Some(R::Held(units) | R::Sold(units)) = self.reservations.insert(key.clone(), R::Free) {
                    *self.available.get_mut(&key.1).unwrap() += units;
                }
            }
            InventoryMessage::ReturnStock(back) => self.take_back(back),
            InventoryMessage::ReceiveStock(_) | InventoryMessage::RecountStock(_) => {
                unreachable!("orders neither bring nor count stock")
            }
        }
        Vec::new()
    }

    fn take_back(&mut self, back: &ReturnStock) {
        let sku = back.sku.to_string();
        if self.returns.insert((back.return_id.clone(), sku.clone())) {
            let of = self.reservations.get_mut(&(back.order_id, sku.clone()));
            let Some(Reservation::Sold(units)) = of else { panic!("only what was sold comes back: {of:?}") };
            *units -= back.restock + back.write_off;
            *self.available.get_mut(&sku).unwrap() += back.restock;
            *self.written_off.entry(sku).or_default() += back.write_off;
        }
    }

    fn reserve(&mut self, order_id: OrderId, sku: &str, quantity: i64) -> bool {
        let key = (order_id, sku.to_owned());
        if let Some(known) = self.reservations.get(&key) {
            return matches!(known, Reservation::Held(_) | Reservation::Sold(_));
        }
        let available = self.available.get_mut(sku).unwrap();
        let granted = *available >= quantity;
        *available -= if granted { quantity } else { 0 };
        let reservation = if granted { Reservation::Held(quantity) } else { Reservation::Refused };
        self.reservations.insert(key, reservation);
        granted
    }

    /// What came is there, held or sold, at any time.
    pub(super) fn balances(&self) {
        for (sku, received) in &self.received {
            let taken: i64 = self
                .reservations
                .iter()
                .filter(|((_, of), _)| of == sku)
                .map(|(_, reservation)| match reservation {
                    Reservation::Held(units) | Reservation::Sold(units) => *units,
                    Reservation::Free | Reservation::Refused => 0,
                })
                .sum();
            assert!(self.available[sku] >= 0);
            let lost = self.written_off.get(sku).copied().unwrap_or_default();
            assert_eq!(*received, self.available[sku] + taken + lost, "{sku}");
        }
    }
}

fn passed_on(order_id: OrderId, next: &UnitsOfPart, then: &[UnitsOfPart]) -> Command {
    let UnitsOfPart { sku, quantity } = next.clone();
    let reserve = ReserveStock { order_id, sku: sku.clone(), quantity, then: then.to_vec() };
    Command::Inventory(sku, reserve.into())
}
