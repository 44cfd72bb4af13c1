//! One worker's collections: compare-and-set for aggregates, newest version wins for rows.

use std::collections::{BTreeMap, HashMap, HashSet};

use shared::{
    engine::{ById, Document, Handler, Loaded, Plan, Row, RowKey, Saved},
    message::Delivery,
    time::Timestamp,
};

/// A document of the worker `H`.
pub type DocumentOf<H> = Document<<H as Handler>::State, <H as Handler>::Effect, <H as Handler>::Row>;

/// What survives a crash.
pub struct Store<H: Handler> {
    /// The aggregates by id.
    pub documents: BTreeMap<String, DocumentOf<H>>,
    /// The rows, each with the version that wrote it.
    pub rows: HashMap<RowKey, (i64, H::Row)>,
    /// Whether it writes without asking what stands there: a mistake that is planted.
    pub is_blind: bool,
}

impl<H: Handler> Default for Store<H> {
    fn default() -> Self {
        Self { documents: BTreeMap::new(), rows: HashMap::new(), is_blind: false }
    }
}

impl<H: Handler> Store<H> {
    /// What a plan for these deliveries needs, besides the aggregates that are known.
    pub fn load<'a>(
        &self,
        handler: &H,
        batch: impl Iterator<Item = &'a Delivery<H::Message>>,
        known: ById<DocumentOf<H>>,
    ) -> Loaded<H> {
        let mut loaded = Loaded { documents: known, ..Loaded::default() };
        for delivery in batch {
            let id = &delivery.aggregate_id;
            if !loaded.documents.contains_key(id)
                && let Some(document) = self.documents.get(id)
            {
                loaded.documents.insert(id.clone(), document.clone());
            }
            for key in handler.rows(delivery) {
                if let Some(row) = self.rows.get(&key) {
                    loaded.rows.insert(key, row.clone());
                }
            }
        }
        loaded
    }

    /// Writes what still stands as it was when the plan was made. As the real store does, it tells of inserts which
    /// collided, but of replacements only whether all of them took place.
    pub fn write(&mut self, plan: &Plan<H>) -> HashSet<String> {
        let (mut conflicts, mut some_missed) = (HashSet::new(), false);
        for (id, document) in &plan.writes {
            let stored = self.documents.get(id).map_or(0, |stored| stored.version);
            let fits = self.is_blind || stored == document.version - 1;
            if fits {
                self.documents.insert(id.clone(), document.clone());
            }
            if !fits && document.version > 1 {
                some_missed = true;
            } else if !fits {
                conflicts.insert(id.clone());
            }
        }
        if some_missed {
            let replaced = plan.writes.iter().filter(|(_, document)| document.version > 1);
            conflicts.extend(replaced.map(|(id, _)| id.clone()));
        }
        conflicts
    }

    /// Saves rows, except over newer ones.
    pub fn save(&mut self, rows: &[Saved<H::Row>]) {
        for Saved { version, row, .. } in rows {
            let key = row.key();
            if self.rows.get(&key).is_none_or(|(kept, _)| kept < version) {
                self.rows.insert(key, (*version, row.clone()));
            }
        }
    }

    /// The aggregates whose deadline is not after `now`.
    pub fn due(&self, now: Timestamp) -> Vec<(String, Timestamp)> {
        let due = |(id, document): (&String, &DocumentOf<H>)| Some((id.clone(), document.due_at?));
        self.documents.iter().filter_map(due).filter(|(_, due_at)| *due_at <= now).collect()
    }

    /// The aggregates with calls that are recorded and not answered, and how many: what a person would look at first.
    pub fn open_calls(&self) -> impl Iterator<Item = (&str, usize)> {
        let open = self.documents.iter().filter(|(_, document)| !document.pending.is_empty());
        open.map(|(id, document)| (id.as_str(), document.pending.len()))
    }

    /// The next deadline.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.documents.values().filter_map(|document| document.due_at).min()
    }
}
