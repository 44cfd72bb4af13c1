//! The orders as clients asked for them, in the collection `order_requests`: what makes a repeated request the same
//! order.
//!
//! The first request with a key writes down the order it makes, priced, before anything is sent; the unique `_id` decides
//! between two at the same moment. Every repetition sends what stands there: the same order id, the same message id, the
//! same content, whatever has happened to prices since and wherever the first one died.

use std::{sync::Arc, time::Duration};

use mongodb::{
    Collection, Database, IndexModel,
    bson::{DateTime, doc},
    options::IndexOptions,
};
use schemas::{
    ids::{OrderId, UserId},
    orders::PlaceOrder,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    concerns::{settled, surely},
    grouped::{Grouped, Insertion},
};
use crate::cart::{CartId, Spending};
use crate::problem::{IDEMPOTENCY_KEY_REUSED, Problem, STORE_UNAVAILABLE};

/// How long a key is remembered. An order is in the collection `orders` long before.
const REMEMBERED_DAYS: i64 = 30;

/// One request for an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRequest {
    /// A digest of the customer and the key; of the customer and a random key if the client gave none.
    #[serde(rename = "_id")]
    pub id: String,
    /// Whose request it was.
    pub user_id: UserId,
    /// A digest of what was asked for.
    pub body_hash: String,
    /// The order it makes.
    pub order_id: OrderId,
    /// What is sent to the orders worker.
    pub place: PlaceOrder,
    /// When it may be forgotten.
    pub forget_at: DateTime,
    /// The content of a cart that it is made of, if it is: no other order is made of the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spending: Option<Spending>,
}

/// What a request turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acceptance {
    /// The first of its key, and of its cart: it stands as given.
    First,
    /// A repetition, or another order of the same cart: this is the first one.
    Repetition(Box<OrderRequest>),
}

impl OrderRequest {
    /// A request. Two keys of two customers never meet: a customer's id contains no zero byte.
    #[must_use]
    pub fn new(key: Option<&str>, body_hash: String, place: PlaceOrder) -> Self {
        let forget_at = place.placed_at.as_millis().saturating_add(REMEMBERED_DAYS * 24 * 3_600_000);
        Self {
            id: request_id(place.user_id, key),
            user_id: place.user_id,
            body_hash,
            order_id: place.order_id,
            place,
            forget_at: DateTime::from_millis(forget_at),
            spending: None,
        }
    }

    /// Whether both were made with one key.
    #[must_use]
    pub fn is_repeated_by(&self, other: &Self) -> bool {
        self.id == other.id
    }

    /// Refuses a key that was given to another request.
    ///
    /// # Errors
    /// A problem if it was.
    pub fn must_ask_for(&self, body_hash: &str) -> Result<(), Problem> {
        if self.body_hash == body_hash { Ok(()) } else { Err(Self::key_reused()) }
    }

    /// Its key was given to another request.
    #[must_use]
    pub fn key_reused() -> Problem {
        let advice = "send a new Idempotency-Key with a new order, the same one only to repeat the same order";
        Problem::new(IDEMPOTENCY_KEY_REUSED).detail(advice)
    }
}

/// The requests.
#[derive(Clone)]
pub struct OrderRequests {
    all: Collection<OrderRequest>,
    grouped: Grouped<OrderRequest>,
}

impl OrderRequests {
    /// The requests in this database. Starts the task that writes them, so there must be a runtime.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        let all = database.collection_with_options("order_requests", settled());
        Self { grouped: Grouped::new(Arc::new(all.clone())), all }
    }

    /// Creates the indexes: by order, by cart, and the one that forgets.
    ///
    /// # Errors
    /// What the database says.
    pub async fn create_indexes(&self) -> Result<(), mongodb::error::Error> {
        let forget = IndexOptions::builder().expire_after(Duration::ZERO).build();
        let by_order = IndexModel::builder().keys(doc! { "order_id": 1 }).build();
        let forgetting = IndexModel::builder().keys(doc! { "forget_at": 1 }).options(forget).build();
        self.all.create_indexes([by_order, forgetting, by_spending()]).await?;
        Ok(())
    }

    /// Writes a request down unless its key is known; durable when this returns.
    ///
    /// # Errors
    /// A problem when too many wait or the store does not answer: the request may stand or not then, and a repetition
    /// will find out.
    pub async fn accept(&self, request: &OrderRequest) -> Result<Acceptance, Problem> {
        match self.grouped.insert(request.clone()).await? {
            Insertion::Done => Ok(Acceptance::First),
            Insertion::Duplicate => {
                let gone = || Problem::new(STORE_UNAVAILABLE).retry_after(1).because("forgotten while it was repeated");
                let first = match (self.by_request_id(&request.id).await?, &request.spending) {
                    (None, Some(spending)) => self.by_spending(spending).await?,
                    (first, _) => first,
                };
                Ok(Acceptance::Repetition(Box::new(first.ok_or_else(gone)?)))
            }
        }
    }

    /// The request with this key, if there was one.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn by_key(&self, user: UserId, key: &str) -> Result<Option<OrderRequest>, Problem> {
        self.by_request_id(&request_id(user, Some(key))).await
    }

    /// The request that made this order.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn by_order(&self, order: OrderId) -> Result<Option<OrderRequest>, Problem> {
        Ok(self.all.find_one(doc! { "order_id": order.to_string() }).await?)
    }

    /// The request that was made of this content of a cart.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn by_spending(&self, spending: &Spending) -> Result<Option<OrderRequest>, Problem> {
        let content = doc! { "spending.cart": spending.cart.as_str(), "spending.generation": spending.generation };
        Ok(surely(self.all.find_one(content)).await?)
    }

    /// The last request that was made of what a cart held.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn last_of_cart(&self, cart: &CartId) -> Result<Option<OrderRequest>, Problem> {
        let last = self.all.find_one(doc! { "spending.cart": cart.as_str() }).sort(doc! { "spending.generation": -1 });
        Ok(surely(last).await?)
    }

    /// Linearizable: a request that is seen is durable, so that no failover can forget what was answered from it.
    async fn by_request_id(&self, id: &str) -> Result<Option<OrderRequest>, Problem> {
        Ok(surely(self.all.find_one(doc! { "_id": id })).await?)
    }
}

/// At most one order of each content of a cart.
fn by_spending() -> IndexModel {
    let of_carts = doc! { "spending.cart": { "$exists": true } };
    let unique = IndexOptions::builder().unique(true).partial_filter_expression(of_carts).build();
    IndexModel::builder().keys(doc! { "spending.cart": 1, "spending.generation": 1 }).options(unique).build()
}

/// Under which id a request stands on record.
#[must_use]
pub fn request_id(user: UserId, key: Option<&str>) -> String {
    let mut digest = Sha256::new();
    digest.update(user.to_string());
    digest.update([0]);
    match key {
        Some(key) => digest.update(key),
        // Longer than any key may be, so that no client can ever name it.
        None => digest.update(format!("{:0>129}", Uuid::now_v7())),
    }
    hex::encode(digest.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_belongs_to_its_customer() {
        let (one, other) = (UserId::generate(), UserId::generate());
        assert_eq!(request_id(one, Some("k")), request_id(one, Some("k")));
        assert_ne!(request_id(one, Some("k")), request_id(other, Some("k")));
        assert_ne!(request_id(one, Some("k")), request_id(one, Some("l")));
        assert_ne!(request_id(one, None), request_id(one, None));
    }
}
