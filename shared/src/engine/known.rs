//! The aggregates that this worker wrote last, so that the next message for one needs no read.
//!
//! What is known may be old: another worker may have had the partition in between. So nothing counts as decided on it but
//! what ends in a compare-and-set; everything else is decided again on what the store says ([`Plan::unproven`]).
//!
//! [`Plan::unproven`]: super::Plan::unproven

use rustc_hash::FxHashMap;

/// Things by the id of their aggregate. They are so few that nobody gains anything by ids that collide, so they are hashed
/// in the quickest way: a batch goes through a dozen of these.
pub type ById<T> = FxHashMap<String, T>;

/// Aggregates by id, for as many as fit: two generations, the older forgotten when the younger is full.
pub struct Known<D> {
    young: ById<D>,
    old: ById<D>,
}

/// An order is on its way for some seconds, so this is enough for hundreds of them a second; some 10 MB.
const GENERATION: usize = 1_000;

impl<D> Default for Known<D> {
    fn default() -> Self {
        Self { young: ById::default(), old: ById::default() }
    }
}

impl<D> Known<D> {
    /// Takes out those of these aggregates that are known.
    pub fn take<'a>(&mut self, ids: impl Iterator<Item = &'a str>) -> ById<D> {
        let mut taken = ById::default();
        for id in ids {
            // What the younger generation has is newer.
            let (young, old) = (self.young.remove_entry(id), self.old.remove_entry(id));
            taken.extend(young.or(old));
        }
        taken
    }

    /// Remembers aggregates as they were just written.
    pub fn keep(&mut self, written: impl IntoIterator<Item = (String, D)>) {
        for (id, document) in written {
            if self.young.len() >= GENERATION {
                self.old = std::mem::take(&mut self.young);
            }
            self.young.insert(id, document);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_is_found_once_and_memory_is_bounded() {
        let mut known = Known::default();
        known.keep([("a".to_owned(), 1)]);
        known.keep((0..GENERATION).map(|n| (n.to_string(), 0)));
        known.keep([("a".to_owned(), 2)]);
        assert_eq!(known.take(["a", "b", "a"].into_iter()), ById::from_iter([("a".to_owned(), 2)]));
        assert!(known.take(["a"].into_iter()).is_empty());
        known.keep((0..5 * GENERATION).map(|n| (n.to_string(), 0)));
        assert!(known.young.len() + known.old.len() <= 2 * GENERATION);
    }
}
