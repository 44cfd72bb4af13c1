//! What the API and the command line do alike with dead letters: read what is in them, and send many again.

use schemas::registry::MESSAGES;
use serde::Serialize;
use serde_json::Value;
use shared::{
    avro::Fingerprint,
    engine::{DeadLetter, DeadLetters, OperationFailed, Replayed, Wanted},
    message::Envelope,
};
use utoipa::ToSchema;

/// The most letters sent again by one request: each is waited for.
pub const MOST_AT_ONCE: usize = 100;

/// A payload as a person reads it.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// The message, by its schema.
    Message(Value),
    /// What is no message of ours, in hexadecimal digits, and why it is none.
    Bytes {
        /// The bytes.
        hex: String,
        /// Why they cannot be read.
        why: String,
    },
}

/// Reads a letter's payload by the schemas of all messages.
#[must_use]
pub fn read(letter: &DeadLetter) -> Content {
    decode(&letter.payload)
        .map_or_else(|why| Content::Bytes { hex: hex::encode(&letter.payload), why }, Content::Message)
}

fn decode(payload: &[u8]) -> Result<Value, String> {
    let envelope = Envelope::decode(payload).map_err(|error| error.to_string())?;
    let unknown = || format!("unknown schema {}", hex::encode(&envelope.schema));
    let fingerprint = Fingerprint::try_from(envelope.schema.as_slice()).map_err(|_| unknown())?;
    let knows = |versions: fn() -> _| {
        let versions: Result<&shared::avro::Versions, _> = versions();
        versions.is_ok_and(|versions| versions.knows(fingerprint))
    };
    let message = MESSAGES.iter().find(|message| knows(message.versions)).ok_or_else(unknown)?;
    (message.decode)(fingerprint, &envelope.body).map_err(|error| error.to_string())
}

/// Sends these letters again, one after another, and tells what came of each.
///
/// # Errors
/// [`OperationFailed`] when a store does not answer: those before it were sent, and may be sent again.
pub async fn replay_each(
    letters: &DeadLetters,
    ids: &[String],
    by: &str,
) -> Result<Vec<(String, Replayed)>, OperationFailed> {
    let mut outcomes = Vec::with_capacity(ids.len());
    for id in ids {
        outcomes.push((id.clone(), letters.replay(id, by).await?));
    }
    Ok(outcomes)
}

/// The ids of the oldest letters that are wanted, and whether there are more.
///
/// # Errors
/// [`OperationFailed`] when the store does not answer.
pub async fn wanted_ids(letters: &DeadLetters, wanted: &Wanted) -> Result<(Vec<String>, bool), OperationFailed> {
    let most = i64::try_from(MOST_AT_ONCE).unwrap_or(i64::MAX);
    let mut found = letters.find(wanted, most + 1).await?;
    let more = found.len() > MOST_AT_ONCE;
    found.truncate(MOST_AT_ONCE);
    Ok((found.into_iter().map(|letter| letter.id).collect(), more))
}

/// What came of sending a letter again, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReplayOutcome {
    /// It is in its inbox again.
    Sent,
    /// The one that it waits for is, and it follows by itself.
    SentFirst,
    /// It follows by itself.
    UnderWay,
    /// It was given up.
    DiscardedBefore,
    /// There is none of this id.
    NotFound,
}

impl ReplayOutcome {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Sent, Self::SentFirst, Self::UnderWay, Self::DiscardedBefore, Self::NotFound];

    /// The name as answers and the command line spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::SentFirst => "sent_first",
            Self::UnderWay => "under_way",
            Self::DiscardedBefore => "discarded_before",
            Self::NotFound => "not_found",
        }
    }
}

impl From<&Replayed> for ReplayOutcome {
    fn from(outcome: &Replayed) -> Self {
        match outcome {
            Replayed::Sent => Self::Sent,
            Replayed::SentFirst(_) => Self::SentFirst,
            Replayed::UnderWay => Self::UnderWay,
            Replayed::Discarded => Self::DiscardedBefore,
            Replayed::Unknown => Self::NotFound,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_that_answers_carry() {
        for outcome in ReplayOutcome::ALL {
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.as_str());
        }
    }
}
