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
    /// Units of the reservations that are sold and did not come back.
    pub sold: i64,
    /// Units that customers returned and that cannot be sold again.
    pub written_off: i64,
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
                ReservationState::Held => self.held += sign * reservation.units(),
                ReservationState::Sold => self.sold += sign * reservation.units(),
                ReservationState::Released | ReservationState::Refused => {}
            },
            InventoryRow::Return(back) => self.written_off += sign * back.written_off,
            InventoryRow::LedgerEntry(entry) => {
                self.ledger.received += sign * entry.delta.received;
                self.ledger.available += sign * entry.delta.available;
                self.ledger.reserved += sign * entry.delta.reserved;
                self.ledger.sold += sign * entry.delta.sold;
                self.ledger.written_off += sign * entry.delta.written_off;
            }
        }
    }

    /// What the counters should be.
    #[must_use]
    pub const fn counters(&self) -> UnitsByState {
        let Self { received, held, sold, written_off, .. } = *self;
        UnitsByState { received, available: received - held - sold - written_off, reserved: held, sold, written_off }
    }
}

/// The counters as they are.
#[must_use]
pub const fn counters_of(stock: &Stock) -> UnitsByState {
    let Stock { received, available, reserved, sold, written_off, .. } = *stock;
    UnitsByState { received, available, reserved, sold, written_off }
}

/// What puts a part's counters and the sums of its ledger right; `None` if they are.
#[must_use]
pub fn correction(stock: &Stock, books: &Books) -> Option<RecountStock> {
    let right = books.counters();
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
        written_off: right.written_off - found.written_off,
    }
}

/// The fields in which a part differs, each with what the records say and what is found.
#[must_use]
pub fn differing(stock: &Stock, books: &Books) -> Vec<(&'static str, i64, String)> {
    let right = fields(books.counters());
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

const fn fields(units: UnitsByState) -> [(&'static str, i64); 5] {
    let UnitsByState { received, available, reserved, sold, written_off } = units;
    [
        ("received", received),
        ("available", available),
        ("reserved", reserved),
        ("sold", sold),
        ("written_off", written_off),
    ]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use schemas::{documents::StockReceipt, ids::OrderId, types::Timestamp};
    use shared::id::MessageId;

    use super::*;
    use crate::{
        rows::{LedgerEntry, Reservation, StockReturn},
        stock::Change,
    };

    fn stock(books: &Books) -> Stock {
        let UnitsByState { received, available, reserved, sold, written_off } = books.counters();
        Stock { received, available, reserved, sold, written_off, ..Stock::none_of("BRK-1".parse().unwrap()) }
    }

    fn reservation(state: ReservationState, quantity: i64) -> InventoryRow {
        InventoryRow::Reservation(Reservation {
            order_id: OrderId::generate(),
            sku: "BRK-1".parse().unwrap(),
            quantity,
            state,
            available_at_refusal: None,
            sold_by: None,
            returned: 0,
            at: Timestamp::from_millis(0),
        })
    }

    fn books() -> Books {
        let ledger = UnitsByState { received: 10, available: 5, reserved: 3, sold: 2, written_off: 0 };
        Books { received: 10, held: 3, sold: 2, written_off: 0, ledger }
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

    #[test]
    fn what_came_back_is_not_sold_and_what_of_it_is_broken_is_written_off() {
        let mut books = books();
        let InventoryRow::Reservation(sold) = reservation(ReservationState::Sold, 2) else { panic!() };
        let back = StockReturn {
            return_id: "r".to_owned(),
            order_id: sold.order_id,
            sku: sold.sku.clone(),
            restocked: 1,
            written_off: 1,
            at: Timestamp::from_millis(0),
        };
        let all_back = InventoryRow::Reservation(Reservation { returned: 2, ..sold.clone() });
        books.replace(Some(&InventoryRow::Reservation(sold)), &all_back);
        books.replace(None, &InventoryRow::Return(back));
        let counters = books.counters();
        assert_eq!((counters.available, counters.sold, counters.written_off), (6, 0, 1));
    }

    proptest! {
        #[test]
        fn a_correction_puts_everything_right(
            received in 0_i64..1_000, held in 0_i64..100, sold in 0_i64..100, written_off in 0_i64..100,
            wrong in prop::array::uniform5(-50_i64..50), ledger in prop::array::uniform5(-50_i64..50),
        ) {
            let [r, a, h, s, w] = ledger;
            let ledger = UnitsByState { received: r, available: a, reserved: h, sold: s, written_off: w };
            let books = Books { received: received + 300, held, sold, written_off, ledger };
            let mut stock = stock(&books);
            let right = stock.clone();
            stock.received += wrong[0];
            stock.available += wrong[1];
            stock.reserved += wrong[2];
            stock.sold += wrong[3];
            stock.written_off += wrong[4];
            if let Some(found) = correction(&stock, &books) {
                stock = stock.moved(found.counters.into()).unwrap();
                let sums = fields(books.ledger).into_iter().zip(fields(found.ledger));
                let sums: Vec<i64> = sums.map(|((_, sum), (_, more))| sum + more).collect();
                prop_assert_eq!(sums, fields(counters_of(&stock)).map(|(_, units)| units));
            }
            prop_assert_eq!(stock, right);
        }
    }
}
