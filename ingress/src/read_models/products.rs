//! The catalog, in the collection `products`.

mod related;

use futures::TryStreamExt;
use mongodb::{
    Collection, Database,
    bson::{Document, doc},
};
use schemas::{
    catalog::ProductStatus,
    documents::Product,
    ids::{ProductId, Sku},
};
use serde::Deserialize;

pub(super) use self::related::Chain;
pub use self::related::Leads;

use super::{counter::Selection, settled};
use crate::problem::Problem;

/// A product as stored.
#[derive(Debug, Clone, Deserialize)]
pub struct ProductDocument {
    /// Counts the changes.
    pub version: i64,
    /// The product.
    pub state: Product,
}

/// Which products are wanted; empty for all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ProductFilter {
    /// The categories, one of which they have.
    pub categories: Vec<String>,
    /// The brand.
    pub brand: Option<String>,
    /// The SKU.
    pub sku: Option<String>,
}

/// Which of its names another product has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Its name in addresses.
    Slug,
    /// Its SKU.
    Sku,
}

impl ProductFilter {
    /// Whether a product has all of it.
    #[must_use]
    pub fn fits(&self, product: &Product) -> bool {
        let is = |wanted: &Option<String>, value: &str| wanted.as_ref().is_none_or(|wanted| wanted == value);
        (self.categories.is_empty() || self.categories.contains(&product.category))
            && is(&self.brand, &product.brand)
            && is(&self.sku, product.sku.as_str())
    }
}

/// The products in the record. What is shown of them goes over the [`super::Counter`].
#[derive(Clone)]
pub struct Products(Collection<ProductDocument>);

impl Products {
    /// The products in this database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self(database.collection_with_options("products", settled()))
    }

    /// The products of a selection, in the order of their ids.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn select(&self, selection: &Selection) -> Result<Vec<ProductDocument>, Problem> {
        let (mut condition, after, limit) = match selection {
            Selection::Page(filter, after, limit) => (condition(filter), after, limit),
            Selection::Group(group, after, limit) => {
                (doc! { "state.relations.group": group, "state.active": true }, after, limit)
            }
            Selection::Numbers(numbers, after, limit) => {
                (doc! { "state.numbers": { "$in": numbers }, "state.active": true }, after, limit)
            }
        };
        condition.extend(after.map(|after| ("_id".to_owned(), doc! { "$gt": after.to_string() }.into())));
        let found = self.0.find(condition).sort(doc! { "_id": 1 }).limit(*limit).projection(parts());
        Ok(found.await?.try_collect().await?)
    }

    /// These products, whether they can be bought or not.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn by_ids(&self, ids: &[ProductId]) -> Result<Vec<ProductDocument>, Problem> {
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let found = self.0.find(doc! { "_id": { "$in": ids } }).projection(parts());
        Ok(found.await?.try_collect().await?)
    }

    /// A product, whether it can be bought or not.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn by_id(&self, id: ProductId) -> Result<Option<ProductDocument>, Problem> {
        Ok(self.0.find_one(doc! { "_id": id.to_string() }).projection(parts()).await?)
    }

    /// Up to `limit` products, whether they can be bought or not, in the order of their ids, from after `after` on.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn all(
        &self,
        status: Option<ProductStatus>,
        after: Option<ProductId>,
        limit: i64,
    ) -> Result<Vec<ProductDocument>, Problem> {
        let mut condition = doc! { "_id": { "$gt": after.map(|id| id.to_string()).unwrap_or_default() } };
        condition.extend(status.map(of_status).unwrap_or_default());
        let found = self.0.find(condition).sort(doc! { "_id": 1 }).limit(limit).projection(parts());
        Ok(found.await?.try_collect().await?)
    }

    /// Which of these names a product other than this one has.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn taken(&self, id: ProductId, slug: &str, sku: &Sku) -> Result<Option<Taken>, Problem> {
        let names = [doc! { "state.slug": slug }, doc! { "state.sku": sku.as_str() }].to_vec();
        let condition = doc! { "$or": names, "_id": { "$ne": id.to_string() } };
        let other = self.0.find_one(condition).projection(parts()).await?;
        Ok(other.map(|other| if other.state.slug == slug { Taken::Slug } else { Taken::Sku }))
    }

    /// The product of this name in addresses, whether it can be bought or not.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn by_slug(&self, slug: &str) -> Result<Option<ProductDocument>, Problem> {
        Ok(self.0.find_one(doc! { "state.slug": slug }).projection(parts()).await?)
    }

    /// The product that had this name in addresses once.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn by_former_slug(&self, slug: &str) -> Result<Option<ProductDocument>, Problem> {
        let condition = doc! { "state.former_slugs": slug, "state.active": true };
        Ok(self.0.find_one(condition).projection(parts()).await?)
    }
}

/// A product from before there were drafts says no more than whether it is sold.
fn of_status(status: ProductStatus) -> Document {
    let draft = ProductStatus::Draft.as_str();
    match status {
        ProductStatus::Active => doc! { "state.active": true },
        ProductStatus::Draft => doc! { "state.active": false, "state.status": draft },
        ProductStatus::Archived => doc! { "state.active": false, "state.status": { "$ne": draft } },
    }
}

/// What the engine stores beside them is its own business.
fn parts() -> Document {
    doc! { "version": 1, "state": 1 }
}

fn condition(filter: &ProductFilter) -> Document {
    let mut condition = doc! { "state.active": true };
    match &filter.categories[..] {
        [] => {}
        [one] => drop(condition.insert("state.category", one)),
        several => drop(condition.insert("state.category", doc! { "$in": several })),
    }
    for (field, value) in [("state.brand", &filter.brand), ("state.sku", &filter.sku)] {
        if let Some(value) = value {
            condition.insert(field, value);
        }
    }
    condition
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inactive_products_never_show() {
        assert_eq!(condition(&ProductFilter::default()), doc! { "state.active": true });
    }

    #[test]
    fn a_value_is_compared_and_never_an_operator() {
        let filter = ProductFilter { brand: Some(r#"{"$gt":""}"#.to_owned()), ..ProductFilter::default() };
        assert_eq!(condition(&filter).get_str("state.brand").unwrap(), r#"{"$gt":""}"#);
    }
}
