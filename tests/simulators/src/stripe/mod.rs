//! Stripe's PaymentIntents and Refunds, as the public API reference describes them.
//!
//! [`intent`] holds the rules; the other modules speak HTTP, keep the books and post events.

mod api;
mod auth;
mod balance;
mod book;
mod dispute;
mod error;
mod event;
mod form;
pub mod intent;
mod ledger;
mod mutate;
mod payer;
mod refunds;
mod render;

#[cfg(test)]
mod tests;

use crate::control::Simulator;
use crate::faults::Switches;
use crate::idempotency::Keys;
use crate::webhook::{Outbox, PostLine};
use axum::Router;
use axum::routing::{get, post};
use book::Book;
use event::StripeEvent;
use mutate::Answer;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use event::SIGNATURE_HEADER;

/// API version of the objects in answers and events.
pub const API_VERSION: &str = "2026-09-30.endive";

/// How a Stripe simulator is set up.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Key of the server side, `sk_…`.
    pub secret_key: String,
    /// Key of the browser side, `pk_…`.
    pub publishable_key: String,
    /// How long the customer takes to pay on their own; none waits to be told.
    pub auto_pay: Option<Duration>,
    /// Whether a 500 is replayed under its idempotency key like any other answer, as Stripe documents it.
    pub sticky_500: bool,
}

/// One simulated Stripe account.
pub struct Stripe {
    setup: Setup,
    switches: Arc<Switches>,
    outbox: Arc<Outbox<StripeEvent>>,
    keys: Keys<Answer>,
    book: Mutex<Book>,
}

impl Stripe {
    /// An account without payments.
    pub fn new(setup: Setup, switches: Arc<Switches>, muted: bool) -> Arc<Self> {
        let outbox = Arc::new(Outbox::new(Arc::clone(&switches), muted));
        Arc::new(Self { setup, switches, outbox, keys: Keys::default(), book: Mutex::default() })
    }

    /// The webhooks of the account, for whoever delivers them.
    pub fn outbox(&self) -> Arc<Outbox<StripeEvent>> {
        Arc::clone(&self.outbox)
    }

    /// Held for moments only, never across I/O.
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Simulator for Stripe {
    type Ledger = ledger::StripeLedger;

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
pub fn router(stripe: Arc<Stripe>) -> Router {
    Router::new()
        .route("/v1/payment_intents", post(api::create).get(api::list))
        .route("/v1/payment_intents/{id}", get(api::retrieve))
        .route("/v1/payment_intents/{id}/confirm", post(api::confirm))
        .route("/v1/payment_intents/{id}/capture", post(api::capture))
        .route("/v1/payment_intents/{id}/cancel", post(api::cancel))
        .route("/v1/balance_transactions", get(balance::list))
        .route("/v1/refunds", post(refunds::create).get(refunds::list))
        .route("/v1/refunds/{id}", get(refunds::retrieve))
        .route("/_sim/plant", post(balance::plant))
        .route("/_sim/disputes", post(dispute::open))
        .route("/_sim/disputes/{id}/{verdict}", post(dispute::decide))
        .fallback(api::unknown_route)
        .merge(crate::control::routes())
        .with_state(stripe)
}
