//! What is taken when there is more to do than can be done: the rest is refused early and cheaply, with an honest estimate
//! of when to come again, so that what is taken keeps its latency and memory stays bounded.
//!
//! [`backlog`] tells how long an order would wait in the workers' inboxes, [`control`] which share of the orders is
//! therefore too much, [`verdict`] decides on that, on what the broker has not acknowledged ([`appends`]) and on how many
//! orders are being taken. All of these are pure; this module holds their state.

mod appends;
mod backlog;
mod control;
mod repetitions;
mod verdict;

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use metrics::{counter, gauge};
use shared::kafka::{Inbox, Progress};

pub use appends::{Append, Appending, Appends};
use backlog::{Backlog, Expected, PATH};
use control::Control;
pub use repetitions::Repetitions;
use verdict::{Bounds, Signals, Verdict, verdict};
pub use verdict::{Reason, Wish};

use crate::{
    problem::{OVERLOADED, Problem},
    settings::AdmissionSettings,
};

/// What was heard of the inboxes longer ago counts no more: then the producer's queue decides alone.
const BELIEVED_FOR: Duration = Duration::from_secs(10);

/// The inboxes that are to be watched, in the order in which [`Admission::hear`] expects them.
#[must_use]
pub fn watched() -> Vec<Inbox> {
    PATH.iter().map(|stage| stage.inbox).collect()
}

/// Decides about every new order and cancellation.
pub struct Admission {
    bounds: Bounds,
    longest: Duration,
    appends: Appends,
    repetitions: Repetitions,
    orders: Arc<AtomicUsize>,
    inboxes: Mutex<Inboxes>,
    /// The fraction of a refusal that is still due, in units of 2^-32.
    due: AtomicU32,
}

struct Inboxes {
    backlog: Backlog,
    control: Control,
    heard: Option<Instant>,
}

/// The place of an order that is being taken; free when dropped.
pub struct Place(Arc<AtomicUsize>);

/// A request that is not taken now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Refusal {
    wish: Wish,
    verdict: Verdict,
}

impl Admission {
    /// Takes everything until it hears of an overload.
    #[must_use]
    pub fn new(settings: &AdmissionSettings) -> Self {
        let longest = Duration::from_secs(settings.longest_wait_seconds);
        let inboxes = Inboxes { backlog: Backlog::default(), control: Control::new(longest), heard: None };
        Self {
            bounds: Bounds { appending: settings.appending(), orders: settings.orders_in_flight },
            longest,
            appends: Appends::default(),
            repetitions: Repetitions::default(),
            orders: Arc::default(),
            inboxes: Mutex::new(inboxes),
            due: AtomicU32::new(0),
        }
    }

    /// The producer's queue, for whoever appends.
    #[must_use]
    pub fn appends(&self) -> &Appends {
        &self.appends
    }

    /// The requests that were taken before.
    #[must_use]
    pub fn repetitions(&self) -> &Repetitions {
        &self.repetitions
    }

    /// Takes in a look at the inboxes, in the order of [`watched`], made at `now`.
    pub fn hear(&self, look: &[Vec<Progress>], now: Instant) {
        let mut inboxes = self.inboxes();
        let elapsed = inboxes.heard.map_or(Duration::ZERO, |before| now.saturating_duration_since(before));
        let expected = inboxes.backlog.observe(look, elapsed, self.longest * 2);
        inboxes.control.update(expected.wait, elapsed);
        inboxes.heard = Some(now);
        let share = inboxes.control.share();
        drop(inboxes);
        self.show(&expected, share);
    }

    /// A place for an order, if it may be taken.
    ///
    /// # Errors
    /// [`Refusal`] for as large a share of the orders as is too much, evenly spread.
    pub fn order(&self) -> Result<Place, Refusal> {
        self.decide(Wish::Order).map(|()| self.place())
    }

    /// A place for the repetition of an order that was taken, if the refusal allows for it: not while the broker is behind,
    /// because a repetition is sent again.
    ///
    /// # Errors
    /// The refusal.
    pub fn repetition(&self, refusal: Refusal) -> Result<Place, Refusal> {
        if refusal.verdict.reason == Reason::Appends { Err(refusal) } else { Ok(self.place()) }
    }

    /// Whether a cancellation may be taken.
    ///
    /// # Errors
    /// [`Refusal`] while nothing can be appended.
    pub fn cancel(&self) -> Result<(), Refusal> {
        self.decide(Wish::Cancel)
    }

    fn decide(&self, wish: Wish) -> Result<(), Refusal> {
        let verdict = verdict(wish, &self.signals(Instant::now()), &self.bounds);
        if self.falls_on_this(verdict.share) { Err(Refusal { wish, verdict }) } else { Ok(()) }
    }

    fn place(&self) -> Place {
        self.orders.fetch_add(1, Ordering::Relaxed);
        Place(Arc::clone(&self.orders))
    }

    fn signals(&self, now: Instant) -> Signals {
        let inboxes = self.inboxes();
        let is_believed = inboxes.heard.is_some_and(|heard| now.saturating_duration_since(heard) < BELIEVED_FOR);
        let backlog = is_believed.then(|| (inboxes.control.share(), inboxes.control.wait()));
        drop(inboxes);
        Signals { backlog, appending: self.appends.now(), orders: self.orders.load(Ordering::Relaxed) }
    }

    /// Adds up the shares: every time the sum passes a whole number, a refusal is due.
    fn falls_on_this(&self, share: f64) -> bool {
        if share >= 1.0 {
            return true;
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share is between 0 and 1")]
        let step = (share * f64::from(u32::MAX)) as u32;
        let due = self.due.fetch_add(step, Ordering::Relaxed);
        due.checked_add(step).is_none()
    }

    fn inboxes(&self) -> MutexGuard<'_, Inboxes> {
        self.inboxes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[allow(clippy::cast_precision_loss, reason = "gauges")]
    fn show(&self, expected: &Expected, share: f64) {
        for queue in &expected.queues {
            gauge!("ingress_inbox_lag", "inbox" => queue.topic).set(queue.lag);
            gauge!("ingress_inbox_wait_seconds", "inbox" => queue.topic).set(queue.wait.as_secs_f64());
        }
        gauge!("ingress_expected_wait_seconds").set(expected.wait.as_secs_f64());
        gauge!("ingress_refused_share").set(share);
        let appending = self.appends.now();
        gauge!("ingress_appends_in_flight").set(appending.records as f64);
        gauge!("ingress_oldest_append_seconds").set(appending.oldest.as_secs_f64());
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Refusal {
    /// The answer, counted.
    #[must_use]
    pub fn answer(self) -> Problem {
        counter!("ingress_shed_total", "reason" => self.reason(), "wish" => self.wish.as_str()).increment(1);
        let seconds = self.verdict.retry_after.as_secs_f64().ceil();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a minute at most")]
        let seconds = seconds as u64;
        let detail = format!("there is too much to do: come again in {seconds} s, with the same Idempotency-Key");
        Problem::new(OVERLOADED).detail(detail).retry_after(seconds)
    }

    const fn reason(self) -> &'static str {
        match self.verdict.reason {
            Reason::Backlog => "backlog",
            Reason::Appends => "appends",
            Reason::InFlight => "orders_in_flight",
        }
    }
}

impl Wish {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Cancel => "cancel",
        }
    }
}

#[cfg(test)]
mod tests;
