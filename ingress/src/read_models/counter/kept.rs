//! Products in memory: pure. A newer version is never replaced by an older one, and what is kept is bounded by its size.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use schemas::{documents::Product, ids::ProductId};

use crate::read_models::ProductDocument;

/// How long a product is sold as it was seen last: so late a change of its price may count, or its end. What a customer
/// pays is what was written down with the order, so nothing else depends on it.
const LIFE: Duration = Duration::from_secs(1);
/// The most bytes of a generation, roughly: some fifteen thousand products of the usual size.
const GENERATION: usize = 32 << 20;

/// The products used last: two generations, the older dropped when the younger is full.
#[derive(Default)]
pub(super) struct Kept {
    young: Generation,
    old: Generation,
}

#[derive(Default)]
struct Generation {
    products: HashMap<ProductId, Known>,
    /// Hints: a product may have another slug by now.
    slugs: HashMap<String, ProductId>,
    bytes: usize,
}

struct Known {
    product: Arc<ProductDocument>,
    /// It was the newest at this moment.
    seen: Instant,
}

impl Kept {
    /// A product that was the newest a moment ago.
    pub(super) fn recent(&mut self, id: ProductId, now: Instant) -> Option<Arc<ProductDocument>> {
        let known = self.find(id)?;
        (now.saturating_duration_since(known.seen) < LIFE).then(|| Arc::clone(&known.product))
    }

    /// A product, if exactly this version of it is kept, which was the newest at `seen`.
    pub(super) fn at_version(&mut self, id: ProductId, version: i64, seen: Instant) -> Option<Arc<ProductDocument>> {
        let known = self.find(id).filter(|known| known.product.version == version)?;
        known.seen = known.seen.max(seen);
        Some(Arc::clone(&known.product))
    }

    /// Whether any version of it is kept.
    pub(super) fn has(&self, id: ProductId) -> bool {
        self.young.products.contains_key(&id) || self.old.products.contains_key(&id)
    }

    /// The product that had this name in addresses when it was kept.
    pub(super) fn named(&self, slug: &str) -> Option<ProductId> {
        self.young.slugs.get(slug).or_else(|| self.old.slugs.get(slug)).copied()
    }

    /// Keeps what was the newest at `seen`, unless a newer version is kept. Whether an older one was.
    pub(super) fn keep(&mut self, product: &Arc<ProductDocument>, seen: Instant) -> bool {
        let id = product.state.product_id;
        let before = self.find(id).map(|known| known.product.version);
        if before.is_some_and(|before| before > product.version) {
            return false;
        }
        self.young.remove(id);
        self.put(Known { product: Arc::clone(product), seen });
        before.is_some_and(|before| before < product.version)
    }

    /// Forgets a product: the next reader finds it in the record.
    pub(super) fn forget(&mut self, id: ProductId) {
        self.young.remove(id);
        self.old.remove(id);
    }

    fn find(&mut self, id: ProductId) -> Option<&mut Known> {
        if let Some(known) = self.old.remove(id) {
            self.put(known);
        }
        self.young.products.get_mut(&id)
    }

    fn put(&mut self, known: Known) {
        let (id, bytes) = (known.product.state.product_id, bytes(&known.product.state));
        if self.young.bytes + bytes > GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.bytes += bytes;
        self.young.slugs.insert(known.product.state.slug.clone(), id);
        self.young.products.insert(id, known);
    }
}

impl Generation {
    fn remove(&mut self, id: ProductId) -> Option<Known> {
        let known = self.products.remove(&id)?;
        self.slugs.remove(&known.product.state.slug);
        self.bytes = self.bytes.saturating_sub(bytes(&known.product.state));
        Some(known)
    }
}

/// About what a product takes: what grows without much of a limit, and the rest of it.
fn bytes(product: &Product) -> usize {
    let page = &product.page;
    let lists = product.fitment.len() + page.images.len() + page.attributes.len() + product.labels.tags.len();
    let more = product.labels.cross_references.len() + product.numbers.len() + product.former_slugs.len();
    1_536 + product.description.len() + 160 * (lists + more)
}

#[cfg(test)]
mod tests {
    use super::{super::testing::document, *};

    #[test]
    fn a_product_counts_for_a_second_as_it_was_seen_last() {
        let (mut kept, now) = (Kept::default(), Instant::now());
        let known = document(1, 1);
        let id = known.state.product_id;
        kept.keep(&known, now);
        assert_eq!(kept.recent(id, now + LIFE / 2).map(|found| found.version), Some(1));
        assert!(kept.recent(id, now + LIFE).is_none());
        assert!(kept.at_version(id, 2, now).is_none());
        assert!(kept.at_version(id, 1, now + LIFE / 2).is_some());
        assert!(kept.recent(id, now + LIFE).is_some(), "it was seen again");
    }

    #[test]
    fn an_older_version_never_takes_the_place_of_a_newer_one_and_is_told_by_its_slug() {
        let (mut kept, now) = (Kept::default(), Instant::now());
        assert!(!kept.keep(&document(1, 2), now));
        assert!(!kept.keep(&document(1, 1), now));
        let id = document(1, 1).state.product_id;
        assert!(kept.at_version(id, 1, now).is_none() && kept.at_version(id, 2, now).is_some());
        assert!(kept.keep(&document(1, 3), now));
        assert_eq!(kept.named(&document(1, 1).state.slug), Some(id));
        kept.forget(id);
        assert!(!kept.has(id) && kept.named(&document(1, 1).state.slug).is_none());
    }

    #[test]
    fn memory_is_bounded_and_what_is_asked_for_stays() {
        let (mut kept, now) = (Kept::default(), Instant::now());
        let favourite = document(0, 1);
        kept.keep(&favourite, now);
        for number in 1..60_000 {
            kept.keep(&document(number, 1), now);
            assert!(kept.recent(favourite.state.product_id, now).is_some());
        }
        for generation in [&kept.young, &kept.old] {
            assert!(generation.bytes <= GENERATION && generation.products.len() < 30_000);
            assert_eq!(generation.slugs.len(), generation.products.len());
            assert_eq!(
                generation.bytes,
                generation.products.values().map(|it| bytes(&it.product.state)).sum::<usize>()
            );
        }
        assert!(!kept.has(document(1, 1).state.product_id));
    }
}
