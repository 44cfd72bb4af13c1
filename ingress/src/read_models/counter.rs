//! The products that orders are priced from, kept at hand for a moment: nearly all orders are for what was ordered just
//! now.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use schemas::{documents::Product, ids::ProductId};

use super::Products;
use crate::problem::Problem;

/// How long a product is sold as it was read: so late a change of its price may count, or its end. What a customer pays
/// is what was written down with the order, so nothing else depends on it.
const LIFE: Duration = Duration::from_secs(1);
/// Some megabytes. A catalog that does not fit is read as if nothing were kept.
const MOST: usize = 4_096;

/// The products over the counter.
pub struct Counter {
    products: Products,
    kept: Mutex<Kept>,
}

impl Counter {
    /// A counter for these products.
    #[must_use]
    pub fn new(products: Products) -> Self {
        Self { products, kept: Mutex::default() }
    }

    /// Those of these products that can be bought.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn by_ids(&self, ids: &[ProductId]) -> Result<Vec<Arc<Product>>, Problem> {
        let now = Instant::now();
        let (mut found, missing) = self.with_kept(|kept| kept.find(ids, now));
        if !missing.is_empty() {
            let read = self.products.by_ids(&missing).await?;
            found.extend(self.with_kept(|kept| kept.keep(read, now)));
        }
        Ok(found)
    }

    fn with_kept<T>(&self, act: impl FnOnce(&mut Kept) -> T) -> T {
        act(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Products, each with the moment before it was read.
#[derive(Default)]
struct Kept(HashMap<ProductId, (Instant, Arc<Product>)>);

impl Kept {
    /// Those that are kept, and the ids of the others.
    fn find(&self, ids: &[ProductId], now: Instant) -> (Vec<Arc<Product>>, Vec<ProductId>) {
        let (mut found, mut missing) = (Vec::with_capacity(ids.len()), Vec::new());
        for id in ids {
            match self.0.get(id).filter(|(read, _)| now.saturating_duration_since(*read) < LIFE) {
                Some((_, product)) => found.push(Arc::clone(product)),
                None => missing.push(*id),
            }
        }
        (found, missing)
    }

    /// Keeps what was read after this moment.
    fn keep(&mut self, products: Vec<Product>, read: Instant) -> Vec<Arc<Product>> {
        if self.0.len() + products.len() > MOST {
            self.0.clear();
        }
        let shared: Vec<_> = products.into_iter().map(Arc::new).collect();
        self.0.extend(shared.iter().map(|product| (product.product_id, (read, Arc::clone(product)))));
        shared
    }
}

#[cfg(test)]
mod tests {
    use schemas::{
        catalog::{Labels, Page, PartKind, Rating, Relations, SaleTerms},
        types::{Money, Timestamp},
    };

    use super::*;

    fn product() -> Product {
        Product {
            product_id: ProductId::generate(),
            sku: "BRK-PAD".parse().unwrap(),
            slug: String::new(),
            name: String::new(),
            description: String::new(),
            category: String::new(),
            brand: String::new(),
            kind: PartKind::Aftermarket,
            oem_number: String::new(),
            hsn: String::new(),
            gst_basis_points: Some(0),
            price: Money::inr(1),
            weight_grams: 0,
            active: true,
            fitment: Vec::new(),
            revision: 1,
            terms: SaleTerms::default(),
            labels: Labels::default(),
            listed_at: Timestamp::from_millis(0),
            status: None,
            page: Page::default(),
            relations: Relations::default(),
            former_slugs: Vec::new(),
            numbers: Vec::new(),
            rating: Rating::default(),
        }
    }

    #[test]
    fn a_product_is_kept_for_a_second_and_an_absent_one_not_at_all() {
        let (mut kept, now) = (Kept::default(), Instant::now());
        let known = kept.keep(vec![product()], now);
        let (id, absent) = (known[0].product_id, ProductId::generate());
        assert_eq!(kept.find(&[absent, id], now + LIFE / 2), (known, vec![absent]));
        assert_eq!(kept.find(&[id], now + LIFE), (Vec::new(), vec![id]));
    }

    #[test]
    fn memory_is_bounded() {
        let (mut kept, now) = (Kept::default(), Instant::now());
        for _ in 0..=MOST {
            kept.keep(vec![product()], now);
            assert!(kept.0.len() <= MOST);
        }
    }
}
