//! What came of the reads, by kind.

use std::time::Duration;

use hdrhistogram::CreationError;
use serde::Serialize;

use super::{
    latency::{Latencies, Summary},
    reads::Read,
};
use crate::api::ApiError;

/// What came of the reads of all kinds.
#[derive(Debug, Clone)]
pub struct ReadCounts([OfKind; Read::ALL.len()]);

#[derive(Debug, Clone)]
struct OfKind {
    answered: Latencies,
    late: Latencies,
    refused: u64,
    failed: u64,
}

/// What came of the reads of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ReadReport {
    /// Of which.
    pub kind: Read,
    /// From the moment when a read was meant to begin to its answer, without the warm-up.
    pub answered: Summary,
    /// How late they began: the generator's own part in it.
    pub late: Summary,
    /// Refused with 429 or 503.
    pub refused: u64,
    /// Not answered for another reason.
    pub failed: u64,
}

impl ReadCounts {
    /// None yet.
    ///
    /// # Errors
    /// A bug in the histograms' bounds.
    pub fn new() -> Result<Self, CreationError> {
        let empty = Latencies::new()?;
        let kind = OfKind { answered: empty.clone(), late: empty, refused: 0, failed: 0 };
        Ok(Self(Read::ALL.map(|_| kind.clone())))
    }

    /// A read is over; its latency, and how late it began, if they count.
    pub fn count(&mut self, read: Read, error: Option<&ApiError>, latencies: Option<(Duration, Duration)>) {
        let kind = &mut self.0[read as usize];
        match error {
            Some(error) if error.is_overload() => kind.refused += 1,
            Some(_) => kind.failed += 1,
            None => {
                if let Some((latency, late)) = latencies {
                    kind.answered.record(latency);
                    kind.late.record(late);
                }
            }
        }
    }

    /// What came of each kind that there was.
    #[must_use]
    pub fn report(&self) -> Vec<ReadReport> {
        let report = |(kind, of): (Read, &OfKind)| ReadReport {
            kind,
            answered: of.answered.summary(),
            late: of.late.summary(),
            refused: of.refused,
            failed: of.failed,
        };
        let was = |report: &ReadReport| report.answered.count + report.refused + report.failed > 0;
        Read::ALL.into_iter().zip(&self.0).map(report).filter(was).collect()
    }
}

#[cfg(test)]
mod tests {
    use reqwest::StatusCode;

    use super::*;

    fn refusal(status: StatusCode) -> ApiError {
        ApiError::Refused { status, code: String::new(), detail: String::new(), retry_after: None }
    }

    #[test]
    fn answers_refusals_and_failures_are_counted_by_kind() {
        let mut counts = ReadCounts::new().unwrap();
        let millis = Duration::from_millis;
        counts.count(Read::Cart, None, Some((millis(7), millis(1))));
        counts.count(Read::Cart, None, None);
        counts.count(Read::Cart, Some(&refusal(StatusCode::SERVICE_UNAVAILABLE)), Some((millis(1), millis(0))));
        counts.count(Read::List, Some(&refusal(StatusCode::NOT_FOUND)), None);
        let report = counts.report();
        let told: Vec<_> = report.iter().map(|of| (of.kind, of.answered.count, of.refused, of.failed)).collect();
        assert_eq!(told, [(Read::List, 0, 0, 1), (Read::Cart, 1, 1, 0)]);
        assert!((6.9..7.1).contains(&report[1].answered.max_ms) && (0.9..1.1).contains(&report[1].late.max_ms));
    }
}
