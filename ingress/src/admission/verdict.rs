//! The decision: which share of which requests is refused, why, and when they may come again.

use std::time::Duration;

use super::under_way::Load;

/// What a request wants. Reads and webhooks do not come here: they have bounds of their own, and a gateway that is refused
/// only repeats what it has to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// A new order: more work for everybody, so refused first.
    Order,
    /// A cancellation: less work for everybody. Refused only while nothing can be appended.
    Cancel,
}

/// Why requests are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The workers are behind their inboxes.
    Backlog,
    /// The broker is behind with its acknowledgements.
    Appends,
    /// Too many orders are being taken at this moment, or they take too long.
    Taking,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Backlog, Self::Appends, Self::Taking];

    /// As it is counted.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Backlog => "backlog",
            Self::Appends => "appends",
            Self::Taking => "orders_in_flight",
        }
    }
}

/// The state of everything that fills up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Signals {
    /// The share to be refused because of the workers' backlog, and how long an order has to wait in it; `None` if it is
    /// not known.
    pub backlog: Option<(f64, Duration)>,
    /// The records that the broker has not acknowledged.
    pub appending: Load,
    /// The orders that are being taken.
    pub taking: Load,
}

/// What may not be exceeded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// The most that may wait for the broker.
    pub appending: Load,
    /// The most orders that may be being taken, and the longest that one may take.
    pub taking: Load,
}

/// What is to be refused.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// The share, 0 to 1.
    pub share: f64,
    /// What most of it is due to.
    pub reason: Reason,
    /// When those who are refused may come again.
    pub retry_after: Duration,
}

/// Nobody is told to stay away for longer: nobody knows so far ahead.
const LONGEST_RETRY: Duration = Duration::from_secs(60);
/// Where nothing is known of the wait.
const SHORTEST_RETRY: Duration = Duration::from_secs(1);
/// However large the share, nobody is expected to try more often than this before being taken.
const MOST_TRIES: f64 = 8.0;

/// Decides. Whatever fills up is let fill to its half before anything is refused; from there on the share grows, so that it
/// never comes to its bound at once.
#[must_use]
pub fn verdict(wish: Wish, signals: &Signals, bounds: &Bounds) -> Verdict {
    let broker = signals.appending.part_of(&bounds.appending);
    let appends = (Reason::Appends, signals.appending.oldest);
    let refused = |share: f64, (reason, wait): (Reason, Duration)| Verdict {
        share,
        reason,
        retry_after: retry_after(wait, share),
    };
    match wish {
        Wish::Cancel => refused(if broker >= 1.0 { 1.0 } else { 0.0 }, appends),
        Wish::Order => {
            let (backlog, wait) = signals.backlog.unwrap_or_default();
            let taking = signals.taking.part_of(&bounds.taking);
            let all = [
                refused(eased(broker), appends),
                refused(eased(taking), (Reason::Taking, SHORTEST_RETRY)),
                refused(backlog, (Reason::Backlog, wait)),
            ];
            all.into_iter().reduce(|worst, next| if next.share > worst.share { next } else { worst }).unwrap_or(all[0])
        }
    }
}

/// Nothing up to the half, all at the whole.
fn eased(part: f64) -> f64 {
    (2.0 * part - 1.0).clamp(0.0, 1.0)
}

/// What waits now has to be done first, and whoever comes again is refused again with the same probability: on average it
/// takes 1 / (1 - share) tries.
fn retry_after(wait: Duration, share: f64) -> Duration {
    let tries = (1.0 / (1.0 - share).max(1.0 / MOST_TRIES)).min(MOST_TRIES);
    wait.max(SHORTEST_RETRY).min(LONGEST_RETRY).mul_f64(tries).min(LONGEST_RETRY)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BOUNDS: Bounds = Bounds {
        appending: Load { count: 1_000, bytes: 1_000_000, oldest: Duration::from_secs(3) },
        taking: Load { count: 200, bytes: usize::MAX, oldest: Duration::from_secs(1) },
    };
    const CALM: Signals = Signals { backlog: Some((0.0, Duration::ZERO)), appending: Load::NONE, taking: Load::NONE };

    fn order(signals: Signals) -> Verdict {
        verdict(Wish::Order, &signals, &BOUNDS)
    }

    #[test]
    fn a_calm_shop_refuses_nothing() {
        assert_eq!((order(CALM).share, verdict(Wish::Cancel, &CALM, &BOUNDS).share), (0.0, 0.0));
    }

    #[test]
    fn a_backlog_refuses_its_share_of_the_orders_and_no_cancellation() {
        let signals = Signals { backlog: Some((0.75, Duration::from_secs(5))), ..CALM };
        let expected = Verdict { share: 0.75, reason: Reason::Backlog, retry_after: Duration::from_secs(20) };
        assert_eq!(order(signals), expected);
        assert_eq!(verdict(Wish::Cancel, &signals, &BOUNDS).share, 0.0);
    }

    #[test]
    fn a_broker_that_does_not_acknowledge_refuses_the_orders_and_at_last_the_cancellations() {
        let after = |seconds| Signals {
            backlog: None,
            appending: Load { count: 5, bytes: 5_000, oldest: Duration::from_secs_f64(seconds) },
            ..CALM
        };
        assert_eq!(order(after(1.5)).share, 0.0);
        assert_eq!((order(after(2.25)).share, order(after(2.25)).reason), (0.5, Reason::Appends));
        assert_eq!(verdict(Wish::Cancel, &after(2.9), &BOUNDS).share, 0.0);
        assert_eq!((order(after(3.0)).share, verdict(Wish::Cancel, &after(3.0), &BOUNDS).share), (1.0, 1.0));
    }

    #[test]
    fn a_full_queue_refuses_by_records_and_by_bytes() {
        for appending in [Load { count: 1_000, ..Load::NONE }, Load { bytes: 1_000_000, ..Load::NONE }] {
            assert_eq!(order(Signals { appending, ..CALM }).share, 1.0);
        }
    }

    #[test]
    fn too_many_orders_at_once_and_orders_that_take_too_long_are_refused_more_and_more() {
        let share = |taking| order(Signals { taking, ..CALM }).share;
        assert_eq!([100, 150, 200, 900].map(|count| share(Load { count, ..Load::NONE })), [0.0, 0.5, 1.0, 1.0]);
        let after = |millis| share(Load { oldest: Duration::from_millis(millis), ..Load::NONE });
        assert_eq!([500, 750, 1_000, 9_000].map(after), [0.0, 0.5, 1.0, 1.0]);
    }

    fn signals() -> impl Strategy<Value = Signals> {
        let backlog = proptest::option::of((0.0..=1.0_f64, 0_u64..30_000));
        let load = |most: usize, bytes: usize| {
            (0..most, 0..bytes, 0_u64..20_000).prop_map(|(count, bytes, oldest)| Load {
                count,
                bytes,
                oldest: Duration::from_millis(oldest),
            })
        };
        (backlog, load(2_000, 2_000_000), load(400, 1)).prop_map(|(backlog, appending, taking)| Signals {
            backlog: backlog.map(|(share, wait)| (share, Duration::from_millis(wait))),
            appending,
            taking,
        })
    }

    proptest! {
        #[test]
        fn orders_are_refused_before_cancellations_and_everybody_is_told_when_to_come_again(signals in signals()) {
            let (order, cancel) = (order(signals), verdict(Wish::Cancel, &signals, &BOUNDS));
            prop_assert!((0.0..=1.0).contains(&order.share) && order.share >= cancel.share);
            for verdict in [order, cancel] {
                prop_assert!((SHORTEST_RETRY..=LONGEST_RETRY).contains(&verdict.retry_after));
            }
        }

        #[test]
        fn fuller_never_refuses_less(signals in signals(), count in 0_usize..500, oldest in 0_u64..5_000) {
            let more = |load: Load| Load {
                count: load.count + count,
                oldest: load.oldest + Duration::from_millis(oldest),
                ..load
            };
            let fuller = Signals { appending: more(signals.appending), taking: more(signals.taking), ..signals };
            for wish in [Wish::Order, Wish::Cancel] {
                prop_assert!(verdict(wish, &fuller, &BOUNDS).share >= verdict(wish, &signals, &BOUNDS).share);
            }
        }
    }
}
