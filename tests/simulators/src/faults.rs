//! The fault switches, set on the command line and changed at run time by `PUT /_sim/faults`.

use crate::dice::{Dice, Draw};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What goes wrong, and how often. Every switch is off at its default; rates are probabilities in `0..=1`.
///
/// As JSON this is the body of `PUT /_sim/faults`, which replaces the whole set: a switch left out is off.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, clap::Args)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Share of payments (or bookings) that are declined.
    #[arg(long, default_value_t = 0.0)]
    pub decline_rate: f64,
    /// Milliseconds that a changing call takes before its effect.
    #[arg(long, default_value_t = 0)]
    pub delay_ms: u64,
    /// Share of successful changing calls whose effect happens but whose answer never comes.
    #[arg(long, default_value_t = 0.0)]
    pub timeout_after_success_rate: f64,
    /// Milliseconds after which an unanswered connection is closed.
    #[arg(long, default_value_t = DEFAULT_HOLD_MS)]
    pub timeout_hold_ms: u64,
    /// Share of successful changing calls whose effect happens but which answer 500.
    #[arg(long, default_value_t = 0.0)]
    pub error_500_after_success_rate: f64,
    /// Share of webhooks posted a second time.
    #[arg(long, default_value_t = 0.0)]
    pub webhook_duplicate_rate: f64,
    /// Width in milliseconds of the window inside which webhooks are shuffled.
    #[arg(long, default_value_t = 0)]
    #[serde(alias = "webhook_reorder")]
    pub webhook_reorder_ms: u64,
    /// Milliseconds by which every webhook is late.
    #[arg(long, default_value_t = 0)]
    pub webhook_delay_ms: u64,
    /// Share of webhooks that are never posted.
    #[arg(long, default_value_t = 0.0)]
    pub webhook_drop_rate: f64,
    /// Milliseconds that the bank takes to authorise after the customer paid.
    #[arg(long, default_value_t = 0)]
    pub late_authorization_ms: u64,
}

const DEFAULT_HOLD_MS: u64 = 30_000;

impl Default for Faults {
    fn default() -> Self {
        Self {
            decline_rate: 0.0,
            delay_ms: 0,
            timeout_after_success_rate: 0.0,
            timeout_hold_ms: DEFAULT_HOLD_MS,
            error_500_after_success_rate: 0.0,
            webhook_duplicate_rate: 0.0,
            webhook_reorder_ms: 0,
            webhook_delay_ms: 0,
            webhook_drop_rate: 0.0,
            late_authorization_ms: 0,
        }
    }
}

impl Faults {
    /// The switches themselves if every rate is a probability.
    ///
    /// # Errors
    /// Names the first rate that is not a number in `0..=1`.
    pub fn checked(self) -> Result<Self, String> {
        let rates = [
            ("decline_rate", self.decline_rate),
            ("timeout_after_success_rate", self.timeout_after_success_rate),
            ("error_500_after_success_rate", self.error_500_after_success_rate),
            ("webhook_duplicate_rate", self.webhook_duplicate_rate),
            ("webhook_drop_rate", self.webhook_drop_rate),
        ];
        match rates.into_iter().find(|(_, rate)| !(0.0..=1.0).contains(rate)) {
            Some((name, rate)) => Err(format!("{name} is {rate}; give a probability from 0 to 1")),
            None => Ok(self),
        }
    }
}

/// How a call whose effect has happened is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// As documented.
    Answer,
    /// With a 500 that tells nothing of the effect.
    Error500,
    /// Not at all: the connection hangs and is then closed.
    HangUp,
}

/// When a webhook is posted, relative to now. Empty when it is lost, two entries when it is duplicated.
pub type Postings = Vec<Duration>;

/// The switches in force together with the dice that apply them.
#[derive(Debug)]
pub struct Switches {
    faults: Mutex<Faults>,
    dice: Dice,
    fired: Fired,
}

#[derive(Debug, Default)]
struct Fired {
    declined: AtomicU64,
    unanswered: AtomicU64,
    errors_500: AtomicU64,
}

/// How often each call fault has struck, for the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct FiredCounts {
    /// Payments or bookings declined by chance.
    pub declined: u64,
    /// Calls left without an answer after their effect.
    pub unanswered: u64,
    /// Calls answered 500 after their effect.
    pub errors_500: u64,
}

impl Switches {
    /// Switches whose draws follow from `seed`.
    pub fn new(faults: Faults, seed: u64) -> Self {
        Self { faults: Mutex::new(faults), dice: Dice::new(seed), fired: Fired::default() }
    }

    /// The switches in force.
    pub fn current(&self) -> Faults {
        *self.locked()
    }

    /// Replaces every switch.
    pub fn replace(&self, faults: Faults) {
        *self.locked() = faults;
    }

    /// Restarts the draws and the counts; the switches stay as they are.
    pub fn rewind(&self) {
        self.dice.rewind();
        for counter in [&self.fired.declined, &self.fired.unanswered, &self.fired.errors_500] {
            counter.store(0, Ordering::Relaxed);
        }
    }

    /// How often each call fault has struck.
    pub fn fired(&self) -> FiredCounts {
        FiredCounts {
            declined: self.fired.declined.load(Ordering::Relaxed),
            unanswered: self.fired.unanswered.load(Ordering::Relaxed),
            errors_500: self.fired.errors_500.load(Ordering::Relaxed),
        }
    }

    /// Whether the next payment or booking is declined.
    pub fn declines(&self) -> bool {
        let declined = self.dice.happens(Draw::Decline, self.current().decline_rate);
        self.fired.declined.fetch_add(u64::from(declined), Ordering::Relaxed);
        declined
    }

    /// How the next successful call is answered.
    pub fn fate(&self) -> Fate {
        let faults = self.current();
        if self.dice.happens(Draw::Timeout, faults.timeout_after_success_rate) {
            self.fired.unanswered.fetch_add(1, Ordering::Relaxed);
            Fate::HangUp
        } else if self.dice.happens(Draw::Error500, faults.error_500_after_success_rate) {
            self.fired.errors_500.fetch_add(1, Ordering::Relaxed);
            Fate::Error500
        } else {
            Fate::Answer
        }
    }

    /// Waits as long as a changing call takes at present.
    pub async fn pause(&self) {
        let delay = self.current().delay_ms;
        if delay > 0 {
            tokio::time::sleep(Duration::from_millis(delay)).await;
        }
    }

    /// How long the bank takes to authorise, if it is slow.
    pub fn late_authorization(&self) -> Option<Duration> {
        let late = self.current().late_authorization_ms;
        (late > 0).then(|| Duration::from_millis(late))
    }

    /// When the next webhook is posted.
    pub fn postings(&self) -> Postings {
        let faults = self.current();
        if self.dice.happens(Draw::Drop, faults.webhook_drop_rate) {
            return Postings::new();
        }
        let copies = 1 + usize::from(self.dice.happens(Draw::Duplicate, faults.webhook_duplicate_rate));
        (0..copies).map(|copy| self.posting_delay(&faults, copy)).collect()
    }

    fn posting_delay(&self, faults: &Faults, copy: usize) -> Duration {
        /// A second copy comes a little later, as a redelivery does.
        const COPY_LAG_MS: u64 = 100;
        let shuffle = match faults.webhook_reorder_ms {
            0 => 0.0,
            window => self.dice.roll(Draw::Reorder) * window as f64,
        };
        Duration::from_millis(faults.webhook_delay_ms + shuffle as u64 + COPY_LAG_MS * copy as u64)
    }

    fn locked(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn switches(faults: Faults) -> Switches {
        Switches::new(faults, 1)
    }

    #[test]
    fn without_faults_every_call_is_answered_and_every_webhook_posted_once() {
        let quiet = switches(Faults::default());
        assert!((0..100).all(|_| quiet.fate() == Fate::Answer && !quiet.declines()));
        assert!((0..100).all(|_| quiet.postings() == [Duration::ZERO]));
    }

    #[test]
    fn certain_faults_strike_and_are_counted() {
        let faults = Faults { timeout_after_success_rate: 1.0, decline_rate: 1.0, ..Faults::default() };
        let broken = switches(faults);
        assert_eq!(broken.fate(), Fate::HangUp);
        assert!(broken.declines());
        assert_eq!(broken.fired(), FiredCounts { declined: 1, unanswered: 1, errors_500: 0 });
    }

    #[test]
    fn a_dropped_webhook_has_no_posting_and_a_duplicated_one_two() {
        let dropped = switches(Faults { webhook_drop_rate: 1.0, ..Faults::default() });
        assert!(dropped.postings().is_empty());
        let doubled = switches(Faults { webhook_duplicate_rate: 1.0, webhook_delay_ms: 50, ..Faults::default() });
        assert_eq!(doubled.postings(), [Duration::from_millis(50), Duration::from_millis(150)]);
    }

    #[test]
    fn reordering_stays_inside_its_window() {
        let shuffled = switches(Faults { webhook_reorder_ms: 500, ..Faults::default() });
        let delays: Vec<Duration> = (0..100).flat_map(|_| shuffled.postings()).collect();
        assert!(delays.iter().all(|delay| *delay < Duration::from_millis(500)));
        assert!(delays.windows(2).any(|pair| pair[0] > pair[1]), "nothing changed places");
    }

    #[test]
    fn a_rate_outside_the_unit_interval_is_refused_by_name() {
        let wrong = Faults { webhook_drop_rate: 1.5, ..Faults::default() };
        assert_eq!(wrong.checked(), Err("webhook_drop_rate is 1.5; give a probability from 0 to 1".into()));
        let not_a_number = Faults { decline_rate: f64::NAN, ..Faults::default() };
        assert!(not_a_number.checked().is_err());
    }
}
