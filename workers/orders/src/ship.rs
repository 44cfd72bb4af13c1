//! The parcel: having it fetched, and where the carrier says it is. The carrier's reports may overtake each other.

use schemas::{
    documents::{Order, OrderShipment},
    orders::ShipmentBooked,
    shipping::BookShipment,
    types::{Money, OrderStatus as S, PaymentMethod},
};
use shared::engine::Refusal;

use crate::{cancel, draft::Draft, returns};

/// Has the parcel fetched.
pub(crate) fn book(draft: &mut Draft<'_>) {
    let order = &draft.order;
    let weigh = |weight, quantity| i64::from(weight) * i64::from(quantity);
    let command = BookShipment {
        order_id: order.order_id,
        address: order.address.clone(),
        weight_grams: order
            .lines
            .iter()
            .fold(0, |sum: i64, line| sum.saturating_add(weigh(line.weight_grams, line.quantity))),
        collect: to_collect(order),
    };
    draft.tell_shipping(command);
}

fn to_collect(order: &Order) -> Money {
    match order.payment_method {
        PaymentMethod::Cod => order.cash_outstanding(),
        PaymentMethod::Stripe | PaymentMethod::Razorpay => Money { minor: 0, ..order.totals.grand_total },
    }
}

/// Whether a carrier was asked to fetch a sold order's parcel: it is as soon as the invoice exists that goes with it.
pub(crate) fn is_asked_for(order: &Order) -> bool {
    match order.status {
        S::Paid | S::Confirmed | S::Packed | S::Shipped | S::Delivered | S::Cancelling => order.invoice.is_some(),
        S::Accepted | S::Reserving | S::AwaitingPayment => false,
        S::Rejected | S::Expired | S::PaymentFailed | S::Cancelled | S::Refunded => false,
    }
}

/// A carrier will fetch the parcel.
pub(crate) fn shipment_booked(draft: &mut Draft<'_>, message: &ShipmentBooked) -> Result<(), Refusal> {
    match draft.status() {
        S::Confirmed | S::Packed | S::Shipped | S::Delivered if is_asked_for(&draft.order) => {
            remember(draft, message);
            advance(draft, S::Packed)
        }
        // Cancelled meanwhile. The parcel may leave all the same, and then the customer wants to track it.
        S::Cancelling if cancel::awaits_parcel(draft) => {
            remember(draft, message);
            Ok(())
        }
        S::Confirmed | S::Packed | S::Shipped | S::Delivered | S::Cancelling => Ok(()), // never asked for
        S::Accepted | S::Reserving | S::AwaitingPayment | S::Paid => Ok(()),
        S::Rejected | S::Expired | S::PaymentFailed | S::Cancelled | S::Refunded => Ok(()),
    }
}

fn remember(draft: &mut Draft<'_>, message: &ShipmentBooked) {
    draft.order.shipment.get_or_insert_with(|| OrderShipment {
        carrier: message.carrier.clone(),
        tracking_number: message.tracking_number.clone(),
    });
}

/// Moves along the goods' way up to `to`, through every state whose own report was overtaken.
fn advance(draft: &mut Draft<'_>, to: S) -> Result<(), Refusal> {
    const WAY: [S; 4] = [S::Confirmed, S::Packed, S::Shipped, S::Delivered];
    for stage in WAY.windows(2) {
        if draft.status() == stage[0] && stage[0] < to {
            draft.move_to(stage[1], "")?;
        }
    }
    if draft.status() == S::Delivered {
        returns::open_window(draft);
    }
    Ok(())
}

/// The carrier has the parcel.
pub(crate) fn shipment_picked_up(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    match draft.status() {
        S::Confirmed | S::Packed if is_asked_for(&draft.order) => advance(draft, S::Shipped),
        // The carrier has still to answer whether it stops the parcel, and that answer counts.
        S::Cancelling => Ok(()),
        S::Confirmed | S::Packed | S::Shipped | S::Delivered => Ok(()),
        S::Accepted | S::Reserving | S::AwaitingPayment | S::Paid => Ok(()),
        S::Rejected | S::Expired | S::PaymentFailed | S::Cancelled | S::Refunded => Ok(()),
    }
}

/// The customer has the parcel.
pub(crate) fn shipment_delivered(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    match draft.status() {
        S::Confirmed | S::Packed | S::Shipped if is_asked_for(&draft.order) => advance(draft, S::Delivered),
        S::Cancelling if cancel::awaits_parcel(draft) => {
            cancel::parcel_left(draft)?;
            advance(draft, S::Delivered)
        }
        S::Confirmed | S::Packed | S::Shipped | S::Delivered | S::Cancelling => Ok(()),
        S::Accepted | S::Reserving | S::AwaitingPayment | S::Paid => Ok(()),
        S::Rejected | S::Expired | S::PaymentFailed | S::Cancelled | S::Refunded => Ok(()),
    }
}

/// No carrier takes the parcel.
pub(crate) fn shipment_refused(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    parcel_stays(draft, "carrier_refused")
}

/// There is no parcel any more: as we asked, or because the carrier gave up.
pub(crate) fn shipment_cancelled(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    parcel_stays(draft, "carrier_cancelled")
}

fn parcel_stays(draft: &mut Draft<'_>, reason: &str) -> Result<(), Refusal> {
    match draft.status() {
        S::Confirmed | S::Packed if is_asked_for(&draft.order) => cancel::withdraw_without_parcel(draft, reason),
        S::Cancelling if cancel::awaits_parcel(draft) => cancel::parcel_stays(draft),
        // A parcel that left and does not arrive is a person's case: its deadline says so.
        S::Shipped => Ok(()),
        S::Confirmed | S::Packed | S::Delivered | S::Cancelling => Ok(()),
        S::Accepted | S::Reserving | S::AwaitingPayment | S::Paid => Ok(()),
        S::Rejected | S::Expired | S::PaymentFailed | S::Cancelled | S::Refunded => Ok(()),
    }
}

/// The parcel could not be stopped.
pub(crate) fn shipment_cancel_refused(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    match draft.status() {
        S::Cancelling if cancel::awaits_parcel(draft) => cancel::parcel_left(draft),
        S::Cancelling | S::Confirmed | S::Packed | S::Shipped | S::Delivered => Ok(()),
        S::Accepted | S::Reserving | S::AwaitingPayment | S::Paid => Ok(()),
        S::Rejected | S::Expired | S::PaymentFailed | S::Cancelled | S::Refunded => Ok(()),
    }
}
