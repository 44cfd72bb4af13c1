//! The attempts at paying an order: whether another may be made, and which one counts.

use schemas::{
    attempts::{AttemptState, Delay, NextAttempt, PaymentAttempt, PaymentChoice, Unpayable},
    orders::PayOrder,
    types::{GatewayName, PaymentMethod},
};
use shared::engine::Refusal;

use crate::{draft::Draft, pay, reserve};

/// The customer wants to pay again, or otherwise. An attempt that can still be paid that way is the same one; else the new
/// one counts, and nothing of the one before does. What cannot be is written down as refused, so that whoever asked finds
/// out.
pub(crate) fn pay_order(draft: &mut Draft<'_>, message: &PayOrder) -> Result<(), Refusal> {
    draft.order.attempts = draft.order.payment_attempts();
    if draft.order.attempts.iter().any(|attempt| attempt.answers(&message.attempt_id)) {
        return Ok(()); // a repetition
    }
    let choice = PaymentChoice::of(message.method, message.any_gateway);
    match draft.order.next_attempt(choice, draft.policy.payment_attempts) {
        Ok(NextAttempt::Same(number)) => {
            note_repeated(draft, number, &message.attempt_id);
            Ok(())
        }
        Ok(NextAttempt::New) => begin(draft, message),
        Err(why) => {
            note_refused(draft, message, why);
            Ok(())
        }
    }
}

/// How many requests that led to nothing are kept.
const MOST_NOTED: usize = 20;

fn note_repeated(draft: &mut Draft<'_>, number: i32, attempt_id: &str) {
    if let Some(same) = of(draft, number).filter(|same| same.repeated.len() < MOST_NOTED) {
        same.repeated.push(attempt_id.to_owned());
    }
}

fn note_refused(draft: &mut Draft<'_>, message: &PayOrder, why: Unpayable) {
    let refused = draft.order.attempts.iter().filter(|attempt| attempt.state == AttemptState::Refused).count();
    if refused < MOST_NOTED {
        let attempt = next(draft, message);
        let (state, code) = (AttemptState::Refused, why.code().to_owned());
        draft.order.attempts.push(PaymentAttempt { state, code, ..attempt });
    }
}

fn next(draft: &Draft<'_>, message: &PayOrder) -> PaymentAttempt {
    let number = i32::try_from(draft.order.attempts.len() + 1).unwrap_or(i32::MAX);
    let choice = PaymentChoice::of(message.method, message.any_gateway);
    let method = choice.method(draft.order.card_gateway(draft.policy.card_gateway));
    let attempt = PaymentAttempt::new(message.attempt_id.clone(), number, method, draft.at);
    PaymentAttempt { any_gateway: choice.is_any_gateway(), ..attempt }
}

fn begin(draft: &mut Draft<'_>, message: &PayOrder) -> Result<(), Refusal> {
    let attempt = next(draft, message);
    end_open(draft, AttemptState::Superseded);
    draft.order.payment_method = attempt.method;
    draft.order.attempts.push(attempt);
    // What the gateway said was about the attempt before.
    draft.order.payment = None;
    if !reserve::all_held(draft) {
        return Ok(()); // it is asked for when all parts are held
    }
    if pay::is_cash(draft) {
        pay::give_back(draft);
    }
    pay::ask(draft)
}

/// The attempt of this number.
pub(crate) fn of<'a>(draft: &'a mut Draft<'_>, number: i32) -> Option<&'a mut PaymentAttempt> {
    draft.order.attempts.iter_mut().find(|attempt| attempt.number == number)
}

/// The number of the attempt that counts.
pub(crate) fn current(draft: &Draft<'_>) -> i32 {
    draft.order.current_attempt().map_or(1, |attempt| attempt.number)
}

/// What can still be paid shall not be paid any more.
pub(crate) fn end_open(draft: &mut Draft<'_>, state: AttemptState) {
    draft.order.attempts.iter_mut().filter(|attempt| attempt.state.is_open()).for_each(|attempt| attempt.state = state);
}

/// This attempt brought the money, or if there is no such attempt at a gateway, the newest that is: no other counts.
pub(crate) fn paid(draft: &mut Draft<'_>, number: i32, gateway_ref: &str) {
    let at_gateway =
        |attempt: &&mut PaymentAttempt| attempt.method != PaymentMethod::Cod && attempt.state != AttemptState::Refused;
    let made = draft.order.attempts.iter_mut().filter(at_gateway);
    let Some(attempt) = made.max_by_key(|attempt| (attempt.number == number, attempt.number)) else { return };
    attempt.state = AttemptState::Paid;
    attempt.code = String::new();
    attempt.gateway_ref = gateway_ref.to_owned();
    attempt.delay = None;
    draft.order.payment_method = attempt.method;
    end_open(draft, AttemptState::Superseded);
}

/// It was made at this gateway, where the customer left that to the shop. Once it is paid, that is known already.
pub(crate) fn made_at(draft: &mut Draft<'_>, number: i32, gateway: Option<GatewayName>) {
    let is_current = current(draft) == number;
    let Some(attempt) = of(draft, number).filter(|attempt| attempt.any_gateway && attempt.state != AttemptState::Paid)
    else {
        return;
    };
    let method = gateway.map_or(attempt.method, PaymentMethod::through);
    if method == attempt.method {
        return;
    }
    attempt.failed_over_from = attempt.method.gateway();
    attempt.method = method;
    if is_current {
        draft.order.payment_method = method;
    }
}

/// No gateway that may make it can be reached.
pub(crate) fn delayed(draft: &mut Draft<'_>, number: i32, delay: Delay) {
    if let Some(attempt) = of(draft, number).filter(|attempt| attempt.state == AttemptState::Asked) {
        attempt.delay = Some(delay);
    }
}

/// It can be paid now.
pub(crate) fn ready(draft: &mut Draft<'_>, number: i32, gateway_ref: &str) {
    let Some(attempt) = of(draft, number) else { return };
    attempt.gateway_ref = gateway_ref.to_owned();
    attempt.delay = None;
    if attempt.state == AttemptState::Asked {
        attempt.state = AttemptState::Ready;
    }
}

/// Why it was not paid; `for_good` if it never will be.
pub(crate) fn unpaid(draft: &mut Draft<'_>, number: i32, code: &str, for_good: bool) {
    let Some(attempt) = of(draft, number).filter(|attempt| attempt.state != AttemptState::Paid) else { return };
    attempt.code = code.to_owned();
    if for_good && attempt.state.is_open() {
        attempt.state = AttemptState::Failed;
    }
}
