//! The orders, in the collection `orders`. Read with majority concern: what was shown once can never be rolled back.

use futures::TryStreamExt;
use mongodb::{
    Collection, Database,
    bson::{Document, doc},
    options::{CollectionOptions, ReadConcern},
};
use schemas::{
    documents::Order,
    ids::{OrderId, UserId},
};
use serde::Deserialize;

use crate::problem::Problem;

/// An order as stored.
#[derive(Debug, Clone, Deserialize)]
pub struct OrderDocument {
    /// Counts the changes.
    pub version: i64,
    /// The order.
    pub state: Order,
}

/// All orders.
#[derive(Clone)]
pub struct Orders(Collection<OrderDocument>);

impl Orders {
    /// The orders in this database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        let majority = CollectionOptions::builder().read_concern(ReadConcern::majority()).build();
        Self(database.collection_with_options("orders", majority))
    }

    /// The order of this id, whoever's it is.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn by_id(&self, id: OrderId) -> Result<Option<OrderDocument>, Problem> {
        Ok(self.0.find_one(doc! { "_id": id.to_string() }).projection(parts()).await?)
    }

    /// Up to `limit` orders of this customer, newest first, from before `before` on. Ids begin with their time.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn of_user(
        &self,
        user: UserId,
        before: Option<OrderId>,
        limit: i64,
    ) -> Result<Vec<OrderDocument>, Problem> {
        let mut condition = doc! { "state.user_id": user.to_string() };
        if let Some(before) = before {
            condition.insert("_id", doc! { "$lt": before.to_string() });
        }
        let found = self.0.find(condition).sort(doc! { "_id": -1 }).limit(limit).projection(parts());
        Ok(found.await?.try_collect().await?)
    }
}

fn parts() -> Document {
    doc! { "version": 1, "state": 1 }
}
