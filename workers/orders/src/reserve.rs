//! Stock: asking for it line by line, selling it, and giving it back.

use schemas::{
    inventory::{CommitStock, ReleaseStock, ReserveStock},
    orders::{StockRefused, StockReserved},
    types::{OrderLine, OrderStatus as S},
};
use shared::engine::Refusal;

use crate::{draft::Draft, pay};

/// Asks for the line that comes next.
pub(crate) fn ask_next(draft: &mut Draft<'_>) {
    if let Some(OrderLine { sku, quantity, .. }) = awaited(draft).cloned() {
        let order_id = draft.order.order_id;
        draft.tell_inventory(sku.clone(), ReserveStock { order_id, sku, quantity: quantity.into() });
    }
}

/// The line that was asked for and not answered yet; `None` when all are held.
fn awaited<'a>(draft: &'a Draft<'_>) -> Option<&'a OrderLine> {
    draft.order.lines.get(lines_held(draft))
}

fn lines_held(draft: &Draft<'_>) -> usize {
    usize::try_from(draft.order.lines_reserved).unwrap_or(usize::MAX)
}

/// Whether every line is held: from then on it is the payment's turn.
pub(crate) fn all_held(draft: &Draft<'_>) -> bool {
    awaited(draft).is_none()
}

/// The inventory holds a line: on to the next one, or to the payment.
pub(crate) fn stock_reserved(draft: &mut Draft<'_>, message: &StockReserved) -> Result<(), Refusal> {
    match draft.status() {
        S::Reserving if awaited(draft).is_some_and(|line| line.sku == message.sku) => {
            draft.order.lines_reserved += 1;
            ask_next(draft);
            if all_held(draft) { pay::ask(draft) } else { Ok(()) }
        }
        // A repetition.
        S::Accepted | S::Reserving | S::AwaitingPayment | S::Paid | S::Confirmed | S::Packed | S::Shipped => Ok(()),
        // The order ended meanwhile; the release is already in the part's queue, behind the reservation.
        S::Rejected | S::Expired | S::PaymentFailed | S::Cancelled => Ok(()),
        S::Cancelling | S::Refunded | S::Delivered => Ok(()),
    }
}

/// The inventory has too few: the order ends, and what was held so far comes free.
pub(crate) fn stock_refused(draft: &mut Draft<'_>, message: &StockRefused) -> Result<(), Refusal> {
    match draft.status() {
        S::Reserving if awaited(draft).is_some_and(|line| line.sku == message.sku) => {
            draft.move_to(S::Rejected, "out_of_stock")?;
            let held = lines_held(draft);
            release(draft, held);
            Ok(())
        }
        // A repetition, or the order ended meanwhile.
        S::Accepted | S::Reserving | S::AwaitingPayment | S::Paid | S::Confirmed | S::Packed | S::Shipped => Ok(()),
        S::Rejected | S::Expired | S::PaymentFailed | S::Cancelled => Ok(()),
        S::Cancelling | S::Refunded | S::Delivered => Ok(()),
    }
}

/// Sells what is held.
pub(crate) fn commit_all(draft: &mut Draft<'_>) {
    let order_id = draft.order.order_id;
    for OrderLine { sku, .. } in draft.order.lines.clone() {
        draft.tell_inventory(sku.clone(), CommitStock { order_id, sku });
    }
}

/// Gives back every line that was asked for. The one that is not answered yet too: its queue keeps the order, so the
/// release follows the reservation.
pub(crate) fn release_asked(draft: &mut Draft<'_>) {
    let asked = lines_held(draft).saturating_add(1);
    release(draft, asked);
}

fn release(draft: &mut Draft<'_>, lines: usize) {
    let order_id = draft.order.order_id;
    for OrderLine { sku, .. } in draft.order.lines.iter().take(lines).cloned().collect::<Vec<_>>() {
        draft.tell_inventory(sku.clone(), ReleaseStock { order_id, sku });
    }
}

#[cfg(test)]
mod tests {
    use schemas::types::PaymentMethod;

    use crate::testing::{self, Journey};

    #[test]
    fn parts_are_asked_for_one_after_another() {
        let mut journey = Journey::placed(PaymentMethod::Stripe);
        assert_eq!(journey.tell(testing::reserved("BRAKE-PAD")), ["ReserveStock OIL-FILTER"]);
        assert_eq!(journey.tell(testing::reserved("OIL-FILTER")), ["RequestPayment"]);
        assert_eq!(journey.path(), "accepted reserving");
    }

    #[test]
    fn an_answer_that_comes_twice_counts_once() {
        let mut journey = Journey::placed(PaymentMethod::Stripe);
        journey.tell(testing::reserved("BRAKE-PAD"));
        assert_eq!(journey.tell(testing::reserved("BRAKE-PAD")), [""; 0]);
        assert_eq!(journey.order.lines_reserved, 1);
    }

    #[test]
    fn an_answer_about_a_part_that_was_not_asked_for_counts_nothing() {
        let mut journey = Journey::placed(PaymentMethod::Stripe);
        assert_eq!(journey.tell(testing::reserved("OIL-FILTER")), [""; 0]);
        assert_eq!(journey.tell(testing::refused("WIPER")), [""; 0]);
        assert_eq!(journey.path(), "accepted reserving");
    }

    #[test]
    fn a_refused_first_part_rejects_the_order_and_there_is_nothing_to_release() {
        let mut journey = Journey::placed(PaymentMethod::Stripe);
        assert_eq!(journey.tell(testing::refused("BRAKE-PAD")), [""; 0]);
        assert_eq!(journey.path(), "accepted reserving rejected(out_of_stock)");
    }

    #[test]
    fn a_refused_second_part_releases_the_first() {
        let mut journey = Journey::placed(PaymentMethod::Cod);
        journey.tell(testing::reserved("BRAKE-PAD"));
        assert_eq!(journey.tell(testing::refused("OIL-FILTER")), ["ReleaseStock BRAKE-PAD"]);
        assert_eq!(journey.path(), "accepted reserving rejected(out_of_stock)");
        assert_eq!(journey.order.deadline, None);
    }

    #[test]
    fn a_cash_order_is_confirmed_as_soon_as_its_parts_are_held() {
        let mut journey = Journey::placed(PaymentMethod::Cod);
        journey.tell(testing::reserved("BRAKE-PAD"));
        let told = journey.tell(testing::reserved("OIL-FILTER"));
        assert_eq!(told, ["CommitStock BRAKE-PAD", "CommitStock OIL-FILTER", "IssueInvoice INV/26-27"]);
        assert_eq!(journey.path(), "accepted reserving confirmed");
    }
}
