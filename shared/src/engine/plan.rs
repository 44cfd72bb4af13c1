//! The engine's decisions, pure: what a batch does to the aggregates that were loaded for it.
//!
//! [`plan`] neither reads nor writes anything, so the rules of replay are tested, and can be simulated, without a store.

mod outcome;

use std::{
    collections::{HashMap, HashSet, hash_map::Entry as Slot},
    panic::{AssertUnwindSafe, catch_unwind},
};

use rustc_hash::FxHashSet;

use super::{
    ById, Document, Entry, Handler, Outbox, PARKED_BEHIND, Parked, PendingEffect, Place, Refusal, Row, RowKey, State,
    Tried, parking::Turn,
};
use crate::{
    id::MessageId,
    message::{Delivery, Outgoing, Position, Topic},
    time::Timestamp,
};

pub use self::outcome::{Call, Dead, Loaded, Plan, Saved};

/// A document of the worker `H`.
pub type DocumentOf<H> = Document<<H as Handler>::State, <H as Handler>::Effect, <H as Handler>::Row>;

/// Decides what the deliveries at `which` (indices into `batch`) do to what was loaded for them.
pub fn plan<H: Handler>(handler: &H, batch: &[Delivery<H::Message>], which: &[usize], loaded: Loaded<H>) -> Plan<H> {
    let mut planner = Planner {
        handler,
        working: ById::default(),
        aside: ById::default(),
        reparked: HashSet::new(),
        rows: HashMap::new(),
        stored: loaded.rows.keys().cloned().collect(),
        loaded,
        plan: Plan::empty(),
    };
    let in_batch: FxHashSet<MessageId> = which.iter().map(|index| batch[*index].id).collect();
    planner.overlay_journals();
    for index in which {
        planner.deliver(*index, &batch[*index], &in_batch);
    }
    planner.finish()
}

struct Planner<'a, H: Handler> {
    handler: &'a H,
    loaded: Loaded<H>,
    /// The rows as this batch has left them so far.
    rows: HashMap<RowKey, H::Row>,
    /// The rows that were found in the store.
    stored: FxHashSet<RowKey>,
    /// Which aggregates this batch has changed so far, each with the time of the last message that did.
    working: ById<Timestamp>,
    /// The messages of this batch that moved nothing, refused ones among them, by aggregate: remembered if the aggregate is
    /// written for another's sake.
    aside: ById<Vec<Entry<H::Row>>>,
    /// Which parkings this batch has changed so far.
    reparked: HashSet<String>,
    plan: Plan<H>,
}

impl<H: Handler> Planner<'_, H> {
    /// The rows of a journal may be newer than those in the store: the writer may have died before saving them.
    ///
    /// A row in the store is as its version left it, while a journal that has forgotten a later message of the same batch
    /// has it as it was in the middle: at the same version, the store's stands.
    fn overlay_journals(&mut self) {
        let mut in_journal = HashMap::new();
        for document in self.loaded.documents.values() {
            for entry in &document.journal {
                in_journal.extend(entry.rows.iter().map(|row| (row.key(), (entry.version, row))));
            }
        }
        for (key, (version, row)) in in_journal {
            if self.loaded.rows.get(&key).is_none_or(|(stored, _)| *stored < version) {
                self.loaded.rows.insert(key, (version, row.clone()));
            }
        }
        self.rows = self.loaded.rows.drain().map(|(key, (_, row))| (key, row)).collect();
    }

    /// Whoever's turn it is is tried; if it fails by a fault of ours, those of its key that come later wait for it.
    fn deliver(&mut self, index: usize, delivery: &Delivery<H::Message>, in_batch: &FxHashSet<MessageId>) {
        let id = &delivery.aggregate_id;
        let place = self.loaded.places.get(&delivery.position);
        let turn = match self.loaded.parked.get_mut(id) {
            Some(parked) => parked.admit(delivery.position, delivery.at, place),
            None => return self.deliver_free(index, delivery, in_batch),
        };
        match turn {
            Turn::Over => return self.deliver_again(index, delivery),
            Turn::Free => self.deliver_free(index, delivery, in_batch),
            Turn::Now(place) => {
                let outcome = self.attempt(index, delivery, in_batch);
                let Some(parked) = self.loaded.parked.get_mut(id) else { return };
                match outcome {
                    Ok(()) => parked.pass(),
                    Err(fault) => {
                        parked.blocked = true;
                        self.bury(index, fault, Some(place));
                    }
                }
            }
            Turn::Wait(place) => {
                // A process that had the partition may have applied it and died. What that led to must come about before
                // the journal forgets it; when its turn comes, it has nothing to say any more.
                if !self.was_refused(delivery) {
                    self.deliver_again(index, delivery);
                }
                let detail = format!("{} waits for {}", delivery_name(delivery), place.parking);
                self.bury(index, Refusal::new(PARKED_BEHIND, detail), Some(place));
            }
        }
        self.reparked.insert(id.clone());
    }

    /// A record whose key is not parked, or which the parking does not concern.
    fn deliver_free(&mut self, index: usize, delivery: &Delivery<H::Message>, in_batch: &FxHashSet<MessageId>) {
        let id = &delivery.aggregate_id;
        let Err(fault) = self.attempt(index, delivery, in_batch) else { return };
        let before = self.loaded.parked.get(id);
        if before.is_some_and(|parked| !parked.is_over()) {
            return self.bury(index, fault, None);
        }
        let parked = Parked {
            version: before.map_or(0, |parked| parked.version),
            ..Parked::begin(H::Message::TOPIC, id, delivery.position, delivery.at)
        };
        self.bury(index, fault, Some(parked.first()));
        self.loaded.parked.insert(id.clone(), parked);
        self.reparked.insert(id.clone());
    }

    /// A record that was dealt with before its key's parking was last written: its letter, if it has one, was kept. What it
    /// led to may have to be done again.
    fn deliver_again(&mut self, index: usize, delivery: &Delivery<H::Message>) {
        if self.is_known(delivery) {
            self.replay(index, delivery);
        }
    }

    /// Applies a message, or repeats what it led to.
    ///
    /// # Errors
    /// Why it cannot be applied, if that is a fault of ours and not of the message: a mended program can apply it.
    fn attempt(
        &mut self,
        index: usize,
        delivery: &Delivery<H::Message>,
        in_batch: &FxHashSet<MessageId>,
    ) -> Result<(), Refusal> {
        if let Some(reason) = self.loaded.unreadable.get(&delivery.aggregate_id) {
            return Err(Refusal::new("unreadable_document", reason.clone()));
        }
        if self.is_known(delivery) {
            self.replay(index, delivery);
            return Ok(());
        }
        self.apply(index, delivery, in_batch)
    }

    /// Whether this very record was refused, and that stands in the journal.
    fn was_refused(&self, delivery: &Delivery<H::Message>) -> bool {
        let document = self.loaded.documents.get(&delivery.aggregate_id);
        document.and_then(|document| document.entry_of(delivery)).is_some_and(|entry| entry.refusal.is_some())
    }

    fn is_known(&self, delivery: &Delivery<H::Message>) -> bool {
        let document = self.loaded.documents.get(&delivery.aggregate_id);
        document.is_some_and(|document| document.has_seen(delivery) || document.entry_of(delivery).is_some())
    }

    /// A message applied before: what it emitted is emitted again, the calls it asked for that are still out are made
    /// again. If the journal no longer has it, everything of it was published before.
    fn replay(&mut self, index: usize, delivery: &Delivery<H::Message>) {
        let Some(document) = self.loaded.documents.get(&delivery.aggregate_id) else { return };
        let version = self.written_version(document);
        if let Some(entry) = document.entry_of(delivery) {
            let emitted = entry.messages.iter().map(|message| (document.id.clone(), message.clone()));
            self.plan.messages.extend(emitted);
            // Each row as its version left it: a later entry may have written it again, and a row once saved under a
            // version is not saved again under the same.
            let rows = entry.rows.iter().filter_map(|row| newest_in_journal(document, &row.key()));
            self.plan.rows.extend(rows.map(|(version, row)| Saved::of(&document.id, version, row, false)));
            let refused = entry.refusal.iter().cloned();
            self.plan.dead.extend(refused.map(|refusal| Dead { delivery: index, refusal, place: None }));
        }
        let again = document.pending.iter().filter(|pending| pending.cause == delivery.id);
        self.plan.calls.extend(again.map(|effect| Call {
            aggregate_id: document.id.clone(),
            effect: effect.clone(),
            delivery: index,
            tried: Tried::Perhaps,
        }));
        self.plan.touched.insert(document.id.clone(), (version, document.state.clone()));
    }

    fn apply(
        &mut self,
        index: usize,
        delivery: &Delivery<H::Message>,
        in_batch: &FxHashSet<MessageId>,
    ) -> Result<(), Refusal> {
        let id = &delivery.aggregate_id;
        let before = self.loaded.documents.get(id).map(|document| document.state.clone());
        let taken = self.loaded.taken.get(id).map(Vec::as_slice).unwrap_or_default();
        let mut out = Outbox::new(delivery, &self.rows).knowing(taken);
        // A panic is a bug in a handler; it costs the one message that meets it, not the worker.
        let outcome = catch_unwind(AssertUnwindSafe(|| self.handler.handle(before, delivery, &mut out)));
        let after = match outcome {
            Ok(Ok(after)) => after,
            Ok(Err(refusal)) => {
                self.refuse(index, delivery, refusal);
                return Ok(());
            }
            Err(_) => return Err(Refusal::new("handler_panicked", delivery_name(delivery))),
        };
        if let Some(error) = out.failure {
            return Err(Refusal::new("unencodable", error.to_string()));
        }
        let emitted = Emitted { messages: out.messages, effects: out.effects, rows: out.rows };
        match after {
            Some(state) => self.settle(index, delivery, state, emitted, in_batch),
            None if emitted.effects.is_empty() && emitted.rows.is_empty() => {
                // Nothing to remember: a repetition finds no aggregate either and says the same again.
                self.plan.messages.extend(emitted.messages.into_iter().map(|message| (id.clone(), message)));
            }
            None => return Err(Refusal::new("handler_error", "rows or calls without an aggregate")),
        }
        Ok(())
    }

    fn settle(
        &mut self,
        index: usize,
        delivery: &Delivery<H::Message>,
        state: H::State,
        emitted: Emitted<H>,
        in_batch: &FxHashSet<MessageId>,
    ) {
        let id = &delivery.aggregate_id;
        let (document, is_moved) = match self.loaded.documents.entry(id.clone()) {
            Slot::Occupied(found) => {
                let is_moved = found.get().state != state;
                (found.into_mut(), is_moved)
            }
            Slot::Vacant(place) => (place.insert(Document::new(id, state.clone())), true),
        };
        let is_outcome = document.pending.iter().any(|pending| pending.id == delivery.causation);
        if !is_moved && emitted.is_empty() && !is_outcome {
            let entry = Entry::of::<H>(delivery, Emitted::none(), 0, None);
            self.aside.entry(id.clone()).or_default().push(entry);
            return;
        }
        if self.working.insert(id.clone(), delivery.at).is_none() {
            // What stands before this message in the inbox was published before it was taken; what stands behind it may
            // not have been, and comes again.
            document.journal.retain(|entry| in_batch.contains(&entry.cause) || is_behind(entry.position, delivery));
        }
        let version = document.version + 1;
        document.pending.retain(|pending| pending.id != delivery.causation);
        document.pending.extend(emitted.effects.iter().cloned());
        document.state = state;
        document.remember(delivery);
        for row in &emitted.rows {
            self.rows.insert(row.key(), row.clone());
        }
        let stored = &self.stored;
        let rows = emitted.rows.iter().map(|row| Saved::of(id, version, row, stored.contains(&row.key())));
        self.plan.rows.extend(rows);
        self.plan.messages.extend(emitted.messages.iter().map(|message| (id.clone(), message.clone())));
        let calls = emitted.effects.iter().cloned();
        self.plan.calls.extend(calls.map(|effect| Call {
            aggregate_id: id.clone(),
            effect,
            delivery: index,
            tried: Tried::Never,
        }));
        document.journal.push(Entry::of::<H>(delivery, emitted, version, None));
    }

    /// The version that a row of this aggregate carries: that of the write it belongs to.
    fn written_version(&self, document: &DocumentOf<H>) -> i64 {
        document.version + i64::from(self.working.contains_key(&document.id))
    }

    /// A refusal stands in the journal as well: if a later message of the batch is written and the dead letter is not yet
    /// sent when the worker dies, the last offset would hide it, and a later state might judge otherwise.
    fn refuse(&mut self, index: usize, delivery: &Delivery<H::Message>, refusal: Refusal) {
        let entry = Entry::of::<H>(delivery, Emitted::none(), 0, Some(refusal.clone()));
        self.aside.entry(delivery.aggregate_id.clone()).or_default().push(entry);
        self.bury(index, refusal, None);
    }

    fn bury(&mut self, delivery: usize, refusal: Refusal, place: Option<Place>) {
        self.plan.dead.push(Dead { delivery, refusal, place });
    }

    fn finish(mut self) -> Plan<H> {
        for (id, at) in self.working {
            let Some(mut document) = self.loaded.documents.remove(&id) else { continue };
            document.version += 1;
            document.due_at = document.state.deadline();
            document.stuck_since = document.state.is_stuck().then(|| document.stuck_since.unwrap_or(at));
            document.journal.extend(self.aside.remove(&id).unwrap_or_default());
            self.plan.touched.insert(id.clone(), (document.version, document.state.clone()));
            self.plan.writes.insert(id, document);
        }
        for id in self.reparked {
            let Some(mut parked) = self.loaded.parked.remove(&id) else { continue };
            parked.version += 1;
            // One that began and ended within the batch was never written.
            if parked.version > 1 || !parked.is_over() {
                self.plan.parkings.insert(id, parked);
            }
        }
        self.plan.keep_last_of_each_row();
        self.plan
    }
}

struct Emitted<H: Handler> {
    messages: Vec<Outgoing>,
    effects: Vec<PendingEffect<H::Effect>>,
    rows: Vec<H::Row>,
}

impl<H: Handler> Emitted<H> {
    const fn none() -> Self {
        Self { messages: Vec::new(), effects: Vec::new(), rows: Vec::new() }
    }

    fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.effects.is_empty() && self.rows.is_empty()
    }
}

impl<R: Row> Entry<R> {
    fn of<H: Handler<Row = R>>(
        delivery: &Delivery<H::Message>,
        emitted: Emitted<H>,
        version: i64,
        refusal: Option<Refusal>,
    ) -> Self {
        let Emitted { messages, rows, .. } = emitted;
        Self { cause: delivery.id, position: delivery.position, version, messages, rows, refusal }
    }
}

fn is_behind<M>(position: Position, delivery: &Delivery<M>) -> bool {
    position.partition == delivery.position.partition && position.offset > delivery.position.offset
}

/// A row as the journal has it last, with the version it belongs to.
fn newest_in_journal<'a, S, E, R: Row>(document: &'a Document<S, E, R>, key: &RowKey) -> Option<(i64, &'a R)> {
    document.journal.iter().rev().find_map(|entry| {
        let row = entry.rows.iter().rev().find(|row| row.key() == *key)?;
        Some((entry.version, row))
    })
}

fn delivery_name<M: crate::message::Topic>(delivery: &Delivery<M>) -> String {
    format!("{} for {}", delivery.message.name(), delivery.aggregate_id)
}
