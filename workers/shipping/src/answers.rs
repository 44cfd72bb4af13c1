//! What a carrier's answer to a call of ours does.

use schemas::{
    payments::CallOutcome,
    shipping::{CarrierAnswered, CarrierCall},
};
use shared::engine::Refusal;

use crate::{
    booking,
    shipment::{Shipment, Status},
    step::Step,
};

/// A carrier answered a call of ours, or its fate is unknown.
///
/// # Errors
/// `unknown_shipment` when nothing was ever asked for; `second_shipment` when the carrier booked twice in spite of the
/// key, so that a person cancels the second.
pub fn answered(
    shipment: Option<Shipment>,
    answer: &CarrierAnswered,
    step: &mut Step<'_, '_>,
) -> Result<Shipment, Refusal> {
    let Some(mut shipment) = shipment else {
        return Err(Refusal::new("unknown_shipment", "an answer to a call that was never made"));
    };
    match (answer.call, shipment.status) {
        (CarrierCall::Book, Status::Booking) => booking_answered(&mut shipment, answer, step),
        (CarrierCall::Cancel, Status::Cancelling) => cancel_answered(&mut shipment, answer.outcome, step),
        (CarrierCall::Book, _) => check_not_second(&shipment, answer)?,
        // A call that was made twice is answered twice.
        (CarrierCall::Cancel, _) => {}
    }
    Ok(shipment)
}

fn booking_answered(shipment: &mut Shipment, answer: &CarrierAnswered, step: &mut Step<'_, '_>) {
    match answer.outcome {
        CallOutcome::Done => booking::booked(shipment, answer, step),
        // A carrier that reports on a parcel has booked it, whatever it says now: the next answer will name it.
        CallOutcome::Refused if !shipment.reported.is_empty() => step.ask_later(shipment),
        CallOutcome::Refused => booking::refused(shipment, &answer.error_code, step),
        CallOutcome::Unknown => step.ask_later(shipment),
    }
}

fn cancel_answered(shipment: &mut Shipment, outcome: CallOutcome, step: &mut Step<'_, '_>) {
    match outcome {
        CallOutcome::Done => step.stays_here(shipment),
        CallOutcome::Refused => booking::cancel_refused(shipment, step),
        // What is on its way cannot be cancelled any more: no need to go on asking.
        CallOutcome::Unknown if shipment.has_left() => booking::cancel_refused(shipment, step),
        CallOutcome::Unknown => step.ask_later(shipment),
    }
}

fn check_not_second(shipment: &Shipment, answer: &CarrierAnswered) -> Result<(), Refusal> {
    let same = shipment.shipment_ref.as_ref() == Some(&answer.shipment_ref);
    if answer.outcome != CallOutcome::Done || same {
        return Ok(());
    }
    Err(Refusal::new(
        "second_shipment",
        format!("cancel {} with the carrier: the order has another", answer.shipment_ref),
    ))
}
