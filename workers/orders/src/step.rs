//! Everything that can happen to an order, one line each.

use schemas::{documents::Order, orders::OrdersMessage, types::Timestamp};
use shared::engine::Refusal;

use crate::{
    attempt, cancel, cash, coupon, credit, deadline, dispute,
    draft::{Draft, Step},
    invoice, pay, place,
    policy::Policy,
    refund, replace, reserve, returns, ship,
};

/// Moves an order by one message: a function of its arguments alone.
///
/// A message that has nothing to say any more (a repetition, a report that was overtaken) leaves the order as it is.
/// Each function below lists all states it may meet the order in, so a new state or message does not compile until
/// somebody has decided about it.
///
/// # Errors
/// [`Refusal`] when the message makes no sense for this order and never will; see the functions below for the codes.
pub fn step(order: Option<Order>, message: &OrdersMessage, at: Timestamp, policy: &Policy) -> Result<Step, Refusal> {
    use OrdersMessage as M;
    let Some(order) = order else { return place::first_message(message, at, policy) };
    let mut draft = Draft::new(order, at, policy);
    match message {
        M::PlaceOrder(_) => Ok(()), // it is placed already
        M::CouponRedeemed(_) => coupon::coupon_redeemed(&mut draft),
        M::CouponRefused(message) => coupon::coupon_refused(&mut draft, message),
        M::StockReserved(message) => reserve::stock_reserved(&mut draft, message),
        M::StockRefused(message) => reserve::stock_refused(&mut draft, message),
        M::PaymentReady(message) => pay::payment_ready(&mut draft, message),
        M::PaymentDelayed(message) => pay::payment_delayed(&mut draft, message),
        M::PaymentCaptured(message) => pay::payment_captured(&mut draft, message),
        M::PaymentDeclined(message) => pay::payment_declined(&mut draft, message),
        M::PaymentFailed(message) => pay::payment_failed(&mut draft, message),
        M::PaymentRefunded(message) => pay::payment_refunded(&mut draft, message),
        M::PaymentPartlyRefunded(message) => refund::payment_partly_refunded(&mut draft, message),
        M::RefundRefused(message) => refund::refund_refused(&mut draft, message),
        M::PaymentDisputed(message) => dispute::payment_disputed(&mut draft, message),
        M::InvoiceIssued(message) => invoice::invoice_issued(&mut draft, message),
        M::CreditNoteIssued(message) => credit::credit_note_issued(&mut draft, message),
        M::InvoiceCredited(message) => credit::invoice_credited(&mut draft, message),
        M::CorrectInvoice(message) => replace::correct_invoice(&mut draft, message),
        M::InvoiceReplaced(message) => replace::invoice_replaced(&mut draft, message),
        M::ReplacementRefused(message) => replace::replacement_refused(&mut draft, message),
        M::ShipmentBooked(message) => ship::shipment_booked(&mut draft, message),
        M::ShipmentRefused(_) => ship::shipment_refused(&mut draft),
        M::ShipmentPickedUp(_) => ship::shipment_picked_up(&mut draft),
        M::ShipmentDelivered(_) => ship::shipment_delivered(&mut draft),
        M::ShipmentCancelled(_) => ship::shipment_cancelled(&mut draft),
        M::ShipmentCancelRefused(_) => ship::shipment_cancel_refused(&mut draft),
        M::CancelOrder(message) => cancel::cancel_order(&mut draft, message),
        M::PayOrder(message) => attempt::pay_order(&mut draft, message),
        M::RefundOrder(message) => refund::refund_order(&mut draft, message),
        M::RecordCash(message) => cash::record_cash(&mut draft, message),
        M::RecordPayout(message) => cash::record_payout(&mut draft, message),
        M::RequestReturn(message) => returns::request_return(&mut draft, message),
        M::WithdrawReturn(message) => returns::withdraw_return(&mut draft, message),
        M::DecideReturn(message) => returns::decide_return(&mut draft, message),
        M::ReceiveReturn(message) => returns::receive_return(&mut draft, message),
        M::OrderDeadlineReached(message) => deadline::deadline_reached(&mut draft, message),
    }?;
    Ok(draft.finish())
}
