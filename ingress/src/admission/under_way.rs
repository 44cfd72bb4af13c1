//! What was begun and is not done yet: records that the broker has not acknowledged, orders that are being taken.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::limit::Done;

/// How much is under way, or may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// How many.
    pub count: usize,
    /// Their payloads.
    pub bytes: usize,
    /// How long the oldest has been under way.
    pub oldest: Duration,
}

impl Load {
    /// Nothing is under way.
    pub const NONE: Self = Self { count: 0, bytes: 0, oldest: Duration::ZERO };

    /// How much of its bound is taken, by whatever takes most.
    #[must_use]
    pub fn part_of(&self, bound: &Self) -> f64 {
        let age = self.oldest.as_secs_f64() / bound.oldest.as_secs_f64().max(f64::MIN_POSITIVE);
        part(self.count, bound.count).max(part(self.bytes, bound.bytes)).max(age)
    }
}

#[allow(clippy::cast_precision_loss, reason = "a ratio")]
fn part(taken: usize, bound: usize) -> f64 {
    taken as f64 / bound.max(1) as f64
}

/// Keeps count. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct UnderWay(Arc<Mutex<Begun>>);

#[derive(Debug, Default)]
struct Begun {
    /// When each began, by a number that grows: the first is the oldest.
    at: BTreeMap<u64, Instant>,
    bytes: usize,
    next: u64,
    done: Done,
}

/// One thing that is under way; done when dropped.
#[derive(Debug)]
pub struct Place {
    number: u64,
    bytes: usize,
    of: UnderWay,
}

impl UnderWay {
    /// Something with a payload of so many bytes is under way from now on.
    #[must_use]
    pub fn begin(&self, bytes: usize) -> Place {
        let mut begun = self.lock();
        let number = begun.next;
        begun.next += 1;
        begun.bytes += bytes;
        begun.at.insert(number, Instant::now());
        begun.done.most = begun.done.most.max(begun.at.len());
        Place { number, bytes, of: self.clone() }
    }

    /// How much is under way.
    #[must_use]
    pub fn now(&self) -> Load {
        let begun = self.lock();
        let oldest = begun.at.first_key_value().map(|(_, at)| at.elapsed());
        Load { count: begun.at.len(), bytes: begun.bytes, oldest: oldest.unwrap_or_default() }
    }

    /// What was done since this was last asked.
    pub fn take_done(&self) -> Done {
        let mut begun = self.lock();
        let next = Done { most: begun.at.len(), ..Done::default() };
        std::mem::replace(&mut begun.done, next)
    }

    fn lock(&self) -> MutexGuard<'_, Begun> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut begun = self.of.lock();
        let took = begun.at.remove(&self.number).map(|at| at.elapsed()).unwrap_or_default();
        begun.done.count = begun.done.count.saturating_add(1);
        begun.done.total = begun.done.total.saturating_add(took);
        begun.bytes -= self.bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_begun_is_counted_until_it_is_done() {
        let under_way = UnderWay::default();
        assert_eq!(under_way.now(), Load::NONE);
        let first = under_way.begin(100);
        let begun = Instant::now();
        let second = under_way.begin(11);
        std::thread::sleep(Duration::from_millis(2));
        let now = under_way.now();
        assert_eq!((now.count, now.bytes), (2, 111));
        assert!(now.oldest >= begun.elapsed() - Duration::from_millis(1));
        drop(first);
        assert_eq!((under_way.now().count, under_way.now().bytes), (1, 11));
        drop(second);
        assert_eq!(under_way.now(), Load::NONE);
        let done = under_way.take_done();
        assert!(done.count == 2 && done.most == 2 && done.total >= Duration::from_millis(4), "{done:?}");
        assert_eq!(under_way.take_done(), Done::default());
    }
}
