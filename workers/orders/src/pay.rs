//! Money: asking for it, and what the payments worker says about it.

use schemas::{
    documents::{Decline, Order, OrderPayment},
    orders::{PaymentCaptured, PaymentDeclined, PaymentFailed, PaymentReady, PaymentRefunded},
    payments::{CancelPayment, RequestPayment},
    types::{GatewayName, Money, OrderStatus as S},
};
use shared::engine::Refusal;

use crate::{
    cancel, coupon,
    draft::{Draft, gateway},
    invoice, refund, reserve,
};

/// All parts are held: lets the customer pay, or sells at once where the carrier collects the money.
pub(crate) fn ask(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let Some(gateway) = gateway(&draft.order) else {
        draft.move_to(S::Confirmed, "")?;
        sell(draft);
        return Ok(());
    };
    let (order_id, amount) = (draft.order.order_id, draft.order.totals.grand_total);
    draft.tell_payments(RequestPayment { order_id, gateway, amount });
    Ok(())
}

/// Takes the payment back, whatever became of it; nothing for an order that no gateway knows.
pub(crate) fn cancel(draft: &mut Draft<'_>) {
    if gateway(&draft.order).is_some() && reserve::all_held(draft) {
        give_back(draft);
    }
}

fn give_back(draft: &mut Draft<'_>) {
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
    let gateway = expected_from(draft)?;
    match draft.status() {
        S::Accepted | S::Reserving | S::AwaitingPayment => {
            let payment = record(draft, gateway);
            payment.gateway_ref.clone_from(&message.gateway_ref);
            payment.client_secret.clone_from(&message.client_secret);
            await_payment(draft)
        }
        // Overtaken by the money.
        S::Paid | S::Confirmed | S::Packed | S::Shipped | S::Delivered | S::Cancelling => Ok(()),
        // The order ended meanwhile: nobody shall pay for it.
        S::Rejected | S::Expired | S::PaymentFailed | S::Cancelled | S::Refunded => {
            give_back(draft);
            Ok(())
        }
    }
}

fn await_payment(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    if draft.status() == S::AwaitingPayment { Ok(()) } else { draft.move_to(S::AwaitingPayment, "") }
}

/// The money is ours: sells the goods if it is the right amount and the order still stands, else gives it back.
///
/// # Errors
/// `cash_order`, `payment_not_requested`.
pub(crate) fn payment_captured(draft: &mut Draft<'_>, message: &PaymentCaptured) -> Result<(), Refusal> {
    let gateway = expected_from(draft)?;
    match draft.status() {
        S::Accepted | S::Reserving | S::AwaitingPayment => {
            record_capture(draft, gateway, message);
            if message.amount != draft.order.totals.grand_total {
                return cancel::end_unpaid(draft, S::PaymentFailed, "amount_mismatch");
            }
            await_payment(draft)?; // the report that the customer can pay may come later, or not at all
            draft.move_to(S::Paid, "")?;
            sell(draft);
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
    let gateway = expected_from(draft)?;
    match draft.status() {
        S::Accepted | S::Reserving | S::AwaitingPayment => {
            record(draft, gateway).last_decline = Some(Decline { code: message.code.clone(), at: message.declined_at });
        }
        // A later try brought the money.
        S::Paid | S::Confirmed | S::Packed | S::Shipped | S::Delivered | S::Cancelling => {}
        S::Rejected | S::Expired | S::PaymentFailed | S::Cancelled | S::Refunded => {}
    }
    Ok(())
}

/// The payment failed for good: the order ends. The gateway is told, so that an attempt still under way comes to nothing.
///
/// # Errors
/// `cash_order`, `payment_not_requested`.
pub(crate) fn payment_failed(draft: &mut Draft<'_>, message: &PaymentFailed) -> Result<(), Refusal> {
    expected_from(draft)?;
    match draft.status() {
        S::Accepted | S::Reserving | S::AwaitingPayment => cancel::end_unpaid(draft, S::PaymentFailed, &message.code),
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

/// Whether nothing of what was captured is still here.
pub(crate) fn is_back(order: &Order) -> bool {
    order.payment.as_ref().is_none_or(|payment| payment.captured == payment.refunded)
}

/// The gateway that a message about a payment can come from.
pub(crate) fn expected_from(draft: &Draft<'_>) -> Result<GatewayName, Refusal> {
    let gateway = gateway(&draft.order)
        .ok_or_else(|| Refusal::new("cash_order", "a gateway reports a payment for an order that is paid in cash"))?;
    if matches!(draft.status(), S::Accepted | S::Reserving) && !reserve::all_held(draft) {
        return Err(Refusal::new("payment_not_requested", "a payment is reported before it was asked for"));
    }
    Ok(gateway)
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
