//! Projections: read models that follow the aggregates. They may lag, never lead, and never hold up the work.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use metrics::{counter, gauge};

use super::{ById, State};
use crate::fault_points::{Step, around};

/// Told about every aggregate after its new version is durable: at least once, and never an older version last.
pub trait Projection<S: State>: Send + Sync + 'static {
    /// Takes in the new versions.
    ///
    /// # Errors
    /// A text for the log; the same aggregates are offered again, with the newest versions known by then.
    fn project(&self, changed: &[Changed<'_, S>]) -> impl Future<Output = Result<(), String>> + Send;
}

/// A new version of an aggregate.
#[derive(Debug, Clone, Copy)]
pub struct Changed<'a, S> {
    /// The aggregate.
    pub id: &'a str,
    /// The version.
    pub version: i64,
    /// The state.
    pub state: &'a S,
}

/// For workers that nobody reads from.
#[derive(Debug, Clone, Copy)]
pub struct NoProjection;

impl<S: State> Projection<S> for NoProjection {
    async fn project(&self, _: &[Changed<'_, S>]) -> Result<(), String> {
        Ok(())
    }
}

/// The most aggregates that wait for a projection that is down. Beyond, some are dropped: what a projection keeps must
/// expire by itself, so that readers find the record.
const MOST_WAITING: usize = 10_000;
/// After a failure the projection is left alone this long, so that its time-outs do not slow every batch.
const REST: Duration = Duration::from_secs(1);

/// Offers changes to a projection, and again those it could not take.
pub(super) struct Projector<S, P> {
    worker: &'static str,
    projection: P,
    waiting: ById<(i64, S)>,
    failed_at: Option<Instant>,
}

impl<S: State, P: Projection<S>> Projector<S, P> {
    pub(super) fn new(worker: &'static str, projection: P) -> Self {
        Self { worker, projection, waiting: ById::default(), failed_at: None }
    }

    /// Notes new versions and offers everything that waits.
    pub(super) async fn offer(&mut self, touched: ById<(i64, S)>) {
        for (id, (version, state)) in touched {
            let newest = self.waiting.entry(id).or_insert_with(|| (version, state.clone()));
            if newest.0 < version {
                *newest = (version, state);
            }
        }
        if self.waiting.is_empty() || self.failed_at.is_some_and(|at| at.elapsed() < REST) {
            self.drop_excess();
            return;
        }
        let changed: Vec<_> = self
            .waiting
            .iter()
            .map(|(id, (version, state))| Changed { id: id.as_str(), version: *version, state })
            .collect();
        match around(Step::Project, self.projection.project(&changed)).await {
            Ok(()) => {
                self.waiting.clear();
                self.failed_at = None;
            }
            Err(error) => {
                tracing::warn!(worker = self.worker, error, waiting = changed.len(), "projection not taken");
                self.failed_at = Some(Instant::now());
                self.drop_excess();
            }
        }
        #[allow(clippy::cast_precision_loss, reason = "a gauge")]
        gauge!("engine_projection_waiting", "worker" => self.worker).set(self.waiting.len() as f64);
    }

    /// Whether something waits to be offered again.
    pub(super) fn is_behind(&self) -> bool {
        !self.waiting.is_empty()
    }

    fn drop_excess(&mut self) {
        let excess = self.waiting.len().saturating_sub(MOST_WAITING);
        if excess == 0 {
            return;
        }
        let victims: Vec<String> = self.waiting.keys().take(excess).cloned().collect();
        for id in victims {
            self.waiting.remove(&id);
        }
        counter!("engine_projection_dropped_total", "worker" => self.worker).increment(excess as u64);
    }
}
