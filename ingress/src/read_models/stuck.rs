//! What waits for longer than it should, over the collections of all workers.

use futures::TryStreamExt;
use mongodb::{
    Collection, Database,
    bson::{Document, doc},
};
use serde::Deserialize;
use shared::time::Timestamp;

use super::concerns::settled;
use crate::problem::Problem;

/// The collections of aggregates that have deadlines.
const COLLECTIONS: [&str; 4] = ["orders", "payments", "shipments", "imports"];

/// An aggregate that is stuck.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overdue {
    /// Its collection.
    pub collection: &'static str,
    /// It.
    pub id: String,
    /// Where it stands.
    pub status: String,
    /// When its deadline was, or since when its worker can do no more about it.
    pub since: Timestamp,
}

/// The aggregates of all workers.
#[derive(Clone)]
pub struct Stuck(Vec<(&'static str, Collection<Found>)>);

#[derive(Deserialize)]
struct Found {
    #[serde(rename = "_id")]
    id: String,
    due_at: Option<Timestamp>,
    stuck_since: Option<Timestamp>,
    state: Standing,
}

#[derive(Deserialize)]
struct Standing {
    status: String,
}

impl Stuck {
    /// Those in this database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        let collection = |name| (name, database.collection_with_options(name, settled()));
        Self(COLLECTIONS.into_iter().map(collection).collect())
    }

    /// Up to `most` of each collection whose deadline was before `before`, and as many that say that they are stuck, the
    /// oldest first.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn since(&self, before: Timestamp, most: i64) -> Result<Vec<Overdue>, Problem> {
        let mut all = Vec::new();
        for (collection, aggregates) in &self.0 {
            let overdue = doc! { "due_at": { "$lt": before.as_millis() } };
            let stuck = doc! { "stuck_since": { "$gt": 0, "$lt": before.as_millis() } };
            for (condition, order) in [(overdue, "due_at"), (stuck, "stuck_since")] {
                let parts: Document = doc! { "due_at": 1, "stuck_since": 1, "state.status": 1 };
                let found = aggregates.find(condition).sort(doc! { order: 1 }).limit(most).projection(parts);
                let found: Vec<Found> = found.await?.try_collect().await?;
                all.extend(found.into_iter().filter_map(|found| Overdue::of(collection, found, before)));
            }
        }
        all.sort_by(|a, b| (a.since, &a.id).cmp(&(b.since, &b.id)));
        all.dedup();
        Ok(all)
    }
}

impl Overdue {
    fn of(collection: &'static str, found: Found, before: Timestamp) -> Option<Self> {
        let due_at = found.due_at.filter(|due_at| *due_at < before);
        let since = [due_at, found.stuck_since].into_iter().flatten().min()?;
        Some(Self { collection, id: found.id, status: found.state.status, since })
    }
}
