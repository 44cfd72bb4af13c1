//! What customers say of products, as the catalog worker wrote it down.

use futures::TryStreamExt;
use mongodb::{
    Collection, Database,
    bson::{Document, doc},
};
use schemas::{
    catalog::Review,
    ids::{ProductId, UserId},
    types::Timestamp,
};
use serde::Deserialize;

use crate::problem::Problem;

/// All reviews.
#[derive(Clone)]
pub struct Reviews(Collection<Kept>);

/// A place in a list of reviews, newest first: its time and its document's id.
pub type ReviewPlace = (Timestamp, String);

#[derive(Deserialize)]
struct Kept {
    row: Review,
}

impl Reviews {
    /// The reviews in this database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self(database.collection(Review::COLLECTION))
    }

    /// Up to `limit` reviews that are shown or hidden, of one product or of all, the newest first, from behind a place on.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn page(
        &self,
        product: Option<ProductId>,
        shown: bool,
        behind: Option<&ReviewPlace>,
        limit: i64,
    ) -> Result<Vec<Review>, Problem> {
        let mut condition = doc! { "row.shown": shown, "row.withdrawn": { "$ne": true } };
        condition.extend(product.map(|product| ("row.product_id".to_owned(), product.to_string().into())));
        if let Some((at, id)) = behind {
            let at = at.as_millis();
            condition.insert("row.at", doc! { "$lte": at });
            condition.insert("$or", [doc! { "row.at": { "$lt": at } }, doc! { "_id": { "$lt": id } }].to_vec());
        }
        let order: Document = doc! { "row.at": -1, "_id": -1 };
        let found = self.0.find(condition).sort(order).limit(limit).await?;
        Ok(found.map_ok(|found| found.row).try_collect().await?)
    }

    /// What this customer says of this product.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn by(&self, user: UserId, product: ProductId) -> Result<Option<Review>, Problem> {
        Ok(self.last_by(user, product).await?.filter(|review| !review.withdrawn))
    }

    /// What this customer said of this product last, or what is left of it after they took it back.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn last_by(&self, user: UserId, product: ProductId) -> Result<Option<Review>, Problem> {
        let id = Review::document_id(product, user);
        Ok(self.0.find_one(doc! { "_id": id }).await?.map(|found| found.row))
    }
}
