//! What is kept in memory of the catalog: pure.

use std::{sync::Arc, time::Instant};

use schemas::ids::ProductId;

use super::{
    kept::Kept,
    selections::{Selection, Selections},
};
use crate::read_models::ProductDocument;

/// Products and lists.
#[derive(Default)]
pub(super) struct AtHand {
    pub(super) kept: Kept,
    selections: Selections,
    /// Counts what was announced or missed.
    heard: u64,
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
        Begun { heard: self.heard, at: now }
    }

    /// Keeps what was read from the record, unless something was announced meanwhile: that may be newer.
    pub(super) fn keep(&mut self, products: &[Arc<ProductDocument>], begun: Begun) {
        if begun.heard != self.heard {
            return;
        }
        for product in products {
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
        if begun.heard == self.heard {
            self.selections.keep(selection, products.iter().map(|product| product.state.product_id).collect());
        }
    }

    /// Changes of these products were announced.
    pub(super) fn announced(&mut self, ids: impl Iterator<Item = ProductId>) {
        self.heard += 1;
        self.selections.forget();
        ids.for_each(|id| self.kept.forget(id));
    }

    /// All that was announced before this moment has been heard.
    pub(super) fn heard_all(&mut self, until: Instant) {
        self.selections.heard_all(until);
    }

    /// Something may have been announced that was not heard.
    pub(super) fn missed(&mut self) {
        self.heard += 1;
        self.selections.missed();
    }
}
