//! The invoices, of each order one in force, and the credit notes that take them back.

use futures::{Stream, TryStreamExt};
use mongodb::{
    Collection, Database,
    bson::{Document, doc},
    error::Error,
};
use schemas::{
    documents::{CreditNote, Invoice},
    ids::OrderId,
    types::Timestamp,
};
use serde::{Deserialize, de::DeserializeOwned};

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
        Self(database.collection_with_options(Invoice::COLLECTION, settled()))
    }

    /// The invoice of this order that is in force, once one is issued: the newest.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn in_force(&self, order: OrderId) -> Result<Option<Invoice>, Problem> {
        let newest = self.0.find_one(doc! { "row.order_id": order.to_string() }).sort(doc! { "row.number": -1 });
        Ok(newest.await?.map(|found| found.row))
    }

    /// All invoices of this order, the oldest first: the last one is in force.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn of_order(&self, order: OrderId) -> Result<Vec<Invoice>, Problem> {
        let oldest_first = doc! { "row.number": 1 };
        let rows = self.0.find(doc! { "row.order_id": order.to_string() }).sort(oldest_first).await?;
        Ok(rows.map_ok(|found| found.row).try_collect().await?)
    }

    /// Those that this registration issued from `begin` on and before `end`, the oldest first, as they come.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn issued(
        &self,
        gstin: &str,
        begin: Timestamp,
        end: Timestamp,
    ) -> Result<impl Stream<Item = Result<Invoice, Error>> + Send + 'static + use<>, Problem> {
        issued(&self.0, gstin, begin, end).await
    }

    /// The GSTIN that stands on the last invoice before `end`.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn sellers_gstin(&self, end: Timestamp) -> Result<Option<String>, Problem> {
        let before = doc! { "row.issued_at": { "$lt": end.as_millis() } };
        let last = self.0.find_one(before).sort(doc! { "row.issued_at": -1 }).await?;
        Ok(last.map(|found| found.row.seller.gstin))
    }
}

async fn issued<T: DeserializeOwned + Send + Sync + 'static>(
    documents: &Collection<Row<T>>,
    gstin: &str,
    begin: Timestamp,
    end: Timestamp,
) -> Result<impl Stream<Item = Result<T, Error>> + Send + 'static + use<T>, Problem> {
    let within = doc! { "$gte": begin.as_millis(), "$lt": end.as_millis() };
    let wanted: Document = doc! { "row.issued_at": within, "row.seller.gstin": gstin };
    let found = documents.find(wanted).sort(doc! { "row.issued_at": 1 }).await?;
    Ok(found.map_ok(|found| found.row))
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

    /// Those that this registration issued from `begin` on and before `end`, the oldest first, as they come.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn issued(
        &self,
        gstin: &str,
        begin: Timestamp,
        end: Timestamp,
    ) -> Result<impl Stream<Item = Result<CreditNote, Error>> + Send + 'static + use<>, Problem> {
        issued(&self.0, gstin, begin, end).await
    }
}
