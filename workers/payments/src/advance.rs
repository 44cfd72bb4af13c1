//! From what is known to what must be done: the calls that are due, the last word to the order, the next deadline.

use schemas::{
    ids::OrderId,
    orders::PaymentDelayed,
    payments::GatewayCall,
    types::{GatewayName, Money, Timestamp},
};
use shared::id::MessageId;

use crate::{
    deadline::Patience,
    effect::{Ask, GatewayEffect},
    handler::{Out, tell},
    holding::{Aim, Flight, Holding, Want},
    payment::Payment,
    refund::{take_back_promises, tell_of_refunds},
    request::tell_released,
};

/// Completes a step: whatever the message was, the same rules say what follows from the state it led to.
pub fn advance(
    before: Option<&Payment>,
    mut payment: Payment,
    at: Timestamp,
    patience: Patience,
    out: &mut Out<'_>,
) -> Payment {
    take_back_promises(&mut payment, out);
    make_due_calls(&mut payment, at, out);
    tell_of_refunds(before, &mut payment, out);
    // Money that came late, or came back, is news again once it has gone.
    payment.released &= payment.main.is_gone();
    if payment.owes_release() && !payment.released && payment.is_settled() && payment.main.is_gone() {
        payment.released = true;
        tell_released(&payment, out);
    }
    payment.status = payment.standing();
    set_deadline(before, &mut payment, at, patience);
    tell_of_delay(before, &payment, out);
    payment
}

/// Asks a gateway how a payment stands. `None` if there is nothing yet that one could ask about.
pub fn query(order_id: OrderId, holding: &Holding, out: &mut Out<'_>) -> Option<MessageId> {
    call(order_id, holding.gateway, Ask::Query { target: holding.target() }, out)
}

fn make_due_calls(payment: &mut Payment, at: Timestamp, out: &mut Out<'_>) {
    let (order_id, amount) = (payment.order_id, payment.amount);
    for (holding, want) in payment.holdings_mut() {
        let Some(kind) = holding.next(want) else { continue };
        let aim = (kind == GatewayCall::Refund).then(|| holding.aim(want));
        let ask = ask_for(kind, holding, aim.as_ref(), amount);
        if let Some(id) = call(order_id, holding.gateway, ask, out) {
            holding.flight = Some(Flight { id, call: kind, asked_at: at, refused: false, inquiry: None, aim });
            holding.refused = None;
            holding.recount &= kind != GatewayCall::Query;
        }
    }
}

fn ask_for(due: GatewayCall, holding: &Holding, aim: Option<&Aim>, amount: Money) -> Ask {
    let target = holding.target();
    match due {
        GatewayCall::Create => Ask::Create { amount, attempt: holding.attempt, may_move: holding.may_move() },
        GatewayCall::Capture => Ask::Capture { target, amount },
        GatewayCall::Void => Ask::Void { target },
        GatewayCall::Refund => {
            let minor = aim.map_or(holding.held_minor(), |aim| aim.minor);
            Ask::Refund { target, amount: Money { minor, ..amount }, before_minor: aim.map(|aim| aim.before_minor) }
        }
        GatewayCall::Query => Ask::Query { target },
    }
}

fn call(order_id: OrderId, gateway: Option<GatewayName>, ask: Ask, out: &mut Out<'_>) -> Option<MessageId> {
    out.call(GatewayEffect { order_id, gateway: gateway?, ask });
    let (_, effects, _) = out.contents();
    effects.last().map(|effect| effect.id)
}

/// The customer need not be kept waiting for a gateway that cannot be reached without being told.
fn tell_of_delay(before: Option<&Payment>, payment: &Payment, out: &mut Out<'_>) {
    let main = &payment.main;
    let (Some(gateway), Some(retry_at)) = (main.gateway, payment.deadline) else { return };
    let is_news = before.is_none_or(|before| before.deadline != payment.deadline);
    if is_news && payment.want() == Want::Money && main.is_delayed() {
        let (order_id, attempt) = (payment.order_id, main.attempt);
        tell(out, PaymentDelayed { order_id, attempt, gateway, retry_at }, order_id);
    }
}

fn set_deadline(before: Option<&Payment>, payment: &mut Payment, at: Timestamp, patience: Patience) {
    let moved = before.is_none_or(|before| before.status != payment.status);
    if moved {
        payment.rechecks = 0;
    }
    if payment.is_at_rest() {
        payment.deadline = None;
    } else if before != Some(payment) || payment.deadline.is_none() {
        payment.deadline = Some(at.plus(patience.of(payment)));
    }
}
