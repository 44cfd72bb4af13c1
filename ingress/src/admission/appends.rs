//! The producer's queue: records that were appended and are not acknowledged yet.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::verdict::part;

/// How full it is, or may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appending {
    /// Records.
    pub records: usize,
    /// Their payloads.
    pub bytes: usize,
    /// How long the oldest has waited.
    pub oldest: Duration,
}

impl Appending {
    /// Nothing waits.
    pub const NONE: Self = Self { records: 0, bytes: 0, oldest: Duration::ZERO };

    /// How much of its bound is taken, by whatever takes most.
    #[must_use]
    pub fn part_of(&self, bound: &Self) -> f64 {
        let age = self.oldest.as_secs_f64() / bound.oldest.as_secs_f64().max(f64::MIN_POSITIVE);
        part(self.records, bound.records).max(part(self.bytes, bound.bytes)).max(age)
    }
}

/// Keeps count. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Appends(Arc<Mutex<Waiting>>);

#[derive(Debug, Default)]
struct Waiting {
    /// When each began, by a number that grows: the first is the oldest.
    begun: BTreeMap<u64, Instant>,
    bytes: usize,
    next: u64,
}

/// A record that waits; gone when dropped.
pub struct Append {
    number: u64,
    bytes: usize,
    waiting: Appends,
}

impl Appends {
    /// A record of so many bytes is being appended from now on.
    #[must_use]
    pub fn begin(&self, bytes: usize) -> Append {
        let mut waiting = self.lock();
        let number = waiting.next;
        waiting.next += 1;
        waiting.bytes += bytes;
        waiting.begun.insert(number, Instant::now());
        Append { number, bytes, waiting: self.clone() }
    }

    /// How full the queue is.
    #[must_use]
    pub fn now(&self) -> Appending {
        let waiting = self.lock();
        let oldest = waiting.begun.first_key_value().map(|(_, begun)| begun.elapsed());
        Appending { records: waiting.begun.len(), bytes: waiting.bytes, oldest: oldest.unwrap_or_default() }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Append {
    fn drop(&mut self) {
        let mut waiting = self.waiting.lock();
        waiting.begun.remove(&self.number);
        waiting.bytes -= self.bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_counted_until_it_is_acknowledged_or_given_up() {
        let appends = Appends::default();
        assert_eq!(appends.now(), Appending::NONE);
        let first = appends.begin(100);
        let begun = Instant::now();
        let second = appends.begin(11);
        std::thread::sleep(Duration::from_millis(2));
        let now = appends.now();
        assert_eq!((now.records, now.bytes), (2, 111));
        assert!(now.oldest >= begun.elapsed() - Duration::from_millis(1));
        drop(first);
        assert_eq!((appends.now().records, appends.now().bytes), (1, 11));
        drop(second);
        assert_eq!(appends.now(), Appending::NONE);
    }
}
