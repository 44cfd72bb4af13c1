//! What happened, counted.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hdrhistogram::CreationError;
use serde::Serialize;
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    by_phase::ByPhase, latency::Latencies, phases::Phases, read_counts::ReadCounts, reads::Read, schedule::Window,
};
use crate::api::{ApiError, Status};

/// An order that was accepted and has no good end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stray {
    /// Which.
    pub order_id: Uuid,
    /// Where it was seen last, if it could be read at all.
    pub status: Option<Status>,
}

/// Everything counted so far.
#[derive(Debug, Clone)]
pub struct Counts {
    /// Orders whose turn has come.
    pub placed: u64,
    /// Orders the shop has accepted.
    pub accepted: u64,
    /// Orders it has confirmed.
    pub confirmed: u64,
    /// Of these, within the window.
    pub accepted_in_window: u64,
    /// Of these, within the window.
    pub confirmed_in_window: u64,
    /// Orders the shop had too much to do for.
    pub turned_away: u64,
    /// Orders that were not accepted for another reason.
    pub failed: u64,
    /// Accepted orders that ended without a sale.
    pub ended_otherwise: Vec<Stray>,
    /// Accepted orders that were not confirmed in time.
    pub lost: Vec<Stray>,
    /// How often what went wrong, by the call and the kind.
    pub errors: BTreeMap<String, u64>,
    /// From an order's intended start to its acceptance.
    pub post: Latencies,
    /// From an order's intended start to its confirmation.
    pub confirm: Latencies,
    /// What came of the reads.
    pub reads: ReadCounts,
    /// How late the generator itself was.
    pub lateness: Latencies,
    /// The phases of an overload.
    pub phases: ByPhase,
    /// As `confirm`, since the last line of progress.
    recent: Latencies,
}

/// The counter that all tasks share.
#[derive(Debug)]
pub struct Tally {
    window: Window,
    counts: Mutex<Counts>,
}

impl Tally {
    /// Counts from now on; latencies and rates within `window`.
    ///
    /// # Errors
    /// A bug in the histograms' bounds.
    pub fn new(window: Window) -> Result<Self, CreationError> {
        let empty = Latencies::new()?;
        let counts = Counts {
            placed: 0,
            accepted: 0,
            confirmed: 0,
            accepted_in_window: 0,
            confirmed_in_window: 0,
            turned_away: 0,
            failed: 0,
            ended_otherwise: Vec::new(),
            lost: Vec::new(),
            errors: BTreeMap::new(),
            post: empty.clone(),
            confirm: empty.clone(),
            reads: ReadCounts::new()?,
            lateness: empty.clone(),
            phases: ByPhase::default(),
            recent: empty,
        };
        Ok(Self { window, counts: Mutex::new(counts) })
    }

    /// Counts by phase as well, without the first seconds of each.
    #[must_use]
    pub fn in_phases(self, phases: &Phases, warm_up: Duration) -> Self {
        let mut counts = self.counts();
        let mut empty = counts.post.clone();
        empty.clear();
        counts.phases = ByPhase::new(phases, warm_up, &empty);
        drop(counts);
        self
    }

    /// Held for moments only.
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An order is sent now that was meant to be sent at `intended`.
    pub fn placed(&self, intended: Instant, now: Instant) {
        let mut counts = self.counts();
        counts.placed += 1;
        counts.lateness.record(now - intended);
        counts.phases.placed(intended);
    }

    /// The shop has accepted it.
    pub fn accepted(&self, intended: Instant, now: Instant) {
        let mut counts = self.counts();
        counts.accepted += 1;
        counts.accepted_in_window += u64::from(self.window.holds(now));
        if self.window.holds(intended) {
            counts.post.record(now - intended);
        }
        counts.phases.accepted(intended, now);
    }

    /// The shop has not accepted it.
    pub fn not_accepted(&self, intended: Instant, now: Instant, error: &ApiError) {
        let mut counts = self.counts();
        counts.phases.not_accepted(intended, now, error);
        let reason = if error.is_overload() { &mut counts.turned_away } else { &mut counts.failed };
        *reason += 1;
        counts.count_error("order", error);
    }

    /// The shop has confirmed it.
    pub fn confirmed(&self, intended: Instant, now: Instant) {
        let mut counts = self.counts();
        counts.confirmed += 1;
        counts.confirmed_in_window += u64::from(self.window.holds(now));
        counts.recent.record(now - intended);
        if self.window.holds(intended) {
            counts.confirm.record(now - intended);
        }
        counts.phases.confirmed(intended, now);
    }

    /// It ended without a sale.
    pub fn ended_otherwise(&self, stray: Stray) {
        self.counts().ended_otherwise.push(stray);
    }

    /// It was not confirmed in time.
    pub fn lost(&self, stray: Stray) {
        self.counts().lost.push(stray);
    }

    /// A read is over; its latency, and how late it began, if they count.
    pub fn read(&self, read: Read, error: Option<&ApiError>, latencies: Option<(Duration, Duration)>) {
        let mut counts = self.counts();
        counts.reads.count(read, error, latencies);
        if let Some(error) = error {
            counts.count_error(read.name(), error);
        }
    }

    /// Something else went wrong.
    pub fn error(&self, call: &str, error: &ApiError) {
        self.counts().count_error(call, error);
    }

    /// Everything so far.
    #[must_use]
    pub fn snapshot(&self) -> Counts {
        self.counts().clone()
    }

    /// One line about how it goes, with the latency since the last one.
    #[must_use]
    pub fn progress(&self, elapsed: Duration) -> String {
        let mut counts = self.counts();
        let p99 = counts.recent.summary().p99_ms;
        counts.recent.clear();
        format!(
            "{:>4.0} s  placed {:>7}  accepted {:>7}  confirmed {:>7}  in flight {:>6}  p99 {p99:>8.1} ms{}",
            elapsed.as_secs_f64(),
            counts.placed,
            counts.accepted,
            counts.confirmed,
            counts.under_way(),
            counts.complaint(),
        )
    }
}

impl Counts {
    fn count_error(&mut self, call: &str, error: &ApiError) {
        *self.errors.entry(format!("{call}: {}", error.kind())).or_default() += 1;
    }

    /// Orders that are placed and have no end yet.
    #[must_use]
    pub fn under_way(&self) -> u64 {
        let ended = self.confirmed + self.turned_away + self.failed;
        self.placed.saturating_sub(ended + (self.ended_otherwise.len() + self.lost.len()) as u64)
    }

    fn complaint(&self) -> String {
        let bad = self.turned_away + self.failed + (self.ended_otherwise.len() + self.lost.len()) as u64;
        if bad == 0 { String::new() } else { format!("  not sold {bad}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(start: Instant) -> Tally {
        Tally::new(Window::new(start, Duration::from_secs(40), Duration::from_secs(10))).unwrap()
    }

    #[test]
    fn latency_is_counted_from_the_intended_start() {
        let start = Instant::now();
        let tally = tally(start);
        let intended = start + Duration::from_secs(20);
        tally.placed(intended, intended + Duration::from_secs(2));
        tally.accepted(intended, intended + Duration::from_secs(3));
        let counts = tally.snapshot();
        assert!(counts.post.summary().max_ms >= 3_000.0);
        assert!(counts.lateness.summary().max_ms >= 2_000.0);
        assert_eq!(counts.under_way(), 1);
    }

    #[test]
    fn the_warm_up_is_counted_and_not_rated() {
        let start = Instant::now();
        let tally = tally(start);
        tally.placed(start, start);
        tally.accepted(start, start + Duration::from_secs(1));
        tally.confirmed(start, start + Duration::from_secs(12));
        let counts = tally.snapshot();
        assert_eq!((counts.accepted, counts.accepted_in_window, counts.post.summary().count), (1, 0, 0));
        assert_eq!((counts.confirmed, counts.confirmed_in_window, counts.confirm.summary().count), (1, 1, 0));
        assert_eq!(counts.under_way(), 0);
    }
}
