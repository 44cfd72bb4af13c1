//! The engine's side of MongoDB: one read a batch, one bulk of compare-and-sets, one bulk of rows.

mod commands;

use std::collections::{BTreeMap, HashMap, HashSet};

pub(super) use commands::{Commands, Due, Refused};
use commands::{Replaces, Written};
use mongodb::{
    Database,
    bson::{RawDocumentBuf, deserialize_from_slice, serialize_to_raw_document_buf},
    error::Error,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{ById, Handler, Row, RowKey, Saved, State, plan::DocumentOf};
use crate::fault_points::{Step, around};

/// The fields of every aggregate that the engine itself searches by, each with an index of its own.
pub const ENGINE_INDEXED: [&str; 2] = ["due_at", "stuck_since"];

/// An index that a worker's collections need.
#[derive(Debug, Clone, Copy)]
pub struct Index {
    /// The collection.
    pub collection: &'static str,
    /// The keys, each with 1 (ascending) or -1.
    pub keys: &'static [(&'static str, i32)],
    /// Whether two documents may not share the keys.
    pub unique: bool,
}

/// The stores of one worker.
pub(super) struct Store {
    commands: Commands,
}

/// How a bulk write ended for the aggregates that could not be written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Unwritten {
    /// Another writer may have been there first: load, plan and write again. What was written all the same is then found,
    /// and replayed from its journal.
    pub conflicts: HashSet<String>,
    /// The database will never take them, with its reason.
    pub refused: HashMap<String, Refused>,
}

/// The documents read, and those that cannot be understood, by id.
pub(super) type Read<D> = (ById<D>, HashMap<String, String>);
/// The rows read, and those that cannot be understood, by key.
pub(super) type ReadRows<R> = (HashMap<RowKey, (i64, R)>, HashMap<RowKey, String>);

#[derive(Serialize, Deserialize)]
struct StoredRow<R> {
    #[serde(rename = "_id")]
    id: String,
    version: i64,
    row: R,
}

impl Store {
    pub(super) const fn new(database: Database) -> Self {
        Self { commands: Commands::new(database) }
    }

    /// Creates the indexes that a worker needs, and the sweeper's.
    pub(super) async fn ensure_indexes<S: State>(&self, indexes: &[Index]) -> Result<(), Error> {
        self.commands.create_indexes(S::COLLECTION, indexes).await
    }

    /// Reads the aggregates with these ids.
    pub(super) async fn load<H: Handler>(&self, ids: &HashSet<&str>) -> Result<Read<DocumentOf<H>>, Error> {
        let ids: Vec<&str> = ids.iter().copied().collect();
        read_all(self.commands.find(H::State::COLLECTION, &ids).await?)
    }

    /// Reads the rows with these keys; one read per collection. Also returns those that cannot be understood, with why.
    pub(super) async fn load_rows<R: Row>(&self, keys: &HashSet<RowKey>) -> Result<ReadRows<R>, Error> {
        let mut by_collection: BTreeMap<&'static str, Vec<&str>> = BTreeMap::new();
        for key in keys {
            by_collection.entry(key.collection).or_default().push(&key.id);
        }
        let (mut rows, mut unreadable) = (HashMap::new(), HashMap::new());
        for (collection, ids) in by_collection {
            let (found, damaged): Read<StoredRow<R>> = read_all(self.commands.find(collection, &ids).await?)?;
            rows.extend(
                found.into_iter().map(|(id, stored)| (RowKey { collection, id }, (stored.version, stored.row))),
            );
            unreadable.extend(damaged.into_iter().map(|(id, reason)| (RowKey { collection, id }, reason)));
        }
        Ok((rows, unreadable))
    }

    /// Writes aggregates, each only if its stored version is the one before; those at their first version only if there is
    /// none.
    pub(super) async fn write<H: Handler>(
        &self,
        documents: &BTreeMap<String, DocumentOf<H>>,
    ) -> Result<Unwritten, Error> {
        let (new, known): (Vec<_>, Vec<_>) = documents.values().partition(|document| document.version == 1);
        let inserts = encode_all(new.iter().copied())?;
        let updates = encode_all(known.iter().copied())?;
        let (inserted, updated) = futures::try_join!(
            around(Step::Write, self.commands.insert(H::State::COLLECTION, &inserts)),
            around(Step::Write, self.commands.replace(H::State::COLLECTION, &updates, Replaces::TheOneBefore)),
        )?;
        let id = |document: &&DocumentOf<H>| document.id.clone();
        let mut unwritten = Unwritten::default();
        unwritten.conflicts.extend(inserted.occupied.iter().filter_map(|index| new.get(*index)).map(id));
        unwritten.refuse(inserted.refused, &new.iter().map(id).collect::<Vec<_>>());
        let all_changed = updated.changed + updated.refused.len() == known.len();
        unwritten.refuse(updated.refused, &known.iter().map(id).collect::<Vec<_>>());
        if !all_changed {
            // The answer does not say which. It happens when a pool is rebalanced; then all are looked at again.
            let suspects = known.iter().map(id).filter(|id| !unwritten.refused.contains_key(id));
            unwritten.conflicts.extend(suspects.collect::<Vec<_>>());
        }
        Ok(unwritten)
    }

    /// Saves rows, each only if the stored one is older. A row that is newer already stays.
    pub(super) async fn save_rows<R: Row>(&self, rows: &[Saved<R>]) -> Result<(), Error> {
        let mut by_collection: BTreeMap<&'static str, Vec<(bool, StoredRow<&R>)>> = BTreeMap::new();
        for saved in rows {
            let key = saved.row.key();
            let stored = StoredRow { id: key.id, version: saved.version, row: &saved.row };
            by_collection.entry(key.collection).or_default().push((saved.is_stored, stored));
        }
        let saves = by_collection.iter().map(|(collection, rows)| self.save_into(collection, rows));
        futures::future::try_join_all(saves).await?;
        Ok(())
    }

    /// Rows that nobody has seen are inserted, which costs the least. Those that are there already are replaced.
    async fn save_into<R: Row>(&self, collection: &str, rows: &[(bool, StoredRow<&R>)]) -> Result<(), Error> {
        let (stored, new): (Vec<_>, Vec<_>) = rows.iter().partition(|(is_stored, _)| *is_stored);
        let new = encode_all(new.iter().map(|(_, row)| row))?;
        let inserted = around(Step::Rows, self.commands.insert(collection, &new)).await?;
        refuse_none(collection, &inserted)?;
        let mut older = encode_all(stored.iter().map(|(_, row)| row))?;
        older.extend(inserted.occupied.iter().filter_map(|index| new.get(*index)).cloned());
        let replaced = around(Step::Rows, self.commands.replace(collection, &older, Replaces::AnyBefore)).await?;
        refuse_none(collection, &replaced)?;
        if replaced.matched < older.len() {
            return Err(Error::custom(format!("a row in {collection} is gone that was there when it was read")));
        }
        Ok(())
    }
}

impl Unwritten {
    fn refuse(&mut self, refused: Vec<(usize, Refused)>, ids: &[String]) {
        let named = refused.into_iter().filter_map(|(index, refused)| Some((ids.get(index)?.clone(), refused)));
        self.refused.extend(named);
    }
}

/// A row belongs to a document that is written: it must be saved, now or later.
fn refuse_none(collection: &str, written: &Written) -> Result<(), Error> {
    match written.refused.first() {
        Some((_, refused)) => Err(Error::custom(format!("saving a row in {collection}: {}", refused.reason))),
        None => Ok(()),
    }
}

fn encode_all<D: Serialize>(values: impl Iterator<Item = D>) -> Result<Vec<RawDocumentBuf>, Error> {
    values.map(|value| serialize_to_raw_document_buf(&value)).collect::<Result<_, _>>().map_err(Error::custom)
}

fn read_all<D: DeserializeOwned>(documents: Vec<RawDocumentBuf>) -> Result<Read<D>, Error> {
    let (mut found, mut unreadable) = (ById::default(), HashMap::new());
    for document in documents {
        let id = document.get_str("_id").map_err(Error::custom)?.to_owned();
        match deserialize_from_slice(document.as_bytes()) {
            Ok(value) => found.insert(id, value).map(|_| ()),
            Err(error) => unreadable.insert(id, error.to_string()).map(|_| ()),
        };
    }
    Ok((found, unreadable))
}
