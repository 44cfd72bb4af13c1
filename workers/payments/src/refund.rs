//! Giving some of the money back while the order stands.
//!
//! A refund that is accepted is a promise: what is promised and what has gone back together never come to more than was
//! captured, whoever asks for how many refunds at once, since one order's payment is one queue.

use schemas::{
    orders::{PaymentPartlyRefunded, RefundRefused},
    payments::RefundPayment,
    types::Money,
};

use crate::{
    handler::{Out, tell},
    holding::{Part, Want},
    payment::Payment,
};

/// Nothing was captured for this order.
const NOT_PAID: &str = "not_paid";
/// The order is withdrawn: all that is held goes back anyway.
const WITHDRAWN: &str = "withdrawn";
/// It is more than is still there.
const EXCEEDS_PAYMENT: &str = "exceeds_payment";
/// It would be there, but the customer disputes it and would have it twice.
const DISPUTED: &str = "disputed";

/// Some of the money goes back. A repetition changes nothing; what cannot be is refused, and the order is told.
pub fn refund(mut payment: Payment, command: &RefundPayment, out: &mut Out<'_>) -> Payment {
    let RefundPayment { refund_id, amount, .. } = command;
    if payment.main.parts.iter().any(|part| part.refund_id == *refund_id) {
        return payment;
    }
    match refusal(&payment, command) {
        Some(code) => tell_refused(&payment, refund_id, code, out),
        None => payment.main.parts.push(Part { refund_id: refund_id.clone(), minor: amount.minor, made: false }),
    }
    payment
}

fn refusal(payment: &Payment, command: &RefundPayment) -> Option<&'static str> {
    let RefundPayment { amount, .. } = command;
    let room = payment.main.room_minor();
    match payment.want() {
        Want::Nothing => Some(WITHDRAWN),
        Want::Money if !payment.paid => Some(NOT_PAID),
        Want::Money if amount.currency != payment.amount.currency => Some(EXCEEDS_PAYMENT),
        Want::Money if (1..=room).contains(&amount.minor) => None,
        Want::Money if (1..=room + payment.main.disputed_minor).contains(&amount.minor) => Some(DISPUTED),
        Want::Money => Some(EXCEEDS_PAYMENT),
    }
}

/// Promises that cannot be kept any more, or are kept anyway, are taken back.
pub fn take_back_promises(payment: &mut Payment, out: &mut Out<'_>) {
    let want = payment.want();
    let code = match want {
        Want::Nothing => WITHDRAWN,
        Want::Money if payment.main.disputed_minor > 0 => DISPUTED,
        Want::Money => EXCEEDS_PAYMENT,
    };
    for part in payment.main.take_back_promises(want) {
        tell_refused(payment, &part.refund_id, code, out);
    }
}

/// Tells the order what went back, refund by refund. While one of ours is under way nobody knows whose a larger sum is, and
/// what brings all of it back is told as such.
pub fn tell_of_refunds(before: Option<&Payment>, payment: &mut Payment, out: &mut Out<'_>) {
    if !payment.paid {
        return;
    }
    for part in newly_made(before, payment) {
        payment.told_refunded_minor = payment.told_refunded_minor.saturating_add(part.minor);
        tell_partly(payment, &part.refund_id, out);
    }
    if payment.main.flight.as_ref().is_some_and(|flight| flight.part().is_some()) {
        return;
    }
    let elsewhere = payment.main.refunded_minor > payment.told_refunded_minor;
    payment.told_refunded_minor = payment.main.refunded_minor;
    if elsewhere && payment.want() == Want::Money && payment.main.held_minor() > 0 {
        tell_partly(payment, "", out);
    }
}

fn newly_made(before: Option<&Payment>, payment: &Payment) -> Vec<Part> {
    let was_made = |part: &Part| {
        let mut parts = before.into_iter().flat_map(|before| &before.main.parts);
        parts.any(|known| known.made && known.refund_id == part.refund_id)
    };
    payment.main.parts.iter().filter(|part| part.made && !was_made(part)).cloned().collect()
}

fn tell_partly(payment: &Payment, refund_id: &str, out: &mut Out<'_>) {
    let (order_id, amount) = (payment.order_id, Money { minor: payment.told_refunded_minor, ..payment.amount });
    tell(out, PaymentPartlyRefunded { order_id, amount, refund_id: refund_id.to_owned() }, order_id);
}

fn tell_refused(payment: &Payment, refund_id: &str, code: &str, out: &mut Out<'_>) {
    let (order_id, refund_id) = (payment.order_id, refund_id.to_owned());
    tell(out, RefundRefused { order_id, refund_id, code: code.to_owned() }, order_id);
}
