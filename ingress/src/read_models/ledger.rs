//! The money ledger, in the collection `money_ledger`: written by the payments worker alone.

use std::collections::BTreeMap;

use futures::TryStreamExt;
use mongodb::{
    Collection, Database,
    bson::{Document, deserialize_from_document, doc},
};
use schemas::{
    ids::OrderId,
    ledger::{Account, LEDGER, LedgerEntry, Sides, Turnover, balances},
    types::Timestamp,
};
use serde::Deserialize;

use super::settled;
use crate::problem::Problem;

/// The most entries of an order that are shown. A payment has a handful.
const MOST_ENTRIES: i64 = 1_000;

/// The ledger.
#[derive(Clone)]
pub struct Ledger(Collection<Kept>);

#[derive(Deserialize)]
struct Kept {
    row: LedgerEntry,
}

impl Ledger {
    /// The ledger in this database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self(database.collection_with_options(LEDGER, settled()))
    }

    /// Both sides of every account, of all that was booked before `at`. The index alone answers.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn balances(&self, at: Timestamp) -> Result<BTreeMap<(Account, &'static str), Sides>, Problem> {
        let until = doc! { "$match": { "row.at": { "$lt": at.as_millis() } } };
        let between = doc! { "debit": "$row.debit", "credit": "$row.credit", "currency": "$row.amount.currency" };
        let sums = doc! { "$group": { "_id": between, "minor": { "$sum": "$row.amount.minor" } } };
        let flat = doc! { "$project": {
            "_id": 0, "debit": "$_id.debit", "credit": "$_id.credit", "currency": "$_id.currency", "minor": 1,
        } };
        let found: Vec<Document> = self.0.aggregate([until, sums, flat]).await?.try_collect().await?;
        let turnovers = found.into_iter().map(deserialize_from_document::<Turnover>);
        Ok(balances(turnovers.collect::<Result<Vec<_>, _>>().map_err(mongodb::error::Error::custom)?))
    }

    /// What was booked for an order, the oldest first.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn of_order(&self, order: OrderId) -> Result<Vec<LedgerEntry>, Problem> {
        let of_order = doc! { "row.order_id": order.to_string() };
        let oldest_first = doc! { "row.at": 1, "_id": 1 };
        let found = self.0.find(of_order).sort(oldest_first).limit(MOST_ENTRIES).await?;
        Ok(found.map_ok(|kept| kept.row).try_collect().await?)
    }
}
