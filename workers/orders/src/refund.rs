//! Giving some of the money back while the order stands.

use schemas::{
    ids::UserId,
    orders::{PaymentPartlyRefunded, RefundOrder, RefundRefused},
    payments::RefundPayment,
    refunds::{OrderRefund, RefundState, RefundedLine},
    types::{Money, OrderStatus as S, Timestamp},
};
use shared::engine::Refusal;

use crate::{
    cancel, cash, coupon, credit,
    draft::{Draft, gateway},
    pay, returns,
};

/// Somebody of the shop gives some of the money back. What cannot be is written down as refused, so that whoever asked
/// finds out.
pub(crate) fn refund_order(draft: &mut Draft<'_>, message: &RefundOrder) -> Result<(), Refusal> {
    if refund_of(draft, &message.refund_id).is_some() {
        return Ok(()); // a repetition
    }
    let (refund_id, by, reason) = (message.refund_id.clone(), message.admin_id, message.reason.clone());
    match draft.order.price_refund(message.amount, &message.lines) {
        Ok(priced) => return pay_back(draft, OrderRefund { reason, ..asked(refund_id, by, draft.at, priced) }),
        Err(why) => {
            let nothing = (draft.order.totals.grand_total.zero(), Vec::new());
            let (state, code) = (RefundState::Refused, why.code().to_owned());
            draft.order.refunds.push(OrderRefund { reason, state, code, ..asked(refund_id, by, draft.at, nothing) });
        }
    }
    Ok(())
}

/// A refund that is to be made.
pub(crate) fn asked(
    refund_id: String,
    by: UserId,
    asked_at: Timestamp,
    (amount, lines): (Money, Vec<RefundedLine>),
) -> OrderRefund {
    let (state, reason, code) = (RefundState::Asked, String::new(), String::new());
    OrderRefund { refund_id, amount, lines, reason, by, asked_at, state, code, set_off: None, paid_out: None }
}

/// Has the money go back. What was paid in cash no gateway can give back: it is credited at once, and somebody pays it out.
pub(crate) fn pay_back(draft: &mut Draft<'_>, refund: OrderRefund) -> Result<(), Refusal> {
    if gateway(&draft.order).is_none() {
        return cash::give_back(draft, refund);
    }
    let (order_id, refund_id, amount) = (draft.order.order_id, refund.refund_id.clone(), refund.amount);
    draft.order.refunds.push(refund);
    draft.tell_payments(RefundPayment { order_id, refund_id, amount });
    Ok(())
}

/// Some of the money went back. The order stands as long as some of it is kept.
///
/// # Errors
/// `cash_order`, `payment_not_requested`.
pub(crate) fn payment_partly_refunded(draft: &mut Draft<'_>, message: &PaymentPartlyRefunded) -> Result<(), Refusal> {
    let gateway = pay::expected_from(draft)?;
    pay::record_refund(draft, gateway, message.amount);
    if pay::is_cash(draft) {
        return pay::cash_is_undone(draft);
    }
    if let Some(refund) = refund_of(draft, &message.refund_id).filter(|refund| refund.state != RefundState::Made) {
        refund.state = RefundState::Made;
        refund.code = String::new();
        let OrderRefund { amount, lines, reason, .. } = refund.clone();
        draft.gave_back(&message.refund_id, amount, lines.clone());
        credit::part(draft, amount, lines, &reason);
        returns::refunded(draft, &message.refund_id)?;
    }
    tell_elsewhere(draft);
    match draft.status() {
        S::Cancelling => cancel::finish_if_undone(draft),
        S::Accepted | S::Reserving | S::AwaitingPayment | S::Paid | S::Confirmed | S::Packed => Ok(()),
        S::Shipped | S::Delivered => {
            coupon::give_back_if_refunded(draft); // parts may come to all of it
            Ok(())
        }
        S::Rejected | S::Expired | S::PaymentFailed | S::Cancelled | S::Refunded => Ok(()),
    }
}

/// Tells of what went back by no refund of ours: what is more than those that were made and those that may have been, for
/// a gateway may report one of ours before we hear that it was made. What came for an attempt before the order was sold
/// for cash is no part of the sale.
pub(crate) fn tell_elsewhere(draft: &mut Draft<'_>) {
    let Some(payment) = draft.order.payment.as_ref().filter(|_| !pay::is_cash(draft)) else { return };
    let known = draft.order.refunds.iter().filter(|refund| refund.state != RefundState::Refused);
    let known = known.fold(draft.order.refunded_elsewhere, |sum, refund| sum.saturating_add(refund.amount.minor));
    let more = Money { minor: payment.refunded.minor.saturating_sub(known), ..payment.refunded };
    if more.minor > 0 {
        draft.order.refunded_elsewhere += more.minor;
        draft.gave_back("", more, Vec::new());
        credit::part(draft, more, Vec::new(), "");
    }
}

/// A refund will not be made.
pub(crate) fn refund_refused(draft: &mut Draft<'_>, message: &RefundRefused) -> Result<(), Refusal> {
    if let Some(refund) = refund_of(draft, &message.refund_id).filter(|refund| refund.state == RefundState::Asked) {
        refund.state = RefundState::Refused;
        refund.code.clone_from(&message.code);
        returns::not_refunded(draft, &message.refund_id, &message.code)?;
        tell_elsewhere(draft);
    }
    Ok(())
}

pub(crate) fn refund_of<'a>(draft: &'a mut Draft<'_>, refund_id: &str) -> Option<&'a mut OrderRefund> {
    draft.order.refunds.iter_mut().find(|refund| refund.refund_id == refund_id)
}
