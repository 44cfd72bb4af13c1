//! What a gateway says about a payment, compared with our own record before anything counts.

use schemas::{
    orders::{PaymentCaptured, PaymentDeclined, PaymentFailed, PaymentReady},
    payments::{GatewayPayment, GatewayState},
    types::{Currency, Timestamp},
};
use shared::engine::Refusal;

use crate::{
    handler::{Out, tell},
    holding::{Holding, Want, carries_money},
    payment::Payment,
};

/// How we come to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// The gateway told of something that happened.
    Report,
    /// It answered us, with all that the client needs to pay.
    Answer,
}

/// Takes in what a gateway says, whoever asked for it.
///
/// # Errors
/// [`Refusal`] when it is not about this order, or tells of money without naming it.
pub fn observe(
    payment: &mut Payment,
    seen: &GatewayPayment,
    (heard, at): (Heard, Timestamp),
    out: &mut Out<'_>,
) -> Result<(), Refusal> {
    if carries_money(seen) && seen.payment_ref.is_empty() {
        return Err(Refusal::new("payment_ref_missing", format!("money on {} without a name", seen.gateway_ref)));
    }
    if !is_main(payment, seen) {
        return observe_stray(payment, seen);
    }
    match payment.want() {
        Want::Money if payment.paid => observe_paid(payment, seen),
        Want::Money => observe_wanted(payment, seen, (heard, at), out),
        Want::Nothing => payment.main.learn(seen),
    }
    Ok(())
}

/// Ends the hope for payment and tells the order, once. What is held goes back as a consequence.
pub fn fail(payment: &mut Payment, code: &str, out: &mut Out<'_>) {
    if payment.want() == Want::Money && !payment.paid {
        payment.failure = Some(code.to_owned());
        tell(out, PaymentFailed { order_id: payment.order_id, code: code.to_owned() }, payment.order_id);
    }
}

/// Whether this is the payment that counts. Before the gateway has answered our creation, a payment that carries our
/// order's id is the one: a webhook may overtake the answer.
fn is_main(payment: &Payment, seen: &GatewayPayment) -> bool {
    let main = &payment.main;
    if main.gateway_ref.is_empty() {
        return seen.order_ref == payment.order_id.to_string();
    }
    let other_money = carries_money(seen) && !main.payment_ref.is_empty() && main.payment_ref != seen.payment_ref;
    main.gateway_ref == seen.gateway_ref && !other_money
}

fn observe_wanted(payment: &mut Payment, seen: &GatewayPayment, (heard, at): (Heard, Timestamp), out: &mut Out<'_>) {
    let before = payment.main.known;
    payment.main.learn(seen);
    match seen.state {
        GatewayState::Voided => fail(payment, "payment_voided", out),
        // Somebody gave it back at the gateway before the order heard of it: nothing is held that could pay for goods.
        GatewayState::Refunded => fail(payment, "refunded_at_gateway", out),
        GatewayState::AwaitingCustomer | GatewayState::Declined | GatewayState::Authorized | GatewayState::Captured => {
            match mismatch(payment, seen) {
                // A try that was declined moved no money, whatever it was for.
                Some(code) if seen.state != GatewayState::Declined => fail(payment, code, out),
                Some(_) => {}
                None => {
                    tell_progress(payment, seen, heard, out);
                    tell_of_decline(
                        payment,
                        seen,
                        heard == Heard::Report || before != Some(GatewayState::Declined),
                        at,
                        out,
                    );
                }
            }
        }
    }
}

/// The customer may try again, so that a decline ends nothing. One that is asked about again is no news.
fn tell_of_decline(payment: &Payment, seen: &GatewayPayment, is_news: bool, at: Timestamp, out: &mut Out<'_>) {
    let still = seen.state == GatewayState::Declined && payment.main.known == Some(GatewayState::Declined);
    if still && is_news {
        let order_id = payment.order_id;
        let code = decline_code(seen).to_owned();
        tell(out, PaymentDeclined { order_id, attempt: 1, code, declined_at: at }, order_id);
    }
}

fn tell_progress(payment: &mut Payment, seen: &GatewayPayment, heard: Heard, out: &mut Out<'_>) {
    let order_id = payment.order_id;
    match seen.state {
        GatewayState::AwaitingCustomer | GatewayState::Declined
            if heard == Heard::Answer && payment.main.is_to_be_offered() =>
        {
            payment.main.offered = true;
            let (gateway_ref, client_secret) = (seen.gateway_ref.clone(), seen.client_secret.clone());
            tell(out, PaymentReady { order_id, gateway_ref, client_secret }, order_id);
        }
        GatewayState::Captured => {
            payment.paid = true;
            let gateway_ref = seen.payment_ref.clone();
            tell(out, PaymentCaptured { order_id, amount: payment.amount, gateway_ref }, order_id);
        }
        _ => {}
    }
}

/// After the order was told that it is paid only refunds are news, and only about what we verified.
fn observe_paid(payment: &mut Payment, seen: &GatewayPayment) {
    if mismatch(payment, seen).is_none() {
        payment.main.learn(seen);
    }
}

/// Money for our order on something other than what we created last: none of it counts, all of it goes back.
fn observe_stray(payment: &mut Payment, seen: &GatewayPayment) -> Result<(), Refusal> {
    let main = &payment.main;
    let of_this_order = seen.order_ref == payment.order_id.to_string() || seen.gateway_ref == main.gateway_ref;
    if seen.gateway_ref.is_empty() || !of_this_order {
        let detail = format!("{} belongs to order {:?}, not to this one", seen.gateway_ref, seen.order_ref);
        return Err(Refusal::new("foreign_payment", detail));
    }
    let money = carries_money(seen);
    let same = |stray: &Holding| {
        stray.gateway_ref == seen.gateway_ref
            && (!money || stray.payment_ref.is_empty() || stray.payment_ref == seen.payment_ref)
    };
    match payment.strays.iter_mut().find(|stray| same(stray)) {
        Some(stray) => stray.learn(seen),
        None => {
            let mut stray = Holding::default();
            stray.learn(seen);
            payment.strays.push(stray);
        }
    }
    Ok(())
}

/// What is wrong with a payment that claims to be the order's; `None` if it is exactly what was asked for.
fn mismatch(payment: &Payment, seen: &GatewayPayment) -> Option<&'static str> {
    let ours = payment.amount;
    let captured = matches!(seen.state, GatewayState::Captured | GatewayState::Refunded);
    if Currency::parse(&seen.currency) != Some(ours.currency) {
        Some("currency_mismatch")
    } else if seen.amount_minor != ours.minor || (captured && seen.captured_minor != ours.minor) {
        Some("amount_mismatch")
    } else if !seen.order_ref.is_empty() && seen.order_ref != payment.order_id.to_string() {
        Some("order_mismatch")
    } else {
        None
    }
}

fn decline_code(seen: &GatewayPayment) -> &str {
    if seen.failure_code.is_empty() { "card_declined" } else { &seen.failure_code }
}
