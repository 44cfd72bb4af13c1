//! Money: asking for it, and what the payments worker says about it.

use schemas::{
    attempts::{AttemptState, Delay},
    documents::{Decline, Order, OrderPayment},
    orders::{PaymentCaptured, PaymentDeclined, PaymentDelayed, PaymentFailed, PaymentReady, PaymentRefunded},
    payments::{CancelPayment, RequestPayment},
    types::{GatewayName, Money, OrderStatus as S, PaymentMethod},
};
use shared::engine::Refusal;

use crate::{
    attempt, cancel, coupon,
    draft::{Draft, gateway},
    invoice, refund, reserve,
};

/// All parts are held: lets the customer pay, or sells at once where the carrier collects the money.
pub(crate) fn ask(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let attempt = attempt::current(draft);
    let Some(gateway) = gateway(&draft.order) else {
        attempt::ready(draft, attempt, "");
        draft.move_to(S::Confirmed, "")?;
        sell(draft);
        return Ok(());
    };
    let (order_id, amount) = (draft.order.order_id, draft.order.totals.grand_total);
    let any_gateway = draft.order.current_attempt().is_some_and(|attempt| attempt.any_gateway);
    draft.tell_payments(RequestPayment { order_id, gateway, amount, attempt, any_gateway });
    Ok(())
}

/// Takes the payment back, whatever became of it; nothing for an order that no gateway knows, or that took it back before.
pub(crate) fn cancel(draft: &mut Draft<'_>) {
    if gateway(&draft.order).is_some() && reserve::all_held(draft) {
        give_back(draft);
    }
}

/// Takes back whatever gateways hold, or will.
pub(crate) fn give_back(draft: &mut Draft<'_>) {
    let order_id = draft.order.order_id;
    draft.tell_payments(CancelPayment { order_id });
}

fn sell(draft: &mut Draft<'_>) {
    reserve::commit_all(draft);
    invoice::ask(draft);
}

/// The customer can pay now.
///
/// # Errors
/// `cash_order`, `payment_not_requested`.
pub(crate) fn payment_ready(draft: &mut Draft<'_>, message: &PaymentReady) -> Result<(), Refusal> {
    expected_from(draft)?;
    attempt::made_at(draft, message.attempt, message.gateway);
    let gateway = expected_by(draft, message.attempt)?;
    attempt::ready(draft, message.attempt, &message.gateway_ref);
    match draft.status() {
        S::Accepted | S::Reserving | S::AwaitingPayment if attempt::current(draft) == message.attempt => {
            let payment = record(draft, gateway);
            payment.gateway = gateway;
            payment.gateway_ref.clone_from(&message.gateway_ref);
            payment.client_secret.clone_from(&message.client_secret);
            await_payment(draft)
        }
        // Another attempt counts by now.
        S::Accepted | S::Reserving | S::AwaitingPayment => Ok(()),
        // Overtaken by the money.
        S::Paid | S::Confirmed | S::Packed | S::Shipped | S::Delivered | S::Cancelling => Ok(()),
        // The order ended meanwhile: nobody shall pay for it.
        S::Rejected | S::Expired | S::PaymentFailed | S::Cancelled | S::Refunded => {
            give_back(draft);
            Ok(())
        }
    }
}

/// The customer cannot pay yet, which they are shown: they may wait, or choose another way.
///
/// # Errors
/// `cash_order`, `payment_not_requested`.
pub(crate) fn payment_delayed(draft: &mut Draft<'_>, message: &PaymentDelayed) -> Result<(), Refusal> {
    expected_from(draft)?;
    let PaymentDelayed { attempt, gateway, retry_at, .. } = *message;
    attempt::delayed(draft, attempt, Delay { gateway, retry_at });
    Ok(())
}

fn await_payment(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    if draft.status() == S::AwaitingPayment { Ok(()) } else { draft.move_to(S::AwaitingPayment, "") }
}

/// The money is ours, by whichever attempt: the payments worker says so once. Sells the goods if it is the right amount and
/// the order still stands, else gives it back.
///
/// # Errors
/// `cash_order`, `payment_not_requested`.
pub(crate) fn payment_captured(draft: &mut Draft<'_>, message: &PaymentCaptured) -> Result<(), Refusal> {
    expected_from(draft)?;
    attempt::made_at(draft, message.attempt, message.gateway);
    let gateway = expected_by(draft, message.attempt)?;
    match draft.status() {
        S::Accepted | S::Reserving | S::AwaitingPayment => {
            record_capture(draft, gateway, message);
            if message.amount != draft.order.totals.grand_total {
                return cancel::end_unpaid(draft, S::PaymentFailed, "amount_mismatch");
            }
            attempt::paid(draft, message.attempt, &message.gateway_ref);
            await_payment(draft)?; // the report that the customer can pay may come later, or not at all
            draft.move_to(S::Paid, "")?;
            sell(draft);
            Ok(())
        }
        // It was sold for cash meanwhile: what the attempt before took is on its way back.
        S::Confirmed | S::Packed | S::Shipped | S::Delivered | S::Cancelling if is_cash(draft) => {
            record_capture(draft, gateway, message);
            Ok(())
        }
        // A repetition.
        S::Paid | S::Confirmed | S::Packed | S::Shipped | S::Delivered | S::Cancelling => Ok(()),
        // Too late: what came for an order that ended goes back, and no parcel leaves for it.
        S::Rejected | S::Expired | S::PaymentFailed | S::Cancelled | S::Refunded => {
            record_capture(draft, gateway, message);
            give_back(draft);
            Ok(())
        }
    }
}

/// The customer's bank said no. The order waits on: they may try again until its time runs out.
///
/// # Errors
/// `cash_order`, `payment_not_requested`.
pub(crate) fn payment_declined(draft: &mut Draft<'_>, message: &PaymentDeclined) -> Result<(), Refusal> {
    let gateway = expected_by(draft, message.attempt)?;
    attempt::unpaid(draft, message.attempt, &message.code, false);
    match draft.status() {
        S::Accepted | S::Reserving | S::AwaitingPayment if attempt::current(draft) == message.attempt => {
            record(draft, gateway).last_decline = Some(Decline { code: message.code.clone(), at: message.declined_at });
        }
        // Another attempt counts by now, or a later try brought the money.
        S::Accepted | S::Reserving | S::AwaitingPayment => {}
        S::Paid | S::Confirmed | S::Packed | S::Shipped | S::Delivered | S::Cancelling => {}
        S::Rejected | S::Expired | S::PaymentFailed | S::Cancelled | S::Refunded => {}
    }
    Ok(())
}

/// The payment failed for good: the order ends, unless another attempt counts by now. The gateway is told, so that an
/// attempt still under way comes to nothing.
///
/// # Errors
/// `cash_order`, `payment_not_requested`.
pub(crate) fn payment_failed(draft: &mut Draft<'_>, message: &PaymentFailed) -> Result<(), Refusal> {
    expected_by(draft, message.attempt)?;
    let counts = attempt::current(draft) == message.attempt;
    attempt::unpaid(draft, message.attempt, &message.code, true);
    match draft.status() {
        S::Accepted | S::Reserving | S::AwaitingPayment if counts => {
            cancel::end_unpaid(draft, S::PaymentFailed, &message.code)
        }
        S::Accepted | S::Reserving | S::AwaitingPayment => Ok(()),
        // Another attempt brought the money.
        S::Paid | S::Confirmed | S::Packed | S::Shipped | S::Delivered | S::Cancelling => Ok(()),
        S::Rejected | S::Expired | S::PaymentFailed | S::Cancelled | S::Refunded => Ok(()),
    }
}

/// The money went back, or none was taken: what a cancellation waits for. Where nobody here asked for it (a refund made
/// in the gateway's own dashboard), goods that are still here stay here.
///
/// # Errors
/// `cash_order`, `payment_not_requested`.
pub(crate) fn payment_refunded(draft: &mut Draft<'_>, message: &PaymentRefunded) -> Result<(), Refusal> {
    let gateway = expected_from(draft)?;
    record_refund(draft, gateway, message.amount);
    let all_back = message.amount.minor > 0 && is_back(&draft.order);
    match draft.status() {
        S::Accepted | S::Reserving | S::AwaitingPayment => {
            cancel::end_unpaid(draft, S::PaymentFailed, "payment_voided")
        }
        _ if is_cash(draft) => cash_is_undone(draft),
        S::Paid | S::Confirmed | S::Packed if all_back => cancel::withdraw(draft, "refunded_at_gateway", ""),
        S::Paid | S::Confirmed | S::Packed | S::Shipped | S::Delivered => {
            refund::tell_elsewhere(draft);
            coupon::give_back_if_refunded(draft);
            Ok(())
        }
        S::Cancelling => cancel::finish_if_undone(draft),
        S::Rejected | S::Expired | S::PaymentFailed | S::Cancelled | S::Refunded => Ok(()),
    }
}

/// What gateways held before the order was sold for cash is back. The sale stands.
pub(crate) fn cash_is_undone(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    if draft.status() == S::Cancelling { cancel::finish_if_undone(draft) } else { Ok(()) }
}

/// Whether the carrier collects its money.
pub(crate) fn is_cash(draft: &Draft<'_>) -> bool {
    draft.order.payment_method == PaymentMethod::Cod
}

/// Whether nothing of what was captured is still here.
pub(crate) fn is_back(order: &Order) -> bool {
    order.payment.as_ref().is_none_or(|payment| payment.captured == payment.refunded)
}

/// The gateway that a message about a payment can come from: that of the newest attempt that is at one.
pub(crate) fn expected_from(draft: &Draft<'_>) -> Result<GatewayName, Refusal> {
    let attempts = draft.order.payment_attempts();
    let asked = attempts.iter().rev().filter(|attempt| attempt.state != AttemptState::Refused);
    let gateway = asked.filter_map(|attempt| attempt.method.gateway()).next();
    let gateway = gateway
        .ok_or_else(|| Refusal::new("cash_order", "a gateway reports a payment for an order that is paid in cash"))?;
    if matches!(draft.status(), S::Accepted | S::Reserving) && !reserve::all_held(draft) {
        return Err(Refusal::new("payment_not_requested", "a payment is reported before it was asked for"));
    }
    Ok(gateway)
}

/// The gateway of this attempt.
fn expected_by(draft: &Draft<'_>, attempt: i32) -> Result<GatewayName, Refusal> {
    let newest = expected_from(draft)?;
    let attempts = draft.order.payment_attempts();
    let own = attempts.iter().find(|known| known.number == attempt).and_then(|known| known.method.gateway());
    Ok(own.unwrap_or(newest))
}

fn record<'a>(draft: &'a mut Draft<'_>, gateway: GatewayName) -> &'a mut OrderPayment {
    let none = Money { minor: 0, ..draft.order.totals.grand_total };
    draft.order.payment.get_or_insert_with(|| OrderPayment {
        gateway,
        gateway_ref: String::new(),
        client_secret: String::new(),
        captured: none,
        refunded: none,
        last_decline: None,
    })
}

fn record_capture(draft: &mut Draft<'_>, gateway: GatewayName, message: &PaymentCaptured) {
    let payment = record(draft, gateway);
    payment.gateway = gateway;
    payment.gateway_ref.clone_from(&message.gateway_ref);
    payment.captured = larger(payment.captured, message.amount);
}

/// Takes in how much has gone back by now.
pub(crate) fn record_refund(draft: &mut Draft<'_>, gateway: GatewayName, amount: Money) {
    if amount.minor == 0 {
        return;
    }
    let payment = record(draft, gateway);
    payment.refunded = larger(payment.refunded, amount);
    if payment.captured.minor == 0 {
        payment.captured = payment.refunded; // the report of the capture was overtaken: what went back had come
    }
}

/// The newer of two running totals, whichever arrived first.
fn larger(a: Money, b: Money) -> Money {
    if b.minor > a.minor { b } else { a }
}
