//! What happens when a shipment has stayed where it is for too long.

use schemas::shipping::ShipmentDeadlineReached;

use crate::{
    shipment::{Shipment, Status},
    step::Step,
};

/// The time that a state allows has run out. A deadline that is not the shipment's own any more says nothing.
#[must_use]
pub fn deadline_reached(
    shipment: Option<Shipment>,
    reached: &ShipmentDeadlineReached,
    step: &mut Step<'_, '_>,
) -> Option<Shipment> {
    let mut shipment = shipment?;
    if shipment.deadline != Some(reached.due_at) {
        return Some(shipment);
    }
    match shipment.status {
        Status::Booking | Status::Cancelling => step.ask(&shipment),
        _ => shipment.overdue = true,
    }
    shipment.deadline = step.rules.limits.of(shipment.status).map(|limit| step.at.plus(limit));
    Some(shipment)
}
