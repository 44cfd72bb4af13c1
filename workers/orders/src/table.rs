//! The transition table: every move an order may make, and no other.

use schemas::types::OrderStatus::{
    self, Accepted, AwaitingPayment, Cancelled, Cancelling, Confirmed, Delivered, Expired, Packed, Paid, PaymentFailed,
    Refunded, Rejected, Reserving, Shipped,
};

/// Every legal move, from and to.
pub const MOVES: &[(OrderStatus, OrderStatus)] = &[
    (Accepted, Reserving),
    // Stock first: nobody pays for what is not there.
    (Reserving, AwaitingPayment),
    (Reserving, Confirmed), // cash on delivery
    (Reserving, Rejected),
    (Reserving, PaymentFailed),
    (Reserving, Expired),
    (Reserving, Cancelled),
    // The customer's turn.
    (AwaitingPayment, Paid),
    (AwaitingPayment, Confirmed), // cash on delivery after all
    (AwaitingPayment, PaymentFailed),
    (AwaitingPayment, Expired),
    (AwaitingPayment, Cancelled),
    // The goods' way.
    (Paid, Confirmed),
    (Confirmed, Packed),
    (Packed, Shipped),
    (Shipped, Delivered),
    // The way back, as long as the parcel has not left.
    (Paid, Cancelling),
    (Confirmed, Cancelling),
    (Packed, Cancelling),
    (Cancelling, Refunded),
    (Cancelling, Cancelled), // cash on delivery, and nothing was paid yet
    (Cancelling, Shipped),   // the carrier could not stop the parcel
];

/// Whether an order may move so.
#[must_use]
pub fn is_legal(from: OrderStatus, to: OrderStatus) -> bool {
    MOVES.contains(&(from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The diagram in the crate's documentation.
    const DIAGRAM: &str = include_str!("moves.mmd");

    #[test]
    fn nothing_follows_a_terminal_state_and_something_follows_every_other() {
        for status in OrderStatus::ALL {
            let goes_on = MOVES.iter().any(|(from, _)| *from == status);
            assert_eq!(goes_on, !status.is_terminal(), "{status:?}");
        }
    }

    #[test]
    fn every_state_can_be_reached() {
        for status in OrderStatus::ALL {
            assert!(status == Accepted || MOVES.iter().any(|(_, to)| *to == status), "{status:?}");
        }
    }

    #[test]
    fn no_goods_leave_without_confirmation_and_no_confirmation_comes_without_stock() {
        let before = |status| MOVES.iter().filter(move |(_, to)| *to == status).map(|(from, _)| *from);
        assert_eq!(before(Packed).collect::<Vec<_>>(), [Confirmed]);
        assert_eq!(before(Confirmed).collect::<Vec<_>>(), [Reserving, AwaitingPayment, Paid]);
        assert_eq!(before(Paid).collect::<Vec<_>>(), [AwaitingPayment]);
    }

    #[test]
    fn the_diagram_shows_exactly_the_table() {
        let arrow = |(from, to): &(OrderStatus, OrderStatus)| format!("{} --> {}", from.as_str(), to.as_str());
        let mut drawn: Vec<&str> =
            DIAGRAM.lines().map(str::trim).filter(|line| line.contains("-->") && !line.contains("[*]")).collect();
        let mut table: Vec<String> = MOVES.iter().map(arrow).collect();
        drawn.sort_unstable();
        table.sort_unstable();
        assert_eq!(drawn, table);
    }
}
