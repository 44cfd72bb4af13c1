//! The first message: an order is placed.

use schemas::{
    attempts::{PaymentAttempt, PaymentChoice},
    documents::Order,
    orders::{OrdersMessage, PlaceOrder},
    types::{OrderLine, OrderStatus, Timestamp},
};
use shared::engine::Refusal;

use crate::{
    coupon,
    draft::{Draft, Step},
    policy::Policy,
};

/// Handles a message about an order that is not known: only placing it makes sense.
///
/// # Errors
/// `unknown_order` for every other message; `malformed_order` for one that could never be fulfilled.
pub(crate) fn first_message(message: &OrdersMessage, at: Timestamp, policy: &Policy) -> Result<Step, Refusal> {
    let OrdersMessage::PlaceOrder(placed) = message else {
        let name = shared::message::Topic::name(message);
        return Err(Refusal::new("unknown_order", format!("{name} for an order that was never placed")));
    };
    let mut draft = Draft::new(order(placed, policy)?, at, policy);
    draft.begin();
    draft.move_to(OrderStatus::Reserving, "")?;
    coupon::ask(&mut draft);
    Ok(draft.finish())
}

fn order(placed: &PlaceOrder, policy: &Policy) -> Result<Order, Refusal> {
    let choice = PaymentChoice::of(placed.payment_method, placed.any_gateway);
    let payment_method = choice.method(policy.card_gateway);
    let first = PaymentAttempt::first(placed.order_id, payment_method, placed.placed_at);
    let first = PaymentAttempt { any_gateway: choice.is_any_gateway(), ..first };
    Ok(Order {
        order_id: placed.order_id,
        user_id: placed.user_id,
        status: OrderStatus::Accepted,
        lines: by_sku(&placed.lines)?,
        totals: placed.totals.clone(),
        address: placed.address.clone(),
        payment_method,
        placed_at: placed.placed_at,
        buyer_gstin: placed.buyer_gstin.clone(),
        coupon: placed.coupon.as_ref().map(coupon::asked),
        lines_reserved: 0,
        payment: None,
        attempts: vec![first],
        invoice: None,
        replacements: Vec::new(),
        credit_note: None,
        credits: Vec::new(),
        to_credit: Vec::new(),
        shipment: None,
        cancellation: None,
        refunds: Vec::new(),
        cash: Vec::new(),
        refunded_elsewhere: 0,
        disputes: Vec::new(),
        returnable_until: None,
        returns: Vec::new(),
        history: Vec::new(),
        deadline: None,
        stuck: false,
    })
}

/// The lines in the order in which stock is asked for. All orders ask in this one order, so of two that want the same
/// last units the one that is first at their first common part goes on to win at the others too: never do both lose.
fn by_sku(lines: &[OrderLine]) -> Result<Vec<OrderLine>, Refusal> {
    let malformed = |detail: String| Err(Refusal::new("malformed_order", detail));
    let mut lines = lines.to_vec();
    lines.sort_by(|a, b| a.sku.cmp(&b.sku));
    if lines.is_empty() {
        return malformed("an order needs at least one line".to_owned());
    }
    if let Some(pair) = lines.windows(2).find(|pair| pair[0].sku == pair[1].sku) {
        return malformed(format!("{} stands on two lines", pair[0].sku));
    }
    if let Some(line) = lines.iter().find(|line| line.quantity < 1) {
        return malformed(format!("the quantity of {} is {}", line.sku, line.quantity));
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use schemas::{
        orders::{CancelOrder, PlaceOrder},
        types::PaymentMethod,
    };

    use super::*;
    use crate::{
        step,
        testing::{self, Journey},
    };

    fn refusal(message: impl Into<OrdersMessage>) -> Refusal {
        step(None, &message.into(), testing::START, &Policy::default()).unwrap_err()
    }

    #[test]
    fn a_placed_order_is_accepted_and_asks_for_its_parts_by_sku() {
        let journey = Journey::placed(PaymentMethod::Stripe);
        assert_eq!(journey.path(), "accepted reserving");
        assert_eq!(journey.commands, ["ReserveStock BRAKE-PAD then OIL-FILTER"]);
        let skus: Vec<_> = journey.order.lines.iter().map(|line| line.sku.as_str()).collect();
        assert_eq!(skus, ["BRAKE-PAD", "OIL-FILTER"]);
    }

    #[test]
    fn placing_the_same_order_again_changes_nothing() {
        let mut journey = Journey::placed(PaymentMethod::Stripe);
        let before = journey.order.clone();
        assert_eq!(journey.tell(testing::place(PaymentMethod::Stripe)), [""; 0]);
        assert_eq!(journey.order, before);
    }

    #[test]
    fn a_message_for_an_order_that_was_never_placed_is_refused() {
        let cancel = CancelOrder { order_id: testing::place(PaymentMethod::Cod).order_id, reason: String::new() };
        assert_eq!(refusal(cancel).code, "unknown_order");
    }

    #[test]
    fn an_order_that_could_never_be_fulfilled_is_refused() {
        let place = |change: fn(&mut PlaceOrder)| {
            let mut place = testing::place(PaymentMethod::Cod);
            change(&mut place);
            refusal(place).code
        };
        assert_eq!(place(|order| order.lines.clear()), "malformed_order");
        assert_eq!(place(|order| order.lines[1] = order.lines[0].clone()), "malformed_order");
        assert_eq!(place(|order| order.lines[0].quantity = 0), "malformed_order");
    }
}
