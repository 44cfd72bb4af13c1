//! What customers wish for, in the collection `wishlists`: one short list each. The ingress itself writes them, since nothing
//! else depends on them.

use mongodb::{
    Collection, Database,
    bson::{Document, doc, serialize_to_bson},
    error::Error,
};
use schemas::{
    ids::{ProductId, UserId},
    types::Timestamp,
};
use serde::{Deserialize, Serialize};

use super::accounts::is_duplicate;
use crate::{problem::Problem, read_models::settled};

/// The most products of a list.
const MOST: usize = 100;

/// A product that a customer wishes for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// The product.
    pub product_id: ProductId,
    /// Since when.
    pub added_at: Timestamp,
}

#[derive(Deserialize)]
struct Wishes {
    items: Vec<Wish>,
}

/// How wishing for a product ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wishing {
    /// It is on the list, by this request or by one before.
    Listed,
    /// The list has as many as it may.
    Full,
}

/// All lists.
#[derive(Clone)]
pub struct Wishlists(Collection<Wishes>);

impl Wishlists {
    /// The lists in this database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self(database.collection_with_options("wishlists", settled()))
    }

    /// What a customer wishes for, in the order in which it was added.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn of(&self, user: UserId) -> Result<Vec<Wish>, Problem> {
        Ok(self.0.find_one(of(user)).await?.map_or_else(Vec::new, |wishes| wishes.items))
    }

    /// Adds a product, once, as long as there is room: one update that tests both.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn add(&self, user: UserId, wish: &Wish) -> Result<Wishing, Problem> {
        let mut room = of(user);
        room.insert("items.product_id", doc! { "$ne": wish.product_id.to_string() });
        room.insert(format!("items.{}", MOST - 1), doc! { "$exists": false });
        let change = doc! { "$push": { "items": serialize_to_bson(wish).map_err(Error::from)? } };
        match self.0.update_one(room, change).upsert(true).await {
            Ok(_) => Ok(Wishing::Listed),
            // There is a list, and the test did not hold.
            Err(error) if is_duplicate(&error) => {
                let is_listed = self.of(user).await?.iter().any(|listed| listed.product_id == wish.product_id);
                Ok(if is_listed { Wishing::Listed } else { Wishing::Full })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Takes a product off the list.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn remove(&self, user: UserId, product: ProductId) -> Result<(), Problem> {
        let change = doc! { "$pull": { "items": { "product_id": product.to_string() } } };
        self.0.update_one(of(user), change).await?;
        Ok(())
    }
}

fn of(user: UserId) -> Document {
    doc! { "_id": user.to_string() }
}
