//! Which products belong together, in memory: pure.
//!
//! No version tells that one more product belongs to a list. So what is kept of lists is forgotten at every change that is
//! announced, and counts only while the announcements are known to be heard.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use schemas::{documents::Product, ids::ProductId};

use crate::read_models::ProductFilter;

/// How long lists count after the announcements were last known to be heard: they are looked after once a second.
pub(super) const TRUSTED: Duration = Duration::from_secs(3);
/// The most selections.
const MOST: usize = 4_096;
/// The most bytes of all that they name, products and what they are chosen by.
const MOST_HELD: usize = 8 * 1_024 * 1_024;

/// Products that can be bought and have something in common, in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Selection {
    /// A page of a list: after this product, so many.
    Page(ProductFilter, Option<ProductId>, i64),
    /// The variants of a group: after this product, so many.
    Group(String, Option<ProductId>, i64),
    /// Those with one of these numbers: after this product, so many.
    Numbers(Vec<String>, Option<ProductId>, i64),
}

impl Selection {
    /// Whether a product belongs to it, as it is now.
    #[must_use]
    pub fn fits(&self, product: &Product) -> bool {
        product.active
            && match self {
                Self::Page(filter, ..) => filter.fits(product),
                Self::Group(group, ..) => product.relations.group.as_ref() == Some(group),
                Self::Numbers(numbers, ..) => product.numbers.iter().any(|number| numbers.contains(number)),
            }
    }
}

/// The selections that were read since the last change.
#[derive(Default)]
pub(super) struct Selections {
    found: HashMap<Selection, Vec<ProductId>>,
    /// How many bytes they name.
    held: usize,
    /// All that was announced before this moment has been heard.
    heard_until: Option<Instant>,
}

impl Selections {
    /// The products of a selection, if that may be known.
    pub(super) fn get(&self, selection: &Selection, now: Instant) -> Option<Vec<ProductId>> {
        let heard_until = self.heard_until?;
        if now.saturating_duration_since(heard_until) >= TRUSTED {
            return None;
        }
        self.found.get(selection).cloned()
    }

    /// Keeps what was read.
    pub(super) fn keep(&mut self, selection: Selection, products: Vec<ProductId>) {
        let names = named_by(&selection);
        let more = names + size_of_val(&*products);
        if self.found.len() >= MOST || self.held + more > MOST_HELD {
            self.forget();
        }
        self.held += more;
        if let Some(before) = self.found.insert(selection, products) {
            self.held -= names + size_of_val(&*before);
        }
    }

    /// Something has changed.
    pub(super) fn forget(&mut self) {
        self.found.clear();
        self.held = 0;
    }

    /// All that was announced before this moment has been heard.
    pub(super) fn heard_all(&mut self, until: Instant) {
        self.heard_until = self.heard_until.max(Some(until));
    }

    /// Something may have been missed: nothing counts until all has been heard again.
    pub(super) fn missed(&mut self) {
        self.forget();
        self.heard_until = None;
    }
}

/// How many bytes a selection is chosen by: a category's page names all that are below it.
fn named_by(selection: &Selection) -> usize {
    let texts: &[String] = match selection {
        Selection::Page(filter, ..) => &filter.categories,
        Selection::Group(group, ..) => std::slice::from_ref(group),
        Selection::Numbers(numbers, ..) => numbers,
    };
    size_of::<Selection>() + size_of_val(texts) + texts.iter().map(String::len).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(name: u128) -> Selection {
        Selection::Group(name.to_string(), None, 100)
    }

    #[test]
    fn a_list_counts_while_the_announcements_are_heard_and_until_the_next() {
        let (mut selections, now) = (Selections::default(), Instant::now());
        let products = vec![ProductId::generate()];
        selections.keep(group(1), products.clone());
        assert_eq!(selections.get(&group(1), now), None, "nobody knows yet what was announced");
        selections.heard_all(now);
        assert_eq!(selections.get(&group(1), now + TRUSTED / 2), Some(products.clone()));
        assert_eq!(selections.get(&group(1), now + TRUSTED), None);
        selections.heard_all(now + TRUSTED);
        selections.heard_all(now);
        assert_eq!(selections.get(&group(1), now + TRUSTED), Some(products.clone()));
        selections.forget();
        assert_eq!(selections.get(&group(1), now + TRUSTED), None);
        selections.keep(group(1), products);
        selections.missed();
        assert_eq!(selections.get(&group(1), now + TRUSTED), None);
    }

    #[test]
    fn memory_is_bounded() {
        let (mut selections, mut most) = (Selections::default(), 0);
        for number in 0..2 * MOST as u128 {
            selections.keep(group(number), Vec::new());
            most = most.max(selections.found.len());
            assert!(selections.found.len() <= MOST);
        }
        assert!(most > MOST / 2);
    }

    #[test]
    fn memory_is_bounded_whatever_a_list_names() {
        let categories: Vec<String> = (0..1_000).map(|n| format!("Category {n}")).collect();
        let filter = ProductFilter { categories, ..ProductFilter::default() };
        let page = || Selection::Page(filter.clone(), Some(ProductId::generate()), 100);
        let mut selections = Selections::default();
        for _ in 0..MOST {
            selections.keep(page(), vec![ProductId::generate(); 100]);
            let held: usize = selections.found.iter().map(|(of, ids)| named_by(of) + size_of_val(&**ids)).sum();
            assert!(held <= MOST_HELD && held == selections.held);
        }
        assert!(!selections.found.is_empty());
    }
}
