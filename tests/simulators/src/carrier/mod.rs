//! A carrier: books shipments, moves them by itself, and tells each step by webhook.
//!
//! It is no particular company's API but the common denominator of several: an idempotent booking, a tracking
//! number, a cancellation that is possible until the parcel is picked up, and signed tracking events.

mod book;
mod event;
mod ledger;
mod mover;
pub mod shipment;
mod shipments;

#[cfg(test)]
mod tests;

use crate::control::Simulator;
use crate::faults::Switches;
use crate::idempotency::Keys;
use crate::web::{bearer, json};
use crate::webhook::{Outbox, PostLine};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use book::Book;
use event::CarrierEvent;
use serde::Serialize;
use shipment::Shipment;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use event::SIGNATURE_HEADER;

/// How a carrier simulator is set up.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The bearer token of the shop.
    pub token: String,
    /// Time between two steps of a parcel; none leaves it where it is until told.
    pub step_delay: Option<Duration>,
    /// Where labels are fetched from, `http://host:port`.
    pub base_url: String,
}

/// One simulated carrier.
pub struct Carrier {
    setup: Setup,
    switches: Arc<Switches>,
    outbox: Arc<Outbox<CarrierEvent>>,
    keys: Keys<Shipment>,
    book: Mutex<Book>,
}

impl Carrier {
    /// A carrier without shipments.
    pub fn new(setup: Setup, switches: Arc<Switches>, muted: bool) -> Arc<Self> {
        let outbox = Arc::new(Outbox::new(Arc::clone(&switches), muted));
        Arc::new(Self { setup, switches, outbox, keys: Keys::default(), book: Mutex::default() })
    }

    /// The webhooks of the carrier, for whoever delivers them.
    pub fn outbox(&self) -> Arc<Outbox<CarrierEvent>> {
        Arc::clone(&self.outbox)
    }

    /// Held for moments only, never across I/O.
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Simulator for Carrier {
    type Ledger = ledger::CarrierLedger;

    fn switches(&self) -> &Switches {
        &self.switches
    }

    fn ledger(&self) -> Self::Ledger {
        ledger::of(self)
    }

    fn posts(&self) -> Vec<PostLine> {
        self.outbox.posts()
    }

    fn reset(&self) {
        *self.book() = Book::default();
        self.keys.clear();
        self.outbox.clear();
    }
}

/// The whole HTTP surface of the simulator.
pub fn router(carrier: Arc<Carrier>) -> Router {
    let api = Router::new()
        .route("/v1/shipments", post(shipments::book).get(shipments::list))
        .route("/v1/shipments/{id}", get(shipments::retrieve))
        .route("/v1/shipments/{id}/cancel", post(shipments::cancel))
        .layer(from_fn_with_state(Arc::clone(&carrier), authenticate));
    Router::new()
        .merge(api)
        .route("/labels/{id}", get(shipments::label))
        .route("/_sim/shipments/{id}/advance", post(mover::advance))
        .fallback(async || problem(StatusCode::NOT_FOUND, "not_found", "no such route"))
        .merge(crate::control::routes())
        .with_state(carrier)
}

async fn authenticate(State(carrier): State<Arc<Carrier>>, request: Request, next: Next) -> Response {
    if bearer(request.headers()) == Some(carrier.setup.token.as_str()) {
        next.run(request).await
    } else {
        problem(StatusCode::UNAUTHORIZED, "unauthorized", "the bearer token is missing or wrong")
    }
}

#[derive(Serialize)]
struct Envelope<'a> {
    error: Fields<'a>,
}

#[derive(Serialize)]
struct Fields<'a> {
    code: &'a str,
    message: &'a str,
}

/// `{"error":{"code","message"}}`
fn problem(status: StatusCode, code: &str, message: &str) -> Response {
    json(status, &Envelope { error: Fields { code, message } })
}
