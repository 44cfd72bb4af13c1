//! Which requests were taken before: their repetitions are let in, for they cost the shop nothing new, and whoever repeats
//! wants to know what became of an order that may exist.
//!
//! Those that this process took last it knows by heart. For the others the record can be asked, but only so often: when
//! most of what comes is new and refused, asking about each would be the overload itself.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

/// Some megabytes, and minutes of a busy shop.
const MOST: usize = 65_536;
/// How often the record may be asked, a second.
const QUESTIONS: f64 = 50.0;

/// The requests taken last.
#[derive(Debug)]
pub struct Repetitions(Mutex<Memory>);

#[derive(Debug)]
struct Memory {
    known: HashSet<u128>,
    in_order: VecDeque<u128>,
    questions: f64,
    asked: Instant,
}

impl Default for Repetitions {
    fn default() -> Self {
        let (known, in_order) = (HashSet::new(), VecDeque::new());
        Self(Mutex::new(Memory { known, in_order, questions: QUESTIONS, asked: Instant::now() }))
    }
}

impl Repetitions {
    /// Remembers a request that was taken, by the id under which it stands on record.
    pub fn remember(&self, id: &str) {
        let (mut memory, digest) = (self.lock(), digest(id));
        if !memory.known.insert(digest) {
            return;
        }
        memory.in_order.push_back(digest);
        if memory.in_order.len() > MOST
            && let Some(oldest) = memory.in_order.pop_front()
        {
            memory.known.remove(&oldest);
        }
    }

    /// Whether this request was taken by this process.
    #[must_use]
    pub fn knows(&self, id: &str) -> bool {
        self.lock().known.contains(&digest(id))
    }

    /// Whether the record may be asked about one more.
    #[must_use]
    pub fn may_ask(&self) -> bool {
        self.lock().may_ask(Instant::now())
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    fn may_ask(&mut self, now: Instant) -> bool {
        let elapsed = now.saturating_duration_since(self.asked).as_secs_f64();
        self.asked = now;
        self.questions = (self.questions + elapsed * QUESTIONS).min(QUESTIONS);
        let may = self.questions >= 1.0;
        if may {
            self.questions -= 1.0;
        }
        may
    }
}

/// The first half of the id, which is a digest in hexadecimal.
fn digest(id: &str) -> u128 {
    id.get(..32).and_then(|half| u128::from_str_radix(half, 16).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn id(number: usize) -> String {
        format!("{number:032x}{number:032x}")
    }

    #[test]
    fn what_was_taken_is_known_and_memory_is_bounded() {
        let repetitions = Repetitions::default();
        for number in 1..=MOST + 1 {
            repetitions.remember(&id(number));
            repetitions.remember(&id(number));
        }
        assert!(!repetitions.knows(&id(1)) && repetitions.knows(&id(2)) && repetitions.knows(&id(MOST + 1)));
        assert!(!repetitions.knows(&id(MOST + 2)));
        assert_eq!(repetitions.lock().known.len(), MOST);
    }

    #[test]
    fn the_record_is_asked_so_often_a_second() {
        let repetitions = Repetitions::default();
        let now = Instant::now();
        let allowed = |after: Duration| (0..1_000).filter(|_| repetitions.lock().may_ask(now + after)).count();
        assert_eq!(allowed(Duration::from_secs(9)), 50);
        assert_eq!(allowed(Duration::from_millis(9_500)), 25);
        assert_eq!(allowed(Duration::from_millis(9_500)), 0);
    }
}
