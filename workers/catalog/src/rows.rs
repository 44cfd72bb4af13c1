//! The records beside the products: what changed, and what customers say of them.

use schemas::catalog::{Review, changes::ProductChange};
use serde::{Deserialize, Serialize};
use shared::engine::{Row, RowKey};

use crate::{history, review};

/// Everything that the catalog worker keeps beside the products.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CatalogRow {
    /// A change of a product.
    Change(ProductChange),
    /// What a customer says of a product.
    Review(Review),
}

impl From<ProductChange> for CatalogRow {
    fn from(change: ProductChange) -> Self {
        Self::Change(change)
    }
}

impl From<Review> for CatalogRow {
    fn from(review: Review) -> Self {
        Self::Review(review)
    }
}

impl Row for CatalogRow {
    fn key(&self) -> RowKey {
        match self {
            Self::Change(row) => history::key(row.product_id, &row.change_id),
            Self::Review(row) => review::key(row.product_id, row.user_id),
        }
    }
}
