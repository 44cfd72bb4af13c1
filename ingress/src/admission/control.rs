//! What share of the new orders is refused, so that those which are taken wait for about as long as they may.
//!
//! This is PIE (RFC 8033, "proportional integral controller enhanced"), which routers use for the same purpose: the share
//! follows the wait and where the wait is going, so that it settles where as much is taken as gets done, whatever is
//! offered. A fixed threshold would flap: all is taken until the queue is long, then nothing until it is empty.

use std::time::Duration;

/// The share follows a wait that is not as it should be by this much a second, relative to the wait it should be.
const FOLLOW: f64 = 0.05;
/// It follows a change of the wait by this much.
const LEAD: f64 = 0.5;
/// When there is hardly a wait, half of what is left of the share is dropped in this time, in seconds.
const RELENT: f64 = 1.0;
/// The wait that is aimed at, as a part of the longest.
const AIM: f64 = 0.3;
/// A share below this is none: the overload is over.
const TRIFLE: f64 = 0.01;
/// A burst may make orders wait for so long before any is refused, in seconds (RFC 8033, section 4.4).
const BURST: f64 = 3.0;
/// A longer pause between two looks says no more about where the wait is going.
const LONGEST_STEP: f64 = 5.0;

/// The share that is refused.
#[derive(Debug, Clone, Copy)]
pub struct Control {
    longest: f64,
    aim: f64,
    share: f64,
    last: f64,
    /// How much longer a burst may go on, in seconds.
    patience: f64,
}

impl Control {
    /// Refuses nothing yet; beyond the longest wait it refuses all.
    #[must_use]
    pub fn new(longest: Duration) -> Self {
        let longest = longest.as_secs_f64();
        Self { longest, aim: AIM * longest, share: 0.0, last: 0.0, patience: BURST }
    }

    /// Takes in how long an order has to wait, so long after the last time.
    pub fn update(&mut self, wait: Duration, elapsed: Duration) {
        let (wait, elapsed) = (wait.as_secs_f64(), elapsed.as_secs_f64().min(LONGEST_STEP));
        let change = FOLLOW * elapsed * (wait - self.aim) + LEAD * (wait - self.last);
        self.share = (self.share + change / self.aim).clamp(0.0, 1.0);
        if wait >= self.aim / 2.0 {
            self.patience -= elapsed;
        } else if self.last < self.aim / 2.0 {
            self.share *= 0.5_f64.powf(elapsed / RELENT);
            if self.share < TRIFLE {
                (self.share, self.patience) = (0.0, BURST);
            }
        }
        self.last = wait;
    }

    /// The share of new orders to be refused, 0 to 1.
    #[must_use]
    pub fn share(&self) -> f64 {
        match self.last {
            wait if wait >= self.longest => 1.0,
            _ if self.patience > 0.0 => 0.0,
            _ => self.share,
        }
    }

    /// How long an order has to wait, by the last look.
    #[must_use]
    pub fn wait(&self) -> Duration {
        Duration::from_secs_f64(self.last)
    }
}

#[cfg(test)]
mod tests;
