//! Stock: asking for it, selling it, and giving it back.

use schemas::{
    ids::Sku,
    inventory::{CommitStock, ReleaseStock, ReserveStock, UnitsOfPart},
    orders::{StockRefused, StockReserved},
    types::{OrderLine, OrderStatus as S},
};
use shared::engine::Refusal;

use crate::{coupon, draft::Draft, pay};

/// Asks for the lines that are not held yet: for the first, which passes the others on.
pub(crate) fn ask(draft: &mut Draft<'_>) {
    let units = |line: &OrderLine| UnitsOfPart { sku: line.sku.clone(), quantity: line.quantity.into() };
    let mut missing = draft.order.lines.iter().skip(lines_held(draft)).map(units);
    if let Some(UnitsOfPart { sku, quantity }) = missing.next() {
        let then = missing.collect();
        let order_id = draft.order.order_id;
        draft.tell_inventory(sku.clone(), ReserveStock { order_id, sku, quantity, then });
    }
}

fn lines_held(draft: &Draft<'_>) -> usize {
    usize::try_from(draft.order.lines_reserved).unwrap_or(usize::MAX)
}

/// Whether every line is held: from then on it is the payment's turn.
pub(crate) fn all_held(draft: &Draft<'_>) -> bool {
    lines_held(draft) >= draft.order.lines.len()
}

/// The place of a part among the lines that were asked for and are not held yet.
fn missing(draft: &Draft<'_>, sku: &Sku) -> Option<usize> {
    if coupon::is_awaited(draft) {
        return None;
    }
    let place = draft.order.lines.iter().position(|line| line.sku == *sku)?;
    (place >= lines_held(draft)).then_some(place)
}

/// The inventory holds a line and those before it: on to the payment. An inventory that did not pass the others on is
/// asked for them.
pub(crate) fn stock_reserved(draft: &mut Draft<'_>, message: &StockReserved) -> Result<(), Refusal> {
    match (draft.status(), missing(draft, &message.sku)) {
        (S::Reserving, Some(place)) => {
            draft.order.lines_reserved = u32::try_from(place + 1).unwrap_or(u32::MAX);
            ask(draft);
            if all_held(draft) { pay::ask(draft) } else { Ok(()) }
        }
        // A repetition, or the order ended meanwhile: its release is on the way to every line.
        _ => Ok(()),
    }
}

/// The inventory has too few: the order ends, and what was held so far comes free.
pub(crate) fn stock_refused(draft: &mut Draft<'_>, message: &StockRefused) -> Result<(), Refusal> {
    match (draft.status(), missing(draft, &message.sku)) {
        (S::Reserving, Some(place)) => {
            draft.move_to(S::Rejected, "out_of_stock")?;
            release(draft, place);
            coupon::give_back(draft);
            Ok(())
        }
        // A repetition, or the order ended meanwhile.
        _ => Ok(()),
    }
}

/// Sells what is held.
pub(crate) fn commit_all(draft: &mut Draft<'_>) {
    let order_id = draft.order.order_id;
    for OrderLine { sku, .. } in draft.order.lines.clone() {
        draft.tell_inventory(sku.clone(), CommitStock { order_id, sku });
    }
}

/// Gives back every line. Where the order has not asked yet, it will get none: the release may overtake the reservation
/// that is passed from part to part.
pub(crate) fn release_all(draft: &mut Draft<'_>) {
    if coupon::is_awaited(draft) {
        return; // none was asked for
    }
    release(draft, draft.order.lines.len());
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
    fn parts_are_asked_for_one_after_another_and_the_last_answers_for_all() {
        let mut journey = Journey::placed(PaymentMethod::Stripe);
        assert_eq!(journey.commands, ["ReserveStock BRAKE-PAD then OIL-FILTER"]);
        assert_eq!(journey.tell(testing::reserved("OIL-FILTER")), ["RequestPayment"]);
        assert_eq!(journey.path(), "accepted reserving");
    }

    #[test]
    fn an_inventory_that_holds_the_first_part_alone_is_asked_for_the_second() {
        let mut journey = Journey::placed(PaymentMethod::Stripe);
        assert_eq!(journey.tell(testing::reserved("BRAKE-PAD")), ["ReserveStock OIL-FILTER"]);
        assert_eq!(journey.tell(testing::reserved("OIL-FILTER")), ["RequestPayment"]);
    }

    #[test]
    fn an_answer_that_comes_twice_counts_once() {
        let mut journey = Journey::placed(PaymentMethod::Stripe);
        journey.tell(testing::reserved("OIL-FILTER"));
        let order = journey.order.clone();
        assert_eq!(journey.tell(testing::reserved("OIL-FILTER")), [""; 0]);
        assert_eq!(journey.tell(testing::reserved("BRAKE-PAD")), [""; 0]);
        assert_eq!(journey.tell(testing::refused("BRAKE-PAD")), [""; 0]);
        assert_eq!(journey.order, order);
    }

    #[test]
    fn an_answer_about_a_part_that_was_not_ordered_counts_nothing() {
        let mut journey = Journey::placed(PaymentMethod::Stripe);
        assert_eq!(journey.tell(testing::reserved("WIPER")), [""; 0]);
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
        assert_eq!(journey.tell(testing::refused("OIL-FILTER")), ["ReleaseStock BRAKE-PAD"]);
        assert_eq!(journey.path(), "accepted reserving rejected(out_of_stock)");
        assert_eq!(journey.order.deadline, None);
    }

    #[test]
    fn a_cash_order_is_confirmed_as_soon_as_its_parts_are_held() {
        let mut journey = Journey::placed(PaymentMethod::Cod);
        let told = journey.tell(testing::reserved("OIL-FILTER"));
        assert_eq!(told, ["CommitStock BRAKE-PAD", "CommitStock OIL-FILTER", "IssueInvoice INV/26-27"]);
        assert_eq!(journey.path(), "accepted reserving confirmed");
    }
}
