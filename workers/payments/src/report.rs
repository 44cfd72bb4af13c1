//! What a gateway reports of its own accord.

use schemas::{
    payments::{GatewayReported, GatewayState},
    types::Timestamp,
};
use shared::engine::Refusal;

use crate::{
    handler::Out,
    holding::Holding,
    observe::{Heard, Seen, observe},
    payment::Payment,
};

/// A refund that was on its way has failed: Stripe and Razorpay both name the event so.
const REFUND_FAILED: &str = "refund.failed";

/// A webhook. The engine gives each event of a gateway at most once: its message id is derived from the event's.
///
/// # Errors
/// [`Refusal`] when it is not about this payment.
pub fn report(
    mut payment: Payment,
    event: &GatewayReported,
    at: Timestamp,
    out: &mut Out<'_>,
) -> Result<Payment, Refusal> {
    if !payment.is_at(event.gateway) {
        let detail = format!("{} reports on a payment that is not its own", event.gateway.as_str());
        return Err(Refusal::new("gateway_mismatch", detail));
    }
    if event.event_type == REFUND_FAILED {
        refund_failed(&mut payment, event)?;
    } else if event.payment.state != GatewayState::AwaitingCustomer {
        // That the customer can pay we learn from the answer to our own call, which alone has the client's secret.
        observe(
            &mut payment,
            &Seen { gateway: event.gateway, payment: &event.payment, heard: Heard::Report, at },
            out,
        )?;
    }
    Ok(payment)
}

/// Money that was on its way back is here again. How much the event does not tell reliably (other refunds may live), and
/// it may be late: the gateway is asked.
fn refund_failed(payment: &mut Payment, event: &GatewayReported) -> Result<(), Refusal> {
    let seen = &event.payment;
    let is_it = |holding: &Holding| {
        holding.gateway == Some(event.gateway) && holding.is_named(&seen.gateway_ref, &seen.payment_ref)
    };
    let mut holdings = payment.holdings_mut().map(|(holding, _)| holding);
    let Some(holding) = holdings.find(|holding| is_it(holding)) else {
        let detail = format!("a refund of {} failed, which is no payment of this order", seen.gateway_ref);
        return Err(Refusal::new("foreign_refund", detail));
    };
    holding.recount = true;
    Ok(())
}
