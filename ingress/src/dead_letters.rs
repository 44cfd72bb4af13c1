//! What the API and the command line do alike with dead letters: read what is in them, and send many again.

use schemas::registry::MESSAGES;
use serde_json::Value;
use shared::{
    avro::Fingerprint,
    engine::{DeadLetter, DeadLetters, OperationFailed, Replayed, Wanted},
    message::Envelope,
};

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

/// What came of sending a letter again, as a stable code.
#[must_use]
pub const fn outcome_code(outcome: &Replayed) -> &'static str {
    match outcome {
        Replayed::Sent => "sent",
        Replayed::SentFirst(_) => "sent_first",
        Replayed::UnderWay => "under_way",
        Replayed::Discarded => "discarded_before",
        Replayed::Unknown => "not_found",
    }
}
