//! Judges a run from outside: from what the client sent and was told, from the gateways' and the carrier's own books, and
//! from what stands in the stores once everything has come to rest. Pure functions, one file per invariant; each of
//! them has caught the mistakes that its tests plant.

mod facts;
mod i1_acknowledged;
mod i2_states;
mod i3_replay;
mod i3_stock;
mod i4_money;
mod i4_settlement;
mod i5_papers;
mod i6_statuses;
mod i7_idempotency;
mod i8_webhooks;
mod i9_conservation;
mod i10_overload;
#[cfg(test)]
mod sample;
mod verdict;

pub use facts::{
    Answered, Burst, Conservation, Consumed, CreditNote, DeadLetter, Discrepancy, Facts, Forgery, GatewayEvent,
    GatewayPayment, Inbox, Invoice, Memory, MoneyMoved, Movement, Order, OrderLine, Origin, Overload, Parcel,
    Partition, Posted, Promised, Request, Reservation, Seen, Settlement, Shed, StatusRead, Stock, StockSamples, Trace,
    WebhookPost, Window,
};
use verdict::Report;
pub use verdict::{Outcome, Verdict, Violation, table};

/// Everything that must not be; empty for a sound run, and for one of which nothing is known: see [`judge`].
#[must_use]
pub fn check(facts: &Facts) -> Vec<Violation> {
    judge(facts).into_iter().flat_map(|verdict| verdict.violations).collect()
}

/// A verdict on each invariant, with what it was looked for in.
#[must_use]
pub fn judge(facts: &Facts) -> Vec<Verdict> {
    let judge = |(invariant, promise, check): &(&'static str, &'static str, Check)| {
        let mut report = Report::new(invariant, promise);
        check(facts, &mut report);
        report.verdict()
    };
    INVARIANTS.iter().map(judge).collect()
}

type Check = fn(&Facts, &mut Report);

const INVARIANTS: [(&str, &str, Check); 10] = [
    ("I1", "no acknowledged loss", i1_acknowledged::check),
    ("I2", "one terminal state", i2_states::check),
    ("I3", "stock", i3_stock::check),
    ("I4", "money", i4_money::check),
    ("I5", "invoices", i5_papers::check),
    ("I6", "status never goes backwards", i6_statuses::check),
    ("I7", "idempotency", i7_idempotency::check),
    ("I8", "webhooks", i8_webhooks::check),
    ("I9", "conservation", i9_conservation::check),
    ("I10", "overload", i10_overload::check),
];

#[cfg(test)]
mod tests {
    use super::{sample::sound, *};

    #[test]
    fn a_sound_run_holds_every_promise() {
        for verdict in judge(&sound()) {
            assert_eq!(verdict.outcome(), Outcome::Held, "{verdict}");
            assert!(verdict.looked_at.iter().all(|(_, count)| *count > 0), "{verdict}");
        }
    }

    #[test]
    fn what_nobody_looked_at_is_not_held() {
        for verdict in judge(&Facts::default()) {
            assert_eq!(verdict.outcome(), Outcome::NotLookedAt, "{verdict}");
        }
    }
}
