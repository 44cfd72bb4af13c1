//! Dead letters.

use schemas::types::Timestamp;
use serde::Serialize;
use serde_json::Value;
use shared::engine::{DeadLetter, LetterState};
use utoipa::ToSchema;

use super::LetterStateDoc;
use crate::dead_letters::{Content, read};

/// A dead letter in a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeadLetterSummary)]
pub struct LetterSummary {
    /// Says where it stood: `<inbox>-<partition>-<offset>`.
    pub id: String,
    inbox: String,
    partition: i32,
    offset: i64,
    /// The aggregate it is for.
    key: String,
    /// The message's name, if it could be read.
    message: Option<String>,
    /// The message's id, if it could be read.
    message_id: Option<String>,
    /// Why it went aside, as a stable code; `parked_behind` if it only waits for another of its key.
    code: String,
    /// Why, in words.
    detail: String,
    /// How often it was tried, in all its lives.
    attempts: u32,
    /// What has become of it.
    #[schema(value_type = LetterStateDoc)]
    state: LetterState,
    /// The dead letter that its key was parked with, if it is: its own id if the others wait for it.
    parked_by: Option<String>,
    /// When it went aside.
    #[serde(serialize_with = "super::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub died_at: Timestamp,
    /// Who settled it, and when and why.
    settled: Option<SettledBy>,
}

/// Who settled a dead letter.
#[derive(Debug, Serialize, ToSchema)]
pub struct SettledBy {
    /// An admin's id, an operator at the command line, or `engine`.
    by: String,
    /// When.
    #[serde(serialize_with = "super::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Why it was discarded.
    reason: String,
}

/// A dead letter in full.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeadLetter)]
pub struct LetterView {
    #[serde(flatten)]
    summary: LetterSummary,
    /// When it was appended to its inbox.
    #[serde(serialize_with = "super::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    appended_at: Timestamp,
    /// The `traceparent` header.
    traceparent: Option<String>,
    /// What it says, if it can be read.
    #[schema(value_type = Option<Object>)]
    content: Option<Value>,
    /// Its bytes in hexadecimal digits, if it cannot.
    content_hex: Option<String>,
    /// Why it cannot be read.
    unreadable: Option<String>,
}

/// A page of dead letters, the oldest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeadLetterList)]
pub struct LetterList {
    /// The page.
    pub items: Vec<LetterSummary>,
    /// Asks for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

impl From<DeadLetter> for LetterSummary {
    fn from(letter: DeadLetter) -> Self {
        Self {
            id: letter.id,
            inbox: letter.inbox,
            partition: letter.origin.partition,
            offset: letter.origin.offset,
            key: letter.key,
            message: letter.message,
            message_id: letter.message_id.map(|id| id.to_string()),
            code: letter.code,
            detail: letter.detail,
            attempts: letter.attempts,
            state: letter.state,
            parked_by: letter.place.map(|place| place.parking),
            died_at: letter.died_at,
            settled: letter.settled.map(|settled| SettledBy { by: settled.by, at: settled.at, reason: settled.reason }),
        }
    }
}

impl From<DeadLetter> for LetterView {
    fn from(letter: DeadLetter) -> Self {
        let (content, content_hex, unreadable) = match read(&letter) {
            Content::Message(message) => (Some(message), None, None),
            Content::Bytes { hex, why } => (None, Some(hex), Some(why)),
        };
        Self {
            appended_at: letter.appended_at,
            traceparent: letter.traceparent.clone(),
            content,
            content_hex,
            unreadable,
            summary: letter.into(),
        }
    }
}
