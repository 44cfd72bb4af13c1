//! What a gateway answers to a call of ours.

use schemas::{
    payments::{CallOutcome, GatewayAnswered, GatewayCall},
    types::Timestamp,
};
use shared::{engine::Refusal, id::MessageId};

use crate::{
    advance::query,
    handler::Out,
    holding::{Flight, Want},
    observe::{Heard, Seen, fail, observe},
    payment::Payment,
    roaming::Creation,
};

/// The order is told this when the gateway will not do what we ask.
const GATEWAY_REFUSED: &str = "gateway_refused";

/// Our call's outcome; `effect` is the call's id. An unknown fate is never taken for a failure: the gateway is asked.
///
/// # Errors
/// [`Refusal`] when the answer describes another order's payment.
pub fn answer(
    mut payment: Payment,
    answer: &GatewayAnswered,
    (effect, at): (MessageId, Timestamp),
    out: &mut Out<'_>,
) -> Result<Payment, Refusal> {
    match (answer.outcome, &answer.payment) {
        (CallOutcome::Done, Some(seen)) => {
            let mut seen = seen.clone();
            if answer.call == GatewayCall::Create && seen.order_ref.is_empty() {
                // Made for this order by this very call, even if the gateway did not keep our reference.
                seen.order_ref = payment.order_id.to_string();
            }
            let gateway = answer.gateway.or(payment.main.gateway).ok_or_else(unasked)?;
            done(&mut payment, &Seen { gateway, payment: &seen, heard: Heard::Answer, at }, effect, out)?;
        }
        (CallOutcome::Done, None) => return Err(Refusal::new("empty_answer", "a call is done and describes nothing")),
        (outcome, _) => {
            let creation = match outcome {
                CallOutcome::Refused => Creation::Refused,
                _ if answer.not_made => Creation::NotMade,
                _ => Creation::Unknown,
            };
            in_doubt(&mut payment, effect, creation, out);
        }
    }
    Ok(payment)
}

fn unasked() -> Refusal {
    Refusal::new("unasked_answer", "an answer about a payment that was never asked for")
}

fn done(payment: &mut Payment, seen: &Seen<'_>, effect: MessageId, out: &mut Out<'_>) -> Result<(), Refusal> {
    let concerned = |flight: &Flight| flight.id == effect || flight.inquiry == Some(effect);
    observe(payment, seen, out)?;
    let mut capture_refused = false;
    for (holding, want) in payment.holdings_mut() {
        match holding.flight.clone().filter(concerned) {
            None => {}
            Some(flight) if flight.call == GatewayCall::Query => holding.take_recount(seen.payment),
            // Learning ended the flight if its goal is reached; if it is still there, the call came to nothing.
            Some(_) => {
                let lost = holding.end_flight();
                let refused = lost.is_some_and(|flight| flight.call == GatewayCall::Capture && flight.refused);
                capture_refused |= refused && want == Want::Money;
            }
        }
    }
    if capture_refused {
        fail(payment, GATEWAY_REFUSED, out);
    }
    Ok(())
}

/// A refusal tells little of the payment's state and an unknown fate tells nothing: both lead to a query. Only a
/// creation needs none: nobody can pay what nobody was told of.
fn in_doubt(payment: &mut Payment, effect: MessageId, creation: Creation, out: &mut Out<'_>) {
    let refused = creation == Creation::Refused;
    let order_id = payment.order_id;
    let mut creation_refused = false;
    for (holding, want) in payment.holdings_mut() {
        match holding.flight.as_ref().filter(|flight| flight.id == effect).map(|flight| flight.call) {
            None => {}
            Some(GatewayCall::Create) if want == Want::Money => creation_refused |= holding.creation_failed(creation),
            Some(GatewayCall::Create | GatewayCall::Query) => {
                holding.give_up_flight();
            }
            Some(_) => {
                let inquiry = query(order_id, holding, out);
                holding.doubt(refused, inquiry);
            }
        }
    }
    if creation_refused {
        fail(payment, GATEWAY_REFUSED, out);
    }
}
