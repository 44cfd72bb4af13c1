//! The findings. What is found again is the same finding; what a person has resolved stays resolved.

use std::collections::HashSet;

use futures::TryStreamExt;
use mongodb::{
    Collection, Database,
    bson::{Bson, Document, doc, serialize_to_bson},
    error::Error,
};
use schemas::{
    ids::FindingId,
    reconciliation::{Difference, FINDINGS, Finding},
    types::Timestamp,
};

use super::{AT_ONCE, lines::update};
use crate::reconciliation::compare::Outcome;

/// Who closes findings here.
const BY: &str = "reconciliation";

/// The findings.
#[derive(Clone)]
pub struct Findings {
    database: Database,
    findings: Collection<Finding>,
}

impl Findings {
    /// The findings in this database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self { database: database.clone(), findings: database.collection(FINDINGS) }
    }

    /// Writes down what was seen. What had healed is open again.
    ///
    /// # Errors
    /// What the database says.
    pub async fn record(&self, seen: &[Difference], at: Timestamp) -> Result<(), Error> {
        for some in seen.chunks(AT_ONCE) {
            let updates: Result<Vec<Document>, Error> =
                some.iter().map(|difference| recording(difference, at)).collect();
            update(&self.database, FINDINGS, updates?).await?;
        }
        Ok(())
    }

    /// Closes what is open about a subject that was judged and is not wrong any more. Returns how many.
    ///
    /// # Errors
    /// What the database says.
    pub async fn close_others(
        &self,
        judged: &Outcome,
        still: &HashSet<FindingId>,
        at: Timestamp,
    ) -> Result<u64, Error> {
        let subjects: Vec<&String> = judged.judged_payments.union(&judged.judged_lines).collect();
        let mut closed = 0;
        for some in subjects.chunks(AT_ONCE) {
            let names: Vec<&str> = some.iter().map(|subject| subject.as_str()).collect();
            let open = doc! { "difference.subject": { "$in": names }, "state": "open" };
            let open: Vec<Finding> = self.findings.find(open).await?.try_collect().await?;
            let over: Vec<FindingId> = open
                .into_iter()
                .filter(|finding| !still.contains(&finding.id) && judged.covers(&finding.difference))
                .map(|finding| finding.id)
                .collect();
            closed += self.heal(&over, "the books agree", at).await?;
        }
        Ok(closed)
    }

    /// Notes that these are not so any more. Returns how many were open.
    ///
    /// # Errors
    /// What the database says.
    pub async fn heal(&self, ids: &[FindingId], how: &str, at: Timestamp) -> Result<u64, Error> {
        let mut healed = 0;
        for some in ids.chunks(AT_ONCE) {
            let ids: Vec<String> = some.iter().map(ToString::to_string).collect();
            let closing = doc! { "at": at.as_millis(), "by": BY, "note": how, "key": "" };
            let change = doc! { "$set": { "state": "healed", "closing": closing } };
            let done = self.findings.update_many(doc! { "_id": { "$in": ids }, "state": "open" }, change).await?;
            healed += done.modified_count;
        }
        Ok(healed)
    }

    /// The findings of these ids.
    ///
    /// # Errors
    /// What the database says.
    pub async fn of(&self, ids: &[FindingId]) -> Result<Vec<Finding>, Error> {
        let mut found = Vec::new();
        for some in ids.chunks(AT_ONCE) {
            let ids: Vec<String> = some.iter().map(ToString::to_string).collect();
            let some: Vec<Finding> = self.findings.find(doc! { "_id": { "$in": ids } }).await?.try_collect().await?;
            found.extend(some);
        }
        Ok(found)
    }
}

/// Words from outside stand under `$literal`: in such an update a text that begins with `$` would be a field's name.
fn recording(difference: &Difference, at: Timestamp) -> Result<Document, Error> {
    let literal = serialize_to_bson(difference).map_err(Error::custom)?;
    let resolved = doc! { "$eq": ["$state", "resolved"] };
    let none = Bson::Null;
    let change = doc! { "$set": {
        "difference": { "$literal": literal },
        "last_seen": at.as_millis(),
        "first_seen": { "$ifNull": ["$first_seen", at.as_millis()] },
        "state": { "$cond": [resolved.clone(), "resolved", "open"] },
        "closing": { "$cond": [resolved, "$closing", none] },
    } };
    Ok(doc! { "q": { "_id": difference.id().to_string() }, "u": [change], "upsert": true })
}
