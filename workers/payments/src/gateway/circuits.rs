//! The breakers of all gateways, with what operators see of them.

use std::{
    sync::{Mutex, PoisonError},
    time::Instant,
};

use metrics::{counter, gauge};
use schemas::types::GatewayName;

use super::{
    Answer, GatewayError, Hindrance,
    breaker::{Breaker, Circuit, Limits, Permit},
};

/// One breaker for each gateway.
#[derive(Debug)]
pub struct Circuits {
    stripe: Mutex<Breaker>,
    razorpay: Mutex<Breaker>,
}

impl Circuits {
    /// Closed ones.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self { stripe: Mutex::new(Breaker::new(limits)), razorpay: Mutex::new(Breaker::new(limits)) }
    }

    /// Whether this gateway may be called now.
    pub(super) fn admit(&self, gateway: GatewayName) -> Option<Permit> {
        let permit = self.with(gateway, |breaker| breaker.admit(Instant::now()));
        if permit.is_none() {
            counter!("payments_gateway_calls_not_sent_total", "gateway" => gateway.as_str()).increment(1);
        }
        permit
    }

    /// What came of a call.
    pub(super) fn note(&self, gateway: GatewayName, permit: Permit, answer: &Answer) {
        self.with(gateway, |breaker| breaker.note(permit, is_there(answer), Instant::now()));
    }

    /// Where a circuit stands.
    #[cfg(test)]
    pub(super) fn circuit(&self, gateway: GatewayName) -> Circuit {
        self.with(gateway, |breaker| breaker.circuit())
    }

    fn with<T>(&self, gateway: GatewayName, act: impl FnOnce(&mut Breaker) -> T) -> T {
        let breaker = match gateway {
            GatewayName::Stripe => &self.stripe,
            GatewayName::Razorpay => &self.razorpay,
        };
        let mut breaker = breaker.lock().unwrap_or_else(PoisonError::into_inner);
        let before = breaker.circuit();
        let result = act(&mut breaker);
        show(gateway, before, breaker.circuit());
        result
    }
}

/// Shows the circuit of a gateway that nobody has called yet.
pub(super) fn show_closed(gateway: GatewayName) {
    show(gateway, Circuit::Closed, Circuit::Closed);
}

/// Whether the gateway is there and has time for us. A refusal is an answer; so is that it does not let us in, or is at work
/// on this very request: waiting would mend neither. That too much is asked of it says that it wants to be left alone, which
/// is what an open circuit does (Stripe and Razorpay both ask for back-off then: <https://docs.stripe.com/rate-limits>,
/// <https://razorpay.com/docs/api/basics>); one such answer is a burst, so many in a row are too much.
const fn is_there(answer: &Answer) -> bool {
    match answer {
        Ok(_) | Err(GatewayError::Refused { .. } | GatewayError::UnderWay(_)) => true,
        Err(GatewayError::NotDone { why, .. }) => matches!(why, Hindrance::NotLetIn),
        Err(GatewayError::Unanswered(_) | GatewayError::Spent(_)) => false,
    }
}

fn show(gateway: GatewayName, before: Circuit, now: Circuit) {
    let gateway = gateway.as_str();
    if before != now {
        tracing::warn!(gateway, circuit = now.as_str(), "the circuit to the gateway changed");
    }
    let level = match now {
        Circuit::Closed => 0.0,
        Circuit::HalfOpen => 1.0,
        Circuit::Open => 2.0,
    };
    gauge!("payments_gateway_circuit", "gateway" => gateway).set(level);
}
