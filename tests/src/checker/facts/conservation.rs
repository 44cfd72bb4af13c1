//! What stands in the topics, and what the stores know of it.

use shared::id::MessageId;

/// All inboxes at rest.
#[derive(Debug, Clone, Default)]
pub struct Conservation {
    /// Each inbox.
    pub inboxes: Vec<Inbox>,
    /// Messages that the journals of aggregates say were sent to an inbox.
    pub promised: Vec<Promised>,
}

/// One inbox with its dead letters.
#[derive(Debug, Clone, Default)]
pub struct Inbox {
    /// The topic's name without the deployment's prefix, for example `orders.inbox`.
    pub name: String,
    /// Its partitions.
    pub partitions: Vec<Partition>,
    /// Its records.
    pub records: Vec<Consumed>,
    /// Its dead letters.
    pub letters: Vec<DeadLetter>,
}

/// How far a partition goes, and how far its worker has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partition {
    /// Its number.
    pub number: i32,
    /// The first offset that is still there.
    pub begin: i64,
    /// The offset that the next record will get.
    pub end: i64,
    /// The offset that the worker would go on from; `None` if it never committed.
    pub committed: Option<i64>,
}

/// A place in an inbox: partition and offset.
pub type Origin = (i32, i64);

/// One record of an inbox.
#[derive(Debug, Clone)]
pub struct Consumed {
    /// Where it stands.
    pub place: Origin,
    /// Its key.
    pub key: String,
    /// A digest of its payload.
    pub digest: u64,
    /// Its message; `None` if the payload is none.
    pub message: Option<MessageId>,
    /// The message's name, for example `PlaceOrder`; empty if the payload is none.
    pub kind: &'static str,
    /// The order that a message under another key is about.
    pub order: Option<String>,
    /// What the stores know of it.
    pub trace: Trace,
}

/// What the stores know of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trace {
    /// Its aggregate remembers it, or a row says what it did.
    Done,
    /// Nothing does, but its aggregate exists: it moved nothing.
    MovedNothing,
    /// Nothing does, and there is no such aggregate.
    Nothing,
}

/// A record of a dead-letter topic, as its headers tell it.
#[derive(Debug, Clone)]
pub struct DeadLetter {
    /// The topic it says it comes from.
    pub inbox: String,
    /// Where it says it stood; `None` if that cannot be read.
    pub origin: Option<Origin>,
    /// Its key.
    pub key: String,
    /// A digest of its payload; `None` if the payload was cut.
    pub digest: Option<u64>,
    /// Why, as a code.
    pub code: String,
    /// How often it was tried; `None` if that cannot be read.
    pub attempts: Option<u32>,
}

/// A message that an aggregate's journal says was sent.
#[derive(Debug, Clone)]
pub struct Promised {
    /// The aggregate.
    pub by: String,
    /// The inbox.
    pub to: String,
    /// The message.
    pub message: MessageId,
}
