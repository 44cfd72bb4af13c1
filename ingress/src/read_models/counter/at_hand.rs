//! What is kept in memory of the catalog: pure.

use std::{collections::VecDeque, sync::Arc, time::Instant};

use schemas::ids::ProductId;

use super::{
    kept::Kept,
    selections::{Selection, Selections},
};
use crate::read_models::ProductDocument;

/// So many announcements are remembered: more than come while something is read.
const REMEMBERED: usize = 1_024;

/// Products and lists.
#[derive(Default)]
pub(super) struct AtHand {
    pub(super) kept: Kept,
    selections: Selections,
    heard: Heard,
}

/// What was announced.
#[derive(Default)]
struct Heard {
    /// Counts all of it, and what was missed.
    count: u64,
    /// The last of it, the newest behind.
    last: VecDeque<ProductId>,
}

/// The moment before something is read from the record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Begun {
    heard: u64,
    at: Instant,
}

impl AtHand {
    /// Something is read from the record from now on.
    pub(super) const fn begin(&self, now: Instant) -> Begun {
        Begun { heard: self.heard.count, at: now }
    }

    /// Keeps what was read from the record, but for what was announced meanwhile: that may be newer.
    pub(super) fn keep(&mut self, products: &[Arc<ProductDocument>], begun: Begun) {
        let Some(announced) = self.heard.since(begun.heard) else { return };
        for product in products.iter().filter(|product| !announced.contains(&product.state.product_id)) {
            // What is newer than what was kept is a change of which the announcement is still under way.
            if self.kept.keep(product, begun.at) {
                self.selections.forget();
            }
        }
    }

    /// The products of a selection, if that may be known.
    pub(super) fn selected(&self, selection: &Selection, now: Instant) -> Option<Vec<ProductId>> {
        self.selections.get(selection, now)
    }

    /// Keeps which products a selection has, unless something was announced meanwhile.
    pub(super) fn keep_selected(&mut self, selection: Selection, products: &[Arc<ProductDocument>], begun: Begun) {
        if begun.heard == self.heard.count {
            self.selections.keep(selection, products.iter().map(|product| product.state.product_id).collect());
        }
    }

    /// Changes of these products were announced.
    pub(super) fn announced(&mut self, ids: impl Iterator<Item = ProductId>) {
        self.selections.forget();
        for id in ids {
            self.heard.note(id);
            self.kept.forget(id);
        }
    }

    /// All that was announced before this moment has been heard.
    pub(super) fn heard_all(&mut self, until: Instant) {
        self.selections.heard_all(until);
    }

    /// Something may have been announced that was not heard.
    pub(super) fn missed(&mut self) {
        self.heard.miss();
        self.selections.missed();
    }
}

impl Heard {
    fn note(&mut self, id: ProductId) {
        self.count += 1;
        self.last.push_back(id);
        if self.last.len() > REMEMBERED {
            self.last.pop_front();
        }
    }

    fn miss(&mut self) {
        self.count += 1;
        self.last.clear();
    }

    /// What was announced since it counted so many, if all of that is remembered.
    fn since(&self, count: u64) -> Option<Vec<ProductId>> {
        let more = usize::try_from(self.count - count).ok()?;
        let known = self.last.len().checked_sub(more)?;
        Some(self.last.iter().skip(known).copied().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::{super::testing::document, *};

    fn id(number: u128) -> ProductId {
        document(number, 1).state.product_id
    }

    #[test]
    fn of_what_is_read_while_others_change_all_is_kept_but_those() {
        let (mut at_hand, now) = (AtHand::default(), Instant::now());
        at_hand.announced([id(0)].into_iter());
        let begun = at_hand.begin(now);
        at_hand.announced([id(1), id(2)].into_iter());
        at_hand.keep(&[document(0, 1), document(1, 1), document(3, 1)], begun);
        assert_eq!([0, 1, 2, 3].map(|number| at_hand.kept.has(id(number))), [true, false, false, true]);
    }

    #[test]
    fn nothing_is_kept_of_what_was_read_while_more_was_announced_than_is_remembered_or_something_missed() {
        let (mut at_hand, now) = (AtHand::default(), Instant::now());
        let begun = at_hand.begin(now);
        at_hand.announced((1..=REMEMBERED as u128).map(id));
        at_hand.keep(&[document(0, 1)], begun);
        assert!(at_hand.kept.has(id(0)));
        at_hand.announced([id(0)].into_iter());
        at_hand.keep(&[document(0, 1)], begun);
        assert!(!at_hand.kept.has(id(0)), "that it was announced is not remembered any more");
        let begun = at_hand.begin(now);
        at_hand.missed();
        at_hand.keep(&[document(0, 1)], begun);
        assert!(!at_hand.kept.has(id(0)));
        assert!(at_hand.heard.last.len() <= REMEMBERED);
    }
}
