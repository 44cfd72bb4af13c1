//! Judges a run from outside: from what the client sent and was told, from the gateways' and the carrier's own books, and
//! from what stands in the stores once everything has come to rest. Pure functions, one file per invariant; each of
//! them has caught the mistakes that its tests plant.

mod facts;
mod i10_overload;
mod i11_coupons;
mod i1_acknowledged;
mod i2_states;
mod i3_replay;
mod i3_stock;
mod i4_cash;
mod i4_ledger;
mod i4_money;
mod i4_settlement;
mod i5_papers;
mod i6_statuses;
mod i7_idempotency;
mod i8_webhooks;
mod i9_conservation;
#[cfg(test)]
mod sample;
mod verdict;

pub use facts::{
    Answered, Booked, Burst, Conservation, Consumed, Coupon, CouponUser, CreditNote, DeadLetter, Discrepancy, Disputed,
    Facts, Forgery, GatewayEvent, GatewayPayment, Inbox, Invoice, MoneyMoved, Movement, Order, OrderCoupon, OrderLine,
    Origin, Parcel, Partition, Posted, Promised, Redemption, Request, Reservation, Returned, Seen, Settlement,
    StatusRead, Stock, StockSamples, Trace, WebhookPost,
};
use verdict::Report;
pub use verdict::{Outcome, Verdict, Violation};

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

const INVARIANTS: [(&str, &str, Check); 11] = [
    ("I1", "no acknowledged order is lost, none is there twice", i1_acknowledged::check),
    ("I2", "each order ends once, by a legal path", i2_states::check),
    ("I3", "no unit is sold twice, lost, or refused while there", i3_stock::check),
    ("I4", "one capture per paid order, all else refunded", i4_money::check),
    ("I5", "the numbers of invoices have no gap and no twin", i5_papers::check),
    ("I6", "no status goes backwards, none is missing", i6_statuses::check),
    ("I7", "equal requests with one key are one order", i7_idempotency::check),
    ("I8", "each event counts once, is safe before 2xx, and genuine", i8_webhooks::check),
    ("I9", "each record is done or a dead letter, none is neither", i9_conservation::check),
    ("I10", "above capacity work goes on, the rest is told to wait", i10_overload::check),
    ("I11", "a coupon's limits are exact, and what ends gives it back", i11_coupons::check),
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
