//! What is taken when there is more to do than can be done: the rest is refused early and cheaply, with an honest estimate
//! of when to come again, so that what is taken keeps its latency and memory stays bounded.
//!
//! [`backlog`] tells how long an order would wait in the workers' inboxes, [`control`] which share of the orders is
//! therefore too much, [`verdict`] decides on that, on what the broker has not acknowledged and on the orders that are being
//! taken ([`under_way`], [`limit`]). All of these are pure; this module holds their state.

mod backlog;
mod control;
mod limit;
mod repetitions;
mod under_way;
mod verdict;

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use metrics::{counter, gauge};
use shared::kafka::{Inbox, Progress};

use backlog::{Backlog, Expected, PATH};
use control::Control;
pub use limit::Limit;
use limit::WINDOW;
pub use repetitions::Repetitions;
pub use under_way::{Load, Place, UnderWay};
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
    appending: Load,
    oldest_order: Duration,
    longest: Duration,
    appends: UnderWay,
    orders: UnderWay,
    limit: Mutex<Thought>,
    repetitions: Repetitions,
    inboxes: Mutex<Inboxes>,
    /// The fraction of a refusal that is still due, in units of 2^-32.
    due: AtomicU32,
}

/// How many orders may be taken at once, and when that was last thought over.
struct Thought {
    limit: Limit,
    at: Instant,
}

struct Inboxes {
    backlog: Backlog,
    control: Control,
    heard: Option<Instant>,
}

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
            appending: settings.appending(),
            oldest_order: Duration::from_millis(settings.oldest_order_ms),
            longest,
            appends: UnderWay::default(),
            orders: UnderWay::default(),
            limit: Mutex::new(Thought { limit: settings.limit(), at: Instant::now() }),
            repetitions: Repetitions::default(),
            inboxes: Mutex::new(inboxes),
            due: AtomicU32::new(0),
        }
    }

    /// The producer's queue, for whoever appends.
    #[must_use]
    pub fn appends(&self) -> &UnderWay {
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
        self.decide(Wish::Order).map(|()| self.orders.begin(0))
    }

    /// A place for the repetition of an order that was taken, if the refusal allows for it: not while the broker is behind,
    /// because a repetition is sent again.
    ///
    /// # Errors
    /// The refusal.
    pub fn repetition(&self, refusal: Refusal) -> Result<Place, Refusal> {
        if refusal.verdict.reason == Reason::Appends { Err(refusal) } else { Ok(self.orders.begin(0)) }
    }

    /// Whether a cancellation may be taken.
    ///
    /// # Errors
    /// [`Refusal`] while nothing can be appended.
    pub fn cancel(&self) -> Result<(), Refusal> {
        self.decide(Wish::Cancel)
    }

    fn decide(&self, wish: Wish) -> Result<(), Refusal> {
        let now = Instant::now();
        let verdict = verdict(wish, &self.signals(now), &self.bounds(now));
        if self.falls_on_this(verdict.share) { Err(Refusal { wish, verdict }) } else { Ok(()) }
    }

    fn signals(&self, now: Instant) -> Signals {
        let inboxes = self.inboxes();
        let is_believed = inboxes.heard.is_some_and(|heard| now.saturating_duration_since(heard) < BELIEVED_FOR);
        let backlog = is_believed.then(|| (inboxes.control.share(), inboxes.control.wait()));
        drop(inboxes);
        Signals { backlog, appending: self.appends.now(), taking: self.orders.now() }
    }

    fn bounds(&self, now: Instant) -> Bounds {
        let mut thought = self.limit.lock().unwrap_or_else(PoisonError::into_inner);
        if now.saturating_duration_since(thought.at) >= WINDOW {
            thought.at = now;
            thought.limit.update(self.orders.take_done());
        }
        let taking = Load { count: thought.limit.now(), bytes: usize::MAX, oldest: self.oldest_order };
        Bounds { appending: self.appending, taking }
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
        let (appending, taking) = (self.appends.now(), self.orders.now());
        gauge!("ingress_appends_in_flight").set(appending.count as f64);
        gauge!("ingress_oldest_append_seconds").set(appending.oldest.as_secs_f64());
        gauge!("ingress_orders_in_flight").set(taking.count as f64);
        gauge!("ingress_orders_in_flight_limit").set(self.bounds(Instant::now()).taking.count as f64);
        gauge!("ingress_oldest_order_seconds").set(taking.oldest.as_secs_f64());
    }
}

/// Why a request is turned away, and what it wanted, as they are counted.
pub type Shed = (&'static str, &'static str);
/// Too many orders wait to be written down.
pub const INSERTS: Shed = ("inserts", Wish::Order.as_str());
/// Too many requests of any kind are being answered.
pub const REQUESTS_IN_FLIGHT: Shed = ("requests_in_flight", "any");

/// Counts what is turned away.
pub fn count_shed((reason, wish): Shed, requests: u64) {
    counter!("ingress_shed_total", "reason" => reason, "wish" => wish).increment(requests);
}

/// Shows what is turned away as zero from the start on: whoever is to be warned of the first needs a number from before it.
pub fn begin_numbers() {
    let of_orders = Reason::ALL.map(|reason| (reason.as_str(), Wish::Order.as_str()));
    let others = [(Reason::Appends.as_str(), Wish::Cancel.as_str()), INSERTS, REQUESTS_IN_FLIGHT];
    of_orders.into_iter().chain(others).for_each(|shed| count_shed(shed, 0));
}

impl Refusal {
    /// The answer, counted.
    #[must_use]
    pub fn answer(self) -> Problem {
        count_shed((self.verdict.reason.as_str(), self.wish.as_str()), 1);
        let seconds = self.verdict.retry_after.as_secs_f64().ceil();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a minute at most")]
        let seconds = seconds as u64;
        let detail = format!("there is too much to do: come again in {seconds} s, with the same Idempotency-Key");
        Problem::new(OVERLOADED).detail(detail).retry_after(seconds)
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
