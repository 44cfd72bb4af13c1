//! Patience with what may pass: exponential back-off around the `backoff` crate, which nothing else uses.

use std::time::Duration;

use backoff::{ExponentialBackoffBuilder, backoff::Backoff};

/// How long to wait between attempts, and when to give up. Data, not code: patience is configuration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Patience {
    /// The first wait.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
    /// Give up after this long in all; `None` never gives up.
    pub total: Option<Duration>,
}

impl Patience {
    /// For stores and the broker: they come back or an operator comes; giving up would lose the place in the queue.
    pub const STORES: Self = Self { first: Duration::from_millis(50), longest: Duration::from_secs(5), total: None };

    /// The waits, with jitter so that many waiters do not return at once. Ends when patience does.
    pub fn waits(self) -> impl Iterator<Item = Duration> + Send {
        let mut backoff = ExponentialBackoffBuilder::new()
            .with_initial_interval(self.first)
            .with_max_interval(self.longest)
            .with_max_elapsed_time(self.total)
            .build();
        std::iter::from_fn(move || backoff.next_backoff())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_longest_and_stay_near_it() {
        let patience = Patience { first: Duration::from_millis(10), longest: Duration::from_millis(40), total: None };
        let waits: Vec<_> = patience.waits().take(20).collect();
        assert!(waits[0] <= Duration::from_millis(15));
        assert!(waits.iter().all(|wait| *wait <= Duration::from_millis(60)));
        assert_eq!(waits.len(), 20);
    }

    #[test]
    fn patience_ends() {
        let patience = Patience {
            first: Duration::from_millis(1),
            longest: Duration::from_millis(1),
            total: Some(Duration::ZERO),
        };
        assert_eq!(patience.waits().count(), 0);
    }
}
