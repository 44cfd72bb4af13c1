//! When each order is meant to start, and which part of the run counts.

use std::time::Duration;

use tokio::time::Instant;

/// Equal steps at a fixed rate, or at one rate after another.
#[derive(Debug, Clone)]
pub struct Schedule {
    first: Stretch,
    further: Vec<Stretch>,
}

/// A part of a schedule with one rate.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    /// The number of its first step.
    first: u64,
    start: Instant,
    per_second: f64,
}

impl Schedule {
    /// From `start` on, `per_second` times a second.
    #[must_use]
    pub const fn new(start: Instant, per_second: f64) -> Self {
        Self { first: Stretch { first: 0, start, per_second }, further: Vec::new() }
    }

    /// From number `first` on, `per_second` times a second.
    #[must_use]
    pub fn then(mut self, first: u64, per_second: f64) -> Self {
        self.further.push(Stretch { first, start: self.at(first), per_second });
        self
    }

    /// When number `n` is meant to start, whatever became of those before.
    #[must_use]
    pub fn at(&self, n: u64) -> Instant {
        let stretch = self.further.iter().rfind(|stretch| stretch.first <= n).unwrap_or(&self.first);
        // Multiplied and not added up: no error grows over the run.
        stretch.start + Duration::from_secs_f64((n - stretch.first) as f64 / stretch.per_second)
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

    /// The same from this moment to that, its beginning cut off in the same way.
    #[must_use]
    pub fn part(from: Instant, to: Instant, warm_up: Duration) -> Self {
        Self::new(from, to - from, warm_up)
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
    fn a_rate_follows_another_without_a_gap() {
        let start = Instant::now();
        let schedule = Schedule::new(start, 10.0).then(20, 30.0).then(80, 10.0);
        let seconds = [0, 19, 20, 50, 80, 90].map(|n| (schedule.at(n) - start).as_secs_f64());
        assert_eq!(seconds, [0.0, 1.9, 2.0, 3.0, 4.0, 5.0]);
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
