//! Access tokens that are refused though they are good yet, for their session was ended.
//!
//! Every request asks, so the answer is in memory: each process reads once a second what was revoked anywhere, and keeps
//! it for as long as such a token could still be good, a quarter of an hour. So a token is refused at once by the process
//! that ended its session and within a second or two by every other; by one that the database does not answer, once it
//! does, or when the token expires. What is kept is bounded by what can be revoked in that time: a session once, after a
//! login, which costs a password hash; an account, all its sessions at once, under one entry.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
    time::{Duration, Instant},
};

use futures::TryStreamExt;
use mongodb::{
    Collection, Database, IndexModel,
    bson::{DateTime, doc},
    error::Error,
    options::IndexOptions,
};
use schemas::ids::UserId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Bearer, LIFETIME_SECONDS, SessionId, accounts::is_duplicate};
use crate::{problem::Problem, read_models::settled};

/// A token's life, and what clocks may be apart.
const LIFE: Duration = Duration::from_secs(LIFETIME_SECONDS.unsigned_abs() + 60);
/// How far back each look begins before the newest that the last one saw: the time within which what was revoked earlier
/// may come to be seen later.
const OVERLAP: Duration = Duration::from_secs(10);

/// What is refused: the tokens of a session, or those of an account from before an epoch.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Revocation {
    /// The session or the account.
    #[serde(rename = "_id")]
    subject: String,
    /// Its tokens of earlier epochs are refused; of a session all are.
    before_epoch: i64,
    /// When, by the database's clock.
    at: DateTime,
}

/// All revocations, in the collection `revocations`.
pub struct Revocations {
    all: Collection<Revocation>,
    known: RwLock<Known>,
}

/// Those that this process knows of.
#[derive(Debug, Default)]
struct Known {
    before_epoch: HashMap<Uuid, (i64, Instant)>,
    newest: Option<DateTime>,
}

impl Revocations {
    /// The revocations in this database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self { all: database.collection_with_options("revocations", settled()), known: RwLock::default() }
    }

    /// Creates the index by which they are read and, when no such token is good any more, forgotten.
    ///
    /// # Errors
    /// What the database says.
    pub async fn create_indexes(&self) -> Result<(), Error> {
        let expire = IndexOptions::builder().expire_after(LIFE).build();
        self.all.create_index(IndexModel::builder().keys(doc! { "at": 1 }).options(expire).build()).await.map(drop)
    }

    /// Whether this bearer's token is refused.
    #[must_use]
    pub fn cover(&self, bearer: &Bearer) -> bool {
        self.known.read().unwrap_or_else(PoisonError::into_inner).cover(bearer)
    }

    /// From now on no token of this session is good.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn revoke_session(&self, session: SessionId) -> Result<(), Problem> {
        self.revoke(session.as_uuid(), i64::MAX).await
    }

    /// From now on no token of this account is good that is from before the epoch.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn revoke_account(&self, user: UserId, before_epoch: i64) -> Result<(), Problem> {
        self.revoke(user.as_uuid(), before_epoch).await
    }

    /// Reads what was revoked since the last look.
    ///
    /// # Errors
    /// What the database says.
    pub async fn look(&self) -> Result<(), Error> {
        let newest = self.known.read().unwrap_or_else(PoisonError::into_inner).newest;
        let overlap = i64::try_from(OVERLAP.as_millis()).unwrap_or_default();
        let since = newest.map_or(0, |at| at.timestamp_millis().saturating_sub(overlap));
        let found = self.all.find(doc! { "at": { "$gte": DateTime::from_millis(since) } });
        let found: Vec<Revocation> = found.await?.try_collect().await?;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.forget(Instant::now());
        for Revocation { subject, before_epoch, at } in found {
            known.newest = known.newest.max(Some(at));
            if let Ok(subject) = Uuid::try_parse(&subject) {
                known.learn(subject, before_epoch, Instant::now());
            }
        }
        Ok(())
    }

    async fn revoke(&self, subject: Uuid, before_epoch: i64) -> Result<(), Problem> {
        match self.record(subject, before_epoch).await {
            // Two at the same moment: one inserted, so the other's repetition finds it.
            Err(error) if is_duplicate(&error) => self.record(subject, before_epoch).await?,
            other => other?,
        }
        self.known.write().unwrap_or_else(PoisonError::into_inner).learn(subject, before_epoch, Instant::now());
        Ok(())
    }

    /// Under the database's clock, by which every process looks.
    async fn record(&self, subject: Uuid, before_epoch: i64) -> Result<(), Error> {
        let highest = doc! { "$max": ["$before_epoch", before_epoch] };
        let change = vec![doc! { "$set": { "before_epoch": highest, "at": "$$NOW" } }];
        self.all.update_one(doc! { "_id": subject.to_string() }, change).upsert(true).await.map(drop)
    }
}

impl Known {
    fn cover(&self, bearer: &Bearer) -> bool {
        let is_before = |subject| self.before_epoch.get(&subject).is_some_and(|(epoch, _)| bearer.epoch < *epoch);
        is_before(bearer.session.as_uuid()) || is_before(bearer.user.as_uuid())
    }

    fn learn(&mut self, subject: Uuid, before_epoch: i64, now: Instant) {
        let known = self.before_epoch.entry(subject).or_insert((before_epoch, now));
        if before_epoch > known.0 {
            *known = (before_epoch, now);
        }
    }

    fn forget(&mut self, now: Instant) {
        self.before_epoch.retain(|_, (_, learnt)| now.saturating_duration_since(*learnt) <= LIFE);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::auth::Role;

    fn bearer(epoch: i64) -> Bearer {
        Bearer { user: UserId::generate(), role: Role::Customer, session: SessionId::generate(), epoch }
    }

    #[test]
    fn a_session_is_covered_alone_and_an_account_up_to_its_epoch() {
        let (mut known, now) = (Known::default(), Instant::now());
        let (ended, other) = (bearer(2), bearer(2));
        known.learn(ended.session.as_uuid(), i64::MAX, now);
        assert!(known.cover(&ended) && !known.cover(&other));
        known.learn(other.user.as_uuid(), 3, now);
        assert!(known.cover(&other), "another device of the same account");
        assert!(!known.cover(&Bearer { epoch: 3, ..other }), "one that logged in since");
    }

    #[test]
    fn what_is_known_is_forgotten_once_no_such_token_can_be_good() {
        let (mut known, now) = (Known::default(), Instant::now());
        known.learn(bearer(0).session.as_uuid(), i64::MAX, now);
        known.forget(now + LIFE);
        assert_eq!(known.before_epoch.len(), 1);
        known.forget(now + LIFE + Duration::from_millis(1));
        assert!(known.before_epoch.is_empty());
        assert!(LIFE > Duration::from_secs(LIFETIME_SECONDS.unsigned_abs()));
    }

    proptest! {
        #[test]
        fn the_highest_epoch_counts_in_whatever_order_they_are_learnt(epochs in proptest::collection::vec(0..50_i64, 1..10), at in 0..50_i64) {
            let (mut known, bearer) = (Known::default(), bearer(at));
            for epoch in &epochs {
                known.learn(bearer.user.as_uuid(), *epoch, Instant::now());
            }
            prop_assert_eq!(known.cover(&bearer), epochs.iter().any(|epoch| at < *epoch));
        }
    }
}
