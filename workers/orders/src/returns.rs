//! Goods that come back after delivery. The order itself stays delivered; each return goes its own short way beside it.

use schemas::{
    documents::Order,
    inventory::ReturnStock,
    refunds::OrderRefund,
    returns::{
        DecideReturn, OrderReturn, ReceiveReturn, ReceivedUnits, RequestReturn, ReturnDecision, ReturnLine,
        ReturnState as R, ReturnedUnits, Unreturnable, WithdrawReturn,
    },
    types::{Money, OrderStatus as S, Timestamp},
};
use shared::engine::Refusal;

use crate::{draft::Draft, refund};

/// The order has arrived: from now on its goods can be returned, for a while.
pub(crate) fn open_window(draft: &mut Draft<'_>) {
    let window = draft.policy.return_window();
    let arrived = draft.order.history.iter().find(|step| step.status == S::Delivered);
    let until = arrived.map(|step| step.at.plus(window));
    draft.order.returnable_until = draft.order.returnable_until.or(until);
}

/// A customer wants to send some of it back. What cannot be is written down as refused, so that the customer finds out.
pub(crate) fn request_return(draft: &mut Draft<'_>, message: &RequestReturn) -> Result<(), Refusal> {
    if draft.return_of(&message.return_id).is_some() {
        return Ok(()); // a repetition
    }
    open_window(draft); // orders that were delivered when there were no returns have none yet
    let allowed = draft.order.check_return(&message.lines, message.asked_at);
    let mut wish = asked(&draft.order, message);
    wish.code = allowed.as_ref().err().map(Unreturnable::code).unwrap_or_default().to_owned();
    draft.order.returns.push(wish);
    draft.begin_return(&message.return_id, if allowed.is_ok() { R::Requested } else { R::Refused });
    Ok(())
}

fn asked(order: &Order, message: &RequestReturn) -> OrderReturn {
    let line = |units: &ReturnedUnits| ReturnLine {
        sku: units.sku.clone(),
        quantity: units.quantity,
        restocked: 0,
        written_off: 0,
    };
    OrderReturn {
        return_id: message.return_id.clone(),
        lines: message.lines.iter().map(line).collect(),
        reason: message.reason,
        comment: message.comment.clone(),
        asked_at: message.asked_at,
        state: R::Requested,
        history: Vec::new(),
        code: String::new(),
        note: String::new(),
        by: None,
        goods_due_at: None,
        refund: order.totals.grand_total.zero(),
    }
}

/// The customer keeps the goods after all: possible until they came.
///
/// # Errors
/// `unknown_return`.
pub(crate) fn withdraw_return(draft: &mut Draft<'_>, message: &WithdrawReturn) -> Result<(), Refusal> {
    match known(draft, &message.return_id)?.state {
        R::Requested | R::Approved => draft.move_return(&message.return_id, R::Withdrawn),
        R::Refused | R::Withdrawn | R::Lapsed | R::Received | R::Refunded | R::NotRefunded => Ok(()),
    }
}

/// The shop has decided. The first decision counts.
///
/// # Errors
/// `unknown_return`.
pub(crate) fn decide_return(draft: &mut Draft<'_>, message: &DecideReturn) -> Result<(), Refusal> {
    let due_at = draft.at.plus(draft.policy.return_goods_within());
    let wish = known(draft, &message.return_id)?;
    if wish.state != R::Requested {
        return Ok(());
    }
    wish.note.clone_from(&message.reason);
    wish.by = Some(message.admin_id);
    match message.decision {
        ReturnDecision::Approve => {
            wish.goods_due_at = Some(due_at);
            draft.move_return(&message.return_id, R::Approved)
        }
        ReturnDecision::Refuse => draft.move_return(&message.return_id, R::Refused),
    }
}

/// The goods did not come in time. Should they come later, they are received all the same, as far as the customer has not
/// asked to return them once more.
pub(crate) fn lapse(draft: &mut Draft<'_>, due_at: Timestamp) -> Result<(), Refusal> {
    let overdue = |of: &&OrderReturn| of.state == R::Approved && of.goods_due_at == Some(due_at);
    let overdue: Vec<String> = draft.order.returns.iter().filter(overdue).map(|of| of.return_id.clone()).collect();
    overdue.iter().try_for_each(|return_id| draft.move_return(return_id, R::Lapsed))
}

/// The goods came, all or some: they go back into stock or are written off, and their money goes back. What does not fit,
/// because it was received already or something was faster, changes nothing.
///
/// # Errors
/// `unknown_return`.
pub(crate) fn receive_return(draft: &mut Draft<'_>, message: &ReceiveReturn) -> Result<(), Refusal> {
    let wish = known(draft, &message.return_id)?.clone();
    let expected = matches!(wish.state, R::Approved | R::Lapsed);
    if !expected || draft.order.check_receipt(&wish, &message.lines).is_err() {
        return Ok(());
    }
    let units: Vec<ReturnedUnits> = message.lines.iter().map(units).collect();
    let priced = draft.order.price_returned(&units);
    let amount = priced.iter().fold(0_i64, |sum, line| sum.saturating_add(line.amount.minor));
    let amount = Money { minor: amount, ..draft.order.totals.grand_total };
    note_receipt(draft, message, amount)?;
    draft.move_return(&message.return_id, R::Received)?;
    message.lines.iter().for_each(|line| restock(draft, &message.return_id, line));
    if amount.minor == 0 {
        return not_refunded(draft, &message.return_id, "nothing_left");
    }
    let reason = format!("goods returned ({})", wish.reason.as_str().replace('_', " "));
    let (refund_id, by) = (message.return_id.clone(), message.admin_id);
    refund::pay_back(draft, OrderRefund { reason, ..refund::asked(refund_id, by, draft.at, (amount, priced)) })
}

fn units(line: &ReceivedUnits) -> ReturnedUnits {
    ReturnedUnits { sku: line.sku.clone(), quantity: line.restock.saturating_add(line.write_off) }
}

fn note_receipt(draft: &mut Draft<'_>, message: &ReceiveReturn, refund: Money) -> Result<(), Refusal> {
    let wish = known(draft, &message.return_id)?;
    for came in &message.lines {
        if let Some(line) = wish.lines.iter_mut().find(|line| line.sku == came.sku) {
            (line.restocked, line.written_off) = (came.restock, came.write_off);
        }
    }
    wish.note.clone_from(&message.note);
    wish.by = Some(message.admin_id);
    wish.refund = refund;
    Ok(())
}

fn restock(draft: &mut Draft<'_>, return_id: &str, line: &ReceivedUnits) {
    let command = ReturnStock {
        order_id: draft.order.order_id,
        sku: line.sku.clone(),
        return_id: return_id.to_owned(),
        restock: line.restock.into(),
        write_off: line.write_off.into(),
    };
    draft.tell_inventory(line.sku.clone(), command);
}

/// A refund was made; if it was a return's, the return is done.
pub(crate) fn refunded(draft: &mut Draft<'_>, refund_id: &str) -> Result<(), Refusal> {
    match draft.return_of(refund_id).map(|of| of.state) {
        Some(R::Received | R::NotRefunded) => {
            known(draft, refund_id)?.code.clear();
            draft.move_return(refund_id, R::Refunded)
        }
        _ => Ok(()),
    }
}

/// A refund will not be made; if it was a return's, a person must see what became of its money.
pub(crate) fn not_refunded(draft: &mut Draft<'_>, refund_id: &str, code: &str) -> Result<(), Refusal> {
    match draft.return_of(refund_id).map(|of| of.state) {
        Some(R::Received) => {
            code.clone_into(&mut known(draft, refund_id)?.code);
            draft.move_return(refund_id, R::NotRefunded)
        }
        _ => Ok(()),
    }
}

fn known<'a>(draft: &'a mut Draft<'_>, return_id: &str) -> Result<&'a mut OrderReturn, Refusal> {
    let found = draft.order.returns.iter_mut().find(|of| of.return_id == return_id);
    found.ok_or_else(|| Refusal::new("unknown_return", format!("the order has no return {return_id}")))
}
