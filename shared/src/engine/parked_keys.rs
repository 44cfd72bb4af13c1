//! The parked keys of an inbox, as a worker knows them.
//!
//! A partition's keys are parked by whoever has the partition, so they are read when one comes, and not again with each
//! batch: where nothing is parked, parking costs nothing. What is known may be old when an operator has discarded a letter,
//! or a process that had the partition was at work still; so it is read again before a parked key is worked on, and every
//! write is a compare-and-set.

use std::collections::{BTreeMap, HashMap, HashSet};

use mongodb::error::Error;

use super::{Parked, dead_letters::LetterStore};
use crate::kafka::Received;

pub(super) struct ParkedKeys {
    inbox: &'static str,
    store: LetterStore,
    /// The newest life of a partition that is known here.
    newest: u64,
    is_stale: bool,
    by_key: HashMap<String, Parked>,
}

impl ParkedKeys {
    pub(super) fn new(inbox: &'static str, store: LetterStore) -> Self {
        Self { inbox, store, newest: 0, is_stale: true, by_key: HashMap::new() }
    }

    /// Makes sure that enough is known to work on these records, for these aggregates.
    pub(super) async fn look_up(&mut self, records: &[Received], ids: &HashSet<&str>) -> Result<(), Error> {
        let newest = records.iter().map(|record| record.held.life()).max().unwrap_or_default();
        let has_come_again = || records.iter().any(|record| record.past.is_some());
        let is_parked = || !self.by_key.is_empty() && ids.iter().any(|id| self.by_key.contains_key(*id));
        if self.is_stale || newest > self.newest || has_come_again() || is_parked() {
            let found = self.store.parked_in(self.inbox).await?;
            self.by_key = found.into_iter().map(|parked| (parked.key.clone(), parked)).collect();
            (self.newest, self.is_stale) = (newest.max(self.newest), false);
        }
        Ok(())
    }

    /// Those of these aggregates whose key is parked.
    pub(super) fn of<'a>(&self, ids: impl Iterator<Item = &'a str>) -> HashMap<String, Parked> {
        if self.by_key.is_empty() {
            return HashMap::new();
        }
        ids.filter_map(|id| Some((id.to_owned(), self.by_key.get(id)?.clone()))).collect()
    }

    /// Writes what a batch has changed. Returns whether nobody else was there first; otherwise the batch is to be looked at
    /// again.
    pub(super) async fn write(&mut self, changed: &BTreeMap<String, Parked>) -> Result<bool, Error> {
        for (key, parked) in changed {
            if !self.store.park(parked).await? {
                self.is_stale = true;
                return Ok(false);
            }
            match parked.is_over() {
                true => self.by_key.remove(key),
                false => self.by_key.insert(key.clone(), parked.clone()),
            };
        }
        Ok(true)
    }
}
