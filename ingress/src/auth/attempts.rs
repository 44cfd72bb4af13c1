//! Failed logins: five lock the address for 15 minutes.
//!
//! An attempt is counted before its password is looked at, in one atomic update, so that ten thousand guesses at the same
//! moment evaluate five. Addresses without an account are counted the same way: the lock does not tell who is a customer.

use mongodb::{
    Collection, Database, IndexModel,
    bson::{DateTime, Document, doc},
    options::{IndexOptions, ReturnDocument},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::accounts::is_duplicate;
use crate::{problem::Problem, read_models::settled};

/// Attempts before the lock.
const ALLOWED: i32 = 5;
/// How long the lock holds, and how long a failure counts.
const LOCK_MILLIS: i64 = 15 * 60 * 1000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Count {
    failures: i32,
    until: DateTime,
}

/// Whether a password may be tried now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// It is counted; try it.
    Allowed,
    /// The address is locked.
    Locked {
        /// For so long.
        seconds: u64,
        /// Whether this attempt is the first that finds it so.
        begins: bool,
    },
}

/// The counters, in the collection `login_attempts` under a digest of the address.
#[derive(Clone)]
pub struct LoginAttempts(Collection<Count>);

impl LoginAttempts {
    /// The counters in this database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self(database.collection_with_options("login_attempts", settled()))
    }

    /// Creates the index that forgets counters once they no longer count.
    ///
    /// # Errors
    /// What the database says.
    pub async fn create_indexes(&self) -> Result<(), mongodb::error::Error> {
        let expire = IndexOptions::builder().expire_after(std::time::Duration::ZERO).build();
        self.0.create_index(IndexModel::builder().keys(doc! { "until": 1 }).options(expire).build()).await?;
        Ok(())
    }

    /// Counts an attempt on this address.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn begin(&self, email: &str, now: DateTime) -> Result<Attempt, Problem> {
        let count = match self.count(email, now).await {
            // Two first attempts at the same moment: one inserted, so the other's repetition finds it.
            Err(error) if is_duplicate(&error) => self.count(email, now).await?,
            other => other?,
        };
        Ok(count.map_or(Attempt::Allowed, |count| count.judge(now)))
    }

    /// Forgets the failures, after a login.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn succeeded(&self, email: &str) -> Result<(), Problem> {
        self.0.delete_one(doc! { "_id": key(email) }).await?;
        Ok(())
    }

    async fn count(&self, email: &str, now: DateTime) -> Result<Option<Count>, mongodb::error::Error> {
        self.0
            .find_one_and_update(doc! { "_id": key(email) }, counting(now))
            .upsert(true)
            .return_document(ReturnDocument::After)
            .await
    }
}

impl Count {
    fn judge(&self, now: DateTime) -> Attempt {
        if self.failures <= ALLOWED {
            return Attempt::Allowed;
        }
        let left = self.until.timestamp_millis().saturating_sub(now.timestamp_millis());
        let seconds = u64::try_from(left / 1000 + 1).unwrap_or(1);
        Attempt::Locked { seconds, begins: self.failures == ALLOWED + 1 }
    }
}

/// Adds one to a counter that still counts, else starts at one; an attempt under the lock does not lengthen it.
fn counting(now: DateTime) -> Vec<Document> {
    let until = DateTime::from_millis(now.timestamp_millis().saturating_add(LOCK_MILLIS));
    let next = doc! { "$min": [{ "$add": ["$failures", 1] }, ALLOWED + 2] };
    vec![
        doc! { "$set": { "failures": { "$cond": [{ "$gt": ["$until", now] }, next, 1] } } },
        doc! { "$set": { "until": { "$cond": [{ "$lte": ["$failures", ALLOWED] }, until, "$until"] } } },
    ]
}

/// No address stands in the counters: whoever reads them learns nothing about people.
fn key(email: &str) -> String {
    hex::encode(Sha256::digest(email.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixth_attempt_is_locked_out_for_the_rest_of_the_time() {
        let now = DateTime::from_millis(1_000_000);
        let count = |failures| Count { failures, until: DateTime::from_millis(1_000_000 + LOCK_MILLIS) };
        assert_eq!(count(5).judge(now), Attempt::Allowed);
        assert_eq!(count(6).judge(now), Attempt::Locked { seconds: 901, begins: true });
        assert_eq!(count(7).judge(now), Attempt::Locked { seconds: 901, begins: false });
    }
}
