//! Dead letters: what cannot be worked on goes aside, with why, where it was and how often it was tried, so that an
//! operator can look at it, mend the cause and send it again.
//!
//! Each is a record in `<inbox>.dead`, and a document here, because a topic cannot be asked: written before the offset is
//! stored, under an id that says where the record was, so that a repetition changes nothing.

mod operators;
pub(super) mod release;
mod store;

pub use operators::{DeadLetters, Discarded, OperationFailed, Replayed, Resend};
use serde::{Deserialize, Serialize};
pub(super) use store::LetterStore;
pub use store::Wanted;

use super::{Place, Refusal};
use crate::{
    id::MessageId,
    kafka::{PublishError, Publisher, Raw, Received},
    message::{Delivery, Position, Topic},
    time::Timestamp,
    trace::TRACEPARENT,
};

/// Why a record of a parked key waits: another of its key must pass first.
pub const PARKED_BEHIND: &str = "parked_behind";

/// The header that tells how often a record that is sent again was tried before.
pub(crate) const ATTEMPTS: &str = "resent-attempts";
/// The header that tells its place among those of its key that wait.
pub(crate) const PLACE: &str = "resent-place";

/// A record that went aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// [`letter_id`] of where it stood.
    #[serde(rename = "_id")]
    pub id: String,
    /// The inbox it stood in.
    pub inbox: String,
    /// Where in it.
    pub origin: Position,
    /// When it was appended there.
    pub appended_at: Timestamp,
    /// The aggregate it is for: its key, as text.
    pub key: String,
    /// Its key.
    #[serde(with = "apache_avro::serde::bytes")]
    pub raw_key: Vec<u8>,
    /// Its payload.
    #[serde(with = "apache_avro::serde::bytes")]
    pub payload: Vec<u8>,
    /// Its `traceparent` header.
    pub traceparent: Option<String>,
    /// The message's id, if it could be read.
    pub message_id: Option<MessageId>,
    /// The message's name, if it could be read.
    pub message: Option<String>,
    /// Why, as a stable code.
    pub code: String,
    /// Why, in words.
    pub detail: String,
    /// How often it was tried, in all its lives.
    pub attempts: u32,
    /// Its place among those of its key that wait; `None` if nobody waits for it or with it.
    pub place: Option<Place>,
    /// When it went aside.
    pub died_at: Timestamp,
    /// What has become of it.
    pub state: LetterState,
    /// Who saw to that.
    pub settled: Option<Settlement>,
}

/// What has become of a dead letter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterState {
    /// It waits for a person, or behind one that does.
    #[default]
    Open,
    /// It was sent again.
    Replayed,
    /// It is given up.
    Discarded,
}

impl LetterState {
    /// As it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Replayed => "replayed",
            Self::Discarded => "discarded",
        }
    }
}

/// Who settled a dead letter, when and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// Who; `engine` for one that had waited for another.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why; empty unless it was discarded.
    pub reason: String,
}

/// What a record that is sent again says about its past.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Past {
    /// How often it was tried.
    pub attempts: u32,
    /// Its place among those of its key that wait.
    pub place: Option<Place>,
}

/// The id of the dead letter of the record that stands here. Fit for a path in a URL.
#[must_use]
pub fn letter_id(inbox: &str, origin: Position) -> String {
    format!("{inbox}-{}-{}", origin.partition, origin.offset)
}

/// The topic of an inbox's dead letters.
#[must_use]
pub fn topic_of(inbox: &str) -> String {
    format!("{inbox}.dead")
}

/// A record as large as the broker takes has no room left for the headers of a dead letter. Nothing of ours comes near
/// it; what does is cut in the topic, and `dead-bytes` tells how long it was.
const MOST_BYTES: usize = 900_000;

impl DeadLetter {
    /// The dead letter of a record that cannot be read.
    pub(super) fn unreadable(inbox: &str, record: &Received, refusal: &Refusal, now: Timestamp) -> Self {
        let past = record.past.clone().unwrap_or_default();
        // A handler is a pure function: what it refuses once it refuses always, so it is asked once in each life. Who waits
        // was not asked.
        let tried = u32::from(refusal.code != PARKED_BEHIND);
        Self {
            id: letter_id(inbox, record.position),
            inbox: inbox.to_owned(),
            origin: record.position,
            appended_at: record.at,
            key: String::from_utf8_lossy(&record.key).into_owned(),
            raw_key: record.key.clone(),
            payload: record.payload.clone(),
            traceparent: record.traceparent.clone(),
            message_id: None,
            message: None,
            code: refusal.code.to_string(),
            detail: refusal.detail.clone(),
            attempts: past.attempts.saturating_add(tried),
            place: None,
            died_at: now,
            state: LetterState::Open,
            settled: None,
        }
    }

    /// The dead letter of a record that was read.
    pub(super) fn of<M: Topic>(
        record: &Received,
        delivery: &Delivery<M>,
        refusal: &Refusal,
        place: Option<Place>,
        now: Timestamp,
    ) -> Self {
        Self {
            key: delivery.aggregate_id.clone(),
            message_id: Some(delivery.id),
            message: Some(delivery.message.name().to_owned()),
            place,
            ..Self::unreadable(M::TOPIC, record, refusal, now)
        }
    }

    /// Whether it began the parking that it has a place in.
    pub(super) fn begins_parking(&self) -> bool {
        self.place.as_ref().is_some_and(|place| place.parking == self.id)
    }

    /// The headers under which it is sent again.
    #[must_use]
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = vec![(ATTEMPTS, self.attempts.to_string())];
        headers.extend(self.place.iter().map(|place| (PLACE, place.to_string())));
        headers.extend(self.traceparent.iter().map(|trace| (TRACEPARENT, trace.clone())));
        headers
    }
}

impl<'a> Raw<'a> {
    /// The record of a letter, as it is sent to its inbox again.
    pub(super) fn of(letter: &'a DeadLetter) -> Self {
        let headers = letter.headers();
        Self { topic: letter.inbox.clone(), key: &letter.raw_key, payload: &letter.payload, headers }
    }
}

/// The record for the topic of dead letters, key untouched and payload too unless it is enormous.
fn dead_record(letter: &DeadLetter) -> Raw<'_> {
    let headers = vec![
        ("dead-code", letter.code.clone()),
        ("dead-detail", letter.detail.clone()),
        ("dead-origin", format!("{}/{}/{}", letter.inbox, letter.origin.partition, letter.origin.offset)),
        ("dead-attempts", letter.attempts.to_string()),
        ("dead-bytes", letter.payload.len().to_string()),
        ("dead-at", letter.died_at.to_string()),
        (TRACEPARENT, letter.traceparent.clone().unwrap_or_default()),
    ];
    let kept = letter.payload.len().min(MOST_BYTES);
    Raw { topic: topic_of(&letter.inbox), key: &letter.raw_key, payload: &letter.payload[..kept], headers }
}

/// Appends dead letters to the topics of their inboxes'.
pub(super) async fn append(publisher: &Publisher, letters: &[DeadLetter]) -> Result<(), PublishError> {
    let records: Vec<Raw<'_>> = letters.iter().map(dead_record).collect();
    publisher.publish_all(&records).await
}
