//! What operators ask every daemon: is it alive, can it work, what are its numbers.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// What a daemon needs in order to work, each part with its last known state. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Health(Arc<Mutex<BTreeMap<&'static str, Result<(), String>>>>);

impl Health {
    /// Notes the state of a part: `Err` says in a few words what is wrong.
    pub fn report(&self, part: &'static str, state: Result<(), String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(part, state);
    }

    /// The daemon is through with starting: from now on its parts tell whether it can work.
    pub fn started(&self) {
        self.report("daemon", Ok(()));
    }

    /// Whether all parts are well, and what is wrong with those that are not.
    #[must_use]
    pub fn problems(&self) -> BTreeMap<&'static str, String> {
        let parts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        parts.iter().filter_map(|(part, state)| Some((*part, state.as_ref().err()?.clone()))).collect()
    }
}

#[derive(Clone)]
struct Ops {
    health: Health,
    metrics: PrometheusHandle,
}

/// Serves `/healthz`, `/readyz` and `/metrics` until shutdown.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    health: Health,
    metrics: PrometheusHandle,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    let router = Router::new()
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(|State(ops): State<Ops>| async move { ops.metrics.render() }))
        .with_state(Ops { health, metrics });
    axum::serve(listener, router).with_graceful_shutdown(shutdown.cancelled_owned()).await
}

async fn ready(State(ops): State<Ops>) -> (StatusCode, Json<BTreeMap<&'static str, String>>) {
    let problems = ops.health.problems();
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(problems))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_daemon_is_ready_when_nothing_is_wrong_with_any_part() {
        let health = Health::default();
        health.report("kafka", Err("no partitions yet".to_owned()));
        health.report("mongo", Ok(()));
        assert_eq!(health.problems().len(), 1);
        health.report("kafka", Ok(()));
        assert!(health.problems().is_empty());
    }
}
