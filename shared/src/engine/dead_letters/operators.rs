//! What operators do with dead letters: look at them, send them again, give them up.

use std::sync::Arc;

use futures::future::BoxFuture;
use mongodb::{Database, error::Error};

use super::{DeadLetter, LetterState, LetterStore, Settlement, Wanted};
use crate::{
    engine::{Parked, Place},
    kafka::{Publisher, Raw},
    time::Timestamp,
};

/// Sends a dead letter to its inbox again.
pub trait Resend: Send + Sync {
    /// Appends its record, as it was, with [`DeadLetter::headers`]; done when the broker has it.
    fn resend<'a>(&'a self, letter: &'a DeadLetter) -> BoxFuture<'a, Result<(), String>>;
}

impl Resend for Publisher {
    fn resend<'a>(&'a self, letter: &'a DeadLetter) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move { self.publish_all(&[Raw::of(letter)]).await.map_err(|error| error.to_string()) })
    }
}

/// The dead letters of all inboxes, for operators.
#[derive(Clone)]
pub struct DeadLetters {
    store: LetterStore,
    broker: Arc<dyn Resend>,
}

/// What came of sending a letter again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replayed {
    /// It is in its inbox again.
    Sent,
    /// It waits behind this one, which is in its inbox again; the engine sends those behind it once it has passed.
    SentFirst(String),
    /// It waits for one that is under way: the engine sends it.
    UnderWay,
    /// It was given up before.
    Discarded,
    /// There is none of this id.
    Unknown,
}

/// What came of giving a letter up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Discarded {
    /// It is given up.
    Done,
    /// It waits behind this one, or for what is under way: giving it up would leave a gap.
    NotFirst,
    /// It was sent again before.
    Replayed,
    /// There is none of this id.
    Unknown,
}

/// A store did not answer. What was asked for may be asked for again.
#[derive(Debug, thiserror::Error)]
pub enum OperationFailed {
    /// The record.
    #[error("MongoDB: {0}")]
    Mongo(#[from] Error),
    /// The broker.
    #[error("Kafka: {0}")]
    Kafka(String),
}

type Outcome<T> = Result<T, OperationFailed>;

/// A parking that another writer changed is looked at again so often.
const TRIES: u32 = 5;

impl DeadLetters {
    /// The dead letters in this database, sent again to this broker.
    #[must_use]
    pub fn new(database: &Database, broker: Arc<dyn Resend>) -> Self {
        Self { store: LetterStore::new(database), broker }
    }

    /// Up to `most` of them, the oldest first.
    ///
    /// # Errors
    /// [`OperationFailed`] when the store does not answer.
    pub async fn find(&self, wanted: &Wanted, most: i64) -> Outcome<Vec<DeadLetter>> {
        Ok(self.store.find(wanted, most).await?)
    }

    /// The one of this id.
    ///
    /// # Errors
    /// [`OperationFailed`] when the store does not answer.
    pub async fn get(&self, id: &str) -> Outcome<Option<DeadLetter>> {
        Ok(self.store.get(id).await?)
    }

    /// The keys that have been parked since before a time, the longest first.
    ///
    /// # Errors
    /// [`OperationFailed`] when the store does not answer.
    pub async fn parked_since(&self, before: Timestamp, most: i64) -> Outcome<Vec<Parked>> {
        Ok(self.store.parked_since(before, most).await?)
    }

    /// Sends a letter to its inbox again: the same message, under the same id and key. If its key is parked, the one whose
    /// turn it is is sent, and the engine sends the others after it, in their order.
    ///
    /// It is settled once the broker has it; a crash in between, or a second time, sends it twice, which changes nothing.
    ///
    /// # Errors
    /// [`OperationFailed`] when a store does not answer.
    pub async fn replay(&self, id: &str, by: &str) -> Outcome<Replayed> {
        let Some(letter) = self.store.get(id).await? else { return Ok(Replayed::Unknown) };
        if letter.state == LetterState::Discarded {
            return Ok(Replayed::Discarded);
        }
        match self.parking_of(&letter).await? {
            Some(parked) if letter.state == LetterState::Open => self.replay_first(&letter, &parked, by).await,
            _ => {
                self.send(&letter, by).await?;
                Ok(Replayed::Sent)
            }
        }
    }

    async fn replay_first(&self, letter: &DeadLetter, parked: &Parked, by: &str) -> Outcome<Replayed> {
        if !parked.blocked {
            return Ok(Replayed::UnderWay);
        }
        let first = self.store.waiting(parked, 1).await?.into_iter().next();
        let first = first.filter(|first| first.place.as_ref() == Some(&parked.first()));
        match first {
            Some(first) => {
                self.send(&first, by).await?;
                Ok(if first.id == letter.id { Replayed::Sent } else { Replayed::SentFirst(first.id) })
            }
            // Its letter was kept with another place, by a process that had lost the partition: the name leads to it.
            None => match self.store.get(&parked.name).await? {
                Some(first) if parked.head == 0 => {
                    let first = DeadLetter { place: Some(parked.first()), ..first };
                    self.send(&first, by).await?;
                    Ok(Replayed::SentFirst(first.id))
                }
                _ => Ok(Replayed::UnderWay),
            },
        }
    }

    /// Gives a letter up. If its key waits for it, the engine sends those behind it.
    ///
    /// # Errors
    /// [`OperationFailed`] when the store does not answer.
    pub async fn discard(&self, id: &str, by: &str, reason: &str) -> Outcome<Discarded> {
        let Some(letter) = self.store.get(id).await? else { return Ok(Discarded::Unknown) };
        match letter.state {
            LetterState::Open => {}
            LetterState::Discarded => return Ok(Discarded::Done),
            LetterState::Replayed => return Ok(Discarded::Replayed),
        }
        for _ in 0..TRIES {
            let parked = self.parking_of(&letter).await?;
            let Some(mut parked) = parked.filter(|parked| !letter.had_its_turn(parked)) else { break };
            if !parked.blocked || letter.place.as_ref() != Some(&parked.first()) {
                return Ok(Discarded::NotFirst);
            }
            parked.pass();
            parked.version += 1;
            if self.store.park(&parked).await? {
                break;
            }
        }
        self.settle(&letter, LetterState::Discarded, by, reason).await?;
        Ok(Discarded::Done)
    }

    /// The parking that the letter has a place in, if it goes on.
    async fn parking_of(&self, letter: &DeadLetter) -> Outcome<Option<Parked>> {
        let Some(Place { parking, .. }) = &letter.place else { return Ok(None) };
        let parked = self.store.parked_key(&letter.inbox, &letter.key).await?;
        Ok(parked.filter(|parked| parked.name == *parking))
    }

    async fn send(&self, letter: &DeadLetter, by: &str) -> Outcome<()> {
        self.broker.resend(letter).await.map_err(OperationFailed::Kafka)?;
        self.settle(letter, LetterState::Replayed, by, "").await
    }

    async fn settle(&self, letter: &DeadLetter, state: LetterState, by: &str, reason: &str) -> Outcome<()> {
        let settlement = Settlement { by: by.to_owned(), at: Timestamp::now(), reason: reason.to_owned() };
        Ok(self.store.settle(&[letter.id.as_str()], state, &settlement).await?)
    }
}

impl DeadLetter {
    fn had_its_turn(&self, parked: &Parked) -> bool {
        self.place.as_ref().is_some_and(|place| place.number < parked.head)
    }
}
