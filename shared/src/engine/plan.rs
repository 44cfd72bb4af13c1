//! The engine's decisions, pure: what a batch does to the aggregates that were loaded for it.
//!
//! [`plan`] neither reads nor writes anything, so the rules of replay are tested, and can be simulated, without a store.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    panic::{AssertUnwindSafe, catch_unwind},
};

use super::{Document, Entry, Handler, Outbox, PendingEffect, Refusal, Row, RowKey};
use crate::{
    id::MessageId,
    message::{Delivery, Outgoing, Position},
};

/// A document of the worker `H`.
pub type DocumentOf<H> = Document<<H as Handler>::State, <H as Handler>::Effect, <H as Handler>::Row>;

/// What was read for a batch.
pub struct Loaded<H: Handler> {
    /// The aggregates that exist.
    pub documents: HashMap<String, DocumentOf<H>>,
    /// The rows that exist, each with the version of the aggregate that wrote it.
    pub rows: HashMap<RowKey, (i64, H::Row)>,
    /// The aggregates whose document cannot be understood, with the reason.
    pub unreadable: HashMap<String, String>,
}

/// What is to be done, in this order: write, save, publish, call.
pub struct Plan<H: Handler> {
    /// The changed aggregates. Each carries the version to be written, one past the version it must replace.
    pub writes: BTreeMap<String, DocumentOf<H>>,
    /// Rows to save.
    pub rows: Vec<Saved<H::Row>>,
    /// Messages to publish, by the aggregate that emitted them.
    pub messages: Vec<(String, Outgoing)>,
    /// Calls to make.
    pub calls: Vec<Call<H>>,
    /// Messages that make no sense.
    pub dead: Vec<Dead>,
    /// Aggregates that were looked at and may have to be projected again.
    pub touched: HashMap<String, (i64, H::State)>,
}

/// A call to make for an aggregate.
pub struct Call<H: Handler> {
    /// The aggregate.
    pub aggregate_id: String,
    /// The call.
    pub effect: PendingEffect<H::Effect>,
    /// The message that asked for it, by its index in the batch.
    pub delivery: usize,
}

/// A row to save.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved<R> {
    /// The aggregate that wrote it.
    pub aggregate_id: String,
    /// The version of that aggregate: a row never goes back to what an earlier version wrote.
    pub version: i64,
    /// The row.
    pub row: R,
    /// Whether the store was seen to have an earlier one when the batch was loaded.
    pub is_stored: bool,
}

/// A message that goes to the dead-letter topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dead {
    /// Its index in the batch.
    pub delivery: usize,
    /// Why.
    pub refusal: Refusal,
}

/// Decides what the deliveries at `which` (indices into `batch`) do to what was loaded for them.
pub fn plan<H: Handler>(handler: &H, batch: &[Delivery<H::Message>], which: &[usize], loaded: Loaded<H>) -> Plan<H> {
    let mut planner = Planner {
        handler,
        working: HashSet::new(),
        aside: HashMap::new(),
        rows: HashMap::new(),
        stored: loaded.rows.keys().cloned().collect(),
        loaded,
        plan: Plan::empty(),
    };
    let in_batch: HashSet<MessageId> = which.iter().map(|index| batch[*index].id).collect();
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
    stored: HashSet<RowKey>,
    /// Which aggregates this batch has changed so far.
    working: HashSet<String>,
    /// The messages of this batch that moved nothing, refused ones among them, by aggregate: remembered if the aggregate is
    /// written for another's sake.
    aside: HashMap<String, Vec<Entry<H::Row>>>,
    plan: Plan<H>,
}

impl<H: Handler> Planner<'_, H> {
    /// The rows of a journal may be newer than those in the store: the writer may have died before saving them.
    fn overlay_journals(&mut self) {
        for document in self.loaded.documents.values() {
            for entry in &document.journal {
                for row in &entry.rows {
                    let stored = self.loaded.rows.entry(row.key()).or_insert_with(|| (entry.version, row.clone()));
                    if stored.0 <= entry.version {
                        *stored = (entry.version, row.clone());
                    }
                }
            }
        }
        self.rows = self.loaded.rows.drain().map(|(key, (_, row))| (key, row)).collect();
    }

    fn deliver(&mut self, index: usize, delivery: &Delivery<H::Message>, in_batch: &HashSet<MessageId>) {
        let id = delivery.aggregate_id.as_str();
        if let Some(reason) = self.loaded.unreadable.get(id) {
            return self.bury(index, Refusal::new("unreadable_document", reason.clone()));
        }
        match self.loaded.documents.get(id) {
            Some(document) if document.has_seen(delivery) || document.entry_of(delivery.id).is_some() => {
                self.replay(index, delivery);
            }
            _ => self.apply(index, delivery, in_batch),
        }
    }

    /// A message applied before: what it emitted is emitted again, the calls it asked for that are still out are made
    /// again. If the journal no longer has it, everything of it was published before.
    fn replay(&mut self, index: usize, delivery: &Delivery<H::Message>) {
        let Some(document) = self.loaded.documents.get(&delivery.aggregate_id) else { return };
        let version = self.written_version(document);
        if let Some(entry) = document.entry_of(delivery.id) {
            let emitted = entry.messages.iter().map(|message| (document.id.clone(), message.clone()));
            self.plan.messages.extend(emitted);
            // Each row as its version left it: a later entry may have written it again, and a row once saved under a
            // version is not saved again under the same.
            let rows = entry.rows.iter().filter_map(|row| newest_in_journal(document, &row.key()));
            self.plan.rows.extend(rows.map(|(version, row)| Saved::of(&document.id, version, row, false)));
            self.plan
                .dead
                .extend(entry.refusal.iter().map(|refusal| Dead { delivery: index, refusal: refusal.clone() }));
        }
        let again = document.pending.iter().filter(|pending| pending.cause == delivery.id);
        self.plan.calls.extend(again.map(|effect| Call {
            aggregate_id: document.id.clone(),
            effect: effect.clone(),
            delivery: index,
        }));
        self.plan.touched.insert(document.id.clone(), (version, document.state.clone()));
    }

    fn apply(&mut self, index: usize, delivery: &Delivery<H::Message>, in_batch: &HashSet<MessageId>) {
        let id = &delivery.aggregate_id;
        let before = self.loaded.documents.get(id).map(|document| document.state.clone());
        let mut out = Outbox::new(delivery, &self.rows);
        // A panic is a bug in a handler; it costs the one message that meets it, not the worker.
        let outcome = catch_unwind(AssertUnwindSafe(|| self.handler.handle(before.clone(), delivery, &mut out)));
        let after = match outcome {
            Ok(Ok(after)) => after,
            Ok(Err(refusal)) => return self.refuse(index, delivery, refusal),
            Err(_) => return self.refuse(index, delivery, Refusal::new("handler_panicked", delivery_name(delivery))),
        };
        if let Some(error) = out.failure {
            return self.refuse(index, delivery, Refusal::new("unencodable", error.to_string()));
        }
        let emitted = Emitted { messages: out.messages, effects: out.effects, rows: out.rows };
        match after {
            Some(state) => self.settle(index, delivery, before.as_ref(), state, emitted, in_batch),
            None if emitted.effects.is_empty() && emitted.rows.is_empty() => {
                // Nothing to remember: a repetition finds no aggregate either and says the same again.
                self.plan.messages.extend(emitted.messages.into_iter().map(|message| (id.clone(), message)));
            }
            None => self.refuse(index, delivery, Refusal::new("handler_error", "rows or calls without an aggregate")),
        }
    }

    fn settle(
        &mut self,
        index: usize,
        delivery: &Delivery<H::Message>,
        before: Option<&H::State>,
        state: H::State,
        emitted: Emitted<H>,
        in_batch: &HashSet<MessageId>,
    ) {
        let id = &delivery.aggregate_id;
        let document = self.loaded.documents.entry(id.clone()).or_insert_with(|| Document::new(id, state.clone()));
        let is_outcome = document.pending.iter().any(|pending| pending.id == delivery.causation);
        if before == Some(&state) && emitted.is_empty() && !is_outcome {
            let entry = Entry::of::<H>(delivery, Emitted::none(), 0, None);
            self.aside.entry(id.clone()).or_default().push(entry);
            return;
        }
        if self.working.insert(id.clone()) {
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
        self.plan.calls.extend(calls.map(|effect| Call { aggregate_id: id.clone(), effect, delivery: index }));
        document.journal.push(Entry::of::<H>(delivery, emitted, version, None));
    }

    /// The version that a row of this aggregate carries: that of the write it belongs to.
    fn written_version(&self, document: &DocumentOf<H>) -> i64 {
        document.version + i64::from(self.working.contains(&document.id))
    }

    /// A refusal stands in the journal as well: if a later message of the batch is written and the dead letter is not yet
    /// sent when the worker dies, the last offset would hide it, and a later state might judge otherwise.
    fn refuse(&mut self, index: usize, delivery: &Delivery<H::Message>, refusal: Refusal) {
        let entry = Entry::of::<H>(delivery, Emitted::none(), 0, Some(refusal.clone()));
        self.aside.entry(delivery.aggregate_id.clone()).or_default().push(entry);
        self.bury(index, refusal);
    }

    fn bury(&mut self, delivery: usize, refusal: Refusal) {
        self.plan.dead.push(Dead { delivery, refusal });
    }

    fn finish(mut self) -> Plan<H> {
        for id in self.working {
            let Some(mut document) = self.loaded.documents.remove(&id) else { continue };
            document.version += 1;
            document.due_at = super::State::deadline(&document.state);
            document.journal.extend(self.aside.remove(&id).unwrap_or_default());
            self.plan.touched.insert(id.clone(), (document.version, document.state.clone()));
            self.plan.writes.insert(id, document);
        }
        self.plan.keep_last_of_each_row();
        self.plan
    }
}

impl<R: Clone> Saved<R> {
    fn of(aggregate_id: &str, version: i64, row: &R, is_stored: bool) -> Self {
        Self { aggregate_id: aggregate_id.to_owned(), version, row: row.clone(), is_stored }
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

impl<H: Handler> Plan<H> {
    fn empty() -> Self {
        Self {
            writes: BTreeMap::new(),
            rows: Vec::new(),
            messages: Vec::new(),
            calls: Vec::new(),
            dead: Vec::new(),
            touched: HashMap::new(),
        }
    }

    /// A row written twice in a batch is saved once, as it was left.
    fn keep_last_of_each_row(&mut self) {
        let mut kept = HashSet::new();
        self.rows.reverse();
        self.rows.retain(|saved| kept.insert(saved.row.key()));
        self.rows.reverse();
    }

    /// Those of the `remembered` aggregates that this plan does not write: no compare-and-set proves that the memory it was
    /// decided on was not old.
    pub fn unproven(&self, remembered: &HashSet<String>) -> HashSet<String> {
        remembered.iter().filter(|id| !self.writes.contains_key(*id)).cloned().collect()
    }

    /// Takes out everything of these aggregates: their write met another writer, or they are unproven, and they are planned
    /// anew.
    pub fn withdraw(&mut self, aggregates: &HashSet<String>, batch: &[Delivery<H::Message>]) {
        self.writes.retain(|id, _| !aggregates.contains(id));
        self.rows.retain(|saved| !aggregates.contains(&saved.aggregate_id));
        self.messages.retain(|(id, _)| !aggregates.contains(id));
        self.calls.retain(|call| !aggregates.contains(&call.aggregate_id));
        self.dead.retain(|dead| !aggregates.contains(&batch[dead.delivery].aggregate_id));
        self.touched.retain(|id, _| !aggregates.contains(id));
    }

    /// Adds a later plan for other aggregates.
    pub fn absorb(&mut self, other: Self) {
        self.writes.extend(other.writes);
        self.rows.extend(other.rows);
        self.messages.extend(other.messages);
        self.calls.extend(other.calls);
        self.dead.extend(other.dead);
        self.touched.extend(other.touched);
    }
}
