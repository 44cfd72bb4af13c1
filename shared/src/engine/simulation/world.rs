//! The broker, the store and the outside.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::{
    super::{Document, LetterState, Loaded, Parked, Place, Plan, RowKey},
    toy::{Adder, Noted, Tally, Toy},
};
use crate::{
    id::{CorrelationId, MessageId},
    message::{Delivery, Position},
    time::Timestamp,
    trace::TraceContext,
};

/// The broker, the store and the outside: what survives a crash.
pub(super) struct World<const BY_OFFSET: bool> {
    pub(super) inbox: Vec<(MessageId, MessageId, String, Toy)>,
    pub(super) committed: i64,
    pub(super) documents: HashMap<String, Document<Tally<BY_OFFSET>, i64, Noted>>,
    pub(super) rows: BTreeMap<RowKey, (i64, Noted)>,
    pub(super) published: Vec<MessageId>,
    pub(super) calls: BTreeMap<MessageId, u32>,
    /// The calls that were made by a process that knew them to be untried.
    pub(super) first_tries: BTreeSet<MessageId>,
    pub(super) dead: BTreeSet<MessageId>,
    /// Those that wait, or that others wait for, by id.
    pub(super) letters: BTreeMap<String, Letter>,
    pub(super) parked: HashMap<String, Parked>,
    /// The places of the records that were sent again, by offset.
    places: HashMap<usize, Place>,
    /// Whether processes that start now run the mended program.
    pub(super) mended: bool,
}

/// A dead letter with a place.
#[derive(Debug, Clone)]
pub(super) struct Letter {
    pub(super) record: (MessageId, MessageId, String, Toy),
    pub(super) place: Place,
    pub(super) state: LetterState,
}

impl<const BY_OFFSET: bool> World<BY_OFFSET> {
    pub(super) fn new(inbox: Vec<(MessageId, MessageId, String, Toy)>) -> Self {
        Self {
            inbox,
            committed: 0,
            documents: HashMap::new(),
            rows: BTreeMap::new(),
            published: Vec::new(),
            calls: BTreeMap::new(),
            first_tries: BTreeSet::new(),
            dead: BTreeSet::new(),
            letters: BTreeMap::new(),
            parked: HashMap::new(),
            places: HashMap::new(),
            mended: false,
        }
    }

    pub(super) fn place(&self, position: Position) -> Option<&Place> {
        self.places.get(&usize::try_from(position.offset).unwrap())
    }

    fn resend(&mut self, id: &str) {
        let letter = self.letters.get_mut(id).unwrap();
        letter.state = LetterState::Replayed;
        self.places.insert(self.inbox.len(), letter.place.clone());
        self.inbox.push(letter.record.clone());
    }

    /// The open letters of a parking from its head on, in their order.
    fn waiting(&self, parked: &Parked) -> Vec<String> {
        let waits = |letter: &Letter| {
            let Letter { place, state, .. } = letter;
            *state == LetterState::Open && place.parking == parked.name && place.number >= parked.head
        };
        let mut waiting: Vec<_> = self.letters.iter().filter(|(_, letter)| waits(letter)).collect();
        waiting.sort_by_key(|(_, letter)| letter.place.number);
        waiting.into_iter().map(|(id, _)| id.clone()).collect()
    }

    /// As the engine does once the one that a key waited for has passed.
    pub(super) fn send_on(&mut self, key: &str) {
        let Some(parked) = self.parked.get(key).filter(|parked| !parked.blocked) else { return };
        let waiting = self.waiting(parked);
        // Those behind one that is under way would come too early.
        if waiting.first().is_some_and(|id| self.letters[id].place == parked.first()) {
            waiting.iter().for_each(|id| self.resend(id));
        }
    }

    /// An operator replays a letter that is open.
    pub(super) fn operate(&mut self, chosen: usize) {
        let open: Vec<String> =
            self.letters.iter().filter(|(_, l)| l.state == LetterState::Open).map(|(id, _)| id.clone()).collect();
        let Some(id) = open.get(chosen % open.len().max(1)) else { return };
        let letter = &self.letters[id];
        let parked = self.parked.get(&letter.record.2).filter(|parked| parked.name == letter.place.parking);
        match parked {
            Some(parked) if !parked.blocked => self.send_on(&parked.key.clone()),
            Some(parked) => {
                let first = parked.first();
                let first = self.waiting(parked).into_iter().find(|id| self.letters[id].place == first);
                let first = first.unwrap_or_else(|| parked.name.clone());
                let place = parked.first();
                self.letters.get_mut(&first).unwrap().place = place;
                self.resend(&first);
            }
            None => self.resend(&id.clone()),
        }
    }

    pub(super) fn delivery(&self, offset: usize) -> Delivery<Toy> {
        let (id, causation, aggregate_id, message) = self.inbox[offset].clone();
        Delivery {
            id,
            causation,
            correlation: CorrelationId::from_uuid(id.as_uuid()),
            aggregate_id,
            at: Timestamp::from_millis(0),
            position: Position { partition: 0, offset: i64::try_from(offset).unwrap() },
            trace: TraceContext::start(),
            message,
        }
    }

    pub(super) fn load(&self, batch: &[Delivery<Toy>]) -> Loaded<Adder<BY_OFFSET>> {
        let ids: HashSet<&String> = batch.iter().map(|delivery| &delivery.aggregate_id).collect();
        let documents = self.documents.iter().filter(|(id, _)| ids.contains(id));
        Loaded {
            documents: documents.map(|(id, document)| (id.clone(), document.clone())).collect(),
            rows: self.rows.iter().map(|(key, stored)| (key.clone(), stored.clone())).collect(),
            places: batch.iter().filter_map(|d| Some((d.position, self.place(d.position)?.clone()))).collect(),
            ..Loaded::default()
        }
    }

    /// Like the store, it does not say which of the documents that were there before could not be written.
    pub(super) fn write(&mut self, plan: &Plan<Adder<BY_OFFSET>>) -> HashSet<String> {
        let (mut conflicts, mut all_changed) = (HashSet::new(), true);
        for (id, document) in &plan.writes {
            let stored = self.documents.get(id).map_or(0, |stored| stored.version);
            if stored == document.version - 1 {
                self.documents.insert(id.clone(), document.clone());
            } else if document.version == 1 {
                conflicts.insert(id.clone());
            } else {
                all_changed = false;
            }
        }
        let known = plan.writes.iter().filter(|(_, document)| !all_changed && document.version > 1);
        conflicts.extend(known.map(|(id, _)| id.clone()));
        conflicts
    }
}
