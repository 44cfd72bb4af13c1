//! All refunds, as the orders worker lists them.

use futures::TryStreamExt;
use mongodb::{Collection, Database, bson::doc};
use schemas::refunds::ListedRefund;
use serde::Deserialize;

use super::settled;
use crate::problem::Problem;

#[derive(Debug, Deserialize)]
struct Row {
    row: ListedRefund,
}

/// All refunds.
#[derive(Clone)]
pub struct Refunds(Collection<Row>);

impl Refunds {
    /// The refunds in this database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self(database.collection_with_options(ListedRefund::COLLECTION, settled()))
    }

    /// Up to `limit` refunds from behind the place `after` on and before `end`, in the order of the list.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn page(&self, after: &str, end: &str, limit: i64) -> Result<Vec<ListedRefund>, Problem> {
        let places = doc! { "row.place": { "$gt": after, "$lt": end } };
        let found = self.0.find(places).sort(doc! { "row.place": 1 }).limit(limit).projection(doc! { "row": 1 });
        let rows: Vec<Row> = found.await?.try_collect().await?;
        Ok(rows.into_iter().map(|row| row.row).collect())
    }
}
