//! Latencies: microseconds in a histogram of three significant digits.

use std::time::Duration;

use hdrhistogram::{CreationError, Histogram};
use serde::Serialize;

/// Ten minutes, in microseconds: more than anything here waits.
const LONGEST: u64 = 600_000_000;

/// A histogram of latencies.
#[derive(Debug, Clone)]
pub struct Latencies(Histogram<u64>);

/// What people want to know of it, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Summary {
    /// How many there were.
    pub count: u64,
    /// The median.
    pub p50_ms: f64,
    /// One in twenty took longer.
    pub p95_ms: f64,
    /// One in a hundred took longer.
    pub p99_ms: f64,
    /// One in a thousand took longer.
    pub p999_ms: f64,
    /// The longest.
    pub max_ms: f64,
}

impl Latencies {
    /// An empty one.
    ///
    /// # Errors
    /// The bounds above are no bounds: a bug.
    pub fn new() -> Result<Self, CreationError> {
        Histogram::new_with_bounds(1, LONGEST, 3).map(Self)
    }

    /// Takes one in.
    pub fn record(&mut self, latency: Duration) {
        self.0.saturating_record(u64::try_from(latency.as_micros()).unwrap_or(LONGEST));
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.0.reset();
    }

    /// What people want to know.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let ms = |micros: u64| micros as f64 / 1_000.0;
        let at = |quantile| ms(self.0.value_at_quantile(quantile));
        let max_ms = ms(self.0.max());
        // A quantile is the upper end of its bucket, which may lie above the longest.
        let [p50_ms, p95_ms, p99_ms, p999_ms] = [0.5, 0.95, 0.99, 0.999].map(|quantile| at(quantile).min(max_ms));
        Summary { count: self.0.len(), p50_ms, p95_ms, p99_ms, p999_ms, max_ms }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_within_a_thousandth() {
        let mut latencies = Latencies::new().unwrap();
        (1..=1_000).for_each(|millis| latencies.record(Duration::from_millis(millis)));
        let summary = latencies.summary();
        for (found, expected) in [(summary.p50_ms, 500.0), (summary.p99_ms, 990.0), (summary.max_ms, 1_000.0)] {
            assert!((found - expected).abs() <= expected / 1_000.0 + 0.001, "{found} instead of {expected}");
        }
        latencies.clear();
        assert_eq!(latencies.summary().count, 0);
    }

    #[test]
    fn what_takes_for_ever_is_counted_as_the_longest() {
        let mut latencies = Latencies::new().unwrap();
        latencies.record(Duration::from_secs(100_000));
        assert!(latencies.summary().max_ms >= 600_000.0);
    }
}
