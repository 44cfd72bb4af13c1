//! Asking for a payment, and taking the wish back.

use schemas::{
    ids::OrderId,
    orders::PaymentRefunded,
    payments::{CancelPayment, RequestPayment},
    types::Money,
};
use shared::engine::Refusal;

use crate::{
    handler::{Out, tell},
    payment::Payment,
};

/// An order wants to be paid. What the gateway must be asked follows from the state. A repetition changes nothing.
///
/// # Errors
/// [`Refusal`] for an amount that is not positive, or other terms than those asked for before.
pub fn request(state: Option<Payment>, command: &RequestPayment) -> Result<Payment, Refusal> {
    if command.amount.minor <= 0 {
        return Err(Refusal::new("amount_not_positive", format!("asked to take {}", command.amount)));
    }
    match state {
        None => Ok(Payment::new(command.order_id, Some(command.gateway), command.amount)),
        // Cancelled before it was asked for: there is nothing to pay any more, and the order has been told.
        Some(cancelled) if cancelled.gateway.is_none() => Ok(cancelled),
        Some(known) if known.gateway == Some(command.gateway) && known.amount == command.amount => Ok(known),
        Some(known) => {
            let detail = format!("{} was asked for before, now {}", known.amount, command.amount);
            Err(Refusal::new("terms_changed", detail))
        }
    }
}

/// An order no longer wants to be paid. It is told as soon as nothing is held, and again whenever it asks again.
pub fn cancel(state: Option<Payment>, command: &CancelPayment, out: &mut Out<'_>) -> Payment {
    let mut payment = state.unwrap_or_else(|| never_requested(command.order_id));
    payment.cancel_requested = true;
    if payment.released && payment.is_settled() {
        tell_released(&payment, out);
    }
    payment
}

/// Tells the order that nothing is held.
pub fn tell_released(payment: &Payment, out: &mut Out<'_>) {
    tell(out, PaymentRefunded { order_id: payment.order_id, amount: payment.given_back() }, payment.order_id);
}

fn never_requested(order_id: OrderId) -> Payment {
    Payment::new(order_id, None, Money::inr(0))
}
