//! The changes of products, as the catalog worker wrote them down.

use futures::TryStreamExt;
use mongodb::{
    Collection, Database,
    bson::{Document, doc},
};
use schemas::{
    catalog::changes::ProductChange,
    ids::{ProductId, UserId},
};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use shared::id::MessageId;

use crate::{
    paging::Place,
    problem::{IDEMPOTENCY_KEY_REUSED, Problem},
};

/// All changes of all products.
#[derive(Clone)]
pub struct ProductChanges(Collection<Kept>);

#[derive(Deserialize)]
struct Kept {
    row: ProductChange,
}

impl ProductChanges {
    /// The changes in this database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self(database.collection(ProductChange::COLLECTION))
    }

    /// Up to `limit` changes of a product, the newest first, from behind a place on.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn of(
        &self,
        product: ProductId,
        behind: Option<&Place>,
        limit: i64,
    ) -> Result<Vec<ProductChange>, Problem> {
        let mut condition = doc! { "row.product_id": product.to_string() };
        if let Some((at, change)) = behind {
            let (at, id) = (at.as_millis(), ProductChange::document_id(product, change));
            condition.insert("row.at", doc! { "$lte": at });
            condition.insert("$or", [doc! { "row.at": { "$lt": at } }, doc! { "_id": { "$lt": id } }].to_vec());
        }
        let order: Document = doc! { "row.at": -1, "_id": -1 };
        let found = self.0.find(condition).sort(order).limit(limit).await?;
        Ok(found.map_ok(|found| found.row).try_collect().await?)
    }

    /// What came of a change that was asked for.
    ///
    /// # Errors
    /// A problem when the store does not answer, or when another change was asked for under the same key.
    pub async fn one(&self, product: ProductId, asked: &ChangeAsked) -> Result<Option<ProductChange>, Problem> {
        let from = ProductChange::document_id(product, &format!("{}.", asked.key));
        let to = ProductChange::document_id(product, &format!("{}/", asked.key));
        let known = self.0.find_one(doc! { "_id": { "$gte": from, "$lt": to } }).await?.map(|found| found.row);
        match known {
            Some(change) if change.change_id != asked.change_id() => Err(Problem::new(IDEMPOTENCY_KEY_REUSED)),
            known => Ok(known),
        }
    }
}

/// A change that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeAsked {
    key: MessageId,
    digest: String,
}

impl ChangeAsked {
    /// A change of a product under somebody's key, asked for by this body.
    #[must_use]
    pub fn new(product: ProductId, by: UserId, key: &str, body: &Value) -> Self {
        let digest = Sha256::digest(body.to_string().as_bytes());
        Self { key: MessageId::of_fact(&format!("product/{product}/{by}/{key}")), digest: hex::encode(&digest[..8]) }
    }

    /// Its name: of one key and one body. So another body under the same key is noticed, however fast it comes.
    #[must_use]
    pub fn change_id(&self) -> String {
        format!("{}.{}", self.key, self.digest)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_is_the_same_for_the_same_product_person_key_and_body_alone() {
        let (product, by) = (ProductId::generate(), UserId::generate());
        let named = |product, by, key, body: Value| ChangeAsked::new(product, by, key, &body).change_id();
        let first = named(product, by, "k", json!({ "name": "a" }));
        assert_eq!(named(product, by, "k", json!({ "name": "a" })), first);
        for other in [
            named(ProductId::generate(), by, "k", json!({ "name": "a" })),
            named(product, UserId::generate(), "k", json!({ "name": "a" })),
            named(product, by, "l", json!({ "name": "a" })),
            named(product, by, "k", json!({ "name": "b" })),
        ] {
            assert_ne!(other, first);
        }
    }
}
