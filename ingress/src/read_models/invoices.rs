//! The invoices, in the collection `invoices` under their orders' ids.

use mongodb::{Collection, Database, bson::doc};
use schemas::{documents::Invoice, ids::OrderId};
use serde::Deserialize;

use super::concerns::settled;
use crate::problem::Problem;

#[derive(Deserialize)]
struct Row {
    row: Invoice,
}

/// All invoices.
#[derive(Clone)]
pub struct Invoices(Collection<Row>);

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
