//! The two ways back: an order that is not paid simply ends; one that is sold is undone step by step.

use schemas::{
    attempts::AttemptState, documents::Cancellation, orders::CancelOrder, shipping::CancelShipment,
    types::OrderStatus as S,
};
use shared::engine::Refusal;

use crate::{
    attempt, cash, coupon, credit,
    draft::{Draft, gateway},
    pay, reserve, ship,
};

/// The customer does not want it any more.
pub(crate) fn cancel_order(draft: &mut Draft<'_>, message: &CancelOrder) -> Result<(), Refusal> {
    const REASON: &str = "cancel_requested";
    match draft.status() {
        S::Accepted | S::Reserving | S::AwaitingPayment => {
            begin(draft, &message.reason);
            end_unpaid(draft, S::Cancelled, REASON)
        }
        S::Paid | S::Confirmed | S::Packed => withdraw(draft, REASON, &message.reason),
        // It has left the shop, and the API says so; this one was sent just before.
        S::Shipped | S::Delivered => Ok(()),
        S::Cancelling => Ok(()),
        S::Rejected | S::Expired | S::PaymentFailed | S::Cancelled | S::Refunded => Ok(()),
    }
}

/// Ends an order that nobody has paid for: stock comes free, and a payment that was asked for shall not come any more.
pub(crate) fn end_unpaid(draft: &mut Draft<'_>, to: S, reason: &str) -> Result<(), Refusal> {
    draft.move_to(to, reason)?;
    attempt::end_open(draft, AttemptState::Withdrawn);
    reserve::release_all(draft);
    coupon::give_back(draft);
    pay::cancel(draft);
    Ok(())
}

/// Takes a sold order back. Where a carrier was asked, first of all the parcel must stay: what is on its way is not
/// paid back.
pub(crate) fn withdraw(draft: &mut Draft<'_>, reason: &str, note: &str) -> Result<(), Refusal> {
    draft.move_to(S::Cancelling, reason)?;
    let parcel_open = ship::is_asked_for(&draft.order);
    begin(draft, note).parcel_open = parcel_open;
    if parcel_open {
        let order_id = draft.order.order_id;
        draft.tell_shipping(CancelShipment { order_id });
        return Ok(());
    }
    give_back(draft)
}

/// Takes a sold order back whose parcel is known to stay.
pub(crate) fn withdraw_without_parcel(draft: &mut Draft<'_>, reason: &str) -> Result<(), Refusal> {
    draft.move_to(S::Cancelling, reason)?;
    begin(draft, "");
    give_back(draft)
}

fn begin<'a>(draft: &'a mut Draft<'_>, note: &str) -> &'a mut Cancellation {
    let cancellation = Cancellation { note: note.to_owned(), parcel_open: false, credit_note_dated: None };
    draft.order.cancellation.insert(cancellation)
}

/// Whether the carrier has still to say if the parcel stays.
pub(crate) fn awaits_parcel(draft: &Draft<'_>) -> bool {
    draft.order.cancellation.as_ref().is_some_and(|cancellation| cancellation.parcel_open)
}

/// The parcel stays: goods, money and invoice go back.
pub(crate) fn parcel_stays(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    if let Some(cancellation) = &mut draft.order.cancellation {
        cancellation.parcel_open = false;
    }
    give_back(draft)
}

/// The parcel is on its way: the sale stands, and the cancellation never was.
pub(crate) fn parcel_left(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    draft.order.cancellation = None;
    draft.move_to(S::Shipped, "cancel_refused")?;
    coupon::give_back_if_refunded(draft);
    credit::ask_next(draft);
    Ok(())
}

fn give_back(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    reserve::release_all(draft);
    coupon::give_back(draft);
    pay::cancel(draft);
    cash::give_all_back(draft);
    credit::take_back(draft);
    finish_if_undone(draft)
}

/// Ends the cancellation once parcel, money and invoice are all settled.
pub(crate) fn finish_if_undone(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let order = &draft.order;
    let money_is_back = pay::is_back(order) && cash::is_back(order);
    if awaits_parcel(draft) || !money_is_back || order.credit_note.is_none() {
        return Ok(());
    }
    let was_paid = gateway(order).is_some() || order.cash_received().minor > 0;
    let end = if was_paid { S::Refunded } else { S::Cancelled };
    let reason = order.history.last().map(|cancelling| cancelling.reason.clone()).unwrap_or_default();
    draft.move_to(end, &reason)
}
