//! A run that asks for too much: as much as the shop can do, then several times that, then as much as before.

use std::time::Duration;

use tokio::time::Instant;

use super::{args::Arguments, schedule::Schedule};

/// What the phases are called, in their order.
pub const NAMES: [&str; 3] = ["peak", "overload", "after"];

/// When each phase begins and what is asked for in it.
#[derive(Debug, Clone)]
pub struct Phases {
    /// The orders of all phases.
    pub schedule: Schedule,
    /// Where a phase ends and the next begins, with the end of the last: none in an ordinary run.
    pub bounds: Vec<Instant>,
    /// Orders per second of each phase.
    pub rates: Vec<f64>,
}

impl Phases {
    /// The phases that were asked for.
    #[must_use]
    pub fn of(arguments: &Arguments, start: Instant) -> Self {
        let peak = arguments.rate;
        if !arguments.overload {
            return Self { schedule: Schedule::new(start, peak), bounds: Vec::new(), rates: Vec::new() };
        }
        let rates = vec![peak, peak * arguments.times, peak];
        let seconds = arguments.orders() as f64 / rates.iter().sum::<f64>();
        let first = (peak * seconds).round() as u64;
        let second = first + (rates[1] * seconds).round() as u64;
        let schedule = Schedule::new(start, rates[0]).then(first, rates[1]).then(second, rates[2]);
        let bounds = [first, second, arguments.orders()].map(|order| schedule.at(order)).to_vec();
        Self { schedule, bounds, rates }
    }

    /// From when to when each phase lasts.
    #[must_use]
    pub fn spans(&self) -> Vec<(Instant, Instant)> {
        let starts = std::iter::once(self.schedule.at(0)).chain(self.bounds.iter().copied());
        starts.zip(self.bounds.iter().copied()).collect()
    }

    /// How long one lasts.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.spans().first().map_or(Duration::ZERO, |(from, to)| *to - *from)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn phases(line: &str) -> (Phases, Instant) {
        let start = Instant::now();
        (Phases::of(&Arguments::parse_from(line.split_whitespace()), start), start)
    }

    #[test]
    fn three_phases_take_equally_long() {
        let (phases, start) = phases("load --rate 10 --orders 500 --overload");
        let spans: Vec<_> =
            phases.spans().iter().map(|(from, to)| ((*from - start).as_secs(), (*to - start).as_secs())).collect();
        assert_eq!(spans, [(0, 10), (10, 20), (20, 30)]);
        assert_eq!(phases.rates, [10.0, 30.0, 10.0]);
    }

    #[test]
    fn an_ordinary_run_has_none() {
        assert!(phases("load --rate 10").0.spans().is_empty());
    }
}
