//! What was posted and how it was answered: one side of the question whether the shop forgets what it has answered.

use serde::Serialize;

/// One post of one event that was answered, or not in time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PostLine {
    /// The event's id, the same at every post of it.
    pub event_id: String,
    /// The sender's name of what happened.
    pub kind: &'static str,
    /// When the answer was there or given up, in Unix milliseconds.
    pub answered_at_ms: i64,
    /// The HTTP status; none if there was no answer.
    pub status: Option<u16>,
}
