//! Following a parcel by what the carrier reports: in any order, more than once, before or after its answers.

use schemas::{
    orders::{ShipmentDelivered, ShipmentPickedUp},
    shipping::{CarrierReported, ParcelState},
};
use shared::engine::Refusal;

use crate::{
    booking,
    shipment::{Report, Shipment, Status, is_on_its_way},
    step::Step,
};

/// A carrier reported where the parcel is.
///
/// # Errors
/// `unknown_shipment` when nothing was ever asked for; `foreign_shipment` when it is about another shipment.
pub fn reported(
    shipment: Option<Shipment>,
    report: &CarrierReported,
    step: &mut Step<'_, '_>,
) -> Result<Shipment, Refusal> {
    let Some(mut shipment) = shipment else {
        return Err(Refusal::new("unknown_shipment", format!("nothing was booked as {}", report.shipment_ref)));
    };
    check_belongs(&shipment, report)?;
    if shipment.reported.iter().any(|known| known.event_id == report.event_id) {
        return Ok(shipment);
    }
    shipment.reported.push(Report {
        event_id: report.event_id.clone(),
        shipment_ref: report.shipment_ref.clone(),
        state: report.state,
        seen_at: report.seen_at,
    });
    follow(&mut shipment, report.state, step);
    Ok(shipment)
}

fn check_belongs(shipment: &Shipment, report: &CarrierReported) -> Result<(), Refusal> {
    let by_name = shipment.shipment_ref.as_ref().is_some_and(|name| *name == report.shipment_ref);
    // Until the booking's answer arrives, the order's id in the report is all there is to go by.
    let on_trust = shipment.status == Status::Booking;
    if shipment.carrier == report.carrier && (by_name || on_trust) {
        return Ok(());
    }
    let theirs = format!("{} of {}", report.shipment_ref, report.carrier);
    Err(Refusal::new("foreign_shipment", format!("{theirs} is not the shipment of this order")))
}

/// Lets everything take effect that was reported while the shipment could not follow.
pub fn catch_up(shipment: &mut Shipment, step: &mut Step<'_, '_>) {
    let states: Vec<_> = shipment.reports_about_it().map(|report| report.state).collect();
    for state in states {
        follow(shipment, state, step);
    }
}

/// Moves the shipment to where the parcel is, never back.
fn follow(shipment: &mut Shipment, state: ParcelState, step: &mut Step<'_, '_>) {
    match (shipment.status, state) {
        // The carrier will not fetch it, whether or not we asked for that.
        (Status::Booked, ParcelState::Cancelled) => booking::refused(shipment, "cancelled_by_carrier", step),
        (Status::Cancelling, ParcelState::Cancelled) => step.stays_here(shipment),
        // A parcel on its way stays on its way; while an answer is awaited, the answer decides; the end is the end.
        (_, ParcelState::Cancelled) => {}
        (current, state) => {
            if current.progress().is_some_and(|progress| progress < state) {
                advance(shipment, current, state, step);
            }
        }
    }
}

fn advance(shipment: &mut Shipment, from: Status, state: ParcelState, step: &mut Step<'_, '_>) {
    let order_id = shipment.order_id;
    step.enter(shipment, status_of(state));
    if from == Status::Booked && is_on_its_way(state) {
        step.tell(order_id, ShipmentPickedUp { order_id });
    }
    if state == ParcelState::Delivered {
        step.tell(order_id, ShipmentDelivered { order_id });
    }
}

const fn status_of(state: ParcelState) -> Status {
    match state {
        ParcelState::Booked => Status::Booked,
        ParcelState::PickedUp => Status::PickedUp,
        ParcelState::InTransit => Status::InTransit,
        ParcelState::OutForDelivery => Status::OutForDelivery,
        ParcelState::Delivered => Status::Delivered,
        ParcelState::Cancelled => Status::Cancelled,
    }
}
