//! A worker that adds up what it is told.

use serde::{Deserialize, Serialize};

use super::super::{Handler, Memory, Outbox, Refusal, Row, RowKey, State};
use crate::{
    avro::{AvroError, Fingerprint},
    id::MessageId,
    message::{Delivery, Topic},
};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Toy {
    Add(i64),
    /// Takes back what the message with this id added.
    TakeBack(MessageId),
    Answered(i64),
}

impl Topic for Toy {
    const TOPIC: &'static str = "toy";

    fn name(&self) -> &'static str {
        "Toy"
    }

    fn encode(&self) -> Result<(Fingerprint, Vec<u8>), AvroError> {
        Ok(([0; 8], serde_json::to_vec(self).unwrap()))
    }

    fn decode(_: Fingerprint, body: &[u8]) -> Result<Self, AvroError> {
        Ok(serde_json::from_slice(body).unwrap())
    }
}

/// Adds up what it is told; asks the outside about every third amount and adds up the answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Tally<const BY_OFFSET: bool> {
    pub(super) sum: i64,
    pub(super) answers: i64,
    /// What was added, in the order in which it was.
    pub(super) added: Vec<MessageId>,
}

impl<const BY_OFFSET: bool> State for Tally<BY_OFFSET> {
    const COLLECTION: &'static str = "tallies";
    const MEMORY: Memory = if BY_OFFSET { Memory::LastOffset } else { Memory::Lifetime };
}

/// One row per message, and one per aggregate that every message writes again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Noted {
    Added { message: MessageId, aggregate: String, amount: i64, taken_back: bool },
    Sum { aggregate: String, sum: i64 },
}

impl Row for Noted {
    fn key(&self) -> RowKey {
        match self {
            Self::Added { message, .. } => Self::key_of_added(*message),
            Self::Sum { aggregate, .. } => RowKey { collection: "sums", id: aggregate.clone() },
        }
    }
}

impl Noted {
    pub(super) fn added(delivery: &Delivery<Toy>, amount: i64) -> Self {
        Self::Added { message: delivery.id, aggregate: delivery.aggregate_id.clone(), amount, taken_back: false }
    }

    pub(super) fn key_of_added(message: MessageId) -> RowKey {
        RowKey { collection: "added", id: message.to_string() }
    }
}

/// The amount that counts only sometimes.
pub(super) const SOMETIMES: i64 = 7;

/// The amount that is refused unless something was added before.
pub(super) const ONLY_LATER: i64 = 100;

/// The amount that the handler panics at until it is mended.
pub(super) const BUG: i64 = 14;

pub(super) struct Adder<const BY_OFFSET: bool> {
    pub(super) mended: bool,
}

impl<const BY_OFFSET: bool> Handler for Adder<BY_OFFSET> {
    type State = Tally<BY_OFFSET>;
    type Message = Toy;
    type Effect = i64;
    type Row = Noted;

    fn rows(&self, delivery: &Delivery<Toy>) -> Vec<RowKey> {
        match delivery.message {
            Toy::TakeBack(added) => vec![Noted::key_of_added(added)],
            Toy::Add(_) | Toy::Answered(_) => vec![Noted::key_of_added(delivery.id)],
        }
    }

    fn handle(
        &self,
        state: Option<Tally<BY_OFFSET>>,
        delivery: &Delivery<Toy>,
        out: &mut Outbox<'_, i64, Noted>,
    ) -> Result<Option<Tally<BY_OFFSET>>, Refusal> {
        let mut tally = state.unwrap_or(Tally { sum: 0, answers: 0, added: Vec::new() });
        match delivery.message {
            Toy::Add(13) => return Err(Refusal::new("unlucky", "13")),
            Toy::Add(ONLY_LATER) if tally.sum <= 1 => return Err(Refusal::new("too_early", "100")),
            // Unwinds as a panic does, without a line on the screen each time.
            Toy::Add(BUG) if !self.mended => std::panic::resume_unwind(Box::new("a bug in a handler")),
            Toy::Add(amount) => {
                let row = Noted::added(delivery, amount);
                let is_new = out.row(&row.key()).is_none();
                // What a message means may depend on what came before it: this one has nothing to say to an even sum.
                if amount == SOMETIMES && is_new && tally.sum % 2 == 0 {
                    return Ok(Some(tally));
                }
                out.send::<Toy>("told", Toy::Add(amount));
                if is_new {
                    tally.sum += amount;
                    tally.added.push(delivery.id);
                    out.save(row);
                    out.save(Noted::Sum { aggregate: delivery.aggregate_id.clone(), sum: tally.sum });
                    if amount % 3 == 0 && !BY_OFFSET {
                        out.call(amount);
                    }
                }
            }
            Toy::TakeBack(added) => {
                let row = out.row(&Noted::key_of_added(added)).cloned();
                if let Some(Noted::Added { message, aggregate, amount, taken_back: false }) = row {
                    tally.sum -= amount;
                    out.save(Noted::Added { message, aggregate: aggregate.clone(), amount, taken_back: true });
                    out.save(Noted::Sum { aggregate, sum: tally.sum });
                }
            }
            Toy::Answered(amount) => tally.answers += amount,
        }
        Ok(Some(tally))
    }
}
