//! The `/_sim/*` controls that every simulator has beside the API it imitates.

use crate::faults::{Faults, Switches};
use crate::web::json;
use crate::webhook::PostLine;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Serialize;
use std::sync::Arc;

/// What the controls need of a simulator.
pub trait Simulator: Send + Sync + 'static {
    /// Everything that happened, for a checker.
    type Ledger: Serialize;

    /// The fault switches.
    fn switches(&self) -> &Switches;
    /// Everything that happened.
    fn ledger(&self) -> Self::Ledger;
    /// Every webhook that was posted, with its answer.
    fn posts(&self) -> Vec<PostLine>;
    /// Forgets everything that happened, webhooks under way included; the switches stay.
    fn reset(&self);
}

/// Routes for health, faults, ledger, webhooks and reset.
pub fn routes<S: Simulator>() -> Router<Arc<S>> {
    Router::new()
        .route("/healthz", get(async || "ok"))
        .route("/_sim/faults", get(show_faults::<S>).put(set_faults::<S>))
        .route("/_sim/ledger", get(show_ledger::<S>))
        .route("/_sim/webhooks", get(show_webhooks::<S>))
        .route("/_sim/reset", post(reset::<S>))
}

async fn show_faults<S: Simulator>(State(simulator): State<Arc<S>>) -> Json<Faults> {
    Json(simulator.switches().current())
}

async fn set_faults<S: Simulator>(State(simulator): State<Arc<S>>, body: Bytes) -> Response {
    let parsed = serde_json::from_slice::<Faults>(&body).map_err(|error| error.to_string()).and_then(Faults::checked);
    match parsed {
        Ok(faults) => {
            simulator.switches().replace(faults);
            tracing::info!(?faults, "fault switches set");
            json(StatusCode::OK, &faults)
        }
        Err(error) => json(StatusCode::UNPROCESSABLE_ENTITY, &serde_json::json!({ "error": error })),
    }
}

/// The ledger of a long run takes a while to write, so it is written away from the threads that answer calls.
async fn show_ledger<S: Simulator>(State(simulator): State<Arc<S>>) -> Response {
    tokio::task::spawn_blocking(move || json(StatusCode::OK, &simulator.ledger()))
        .await
        .unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

async fn show_webhooks<S: Simulator>(State(simulator): State<Arc<S>>) -> Json<Vec<PostLine>> {
    Json(simulator.posts())
}

async fn reset<S: Simulator>(State(simulator): State<Arc<S>>) -> StatusCode {
    simulator.switches().rewind();
    simulator.reset();
    StatusCode::NO_CONTENT
}
