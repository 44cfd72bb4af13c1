//! Time running out: the gateway is asked, so that lost webhooks and lost answers heal.

use std::time::Duration;

use schemas::{payments::GatewayCall, types::Timestamp};

use crate::{
    advance::query,
    handler::Out,
    holding::{Flight, Holding, Want},
    payment::Payment,
    roaming::Creation,
};

/// How long each kind of waiting lasts before the gateway is asked again. Doubles with every time, up to `longest`.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For a customer to pay.
    pub customer: Duration,
    /// For a call to be answered.
    pub call: Duration,
    /// Before a call that came to nothing is repeated.
    pub retry: Duration,
    /// The longest of all.
    pub longest: Duration,
}

impl Patience {
    /// How long this payment waits now.
    #[must_use]
    pub fn of(&self, payment: &Payment) -> Duration {
        let base = if payment.holdings().any(|holding| holding.flight.is_none() && holding.refused.is_some()) {
            self.retry
        } else if payment.holdings().any(|holding| holding.flight.is_some()) {
            self.call
        } else {
            self.customer
        };
        base.saturating_mul(1 << payment.rechecks.min(10)).min(self.longest)
    }

    /// Whether nobody will tell any more how a call ended. Whoever makes the calls gives up within `call`, so that twice
    /// as long leaves room for its last word to arrive; only an outcome that was refused as a message is missing then.
    fn has_lost(&self, flight: &Flight, at: Timestamp) -> bool {
        flight.asked_at.plus(self.call.saturating_mul(2)) <= at
    }
}

/// The time of a state ran out. A deadline that is not the payment's own any more says nothing.
pub fn deadline(
    mut payment: Payment,
    due_at: Timestamp,
    at: Timestamp,
    patience: Patience,
    out: &mut Out<'_>,
) -> Payment {
    if payment.deadline != Some(due_at) {
        return payment;
    }
    payment.rechecks = payment.rechecks.saturating_add(1);
    payment.deadline = None;
    let order_id = payment.order_id;
    for (holding, want) in payment.holdings_mut() {
        holding.wait_is_over();
        let lost = holding.flight.as_ref().is_some_and(|flight| patience.has_lost(flight, at));
        if needs_query(holding, want) {
            let asked = query(order_id, holding, out);
            // An open call may still be being repeated, and its outcome will come; else it hangs on the query.
            if let Some(flight) = holding.flight.as_mut().filter(|flight| lost || hangs_on_query(flight)) {
                flight.inquiry = asked;
            }
        } else if lost {
            // A creation: there is nothing yet that one could ask about.
            holding.creation_failed(Creation::Unknown);
        }
    }
    payment
}

fn needs_query(holding: &Holding, want: Want) -> bool {
    let waits_for_customer = want == Want::Money && holding.is_payable();
    !holding.gateway_ref.is_empty() && (holding.flight.is_some() || waits_for_customer)
}

/// Whether asking again is to decide about the call: its fate is in doubt, or it was a question in the first place.
fn hangs_on_query(flight: &Flight) -> bool {
    flight.inquiry.is_some() || flight.call == GatewayCall::Query
}
