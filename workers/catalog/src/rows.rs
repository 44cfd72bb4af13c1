//! The records beside the products: what changed, what customers say of them, and the categories that they are in.

use schemas::catalog::{CategoryTree, Review, changes::ProductChange};
use serde::{Deserialize, Serialize};
use shared::engine::{Row, RowKey};

use crate::{categories, history, review};

/// Everything that the catalog worker keeps, or looks at, beside the products.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CatalogRow {
    /// A change of a product.
    Change(ProductChange),
    /// What a customer says of a product.
    Review(Review),
    /// The tree of categories, which the ingress alone writes.
    Categories(CategoryTree),
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
            Self::Categories(_) => categories::key(),
        }
    }
}
