//! The orders, in the collection `orders`. Read from the primary with majority concern: what was shown once can never
//! be rolled back.

use futures::TryStreamExt;
use mongodb::{
    Collection, Database,
    bson::{Document, doc},
};
use schemas::{
    documents::Order,
    ids::{OrderId, ProductId, UserId},
    types::OrderStatus,
};
use serde::Deserialize;

use super::concerns::{settled, surely};
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
        Self(database.collection_with_options("orders", settled()))
    }

    /// The order of this id, whoever's it is.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn by_id(&self, id: OrderId) -> Result<Option<OrderDocument>, Problem> {
        Ok(self.0.find_one(doc! { "_id": id.to_string() }).projection(parts()).await?)
    }

    /// The order of this id as it is now: for when what [`Orders::by_id`] found is known to be old, because the primary it
    /// asked was none any more.
    ///
    /// # Errors
    /// A problem when no majority answers.
    pub async fn by_id_surely(&self, id: OrderId) -> Result<Option<OrderDocument>, Problem> {
        Ok(surely(self.0.find_one(doc! { "_id": id.to_string() }).projection(parts())).await?)
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

    /// This customer's last order that was delivered with this product.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn delivered_with(&self, user: UserId, product: ProductId) -> Result<Option<OrderId>, Problem> {
        let delivered = OrderStatus::Delivered.as_str();
        let condition = doc! {
            "state.user_id": user.to_string(), "state.status": delivered, "state.lines.product_id": product.to_string(),
        };
        let found = self.0.find_one(condition).sort(doc! { "_id": -1 }).projection(parts()).await?;
        Ok(found.map(|found| found.state.order_id))
    }
}

fn parts() -> Document {
    doc! { "version": 1, "state": 1 }
}
