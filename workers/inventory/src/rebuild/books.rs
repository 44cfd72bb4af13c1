//! What the records say that a part's counters should be: pure.

use schemas::inventory::{RecountStock, UnitsByState};

use crate::{
    rows::{InventoryRow, ReservationState},
    stock::Stock,
};

/// The sums over the records of one part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Books {
    /// Units of the delivery notes.
    pub received: i64,
    /// Units of the reservations that are held.
    pub held: i64,
    /// Units of the reservations that are sold.
    pub sold: i64,
    /// The movements of the ledger.
    pub ledger: UnitsByState,
}

impl Books {
    /// Counts a record in the place of what was counted of it before.
    pub fn replace(&mut self, before: Option<&InventoryRow>, now: &InventoryRow) {
        if let Some(before) = before {
            self.count(before, -1);
        }
        self.count(now, 1);
    }

    fn count(&mut self, row: &InventoryRow, sign: i64) {
        match row {
            InventoryRow::Receipt(receipt) => self.received += sign * receipt.quantity,
            InventoryRow::Reservation(reservation) => match reservation.state {
                ReservationState::Held => self.held += sign * reservation.quantity,
                ReservationState::Sold => self.sold += sign * reservation.quantity,
                ReservationState::Released | ReservationState::Refused => {}
            },
            InventoryRow::LedgerEntry(entry) => {
                self.ledger.received += sign * entry.delta.received;
                self.ledger.available += sign * entry.delta.available;
                self.ledger.reserved += sign * entry.delta.reserved;
                self.ledger.sold += sign * entry.delta.sold;
            }
        }
    }

    /// What the counters should be. What was written off has no other record than its counter.
    #[must_use]
    pub const fn counters(&self, written_off: i64) -> UnitsByState {
        let available = self.received - self.held - self.sold - written_off;
        UnitsByState { received: self.received, available, reserved: self.held, sold: self.sold }
    }
}

/// The counters as they are.
#[must_use]
pub const fn counters_of(stock: &Stock) -> UnitsByState {
    UnitsByState { received: stock.received, available: stock.available, reserved: stock.reserved, sold: stock.sold }
}

/// What puts a part's counters and the sums of its ledger right; `None` if they are.
#[must_use]
pub fn correction(stock: &Stock, books: &Books) -> Option<RecountStock> {
    let right = books.counters(stock.written_off);
    let (counters, ledger) = (difference(right, counters_of(stock)), difference(right, books.ledger));
    let is_right = counters == UnitsByState::default() && ledger == UnitsByState::default();
    (!is_right).then(|| RecountStock { sku: stock.sku.clone(), recounts: stock.recounts, counters, ledger })
}

const fn difference(right: UnitsByState, found: UnitsByState) -> UnitsByState {
    UnitsByState {
        received: right.received - found.received,
        available: right.available - found.available,
        reserved: right.reserved - found.reserved,
        sold: right.sold - found.sold,
    }
}

/// The fields in which a part differs, each with what the records say and what is found.
#[must_use]
pub fn differing(stock: &Stock, books: &Books) -> Vec<(&'static str, i64, String)> {
    let right = fields(books.counters(stock.written_off));
    let found = fields(counters_of(stock)).map(|(_, units)| units);
    let ledger = fields(books.ledger).map(|(_, units)| units);
    let all = right.into_iter().zip(found).zip(ledger);
    all.filter(|(((_, right), found), ledger)| right != found || right != ledger)
        .map(|(((name, right), found), ledger)| {
            let ledger = if ledger == right { String::new() } else { format!(", {ledger} by the ledger") };
            (name, right, format!("{found}{ledger}"))
        })
        .collect()
}

const fn fields(units: UnitsByState) -> [(&'static str, i64); 4] {
    let UnitsByState { received, available, reserved, sold } = units;
    [("received", received), ("available", available), ("reserved", reserved), ("sold", sold)]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use schemas::{documents::StockReceipt, ids::OrderId, types::Timestamp};
    use shared::id::MessageId;

    use super::*;
    use crate::{
        rows::{LedgerEntry, Reservation},
        stock::Change,
    };

    fn stock(books: &Books) -> Stock {
        let UnitsByState { received, available, reserved, sold } = books.counters(0);
        Stock { received, available, reserved, sold, ..Stock::none_of("BRK-1".parse().unwrap()) }
    }

    fn reservation(state: ReservationState, quantity: i64) -> InventoryRow {
        InventoryRow::Reservation(Reservation {
            order_id: OrderId::generate(),
            sku: "BRK-1".parse().unwrap(),
            quantity,
            state,
            available_at_refusal: None,
            sold_by: None,
            at: Timestamp::from_millis(0),
        })
    }

    fn books() -> Books {
        let ledger = UnitsByState { received: 10, available: 5, reserved: 3, sold: 2 };
        Books { received: 10, held: 3, sold: 2, ledger }
    }

    #[test]
    fn counters_that_are_the_sums_of_their_records_need_no_correction() {
        assert_eq!(correction(&stock(&books()), &books()), None);
        assert!(differing(&stock(&books()), &books()).is_empty());
    }

    #[test]
    fn a_wrong_counter_is_corrected_and_a_right_ledger_is_not() {
        let mut wrong = stock(&books());
        (wrong.available, wrong.sold) = (2, 5);
        let found = correction(&wrong, &books()).unwrap();
        assert_eq!(found.counters, UnitsByState { available: 3, sold: -3, ..UnitsByState::default() });
        assert_eq!(found.ledger, UnitsByState::default());
        assert_eq!(differing(&wrong, &books()), [("available", 5, "2".to_owned()), ("sold", 2, "5".to_owned())]);
    }

    #[test]
    fn a_ledger_that_misses_a_line_is_corrected_too() {
        let mut books = books();
        books.ledger.received -= 4;
        let found = correction(&stock(&books), &books).unwrap();
        assert_eq!((found.counters, found.ledger.received), (UnitsByState::default(), 4));
        assert_eq!(differing(&stock(&books), &books), [("received", 10, "10, 6 by the ledger".to_owned())]);
    }

    #[test]
    fn a_record_that_is_not_saved_yet_counts_instead_of_the_one_before() {
        let mut books = books();
        let (held, sold) = (reservation(ReservationState::Held, 2), reservation(ReservationState::Sold, 2));
        books.replace(Some(&held), &sold);
        assert_eq!((books.held, books.sold), (1, 4));
        books.replace(None, &held);
        let receipt = StockReceipt {
            sku: "BRK-1".parse().unwrap(),
            receipt: "r".to_owned(),
            quantity: 7,
            at: Timestamp::from_millis(0),
        };
        books.replace(None, &InventoryRow::Receipt(receipt));
        let entry = LedgerEntry {
            sku: "BRK-1".parse().unwrap(),
            cause: MessageId::generate(),
            order_id: None,
            change: Change::Received,
            delta: Change::Received.of(7),
            at: Timestamp::from_millis(0),
        };
        books.replace(None, &InventoryRow::LedgerEntry(entry));
        assert_eq!((books.held, books.received, books.ledger.available), (3, 17, 12));
    }

    proptest! {
        #[test]
        fn a_correction_puts_everything_right(
            received in 0_i64..1_000, held in 0_i64..100, sold in 0_i64..100,
            wrong in prop::array::uniform4(-50_i64..50), ledger in prop::array::uniform4(-50_i64..50),
        ) {
            let [r, a, h, s] = ledger;
            let ledger = UnitsByState { received: r, available: a, reserved: h, sold: s };
            let books = Books { received: received + 200, held, sold, ledger };
            let mut stock = stock(&books);
            let right = stock.clone();
            stock.received += wrong[0];
            stock.available += wrong[1];
            stock.reserved += wrong[2];
            stock.sold += wrong[3];
            if let Some(found) = correction(&stock, &books) {
                stock = stock.moved(found.counters.into()).unwrap();
                let sums = [(books.ledger.received, found.ledger.received), (books.ledger.available, found.ledger.available),
                    (books.ledger.reserved, found.ledger.reserved), (books.ledger.sold, found.ledger.sold)];
                let sums = sums.map(|(sum, more)| sum + more);
                prop_assert_eq!(sums, [stock.received, stock.available, stock.reserved, stock.sold]);
            }
            prop_assert_eq!(stock, right);
        }
    }
}
