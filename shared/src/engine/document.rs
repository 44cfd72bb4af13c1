//! What the engine stores of an aggregate: its state, and what it must remember to replay into the same result.

use serde::{Deserialize, Serialize};

use super::{Memory, PendingEffect, Refusal, State};
use crate::{
    id::MessageId,
    message::{Delivery, Outgoing, Position},
    time::Timestamp,
};

/// One aggregate's document.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound(
    serialize = "S: Serialize, E: Serialize, R: Serialize",
    deserialize = "S: Deserialize<'de>, E: Deserialize<'de>, R: Deserialize<'de>"
))]
pub struct Document<S, E, R> {
    /// The aggregate's id.
    #[serde(rename = "_id")]
    pub id: String,
    /// Counts the writes; every write is a compare-and-set on it.
    pub version: i64,
    /// The state's deadline, for the sweeper's index; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// Since when the state says that it is stuck, for an index; absent where it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stuck_since: Option<Timestamp>,
    /// What the worker keeps.
    pub state: S,
    /// The messages seen, for [`Memory::Lifetime`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<MessageId>,
    /// The last message seen, for [`Memory::LastOffset`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<LastSeen>,
    /// What the messages of the last batch emitted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub journal: Vec<Entry<R>>,
    /// The calls whose outcome is not known yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<PendingEffect<E>>,
}

/// Where an aggregate's memory by offset stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastSeen {
    /// The last message's place.
    pub position: Position,
    /// The latest time of append seen: a topic that was made anew counts from zero again, but its clock goes on.
    pub at: Timestamp,
}

/// What handling one message led to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound(serialize = "R: Serialize", deserialize = "R: Deserialize<'de>"))]
pub struct Entry<R> {
    /// The message.
    pub cause: MessageId,
    /// Where it stands in the inbox.
    pub position: Position,
    /// The version of the document that it led to: what its rows were saved under.
    pub version: i64,
    /// The messages it emitted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<Outgoing>,
    /// The rows it wrote.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<R>,
    /// Why it was refused, if it was: its dead letter is sent again with the rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
}

impl<S: State, E, R> Document<S, E, R> {
    /// A new aggregate, not yet written.
    pub(super) fn new(id: &str, state: S) -> Self {
        Self {
            id: id.to_owned(),
            version: 0,
            due_at: None,
            stuck_since: None,
            state,
            seen: Vec::new(),
            last: None,
            journal: Vec::new(),
            pending: Vec::new(),
        }
    }

    /// Whether this message has been applied before.
    pub(super) fn has_seen<M>(&self, delivery: &Delivery<M>) -> bool {
        match S::MEMORY {
            Memory::Lifetime => self.seen.contains(&delivery.id),
            // Offsets of different partitions do not compare: the partition of a key changes when partitions are added.
            Memory::LastOffset => self.last.is_some_and(|last| {
                last.position.partition == delivery.position.partition
                    && delivery.position.offset <= last.position.offset
                    && delivery.at <= last.at
            }),
        }
    }

    /// What the journal says about a message: what it led to, in this or an earlier life of the worker. One that was refused
    /// and is sent again is asked about again: the program may have been mended.
    pub(super) fn entry_of<M>(&self, delivery: &Delivery<M>) -> Option<&Entry<R>> {
        let same_record = |entry: &Entry<R>| entry.refusal.is_none() || entry.position == delivery.position;
        self.journal.iter().find(|entry| entry.cause == delivery.id && same_record(entry))
    }

    pub(super) fn remember<M>(&mut self, delivery: &Delivery<M>) {
        match S::MEMORY {
            Memory::Lifetime => self.seen.push(delivery.id),
            Memory::LastOffset => {
                let at = self.last.map_or(delivery.at, |last| last.at.max(delivery.at));
                self.last = Some(LastSeen { position: delivery.position, at });
            }
        }
    }
}
