//! What a gateway says about a payment, compared with our own record before anything counts.

use schemas::{
    orders::{PaymentCaptured, PaymentDeclined, PaymentFailed, PaymentReady},
    payments::{GatewayPayment, GatewayState},
    types::{Currency, GatewayName, Timestamp},
};
use shared::engine::Refusal;

use crate::{
    handler::{Out, tell},
    holding::{Holding, Want, carries_money},
    payment::Payment,
};

/// What a gateway says.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The gateway.
    pub gateway: GatewayName,
    /// The payment as it describes it.
    pub payment: &'a GatewayPayment,
    /// How we come to know it.
    pub heard: Heard,
    /// When.
    pub at: Timestamp,
}

/// How we come to know what a gateway says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// It told of something that happened.
    Report,
    /// It answered us, with all that the client needs to pay.
    Answer,
}

/// Takes in what a gateway says, whoever asked for it.
///
/// # Errors
/// [`Refusal`] when it is not about this order, or tells of money without naming it.
pub fn observe(payment: &mut Payment, seen: &Seen<'_>, out: &mut Out<'_>) -> Result<(), Refusal> {
    if carries_money(seen.payment) && seen.payment.payment_ref.is_empty() {
        let detail = format!("money on {} without a name", seen.payment.gateway_ref);
        return Err(Refusal::new("payment_ref_missing", detail));
    }
    if !is_main(payment, seen) {
        return observe_stray(payment, seen);
    }
    match payment.want() {
        Want::Money if payment.paid => observe_paid(payment, seen.payment),
        Want::Money => observe_wanted(payment, seen, out),
        Want::Nothing => payment.main.learn(seen.payment),
    }
    Ok(())
}

/// Ends the hope for payment by this attempt and tells the order, once. What is held goes back as a consequence.
pub fn fail(payment: &mut Payment, code: &str, out: &mut Out<'_>) {
    if payment.want() == Want::Money && !payment.paid {
        payment.failure = Some(code.to_owned());
        let (order_id, attempt) = (payment.order_id, payment.main.attempt);
        tell(out, PaymentFailed { order_id, code: code.to_owned(), attempt }, order_id);
    }
}

/// Whether this is the payment that counts. Before the gateway has answered our creation, a payment that carries our
/// order's id is the one, unless an earlier attempt goes by its name: a webhook may overtake the answer.
fn is_main(payment: &Payment, seen: &Seen<'_>) -> bool {
    let (main, Seen { gateway, payment: seen, .. }) = (&payment.main, *seen);
    if main.gateway_ref.is_empty() {
        let is_known = payment.strays.iter().any(|stray| stray.is_at(gateway, &seen.gateway_ref));
        return main.gateway == Some(gateway) && !is_known && seen.order_ref == payment.order_id.to_string();
    }
    let other_money = carries_money(seen) && !main.payment_ref.is_empty() && main.payment_ref != seen.payment_ref;
    main.is_at(gateway, &seen.gateway_ref) && !other_money
}

fn observe_wanted(payment: &mut Payment, seen: &Seen<'_>, out: &mut Out<'_>) {
    let before = payment.main.known;
    payment.main.learn(seen.payment);
    match seen.payment.state {
        GatewayState::Voided => fail(payment, "payment_voided", out),
        // Somebody gave it back at the gateway before the order heard of it: nothing is held that could pay for goods.
        GatewayState::Refunded => fail(payment, "refunded_at_gateway", out),
        GatewayState::AwaitingCustomer | GatewayState::Declined | GatewayState::Authorized | GatewayState::Captured => {
            match mismatch(payment, seen.payment) {
                // A try that was declined moved no money, whatever it was for.
                Some(code) if seen.payment.state != GatewayState::Declined => fail(payment, code, out),
                Some(_) => {}
                None => {
                    tell_progress(payment, seen, out);
                    if seen.heard == Heard::Report || before != Some(GatewayState::Declined) {
                        tell_of_decline(payment, seen, out);
                    }
                }
            }
        }
    }
}

/// The customer may try again, so that a decline ends nothing.
fn tell_of_decline(payment: &Payment, seen: &Seen<'_>, out: &mut Out<'_>) {
    if seen.payment.state == GatewayState::Declined && payment.main.known == Some(GatewayState::Declined) {
        let (order_id, attempt) = (payment.order_id, payment.main.attempt);
        let code = decline_code(seen.payment).to_owned();
        tell(out, PaymentDeclined { order_id, attempt, code, declined_at: seen.at }, order_id);
    }
}

fn tell_progress(payment: &mut Payment, seen: &Seen<'_>, out: &mut Out<'_>) {
    let (order_id, attempt, gateway) = (payment.order_id, payment.main.attempt, payment.main.gateway);
    match seen.payment.state {
        GatewayState::AwaitingCustomer | GatewayState::Declined
            if seen.heard == Heard::Answer && payment.main.is_to_be_offered() =>
        {
            payment.main.offered = true;
            let (gateway_ref, client_secret) = (seen.payment.gateway_ref.clone(), seen.payment.client_secret.clone());
            tell(out, PaymentReady { order_id, gateway_ref, client_secret, attempt, gateway }, order_id);
        }
        GatewayState::Captured => {
            payment.paid = true;
            let gateway_ref = seen.payment.payment_ref.clone();
            tell(out, PaymentCaptured { order_id, amount: payment.amount, gateway_ref, attempt, gateway }, order_id);
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

/// Money for our order on something other than what counts: an earlier attempt, or what nobody asked for. None of it
/// counts, all of it goes back.
fn observe_stray(payment: &mut Payment, seen: &Seen<'_>) -> Result<(), Refusal> {
    let Seen { gateway, payment: seen, .. } = *seen;
    let is_known = payment.holdings().any(|holding| holding.is_at(gateway, &seen.gateway_ref));
    if seen.gateway_ref.is_empty() || !(is_known || seen.order_ref == payment.order_id.to_string()) {
        let detail = format!("{} belongs to order {:?}, not to this one", seen.gateway_ref, seen.order_ref);
        return Err(Refusal::new("foreign_payment", detail));
    }
    let money = carries_money(seen);
    let same_money = |stray: &Holding| !money || stray.payment_ref.is_empty() || stray.payment_ref == seen.payment_ref;
    // An earlier attempt whose creation is still to be answered is the one that this was made for.
    let unnamed = |stray: &Holding| {
        !is_known && stray.gateway == Some(gateway) && stray.gateway_ref.is_empty() && stray.flight.is_some()
    };
    let same = |stray: &Holding| (stray.is_at(gateway, &seen.gateway_ref) && same_money(stray)) || unnamed(stray);
    match payment.strays.iter_mut().find(|stray| same(stray)) {
        Some(stray) => stray.learn(seen),
        None => {
            let mut stray = Holding::new(Some(gateway), 0);
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
