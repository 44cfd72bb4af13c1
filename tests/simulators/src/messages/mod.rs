//! A provider of SMS and e-mail: takes messages and keeps them to be read, where a real one would deliver them.
//!
//! It is no particular company's API but what the shop asks of one (`ingress/src/messages/http.rs`):
//! `POST /v1/messages` with a bearer token, an `Idempotency-Key` and
//! `{"id", "channel": "sms" | "email", "to", "subject", "text"}`. A message that is posted again is delivered once.

mod book;
mod deliveries;

#[cfg(test)]
mod tests;

use crate::control::Simulator;
use crate::faults::{Faults, FiredCounts, Switches};
use crate::web::{bearer, json};
use crate::webhook::PostLine;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use book::{Book, Delivery};
use serde::Serialize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One simulated provider.
pub struct Provider {
    token: String,
    switches: Arc<Switches>,
    book: Mutex<Book>,
}

/// `GET /_sim/ledger`
#[derive(Debug, Serialize)]
pub struct ProviderLedger {
    simulator: &'static str,
    messages: Vec<Delivery>,
    faults: Faults,
    faults_fired: FiredCounts,
}

impl Provider {
    /// A provider that has delivered nothing, and lets whoever has this token in.
    pub fn new(token: String, switches: Arc<Switches>) -> Arc<Self> {
        Arc::new(Self { token, switches, book: Mutex::default() })
    }

    /// Held for moments only, never across I/O.
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Simulator for Provider {
    type Ledger = ProviderLedger;

    fn switches(&self) -> &Switches {
        &self.switches
    }

    fn ledger(&self) -> Self::Ledger {
        ProviderLedger {
            simulator: "messages",
            messages: self.book().all().to_vec(),
            faults: self.switches.current(),
            faults_fired: self.switches.fired(),
        }
    }

    /// It posts none.
    fn posts(&self) -> Vec<PostLine> {
        Vec::new()
    }

    fn reset(&self) {
        *self.book() = Book::default();
    }
}

/// The whole HTTP surface of the simulator.
pub fn router(provider: Arc<Provider>) -> Router {
    let api = Router::new()
        .route("/v1/messages", post(deliveries::take))
        .layer(from_fn_with_state(Arc::clone(&provider), authenticate));
    Router::new()
        .merge(api)
        .route("/_sim/messages", get(deliveries::read))
        .fallback(async || problem(StatusCode::NOT_FOUND, "not_found", "no such route"))
        .merge(crate::control::routes())
        .with_state(provider)
}

async fn authenticate(State(provider): State<Arc<Provider>>, request: Request, next: Next) -> Response {
    if bearer(request.headers()) == Some(provider.token.as_str()) {
        next.run(request).await
    } else {
        problem(StatusCode::UNAUTHORIZED, "unauthorized", "the bearer token is missing or wrong")
    }
}

/// `{"error":{"code","message"}}`
fn problem(status: StatusCode, code: &str, message: &str) -> Response {
    json(status, &serde_json::json!({ "error": { "code": code, "message": message } }))
}
