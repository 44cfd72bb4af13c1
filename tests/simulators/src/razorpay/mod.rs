//! Razorpay's Orders, Payments and Refunds, as the public API documentation describes them.
//!
//! [`payment`] holds the rules; the other modules speak HTTP, keep the books and post events. The customer's
//! checkout has no public server API, so it is a control: `POST /_sim/orders/{id}/pay`.

mod book;
mod dispute;
mod error;
mod event;
mod ledger;
mod mutate;
mod orders;
mod payer;
pub mod payment;
mod payments;
mod refunds;
mod render;
mod settlement;

#[cfg(test)]
mod tests;

use crate::control::Simulator;
use crate::faults::Switches;
use crate::idempotency::Keys;
use crate::web::basic;
use crate::webhook::{Outbox, PostLine};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{Method, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use book::{Book, Refund};
use error::RazorpayError;
use event::RazorpayEvent;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use event::SIGNATURE_HEADER;

/// How a Razorpay simulator is set up.
#[derive(Clone, Debug)]
pub struct Setup {
    /// User of Basic authentication, `rzp_…`.
    pub key_id: String,
    /// Password of Basic authentication.
    pub key_secret: String,
    /// How long the customer takes to pay on their own; none waits to be told.
    pub auto_pay: Option<Duration>,
}

/// One simulated Razorpay account.
pub struct Razorpay {
    setup: Setup,
    switches: Arc<Switches>,
    outbox: Arc<Outbox<RazorpayEvent>>,
    refund_keys: Keys<Arc<Refund>>,
    book: Mutex<Book>,
}

impl Razorpay {
    /// An account without orders.
    pub fn new(setup: Setup, switches: Arc<Switches>, muted: bool) -> Arc<Self> {
        let outbox = Arc::new(Outbox::new(Arc::clone(&switches), muted));
        Arc::new(Self { setup, switches, outbox, refund_keys: Keys::default(), book: Mutex::default() })
    }

    /// The webhooks of the account, for whoever delivers them.
    pub fn outbox(&self) -> Arc<Outbox<RazorpayEvent>> {
        Arc::clone(&self.outbox)
    }

    /// Held for moments only, never across I/O.
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Simulator for Razorpay {
    type Ledger = ledger::RazorpayLedger;

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
        self.refund_keys.clear();
        self.outbox.clear();
    }
}

/// The whole HTTP surface of the simulator.
pub fn router(razorpay: Arc<Razorpay>) -> Router {
    let api = Router::new()
        .route("/v1/orders", post(orders::create).get(orders::list))
        .route("/v1/orders/{id}", get(orders::retrieve))
        .route("/v1/orders/{id}/payments", get(orders::payments))
        .route("/v1/payments", get(payments::list))
        .route("/v1/payments/{id}", get(payments::retrieve))
        .route("/v1/payments/{id}/capture", post(payments::capture))
        .route("/v1/payments/{id}/refund", post(refunds::create))
        .route("/v1/payments/{id}/refunds", get(refunds::of_payment))
        .route("/v1/refunds/{id}", get(refunds::retrieve))
        .layer(from_fn_with_state(Arc::clone(&razorpay), authenticate));
    Router::new()
        .merge(api)
        .route("/_sim/orders/{id}/pay", post(payer::pay))
        .route("/_sim/settlement.csv", get(settlement::report))
        .route("/_sim/plant", post(settlement::plant))
        .route("/_sim/disputes", post(dispute::open))
        .route("/_sim/disputes/{id}/{verdict}", post(dispute::decide))
        .fallback(async |_: Method, _: Uri| RazorpayError::unknown_route().response())
        .merge(crate::control::routes())
        .with_state(razorpay)
}

async fn authenticate(State(razorpay): State<Arc<Razorpay>>, request: Request, next: Next) -> Response {
    let setup = &razorpay.setup;
    match basic(request.headers()) {
        Some((user, password)) if user == setup.key_id && password == setup.key_secret => next.run(request).await,
        _ => RazorpayError::unauthorized().response(),
    }
}
