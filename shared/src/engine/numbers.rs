//! The numbers that tell of a worker's events, shown as zero from its start on: whoever is to be warned of the first event
//! needs a number from before it.

use metrics::{counter, gauge};

/// Where a batch may have to be tried again.
const STAGES: [&str; 7] = ["parked", "load", "write", "rows", "publish", "dead_letter", "call"];

/// Begins to show them. What is counted by code has no zero: codes are those of any refusal.
pub(super) fn begin(worker: &'static str) {
    for outcome in ["done", "dead"] {
        counter!("engine_records_total", "worker" => worker, "outcome" => outcome).increment(0);
    }
    for stage in STAGES {
        counter!("engine_retries_total", "worker" => worker, "stage" => stage).increment(0);
    }
    counter!("engine_conflicts_total", "worker" => worker).increment(0);
    gauge!("engine_calls_in_flight", "worker" => worker).increment(0.0);
}
