//! What a worker writes: a pure function of (state, message), and what it may do.

use std::{borrow::Cow, collections::HashMap};

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    avro::AvroError,
    id::MessageId,
    message::{Delivery, Origin, Outgoing, Topic},
    time::Timestamp,
};

/// A worker's rules. No clock, no random number, no I/O: time and ids arrive in the message.
pub trait Handler: Send + Sync + 'static {
    /// What the worker keeps of one aggregate.
    type State: State;
    /// What its inbox carries.
    type Message: Topic + Clone;
    /// What it has done outside: calls to a gateway or a carrier. [`NoEffect`] if it makes none.
    type Effect: Serialize + DeserializeOwned + Clone + Send + Sync + 'static;
    /// The records it keeps beside its aggregates, one document each. [`NoRow`] if it keeps none.
    type Row: Row;

    /// The rows that the handler looks at for this message, so that the engine reads them with the batch.
    fn rows(&self, _message: &Delivery<Self::Message>) -> Vec<RowKey> {
        Vec::new()
    }

    /// Moves one aggregate by one message. Must be a function of its arguments alone.
    ///
    /// Returning the state unchanged and emitting nothing means the message had nothing to say any more.
    ///
    /// # Errors
    /// [`Refusal`] when the message makes no sense for this aggregate and never will: it becomes a dead letter, and nothing
    /// that this call emitted is kept. (A panic is a bug: then the aggregate's later messages wait until it is mended.)
    fn handle(
        &self,
        state: Option<Self::State>,
        delivery: &Delivery<Self::Message>,
        out: &mut Outbox<'_, Self::Effect, Self::Row>,
    ) -> Result<Option<Self::State>, Refusal>;

    /// The command that tells an aggregate that its deadline was reached.
    fn deadline_reached(&self, _aggregate_id: &str, _due_at: Timestamp) -> Option<Self::Message> {
        None
    }
}

/// What a worker keeps of one aggregate: one document.
pub trait State: Serialize + DeserializeOwned + Clone + PartialEq + Send + Sync + 'static {
    /// The collection of the documents.
    const COLLECTION: &'static str;
    /// How the aggregate remembers which messages it has seen.
    const MEMORY: Memory = Memory::Lifetime;

    /// When the aggregate must be looked at again if nothing happens; `None` when it may rest for ever.
    fn deadline(&self) -> Option<Timestamp> {
        None
    }

    /// Whether deadlines have passed that nothing of ours could do anything about, so that a person should look.
    fn is_stuck(&self) -> bool {
        false
    }
}

/// How an aggregate remembers which messages it has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// The ids of all of them: for aggregates with a life of a few dozen messages, such as an order.
    Lifetime,
    /// The offset of the last one: for aggregates that live for ever, such as the stock of a part. A message that was
    /// sent twice has two offsets, so the handler must also know by its rows what it has done.
    LastOffset,
}

/// A record beside the aggregates: a reservation, a ledger entry, an invoice.
pub trait Row: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// Which document this is.
    fn key(&self) -> RowKey;
}

/// A document's collection and id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowKey {
    /// The collection.
    pub collection: &'static str,
    /// The id.
    pub id: String,
}

/// For workers that make no calls outside.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum NoEffect {}

/// For workers that keep nothing beside their aggregates.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum NoRow {}

impl Row for NoRow {
    fn key(&self) -> RowKey {
        match *self {}
    }
}

/// Why a message makes no sense and never will.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct Refusal {
    /// A stable code, for operators to filter dead letters by.
    pub code: Cow<'static, str>,
    /// What was wrong with this one.
    pub detail: String,
}

impl Refusal {
    /// A refusal with its code and detail.
    pub fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code: Cow::Borrowed(code), detail: detail.into() }
    }
}

/// A value that only one aggregate may have, and that another one has: the store said so, which alone sees all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The field of the document, as the unique index names it.
    pub field: String,
    /// The value.
    pub value: String,
}

/// Everything that handling one message sets in motion. Ids are derived from the message, so a repetition sets the very
/// same things in motion.
pub struct Outbox<'a, E, R> {
    origin: Origin,
    known_rows: &'a HashMap<RowKey, R>,
    taken: &'a [Taken],
    pub(super) messages: Vec<Outgoing>,
    pub(super) effects: Vec<PendingEffect<E>>,
    pub(super) rows: Vec<R>,
    pub(super) failure: Option<AvroError>,
}

/// A call to the outside that is recorded but whose outcome is not known yet.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PendingEffect<E> {
    /// Identifies the call for ever: the idempotency key given to the gateway, and the causation of the outcome message.
    pub id: MessageId,
    /// The message that asked for it.
    pub cause: MessageId,
    /// The call.
    pub effect: E,
}

impl<'a, E, R: Row> Outbox<'a, E, R> {
    /// An empty outbox for the handling of one message. Public for handlers' own tests.
    pub fn new<M>(delivery: &Delivery<M>, known_rows: &'a HashMap<RowKey, R>) -> Self {
        let origin = Origin {
            id: delivery.id,
            causation: delivery.id,
            correlation: delivery.correlation,
            at: delivery.at,
            trace: delivery.trace,
        };
        let (messages, effects, rows) = (Vec::new(), Vec::new(), Vec::new());
        Self { origin, known_rows, taken: &[], messages, effects, rows, failure: None }
    }

    /// The same, for an aggregate that could not be written before because others have these values.
    #[must_use]
    pub fn knowing(self, taken: &'a [Taken]) -> Self {
        Self { taken, ..self }
    }

    /// Sends a message to the aggregate `key` of the topic that `T` describes.
    pub fn send<T: Topic>(&mut self, key: &str, message: impl Into<T>) {
        let message = message.into();
        let name = format!("{}/{}/{key}", self.messages.len(), message.name());
        let origin = Origin { id: self.origin.id.derive(&name), ..self.origin };
        match Outgoing::new(key, &message, origin) {
            Ok(outgoing) => self.messages.push(outgoing),
            Err(error) => self.failure = Some(error),
        }
    }

    /// Asks for a call to the outside, made after this step is durable.
    pub fn call(&mut self, effect: E) {
        let id = self.origin.id.derive(&format!("effect/{}", self.effects.len()));
        self.effects.push(PendingEffect { id, cause: self.origin.id, effect });
    }

    /// Writes a row: a new one, or a new state of one that exists.
    pub fn save(&mut self, row: R) {
        self.rows.push(row);
    }

    /// A row as this message finds it. Only rows that [`Handler::rows`] named are known.
    #[must_use]
    pub fn row(&self, key: &RowKey) -> Option<&R> {
        self.rows.iter().rev().find(|row| row.key() == *key).or_else(|| self.known_rows.get(key))
    }

    /// Whether the store said that another aggregate has this value. A handler that refuses what would have it says so in its own
    /// words; one that does not ask leaves a message behind that cannot be written.
    #[must_use]
    pub fn is_taken(&self, field: &str, value: &str) -> bool {
        self.taken.iter().any(|taken| taken.field == field && taken.value == value)
    }

    /// What was asked for so far, for handlers' own tests: messages, calls and rows.
    #[must_use]
    pub fn contents(&self) -> (&[Outgoing], &[PendingEffect<E>], &[R]) {
        (&self.messages, &self.effects, &self.rows)
    }
}
