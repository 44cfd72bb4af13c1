//! What reconciliation found: the payments worker writes it; people work through it and close what they have dealt with.

use futures::{Stream, TryStreamExt};
use mongodb::{
    Collection, Database,
    bson::{Bson, Document, doc},
    error::Error,
    options::ReturnDocument,
};
use schemas::{
    ids::FindingId,
    reconciliation::{FINDINGS, Finding, FindingKind, FindingState},
    types::Timestamp,
};

use super::settled;
use crate::problem::Problem;

/// All findings.
#[derive(Clone)]
pub struct Findings(Collection<Finding>);

/// Which findings.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    /// Only in this state.
    pub state: Option<FindingState>,
    /// Only of this kind.
    pub kind: Option<FindingKind>,
}

/// A place in the list: the youngest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// When the finding was first seen.
    pub first_seen: Timestamp,
    /// The finding.
    pub id: FindingId,
}

/// What a person says about a finding.
#[derive(Debug, Clone)]
pub struct Resolution {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// How it was dealt with.
    pub note: String,
    /// The request's `Idempotency-Key`; empty if it had none.
    pub key: String,
}

impl Findings {
    /// The findings in this database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self(database.collection_with_options(FINDINGS, settled()))
    }

    /// Up to `limit` findings that are wanted, from behind `after` on.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn page(&self, wanted: Wanted, after: Option<Place>, limit: i64) -> Result<Vec<Finding>, Problem> {
        let mut condition = wanted.condition();
        if let Some(Place { first_seen, id }) = after {
            let (at, id) = (first_seen.as_millis(), id.to_string());
            condition.insert("first_seen", doc! { "$lte": at });
            condition.insert("$or", [doc! { "first_seen": { "$lt": at } }, doc! { "_id": { "$lt": id } }]);
        }
        Ok(self.0.find(condition).sort(youngest_first()).limit(limit).await?.try_collect().await?)
    }

    /// All findings that are wanted, as they come.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn all(
        &self,
        wanted: Wanted,
    ) -> Result<impl Stream<Item = Result<Finding, Error>> + Send + 'static, Problem> {
        Ok(self.0.find(wanted.condition()).sort(youngest_first()).await?)
    }

    /// The finding of this id.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn by_id(&self, id: FindingId) -> Result<Option<Finding>, Problem> {
        Ok(self.0.find_one(doc! { "_id": id.to_string() }).await?)
    }

    /// Closes a finding that is open; `None` if there is no such finding.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn resolve(&self, id: FindingId, resolution: &Resolution) -> Result<Option<Finding>, Problem> {
        let Resolution { at, by, note, key } = resolution;
        let closing = doc! { "at": at.as_millis(), "by": by, "note": note, "key": key };
        let open = doc! { "_id": id.to_string(), "state": FindingState::Open.as_str() };
        let change = doc! { "$set": { "state": FindingState::Resolved.as_str(), "closing": closing } };
        Ok(self.0.find_one_and_update(open, change).return_document(ReturnDocument::After).await?)
    }
}

impl Wanted {
    /// Names every state and kind, so that the index orders the list whatever is filtered.
    fn condition(self) -> Document {
        let states = self.state.map_or(FindingState::ALL.to_vec(), |state| vec![state]);
        let kinds = self.kind.map_or(FindingKind::ALL.to_vec(), |kind| vec![kind]);
        let states: Vec<Bson> = states.into_iter().map(|state| state.as_str().into()).collect();
        let kinds: Vec<Bson> = kinds.into_iter().map(|kind| kind.as_str().into()).collect();
        doc! { "state": { "$in": states }, "difference.kind": { "$in": kinds } }
    }
}

fn youngest_first() -> Document {
    doc! { "first_seen": -1, "_id": -1 }
}
