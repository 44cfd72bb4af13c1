//! What faults strike at.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};

use super::parts::{Part, Parts};
use crate::{Stack, eventually, stack::DAEMONS};

/// How long a customer may take to pay. Short, so that some pay too late and a run is soon at rest.
pub const PAYMENT_WINDOW: Duration = Duration::from_secs(30);

const LEAVE_WITHIN: Duration = Duration::from_secs(15);

/// The gateways whose customers pay, and the carrier.
const SIMULATORS: [(&str, f64, f64); 3] =
    [("stripe-sim", 0.05, 0.05), ("razorpay-sim", 0.05, 0.05), ("carrier-sim", 0.0, 0.05)];

/// A running shop with its parts, and what went wrong that nobody ordered.
pub struct World {
    /// The daemons and simulators.
    pub shop: Arc<Stack>,
    /// Kafka, MongoDB and Redis.
    pub parts: Parts,
    surprises: Mutex<Vec<String>>,
}

impl World {
    /// A shop on its parts.
    #[must_use]
    pub fn new(shop: Arc<Stack>, parts: Parts) -> Self {
        Self { shop, parts, surprises: Mutex::default() }
    }

    /// kill -9 of a daemon, which should be running.
    pub fn kill(&self, daemon: &str) {
        self.note_end(daemon);
        self.shop.kill(daemon);
    }

    /// Has a second worker leave in order.
    pub async fn dismiss(&self, worker: &str) {
        if !self.note_end(worker) {
            self.shop.terminate(worker);
            if self.shop.ended_within(worker, LEAVE_WITHIN).await.is_none() {
                self.surprise(format!("{worker} did not leave within {LEAVE_WITHIN:?}"));
            }
        }
        self.shop.remove(worker);
    }

    /// Sets the switches of gateways and carrier, on top of what is usual: some declined cards, some webhooks twice.
    ///
    /// # Panics
    /// When a simulator does not take them.
    pub async fn switch(&self, switches: &Value) {
        for (simulator, declined, twice) in SIMULATORS {
            let mut all = json!({ "decline_rate": declined, "webhook_duplicate_rate": twice });
            for (switch, value) in switches.as_object().into_iter().flatten() {
                all[switch] = value.clone();
            }
            let url = format!("{}/_sim/faults", self.shop.url(simulator));
            eventually(&format!("{simulator} takes its switches"), async || {
                let answer = self.shop.http().put(&url).json(&all).send().await.map_err(|error| error.to_string())?;
                if answer.status().is_success() { Ok(()) } else { Err(answer.text().await.unwrap_or_default()) }
            })
            .await;
        }
    }

    /// Brings everything back that is not there, and waits until all of it can work.
    ///
    /// # Panics
    /// When it cannot.
    pub async fn heal(&self) {
        for part in Part::ALL {
            if self.parts.has_ended(part) {
                self.surprise(format!("{} ended by itself", part.name()));
                self.parts.start_again(part);
            }
        }
        self.parts.all_ready().await;
        for daemon in DAEMONS {
            if self.note_end(daemon) {
                self.shop.start_again(daemon);
            }
        }
        for name in self.shop.names() {
            self.shop.ready(&name).await;
        }
    }

    /// What went wrong that nobody ordered.
    #[must_use]
    pub fn surprises(&self) -> Vec<String> {
        self.surprises.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a process has ended that should be running.
    fn note_end(&self, name: &str) -> bool {
        let ended = self.shop.ended(name);
        if let Some(status) = ended {
            self.surprise(format!("{name} ended by itself with {status}"));
        }
        ended.is_some()
    }

    fn surprise(&self, what: String) {
        self.surprises.lock().unwrap_or_else(PoisonError::into_inner).push(what);
    }
}
