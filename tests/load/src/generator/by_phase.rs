//! What happened in each phase of a run that asks for too much.

use serde::Serialize;
use tokio::time::Instant;

use super::{
    latency::{Latencies, Summary},
    phases::{NAMES, Phases},
    schedule::Window,
};
use crate::api::ApiError;

/// What happened in one phase. Orders belong to the phase in which they were meant to be sent; what is done counts when it
/// is done.
#[derive(Debug, Clone)]
struct Phase {
    from: Instant,
    to: Instant,
    window: Window,
    rate: f64,
    offered: u64,
    accepted: u64,
    refused: u64,
    refused_without_retry_after: u64,
    failed: u64,
    confirmed_in_window: u64,
    post: Latencies,
    refusal: Latencies,
    confirm: Latencies,
}

/// The phases of a run; none of an ordinary one.
#[derive(Debug, Clone, Default)]
pub struct ByPhase(Vec<Phase>);

/// One phase in figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PhaseReport {
    /// Its name.
    pub name: &'static str,
    /// Orders per second that were offered.
    pub rate: f64,
    /// From when to when, in seconds from the start of the run.
    pub from_seconds: f64,
    /// The end of it.
    pub to_seconds: f64,
    /// Orders sent.
    pub offered: u64,
    /// Orders accepted (202).
    pub accepted: u64,
    /// Orders turned away (429, 503).
    pub refused: u64,
    /// Of these, without a `Retry-After`.
    pub refused_without_retry_after: u64,
    /// Orders not accepted for another reason.
    pub failed: u64,
    /// Orders confirmed per second while it lasted, without its first seconds (`--warm-up`).
    pub goodput: f64,
    /// From the intended start of an accepted order to its 202.
    pub post: Summary,
    /// From the intended start of a refused order to its refusal.
    pub refusal: Summary,
    /// From the intended start of an order to its customer knowing that it is confirmed.
    pub place_to_confirmed: Summary,
}

impl PhaseReport {
    /// Orders per second that were sent.
    #[must_use]
    pub fn offered_rate(&self) -> f64 {
        self.offered as f64 / (self.to_seconds - self.from_seconds).max(0.001)
    }
}

impl ByPhase {
    /// Counts in these phases; latencies are kept in copies of `empty`.
    #[must_use]
    pub fn new(phases: &Phases, warm_up: std::time::Duration, empty: &Latencies) -> Self {
        let phase = |((from, to), rate): ((Instant, Instant), &f64)| Phase {
            from,
            to,
            window: Window::part(from, to, warm_up),
            rate: *rate,
            offered: 0,
            accepted: 0,
            refused: 0,
            refused_without_retry_after: 0,
            failed: 0,
            confirmed_in_window: 0,
            post: empty.clone(),
            refusal: empty.clone(),
            confirm: empty.clone(),
        };
        Self(phases.spans().into_iter().zip(&phases.rates).map(phase).collect())
    }

    fn of(&mut self, intended: Instant) -> Option<&mut Phase> {
        self.0.iter_mut().find(|phase| (phase.from..phase.to).contains(&intended))
    }

    /// An order is sent.
    pub fn placed(&mut self, intended: Instant) {
        if let Some(phase) = self.of(intended) {
            phase.offered += 1;
        }
    }

    /// It is accepted.
    pub fn accepted(&mut self, intended: Instant, now: Instant) {
        if let Some(phase) = self.of(intended) {
            phase.accepted += 1;
            phase.post.record(now - intended);
        }
    }

    /// It is not.
    pub fn not_accepted(&mut self, intended: Instant, now: Instant, error: &ApiError) {
        let Some(phase) = self.of(intended) else { return };
        if error.is_overload() {
            phase.refused += 1;
            phase.refused_without_retry_after += u64::from(error.retry_after().is_none());
            phase.refusal.record(now - intended);
        } else {
            phase.failed += 1;
        }
    }

    /// It is confirmed.
    pub fn confirmed(&mut self, intended: Instant, now: Instant) {
        if let Some(phase) = self.of(intended) {
            phase.confirm.record(now - intended);
        }
        if let Some(phase) = self.0.iter_mut().find(|phase| phase.window.holds(now)) {
            phase.confirmed_in_window += 1;
        }
    }

    /// All phases in figures.
    #[must_use]
    pub fn report(&self) -> Vec<PhaseReport> {
        let Some(start) = self.0.first().map(|phase| phase.from) else { return Vec::new() };
        let report = |(phase, name): (&Phase, &'static str)| PhaseReport {
            name,
            rate: phase.rate,
            from_seconds: (phase.from - start).as_secs_f64(),
            to_seconds: (phase.to - start).as_secs_f64(),
            offered: phase.offered,
            accepted: phase.accepted,
            refused: phase.refused,
            refused_without_retry_after: phase.refused_without_retry_after,
            failed: phase.failed,
            goodput: phase.confirmed_in_window as f64 / phase.window.length().as_secs_f64().max(0.001),
            post: phase.post.summary(),
            refusal: phase.refusal.summary(),
            place_to_confirmed: phase.confirm.summary(),
        };
        self.0.iter().zip(NAMES).map(report).collect()
    }
}
