//! The breakers of all gateways, with what operators see of them.

use std::{
    sync::{Mutex, PoisonError},
    time::Instant,
};

use metrics::{counter, gauge};
use schemas::types::GatewayName;

use super::{
    Answer, GatewayError,
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

    /// What came of a call. A refusal is an answer.
    pub(super) fn note(&self, gateway: GatewayName, permit: Permit, answer: &Answer) {
        let answered = !matches!(answer, Err(GatewayError::Unanswered(_) | GatewayError::Spent(_)));
        self.with(gateway, |breaker| breaker.note(permit, answered, Instant::now()));
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
