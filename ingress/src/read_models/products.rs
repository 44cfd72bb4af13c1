//! The catalog, in the collection `products`.

use std::collections::HashMap;

use futures::TryStreamExt;
use mongodb::{
    Collection, Database,
    bson::{Document, doc},
};
use schemas::{documents::Product, ids::ProductId};
use serde::Deserialize;

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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductFilter {
    /// The category.
    pub category: Option<String>,
    /// The brand.
    pub brand: Option<String>,
    /// The SKU.
    pub sku: Option<String>,
    /// The maker of a vehicle that it fits.
    pub make: Option<String>,
    /// The model of that vehicle.
    pub model: Option<String>,
}

/// The products that can be bought.
#[derive(Clone)]
pub struct Products(Collection<ProductDocument>);

impl Products {
    /// The products in this database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self(database.collection("products"))
    }

    /// Up to `limit` products in the order of their ids, from after `after` on.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn list(
        &self,
        filter: &ProductFilter,
        after: Option<ProductId>,
        limit: i64,
    ) -> Result<Vec<ProductDocument>, Problem> {
        let found = self.0.find(condition(filter, after)).sort(doc! { "_id": 1 }).limit(limit).projection(parts());
        Ok(found.await?.try_collect().await?)
    }

    /// Those of these products that can be bought, in this order.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn in_order(&self, ids: &[ProductId]) -> Result<Vec<ProductDocument>, Problem> {
        let wanted: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let found = self.0.find(doc! { "_id": { "$in": wanted }, "state.active": true }).projection(parts());
        let found: Vec<ProductDocument> = found.await?.try_collect().await?;
        let mut found: HashMap<_, _> = found.into_iter().map(|product| (product.state.product_id, product)).collect();
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }

    /// The product of this name in addresses.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn by_slug(&self, slug: &str) -> Result<Option<ProductDocument>, Problem> {
        let condition = doc! { "state.slug": slug, "state.active": true };
        Ok(self.0.find_one(condition).projection(parts()).await?)
    }

    /// Those of these products that can be bought.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn by_ids(&self, ids: &[ProductId]) -> Result<Vec<Product>, Problem> {
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let found = self.0.find(doc! { "_id": { "$in": ids }, "state.active": true }).projection(parts());
        let documents: Vec<ProductDocument> = found.await?.try_collect().await?;
        Ok(documents.into_iter().map(|document| document.state).collect())
    }
}

/// What the engine stores beside them is its own business.
fn parts() -> Document {
    doc! { "version": 1, "state": 1 }
}

fn condition(filter: &ProductFilter, after: Option<ProductId>) -> Document {
    let mut condition = doc! { "state.active": true };
    for (field, value) in
        [("state.category", &filter.category), ("state.brand", &filter.brand), ("state.sku", &filter.sku)]
    {
        if let Some(value) = value {
            condition.insert(field, value);
        }
    }
    let vehicle: Document = [("make", &filter.make), ("model", &filter.model)]
        .into_iter()
        .filter_map(|(field, value)| Some((field.to_owned(), value.clone()?.into())))
        .collect();
    if !vehicle.is_empty() {
        condition.insert("state.fitment", doc! { "$elemMatch": vehicle });
    }
    if let Some(after) = after {
        condition.insert("_id", doc! { "$gt": after.to_string() });
    }
    condition
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn make_and_model_are_of_one_vehicle_and_inactive_products_never_show() {
        let filter = ProductFilter {
            make: Some("Maruti Suzuki".to_owned()),
            model: Some("Swift".to_owned()),
            ..ProductFilter::default()
        };
        let condition = condition(&filter, None);
        assert!(condition.get_bool("state.active").unwrap());
        let vehicle = condition.get_document("state.fitment").unwrap().get_document("$elemMatch").unwrap();
        assert_eq!(vehicle, &doc! { "make": "Maruti Suzuki", "model": "Swift" });
    }

    #[test]
    fn a_value_is_compared_and_never_an_operator() {
        let filter = ProductFilter { brand: Some(r#"{"$gt":""}"#.to_owned()), ..ProductFilter::default() };
        assert_eq!(condition(&filter, None).get_str("state.brand").unwrap(), r#"{"$gt":""}"#);
    }
}
