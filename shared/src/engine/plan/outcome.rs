//! What a plan is made of, and what it is: everything that a batch is to do.

use std::collections::{BTreeMap, HashMap, HashSet};

use rustc_hash::FxHashSet;

use super::DocumentOf;
use crate::{
    engine::{ById, Handler, Parked, PendingEffect, Place, Refusal, Row, RowKey, Taken, Tried},
    message::{Delivery, Outgoing, Position},
};

/// What was read for a batch.
pub struct Loaded<H: Handler> {
    /// The aggregates that exist.
    pub documents: ById<DocumentOf<H>>,
    /// The rows that exist, each with the version of the aggregate that wrote it.
    pub rows: HashMap<RowKey, (i64, H::Row)>,
    /// The aggregates whose document cannot be understood, with the reason.
    pub unreadable: HashMap<String, String>,
    /// Those of the aggregates whose key is parked.
    pub parked: HashMap<String, Parked>,
    /// The places of those records of the batch that had waited and were sent again.
    pub places: HashMap<Position, Place>,
    /// By aggregate, the values that the store would not take before because others have them.
    pub taken: HashMap<String, Vec<Taken>>,
}

impl<H: Handler> Default for Loaded<H> {
    fn default() -> Self {
        Self {
            documents: ById::default(),
            rows: HashMap::new(),
            unreadable: HashMap::new(),
            parked: HashMap::new(),
            places: HashMap::new(),
            taken: HashMap::new(),
        }
    }
}

/// What is to be done, in this order: write, save, publish, bury, park, call.
pub struct Plan<H: Handler> {
    /// The changed aggregates. Each carries the version to be written, one past the version it must replace.
    pub writes: BTreeMap<String, DocumentOf<H>>,
    /// Rows to save.
    pub rows: Vec<Saved<H::Row>>,
    /// Messages to publish, by the aggregate that emitted them.
    pub messages: Vec<(String, Outgoing)>,
    /// Calls to make.
    pub calls: Vec<Call<H>>,
    /// Messages that go aside: they make no sense, met a fault of ours, or wait behind one that did.
    pub dead: Vec<Dead>,
    /// The changed parkings by aggregate. Each carries the version to be written, one past the version it must replace.
    pub parkings: BTreeMap<String, Parked>,
    /// Aggregates that were looked at and may have to be projected again.
    pub touched: ById<(i64, H::State)>,
}

/// A call to make for an aggregate.
pub struct Call<H: Handler> {
    /// The aggregate.
    pub aggregate_id: String,
    /// The call.
    pub effect: PendingEffect<H::Effect>,
    /// The message that asked for it, by its index in the batch.
    pub delivery: usize,
    /// Whether it may have been made before.
    pub tried: Tried,
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

/// A message that goes aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dead {
    /// Its index in the batch.
    pub delivery: usize,
    /// Why.
    pub refusal: Refusal,
    /// Its place among those of its key that wait.
    pub place: Option<Place>,
}

impl<R: Clone> Saved<R> {
    pub(super) fn of(aggregate_id: &str, version: i64, row: &R, is_stored: bool) -> Self {
        Self { aggregate_id: aggregate_id.to_owned(), version, row: row.clone(), is_stored }
    }
}

impl<H: Handler> Plan<H> {
    pub(super) fn empty() -> Self {
        Self {
            writes: BTreeMap::new(),
            rows: Vec::new(),
            messages: Vec::new(),
            calls: Vec::new(),
            dead: Vec::new(),
            parkings: BTreeMap::new(),
            touched: ById::default(),
        }
    }

    /// A row written twice in a batch is saved once, as it was left.
    pub(super) fn keep_last_of_each_row(&mut self) {
        let mut kept = FxHashSet::default();
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
        if aggregates.is_empty() {
            return;
        }
        self.writes.retain(|id, _| !aggregates.contains(id));
        self.rows.retain(|saved| !aggregates.contains(&saved.aggregate_id));
        self.messages.retain(|(id, _)| !aggregates.contains(id));
        self.calls.retain(|call| !aggregates.contains(&call.aggregate_id));
        self.dead.retain(|dead| !aggregates.contains(&batch[dead.delivery].aggregate_id));
        self.parkings.retain(|id, _| !aggregates.contains(id));
        self.touched.retain(|id, _| !aggregates.contains(id));
    }

    /// Adds a later plan for other aggregates.
    pub fn absorb(&mut self, other: Self) {
        self.writes.extend(other.writes);
        self.rows.extend(other.rows);
        self.messages.extend(other.messages);
        self.calls.extend(other.calls);
        self.dead.extend(other.dead);
        self.parkings.extend(other.parkings);
        self.touched.extend(other.touched);
    }
}
