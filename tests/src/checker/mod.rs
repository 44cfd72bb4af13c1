//! Judges a run from outside: from what the client sent and was told, from the gateways' and the carrier's own books, and
//! from what stands in the stores once everything has come to rest. Pure functions, one file per invariant; each of
//! them has caught the mistakes that its tests plant.

mod facts;
mod i1_acknowledged;
mod i2_states;
mod i3_stock;
mod i4_money;
mod i5_papers;
#[cfg(test)]
mod sample;

use std::fmt;

pub use facts::{
    Answered, CreditNote, Facts, GatewayPayment, Invoice, Lowest, Movement, Order, OrderLine, Parcel, Request,
    Reservation, Stock,
};

/// Something that must not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The invariant that does not hold.
    pub invariant: &'static str,
    /// The order, part or number that it does not hold for.
    pub subject: String,
    /// What was found.
    pub found: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.invariant, self.subject, self.found)
    }
}

/// Everything that must not be; empty for a sound run.
#[must_use]
pub fn check(facts: &Facts) -> Vec<Violation> {
    let invariants: [(&'static str, Check); 5] = [
        ("I1", i1_acknowledged::check),
        ("I2", i2_states::check),
        ("I3", i3_stock::check),
        ("I4", i4_money::check),
        ("I5", i5_papers::check),
    ];
    let mut violations = Vec::new();
    for (invariant, check) in invariants {
        let mut report = Report { invariant, violations: Vec::new() };
        check(facts, &mut report);
        violations.append(&mut report.violations);
    }
    violations
}

type Check = fn(&Facts, &mut Report);

/// What one invariant found.
struct Report {
    invariant: &'static str,
    violations: Vec<Violation>,
}

impl Report {
    fn add(&mut self, subject: impl Into<String>, found: impl Into<String>) {
        self.violations.push(Violation { invariant: self.invariant, subject: subject.into(), found: found.into() });
    }

    /// Notes what was found unless it holds.
    fn require(&mut self, holds: bool, subject: &str, found: impl FnOnce() -> String) {
        if !holds {
            self.add(subject, found());
        }
    }
}
