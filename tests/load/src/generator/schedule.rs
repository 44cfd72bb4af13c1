//! When each order is meant to start, and which part of the run counts.

use std::time::Duration;

use tokio::time::Instant;

/// Equal steps at a fixed rate.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    start: Instant,
    per_second: f64,
}

impl Schedule {
    /// From `start` on, `per_second` times a second.
    #[must_use]
    pub const fn new(start: Instant, per_second: f64) -> Self {
        Self { start, per_second }
    }

    /// When number `n` is meant to start, whatever became of those before.
    #[must_use]
    pub fn at(&self, n: u64) -> Instant {
        // Multiplied and not added up: no error grows over the run.
        self.start + Duration::from_secs_f64(n as f64 / self.per_second)
    }
}

/// The part of the run that counts: from the end of the warm-up to the last order's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    from: Instant,
    to: Instant,
}

impl Window {
    /// Of a run that starts at `start` and takes `whole`; a warm-up never takes more than a quarter of it.
    #[must_use]
    pub fn new(start: Instant, whole: Duration, warm_up: Duration) -> Self {
        Self { from: start + warm_up.min(whole / 4), to: start + whole }
    }

    /// Whether something that happened then counts.
    #[must_use]
    pub fn holds(&self, at: Instant) -> bool {
        (self.from..self.to).contains(&at)
    }

    /// Its length.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.to - self.from
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_starts_when_it_is_meant_to_however_many_came_before() {
        let start = Instant::now();
        let schedule = Schedule::new(start, 300.0);
        assert_eq!(schedule.at(0), start);
        assert_eq!(schedule.at(300) - start, Duration::from_secs(1));
        assert_eq!(schedule.at(36_000) - start, Duration::from_secs(120));
    }

    #[test]
    fn the_warm_up_does_not_count_and_leaves_a_short_run_something() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let long = Window::new(start, Duration::from_secs(120), Duration::from_secs(5));
        assert_eq!(long.length(), Duration::from_secs(115));
        assert!(!long.holds(at(4_999)) && long.holds(at(5_000)) && !long.holds(at(120_000)));
        let short = Window::new(start, Duration::from_secs(8), Duration::from_secs(5));
        assert_eq!(short.length(), Duration::from_secs(6));
    }
}
