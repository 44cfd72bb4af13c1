//! What is sold, in sum: categories, brands and vehicles with how many products each has. Kept in memory and exact: every
//! change of a product that the search index hears of is counted here as well, so that no request looks through products.

mod tally;

use std::sync::{
    PoisonError, RwLock,
    atomic::{AtomicBool, Ordering},
};

use schemas::documents::Product;

pub use self::tally::{Make, Model, Tally, Year};
use crate::problem::{Problem, SEARCH_NOT_READY};

/// The sums of this process.
#[derive(Debug, Default)]
pub struct Directory {
    tally: RwLock<Tally>,
    is_complete: AtomicBool,
}

impl Directory {
    /// Counts these products as they are now; an older revision never replaces a newer one.
    pub fn take(&self, products: &[Product]) {
        let mut tally = self.tally.write().unwrap_or_else(PoisonError::into_inner);
        products.iter().for_each(|product| tally.put(product));
    }

    /// All products were counted: from now on there is an answer.
    pub fn complete(&self) {
        self.is_complete.store(true, Ordering::Release);
    }

    /// Looks at the sums.
    ///
    /// # Errors
    /// A problem as long as not all products were counted.
    pub fn look<T>(&self, at: impl FnOnce(&Tally) -> T) -> Result<T, Problem> {
        if !self.is_complete.load(Ordering::Acquire) {
            return Err(Problem::new(SEARCH_NOT_READY).retry_after(5));
        }
        Ok(at(&self.tally.read().unwrap_or_else(PoisonError::into_inner)))
    }
}
