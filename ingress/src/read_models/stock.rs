//! How much can be had of each part, in the collection `stock`: a hint for whoever fills a cart. What an order gets is
//! decided by the inventory worker.

use std::collections::HashMap;

use futures::TryStreamExt;
use mongodb::{Collection, Database, bson::doc};
use schemas::ids::Sku;
use serde::Deserialize;

use crate::problem::Problem;

/// The stock of all parts.
pub struct StockLevels(Collection<Stocked>);

#[derive(Deserialize)]
struct Stocked {
    state: Level,
}

#[derive(Deserialize)]
struct Level {
    sku: Sku,
    available: i64,
}

impl StockLevels {
    /// The stock in this database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self(database.collection("stock"))
    }

    /// How many units of each can be reserved. A part that never came in is not named.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn available(&self, skus: &[&Sku]) -> Result<HashMap<Sku, i64>, Problem> {
        let skus: Vec<&str> = skus.iter().map(|sku| sku.as_str()).collect();
        let found = self.0.find(doc! { "_id": { "$in": skus } }).projection(doc! { "state": 1 });
        let found: Vec<Stocked> = found.await?.try_collect().await?;
        Ok(found.into_iter().map(|Stocked { state }| (state.sku, state.available)).collect())
    }
}
