//! Who makes a run, and when: every daemon of the pool would, one does, and another takes over if it dies.

use std::{future::Future, path::PathBuf, time::Duration};

use metrics::counter;
use schemas::types::Timestamp;
use shared::{
    daemon::{Context, StartError},
    id::MessageId,
};

use super::{
    books::Period,
    run::{Reconciliation, Run},
    store::{Claim, Outcome, Report, Runs},
};
use crate::Settings;

/// Compares by itself until shutdown.
///
/// # Errors
/// [`StartError`] when the settings are not valid.
pub fn by_schedule(context: &Context<Settings>) -> Result<impl Future<Output = ()> + Send + use<>, StartError> {
    let (shutdown, settings) = (context.shutdown.clone(), context.settings.reconciliation.clone());
    let maker = Maker::new(context)?;
    let interval = Duration::from_secs(settings.interval_seconds);
    Ok(async move {
        if interval.is_zero() {
            return;
        }
        let every = (interval / 10).clamp(Duration::from_secs(1), Duration::from_secs(30));
        let mut done = String::new();
        loop {
            tokio::select! {
                () = tokio::time::sleep(every) => {}
                () = shutdown.cancelled() => return,
            }
            let slot = slot(Timestamp::now(), interval);
            if slot == done {
                continue;
            }
            let claim = maker.claim(&slot, settings.lease());
            let made = tokio::select! {
                made = maker.make(&claim, None, &[]) => made,
                () = shutdown.cancelled() => {
                    let _ = maker.runs.give_up(&claim).await;
                    return;
                }
            };
            match made {
                Ok(Some(_)) => done = slot,
                Ok(None) => {} // somebody else's; looked at again, lest they die
                Err(error) => tracing::warn!(%error, "not reconciled; trying again"),
            }
        }
    })
}

/// The name of the stretch of time that one run is for.
fn slot(now: Timestamp, interval: Duration) -> String {
    let length = i64::try_from(interval.as_millis()).unwrap_or(i64::MAX).max(1);
    let start = now.as_millis() - now.as_millis().rem_euclid(length);
    format!("scheduled/{}", Timestamp::from_millis(start))
}

/// Makes runs, one process at a time.
pub(super) struct Maker {
    pub(super) parts: Reconciliation,
    runs: Runs,
    by: String,
}

impl Maker {
    pub(super) fn new(context: &Context<Settings>) -> Result<Self, StartError> {
        let gateways = context.settings.gateways().map_err(StartError::Other)?;
        let settings = context.settings.reconciliation.clone();
        let parts = Reconciliation::new(&context.mongo, gateways, context.publisher()?, settings);
        Ok(Self { parts, runs: Runs::new(&context.mongo), by: MessageId::generate().to_string() })
    }

    pub(super) fn claim(&self, id: &str, lease: Duration) -> Claim {
        Claim { id: id.to_owned(), by: self.by.clone(), lease }
    }

    /// Makes the claimed run, of this period or of the usual one, and writes down how it ended; `None` if it is somebody
    /// else's.
    ///
    /// # Errors
    /// In words, when the run came to nothing.
    pub(super) async fn make(
        &self,
        claim: &Claim,
        period: Option<Period>,
        files: &[PathBuf],
    ) -> Result<Option<Run<'_>>, String> {
        let now = Timestamp::now();
        let begun = Report::begin(claim, period.unwrap_or_else(|| self.parts.period(now)), now);
        if !self.runs.claim(&begun).await.map_err(|error| error.to_string())? {
            return Ok(None);
        }
        tracing::info!(run = claim.id, from = %begun.period.from, to = %begun.period.to, "reconciling");
        let made = tokio::select! {
            made = self.parts.run(begun.clone(), files) => made.map_err(|error| error.to_string()),
            why = self.keep(claim) => Err(why),
        };
        match made {
            Ok(mut run) => {
                let all = run.report.not_asked.is_empty();
                self.end(&mut run.report, if all { Outcome::Complete } else { Outcome::Incomplete }).await?;
                Ok(Some(run))
            }
            Err(why) => {
                self.end(&mut Report { error: why.clone(), ..begun }, Outcome::Failed).await?;
                Err(why)
            }
        }
    }

    /// Renews the claim for as long as it can.
    async fn keep(&self, claim: &Claim) -> String {
        loop {
            tokio::time::sleep(claim.lease / 3).await;
            match self.runs.renew(claim, Timestamp::now()).await {
                Ok(true) => {}
                Ok(false) => return "another process has taken this run over".to_owned(),
                Err(error) => tracing::warn!(%error, "a run's lease is not renewed; trying again"),
            }
        }
    }

    async fn end(&self, report: &mut Report, outcome: Outcome) -> Result<(), String> {
        report.outcome = outcome;
        report.ended_at = Some(Timestamp::now());
        let name = match outcome {
            Outcome::Running => "running",
            Outcome::Complete => "complete",
            Outcome::Incomplete => "incomplete",
            Outcome::Failed => "failed",
        };
        counter!("reconciliation_runs_total", "outcome" => name).increment(1);
        for (kind, found) in &report.found {
            counter!("reconciliation_found_total", "kind" => kind.clone()).increment(*found);
        }
        let Report { payments, lines, told, healed, .. } = *report;
        tracing::info!(run = report.id, name, payments, lines, found = ?report.found, told, healed, "reconciled");
        self.runs.end(report).await.map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_daemon_names_the_same_slot_until_the_next_begins() {
        let hour = Duration::from_secs(3_600);
        let at = |seconds: i64| slot(Timestamp::from_millis(seconds * 1_000), hour);
        assert_eq!(at(7_200), "scheduled/1970-01-01T02:00:00.000Z");
        assert_eq!(at(7_200), at(10_799));
        assert_ne!(at(10_799), at(10_800));
    }
}
