//! Sessions: one for each login on a device, in the collection `sessions`.
//!
//! A session lives by its refresh token, which is good once: whoever presents it gets the next one. That an old one is
//! presented means that two have had it, of whom one has no right to it, and nobody can say which; so the session ends for
//! both (RFC 9700, section 4.14.2). Only this session, not all of the account's as in V4: what leaked is what one device
//! kept, and its thief could otherwise log out every other device of the owner's as well. The price is a client whose
//! answer was lost on the way: it logs in again.

use std::time::Duration;

use futures::TryStreamExt;
use mongodb::{
    Collection, Database, IndexModel,
    bson::{DateTime, Document, doc},
    options::IndexOptions,
};
use schemas::ids::UserId;
use serde::{Deserialize, Serialize};
use shared::time::Timestamp;

use super::RefreshToken;
use crate::{problem::Problem, read_models::settled};

shared::id_type! {
    /// A session: what a login on one device began.
    SessionId;
}

/// How long a refresh token is good for: a device that is not used for so long logs in again.
pub const REFRESH_LIFETIME: Duration = Duration::from_secs(30 * 86_400);
/// The most sessions that are listed.
const MOST_LISTED: i64 = 100;

/// A session as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceSession {
    /// The session.
    #[serde(rename = "_id")]
    pub id: SessionId,
    /// Whose.
    pub user_id: UserId,
    /// The account's epoch when it began; it ends with it.
    pub epoch: i64,
    /// What the client calls itself, shortened.
    pub device: String,
    /// The digest of the secret that all its refresh tokens share.
    family: String,
    /// The digest of the current refresh token's own secret.
    current: String,
    /// How many refresh tokens it has had.
    pub generation: i64,
    /// When it began.
    pub opened_at: Timestamp,
    /// When it was last given a refresh token.
    pub used_at: Timestamp,
    /// When that will be good no longer. (The database forgets the session then.)
    expires_at: DateTime,
    /// Its end, unless it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended: Option<End>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct End {
    at: Timestamp,
    why: Why,
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Its owner ended it.
    LoggedOut,
    /// One of its old refresh tokens was presented.
    Reuse,
}

/// What a refresh token is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// It is the current one of a session that goes on.
    Good,
    /// It was the current one of a session that goes on.
    Reused,
    /// Nothing.
    Nothing,
}

impl DeviceSession {
    /// A session that begins with this token.
    #[must_use]
    pub fn new(token: &RefreshToken, user_id: UserId, epoch: i64, device: String, now: Timestamp) -> Self {
        Self {
            id: token.session(),
            user_id,
            epoch,
            device,
            family: token.family_digest(),
            current: token.own_digest(),
            generation: 1,
            opened_at: now,
            used_at: now,
            expires_at: expiry(now),
            ended: None,
        }
    }

    /// When it ends unless it is used before.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        Timestamp::from_millis(self.expires_at.timestamp_millis())
    }

    /// What this token is worth now.
    #[must_use]
    pub fn worth_of(&self, token: &RefreshToken, now: Timestamp) -> Worth {
        let is_of_this = token.session() == self.id && token.family_digest() == self.family;
        if !is_of_this || self.ended.is_some() || self.expires_at() <= now {
            return Worth::Nothing;
        }
        if token.own_digest() == self.current { Worth::Good } else { Worth::Reused }
    }
}

/// All sessions.
#[derive(Clone)]
pub struct Sessions(Collection<DeviceSession>);

impl Sessions {
    /// The sessions in this database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self(database.collection_with_options("sessions", settled()))
    }

    /// Creates the indexes: one to list a user's sessions by, one that forgets those that are over.
    ///
    /// # Errors
    /// What the database says.
    pub async fn create_indexes(&self) -> Result<(), mongodb::error::Error> {
        let expire = IndexOptions::builder().expire_after(Duration::ZERO).build();
        let of_user = IndexModel::builder().keys(doc! { "user_id": 1, "used_at": -1 }).build();
        let over = IndexModel::builder().keys(doc! { "expires_at": 1 }).options(expire).build();
        self.0.create_indexes([of_user, over]).await.map(drop)
    }

    /// Records a session that begins.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn open(&self, session: &DeviceSession) -> Result<(), Problem> {
        self.0.insert_one(session).await?;
        Ok(())
    }

    /// The session of this id.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn by_id(&self, id: SessionId) -> Result<Option<DeviceSession>, Problem> {
        Ok(self.0.find_one(doc! { "_id": id.to_string() }).await?)
    }

    /// Puts a token in the place of the current one. Returns whether it still was the current one and the session went on:
    /// of two that present the same token at the same moment, one is late.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn rotate(&self, from: &RefreshToken, to: &RefreshToken, now: Timestamp) -> Result<bool, Problem> {
        let current = doc! {
            "_id": from.session().to_string(), "family": from.family_digest(), "current": from.own_digest(),
            "ended": null,
        };
        let change = doc! {
            "$set": { "current": to.own_digest(), "used_at": now.as_millis(), "expires_at": expiry(now) },
            "$inc": { "generation": 1_i64 },
        };
        Ok(self.0.update_one(current, change).await?.modified_count == 1)
    }

    /// Ends a user's session. Returns whether the user has such a session; the first end is the one that is kept.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn end(&self, user: UserId, id: SessionId, why: Why, now: Timestamp) -> Result<bool, Problem> {
        let end = mongodb::bson::serialize_to_bson(&End { at: now, why }).map_err(mongodb::error::Error::from)?;
        let session = doc! { "_id": id.to_string(), "user_id": user.to_string() };
        let change: Vec<Document> = vec![doc! { "$set": { "ended": { "$ifNull": ["$ended", end] } } }];
        Ok(self.0.update_one(session, change).await?.matched_count == 1)
    }

    /// The sessions of a user that go on in this epoch, the last used first: the newest hundred.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn of_user(&self, user: UserId, epoch: i64, now: Timestamp) -> Result<Vec<DeviceSession>, Problem> {
        let at = DateTime::from_millis(now.as_millis());
        let live = doc! { "user_id": user.to_string(), "epoch": epoch, "ended": null, "expires_at": { "$gt": at } };
        Ok(self.0.find(live).sort(doc! { "used_at": -1 }).limit(MOST_LISTED).await?.try_collect().await?)
    }
}

fn expiry(now: Timestamp) -> DateTime {
    DateTime::from_millis(now.plus(REFRESH_LIFETIME).as_millis())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

    fn begun() -> (RefreshToken, DeviceSession) {
        let token = RefreshToken::first(SessionId::generate()).unwrap();
        let session = DeviceSession::new(&token, UserId::generate(), 0, String::new(), NOW);
        (token, session)
    }

    fn rotated(session: &DeviceSession, to: &RefreshToken) -> DeviceSession {
        DeviceSession { current: to.own_digest(), ..session.clone() }
    }

    proptest! {
        #[test]
        fn of_all_tokens_that_a_session_has_had_the_last_is_good_and_every_other_is_reused(rotations in 0..20_usize) {
            let (token, mut session) = begun();
            let mut had = vec![token];
            for _ in 0..rotations {
                let next = had[had.len() - 1].next().unwrap();
                session = rotated(&session, &next);
                had.push(next);
            }
            let last = had.pop().unwrap();
            prop_assert_eq!(session.worth_of(&last, NOW), Worth::Good);
            prop_assert!(had.iter().all(|old| session.worth_of(old, NOW) == Worth::Reused));
        }
    }

    #[test]
    fn a_token_that_was_never_the_sessions_is_worth_nothing_and_ends_nothing() {
        let (token, session) = begun();
        let guessed = RefreshToken::first(token.session()).unwrap();
        assert_eq!(session.worth_of(&guessed, NOW), Worth::Nothing);
        let (foreign, _) = begun();
        assert_eq!(session.worth_of(&foreign, NOW), Worth::Nothing);
    }

    #[test]
    fn a_session_that_is_over_has_no_good_token() {
        let (token, session) = begun();
        let last_moment = NOW.plus(REFRESH_LIFETIME).minus(Duration::from_millis(1));
        assert_eq!(session.worth_of(&token, last_moment), Worth::Good);
        assert_eq!(session.worth_of(&token, NOW.plus(REFRESH_LIFETIME)), Worth::Nothing);
        let ended = DeviceSession { ended: Some(End { at: NOW, why: Why::LoggedOut }), ..session };
        assert_eq!(ended.worth_of(&token, NOW), Worth::Nothing);
    }
}
