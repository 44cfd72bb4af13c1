//! The invoices, in the collection `invoices` under their orders' ids, and the credit notes that take them back.

use futures::TryStreamExt;
use mongodb::{Collection, Database, bson::doc};
use schemas::{
    documents::{CreditNote, Invoice},
    ids::OrderId,
};
use serde::Deserialize;

use super::concerns::settled;
use crate::problem::Problem;

#[derive(Deserialize)]
struct Row<T> {
    row: T,
}

/// All invoices.
#[derive(Clone)]
pub struct Invoices(Collection<Row<Invoice>>);

impl Invoices {
    /// The invoices in this database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self(database.collection_with_options("invoices", settled()))
    }

    /// The invoice of this order, once it is issued.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn of_order(&self, order: OrderId) -> Result<Option<Invoice>, Problem> {
        Ok(self.0.find_one(doc! { "_id": order.to_string() }).await?.map(|found| found.row))
    }
}

/// All credit notes.
#[derive(Clone)]
pub struct CreditNotes(Collection<Row<CreditNote>>);

impl CreditNotes {
    /// The credit notes in this database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self(database.collection_with_options(CreditNote::COLLECTION, settled()))
    }

    /// The credit notes of this order, the oldest first: at most a hundred, by the rules of who issues them.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn of_order(&self, order: OrderId) -> Result<Vec<CreditNote>, Problem> {
        let oldest_first = doc! { "row.earlier": 1 };
        let rows = self.0.find(doc! { "row.order_id": order.to_string() }).sort(oldest_first).await?;
        Ok(rows.map_ok(|found| found.row).try_collect().await?)
    }
}
