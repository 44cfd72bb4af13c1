//! Asking for a payment, asking for it otherwise, and taking the wish back.

use schemas::{
    ids::OrderId,
    orders::PaymentRefunded,
    payments::{CancelPayment, RequestPayment},
    types::Money,
};
use shared::engine::Refusal;

use crate::{
    handler::{Out, tell},
    holding::Holding,
    payment::Payment,
};

/// An order wants to be paid. What the gateway must be asked follows from the state. A repetition changes nothing, and of
/// several attempts the newest counts.
///
/// # Errors
/// [`Refusal`] for an amount that is not positive, or other terms than those asked for before.
pub fn request(state: Option<Payment>, command: &RequestPayment) -> Result<Payment, Refusal> {
    if command.amount.minor <= 0 {
        return Err(Refusal::new("amount_not_positive", format!("asked to take {}", command.amount)));
    }
    let Some(mut payment) = state else {
        return Ok(Payment::new(command.order_id, wanted(command), command.amount));
    };
    // Cancelled before it was asked for: there is nothing to pay any more, and the order has been told.
    if payment.main.gateway.is_none() {
        return Ok(payment);
    }
    let is_repetition = payment.main.attempt == command.attempt;
    if payment.amount != command.amount || (is_repetition && payment.main.wanted_at() != Some(command.gateway)) {
        let detail = format!("{} was asked for before, now {}", payment.amount, command.amount);
        return Err(Refusal::new("terms_changed", detail));
    }
    let is_newer = payment.main.attempt < command.attempt;
    if is_newer && !payment.paid && !payment.cancel_requested {
        payment.supersede(wanted(command));
    }
    Ok(payment)
}

fn wanted(command: &RequestPayment) -> Holding {
    let RequestPayment { gateway, attempt, any_gateway, .. } = *command;
    if any_gateway { Holding::roaming(gateway, attempt) } else { Holding::new(Some(gateway), attempt) }
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
    Payment::new(order_id, Holding::new(None, 1), Money::inr(0))
}
