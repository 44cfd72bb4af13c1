//! What was shown, so that nothing older is shown after it.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
};

/// The newest versions shown, of as much as fits: two generations, the older dropped when the younger is full.
pub struct Shown<K>(Mutex<[HashMap<K, i64>; 2]>);

/// Some 5 MB in all.
const GENERATION: usize = 50_000;

impl<K> Default for Shown<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash> Shown<K> {
    /// The newest version shown of this one; 0 if none is remembered.
    pub fn floor(&self, id: &K) -> i64 {
        let generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        generations.iter().filter_map(|shown| shown.get(id)).copied().max().unwrap_or(0)
    }

    /// Remembers that this version was shown.
    pub fn note(&self, id: K, version: i64) {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let [young, old] = &mut *generations;
        if young.len() >= GENERATION && !young.contains_key(&id) {
            std::mem::swap(young, old);
            young.clear();
        }
        let newest = young.entry(id).or_insert(version);
        *newest = version.max(*newest);
    }
}

#[cfg(test)]
mod tests {
    use schemas::ids::OrderId;

    use super::*;

    #[test]
    fn the_newest_version_shown_is_remembered_and_memory_is_bounded() {
        let shown = Shown::default();
        let id = OrderId::generate();
        shown.note(id, 3);
        shown.note(id, 2);
        assert_eq!(shown.floor(&id), 3);
        for _ in 0..GENERATION {
            shown.note(OrderId::generate(), 1);
        }
        assert_eq!(shown.floor(&id), 3);
        for _ in 0..=GENERATION {
            shown.note(OrderId::generate(), 1);
        }
        assert_eq!(shown.floor(&id), 0);
        assert!(shown.0.lock().unwrap().iter().all(|generation| generation.len() <= GENERATION));
    }
}
