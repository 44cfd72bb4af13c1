//! Idempotency keys as payment APIs treat them: one key, one request, one answer.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a request that carries a key may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim<T> {
    /// It is the first: perform it, then [`Keys::finish`].
    New,
    /// It was performed before, with this answer.
    Replay(T),
    /// The first request with the key is still being performed.
    InUse,
    /// The key belongs to a request with other parameters.
    Mismatch,
}

/// One key, for the ledger.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct KeyLine {
    /// The key as the client sent it.
    pub key: String,
    /// How often its answer was replayed.
    pub replays: u64,
    /// How often it was refused because it came with other parameters.
    pub mismatches: u64,
}

#[derive(Debug)]
struct Entry<T> {
    fingerprint: u64,
    answer: Option<T>,
    replays: u64,
    mismatches: u64,
}

/// The keys seen in this run, with their answers.
#[derive(Debug)]
pub struct Keys<T> {
    entries: Mutex<HashMap<String, Entry<T>>>,
}

impl<T> Default for Keys<T> {
    fn default() -> Self {
        Self { entries: Mutex::new(HashMap::new()) }
    }
}

impl<T: Clone> Keys<T> {
    /// Claims `key` for a request with this [`fingerprint`].
    pub fn claim(&self, key: &str, fingerprint: u64) -> Claim<T> {
        let mut entries = self.locked();
        let Some(entry) = entries.get_mut(key) else {
            entries.insert(key.to_owned(), Entry { fingerprint, answer: None, replays: 0, mismatches: 0 });
            return Claim::New;
        };
        if entry.fingerprint != fingerprint {
            entry.mismatches += 1;
            return Claim::Mismatch;
        }
        match &entry.answer {
            None => Claim::InUse,
            Some(answer) => {
                entry.replays += 1;
                Claim::Replay(answer.clone())
            }
        }
    }

    /// Keeps the answer that every later request with `key` receives.
    pub fn finish(&self, key: &str, answer: T) {
        if let Some(entry) = self.locked().get_mut(key) {
            entry.answer = Some(answer);
        }
    }

    /// Frees a key whose request came to nothing, so that it may be used again.
    pub fn release(&self, key: &str) {
        self.locked().remove(key);
    }

    /// Forgets every key.
    pub fn clear(&self) {
        self.locked().clear();
    }

    /// Every key seen, in no particular order.
    pub fn lines(&self) -> Vec<KeyLine> {
        let line = |(key, entry): (&String, &Entry<T>)| KeyLine {
            key: key.clone(),
            replays: entry.replays,
            mismatches: entry.mismatches,
        };
        self.locked().iter().map(line).collect()
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<String, Entry<T>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A digest of what makes two requests the same: where they went and what they asked.
pub fn fingerprint(path: &str, parameters: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    parameters.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_request_is_new_and_the_second_replays_its_answer() {
        let keys = Keys::default();
        assert_eq!(keys.claim("k", 1), Claim::New);
        keys.finish("k", "done");
        assert_eq!(keys.claim("k", 1), Claim::Replay("done"));
        assert_eq!(keys.lines(), [KeyLine { key: "k".into(), replays: 1, mismatches: 0 }]);
    }

    #[test]
    fn a_request_that_overtakes_the_first_finds_the_key_in_use() {
        let keys = Keys::<()>::default();
        assert_eq!(keys.claim("k", 1), Claim::New);
        assert_eq!(keys.claim("k", 1), Claim::InUse);
    }

    #[test]
    fn a_key_with_other_parameters_is_refused_and_the_first_answer_kept() {
        let keys = Keys::default();
        assert_eq!(keys.claim("k", fingerprint("/v1/refunds", ["amount=1"])), Claim::New);
        keys.finish("k", 7);
        assert_eq!(keys.claim("k", fingerprint("/v1/refunds", ["amount=2"])), Claim::Mismatch);
        assert_eq!(keys.claim("k", fingerprint("/v1/refunds", ["amount=1"])), Claim::Replay(7));
    }

    proptest! {
        #[test]
        fn every_key_is_performed_once_however_often_it_is_sent(sent in proptest::collection::vec(0_u8..8, 1..200)) {
            let keys = Keys::default();
            let mut performed = std::collections::HashMap::<u8, usize>::new();
            for key in sent {
                if keys.claim(&key.to_string(), 1) == Claim::New {
                    let times = performed.entry(key).or_default();
                    *times += 1;
                    keys.finish(&key.to_string(), *times);
                }
            }
            prop_assert!(performed.values().all(|times| *times == 1));
        }
    }
}
