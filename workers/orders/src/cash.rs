//! Cash: what is taken for an order in any number of instalments, what of it is owed back, and that it was paid out. The
//! rules, which are those of a customer's account, are in [`schemas::cash`]; the payments worker books what is decided here.

use schemas::{
    cash::{BookCash, CashInstalment, CashMovement, Payout, RecordCash, RecordPayout},
    documents::Order,
    refunds::{OrderRefund, RefundState},
    types::{Money, OrderStatus as S, Timestamp},
};
use shared::engine::Refusal;

use crate::{cancel, coupon, credit, draft::Draft, refund, returns};

/// Somebody took cash. What does not count is written down as refused, so that whoever told of it finds out.
pub(crate) fn record_cash(draft: &mut Draft<'_>, message: &RecordCash) -> Result<(), Refusal> {
    if draft.order.cash.iter().any(|known| known.instalment_id == message.instalment_id) {
        return Ok(()); // a repetition
    }
    let refused = draft.order.check_cash(message.amount, message.received_at).err();
    if refused.is_none() {
        let beyond = message.amount.minor.saturating_sub(draft.order.cash_outstanding().minor);
        take_back_set_offs(&mut draft.order, beyond, message.received_at);
        book(draft, &message.instalment_id, CashMovement::Received, message.amount, &message.reference);
    }
    let code = refused.map(|why| why.code().to_owned()).unwrap_or_default();
    let instalment = instalment(message, draft.at, code);
    draft.order.cash.push(instalment);
    Ok(())
}

fn instalment(message: &RecordCash, recorded_at: Timestamp, code: String) -> CashInstalment {
    let RecordCash { instalment_id, amount, received_at, received_by, reference, note, admin_id: by, .. } =
        message.clone();
    CashInstalment { instalment_id, amount, received_at, received_by, reference, note, by, recorded_at, code }
}

/// So much was paid before it was set off against what seemed unpaid: it is owed, the oldest first.
fn take_back_set_offs(order: &mut Order, beyond: i64, received_at: Timestamp) {
    let mut left = beyond.max(0);
    for refund in order.refunds.iter_mut().filter(|refund| refund.is_younger_than(received_at)) {
        let Some(set_off) = &mut refund.set_off else { continue };
        let paid = set_off.minor.min(left);
        set_off.minor -= paid;
        left -= paid;
        if paid > 0 {
            refund.state = RefundState::Owed;
        }
    }
}

/// Credits what goes back of an order for cash: first it lessens what nobody has paid yet, and what is left is owed.
pub(crate) fn give_back(draft: &mut Draft<'_>, refund: OrderRefund) -> Result<(), Refusal> {
    let refund = draft.order.owing(refund);
    let OrderRefund { refund_id, amount, lines, reason, state, .. } = refund.clone();
    draft.order.refunds.push(refund);
    credit::part(draft, amount, lines, &reason);
    if state == RefundState::SetOff {
        returns::not_refunded(draft, &refund_id, RefundState::SetOff.as_str())?;
    }
    coupon::give_back_if_refunded(draft);
    Ok(())
}

/// The sale is taken back: all that was taken for it is owed. The credit note over the whole invoice goes with the sale.
pub(crate) fn give_all_back(draft: &mut Draft<'_>) {
    let kept = draft.order.cash_kept();
    if kept.minor > 0 {
        let refund_id = format!("cancelled-{}", draft.order.order_id);
        let owed = refund::asked(refund_id, draft.order.user_id, draft.at, (kept, Vec::new()));
        let reason = "the order was cancelled".to_owned();
        draft.order.refunds.push(OrderRefund { state: RefundState::Owed, reason, ..owed });
    }
}

/// Whether nothing of what was taken in cash is still here.
pub(crate) fn is_back(order: &Order) -> bool {
    order.cash_received() == order.cash_paid_out()
}

/// A refund was paid out. The first word counts; what is not owed, or more than was received, changes nothing.
///
/// # Errors
/// `unknown_refund`.
pub(crate) fn record_payout(draft: &mut Draft<'_>, message: &RecordPayout) -> Result<(), Refusal> {
    let RecordPayout { refund_id, reference, paid_at, admin_id: by, .. } = message.clone();
    let known = draft.order.refunds.iter().find(|refund| refund.refund_id == refund_id).cloned();
    let known = known.ok_or_else(|| Refusal::new("unknown_refund", format!("the order has no refund {refund_id}")))?;
    if draft.order.check_payout(&known).is_err() {
        return Ok(());
    }
    let amount = known.going_back();
    book(draft, &refund_id, CashMovement::PaidOut, amount, &reference);
    let payout = Payout { reference, paid_at, by, recorded_at: draft.at };
    if let Some(refund) = refund::refund_of(draft, &refund_id) {
        refund.state = RefundState::Made;
        refund.paid_out = Some(payout);
    }
    if draft.status() == S::Cancelling {
        return cancel::finish_if_undone(draft);
    }
    draft.gave_back(&refund_id, amount, known.lines);
    coupon::give_back_if_refunded(draft);
    returns::refunded(draft, &refund_id)
}

fn book(draft: &mut Draft<'_>, cash_id: &str, movement: CashMovement, amount: Money, reference: &str) {
    let (order_id, cash_id, reference) = (draft.order.order_id, cash_id.to_owned(), reference.to_owned());
    draft.tell_payments(BookCash { order_id, cash_id, movement, amount, reference });
}
