//! Booking a shipment, and taking the booking back.

use schemas::{
    orders::{ShipmentBooked, ShipmentCancelled, ShipmentRefused},
    shipping::{BookShipment, CancelShipment, CarrierAnswered},
};

use crate::{
    shipment::{Shipment, Status},
    step::Step,
    tracking,
};

/// An order's parcel is to be fetched.
#[must_use]
pub fn book(shipment: Option<Shipment>, command: &BookShipment, step: &mut Step<'_, '_>) -> Shipment {
    match shipment {
        None => {
            let shipment = Shipment::new(command, step.rules.carrier, step.at, &step.rules.limits);
            step.ask(&shipment);
            shipment
        }
        Some(shipment) => {
            // Cancelled before it was asked for. Any other shipment has answered its booking, or will.
            if shipment.status == Status::Cancelled {
                step.tell(shipment.order_id, ShipmentCancelled { order_id: shipment.order_id });
            }
            shipment
        }
    }
}

/// The carrier accepted the parcel. What it reported before its answer arrived takes effect now, and so does a wish to
/// cancel that had to wait for the answer.
pub fn booked(shipment: &mut Shipment, answer: &CarrierAnswered, step: &mut Step<'_, '_>) {
    shipment.shipment_ref = Some(answer.shipment_ref.clone());
    shipment.tracking_number.clone_from(&answer.tracking_number);
    step.enter(shipment, Status::Booked);
    step.tell(
        shipment.order_id,
        ShipmentBooked {
            order_id: shipment.order_id,
            carrier: shipment.carrier.clone(),
            tracking_number: shipment.tracking_number.clone(),
        },
    );
    tracking::catch_up(shipment, step);
    if shipment.cancel_requested {
        cancel_known(shipment, step);
    }
}

/// The carrier does not take the parcel.
pub fn refused(shipment: &mut Shipment, reason: &str, step: &mut Step<'_, '_>) {
    if shipment.cancel_requested {
        return step.stays_here(shipment);
    }
    step.enter(shipment, Status::Refused);
    let refused = ShipmentRefused { order_id: shipment.order_id, reason: reason.to_owned() };
    step.tell(shipment.order_id, refused);
}

/// An order's parcel is to stay here.
#[must_use]
pub fn cancel(shipment: Option<Shipment>, command: &CancelShipment, step: &mut Step<'_, '_>) -> Shipment {
    let mut shipment = shipment.unwrap_or_else(|| Shipment::never(command.order_id));
    cancel_known(&mut shipment, step);
    shipment
}

fn cancel_known(shipment: &mut Shipment, step: &mut Step<'_, '_>) {
    match shipment.status {
        // The carrier's name for the shipment is not known yet: its answer decides.
        Status::Booking => shipment.cancel_requested = true,
        Status::Booked => {
            shipment.cancel_requested = true;
            step.enter(shipment, Status::Cancelling);
            step.ask(shipment);
        }
        // The carrier's answer will be the order's.
        Status::Cancelling => {}
        Status::PickedUp | Status::InTransit | Status::OutForDelivery | Status::Delivered => {
            step.cannot_be_stopped(shipment);
        }
        Status::Cancelled | Status::Refused => {
            step.tell(shipment.order_id, ShipmentCancelled { order_id: shipment.order_id });
        }
    }
}

/// The carrier refused to leave the parcel here: it has it.
pub fn cancel_refused(shipment: &mut Shipment, step: &mut Step<'_, '_>) {
    step.enter(shipment, Status::Booked);
    step.cannot_be_stopped(shipment);
    tracking::catch_up(shipment, step);
}
