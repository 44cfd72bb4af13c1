//! The engine's side of MongoDB: one read a batch, one bulk of compare-and-sets, one bulk of rows.

use std::collections::{BTreeMap, HashMap, HashSet};

use futures::TryStreamExt;
use mongodb::{
    Collection, Database, IndexModel,
    bson::{Document as Bson, RawDocumentBuf, deserialize_from_slice, doc, serialize_to_raw_document_buf},
    error::Error,
    options::IndexOptions,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Handler, Row, RowKey, Saved, State, plan::DocumentOf};

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
    database: Database,
}

/// How a bulk write ended for the aggregates that could not be written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Unwritten {
    /// Another writer was there first: load, plan and write again.
    pub conflicts: HashSet<String>,
    /// The database will never take them, with its reason.
    pub refused: HashMap<String, String>,
}

/// The documents read, and those that cannot be understood, by id.
pub(super) type Read<D> = (HashMap<String, D>, HashMap<String, String>);

#[derive(Serialize)]
struct Update<'a, D> {
    update: &'a str,
    updates: Vec<Upsert<'a, D>>,
    ordered: bool,
    #[serde(rename = "writeConcern")]
    write_concern: WriteConcern,
}

/// With `upsert`, a document that does not match the selector collides with itself on `_id`, so the answer names each
/// compare-and-set that failed.
#[derive(Serialize)]
struct Upsert<'a, D> {
    q: Bson,
    u: &'a D,
    upsert: bool,
}

#[derive(Serialize)]
struct WriteConcern {
    w: &'static str,
    j: bool,
}

#[derive(Deserialize)]
struct UpdateAnswer {
    #[serde(rename = "writeErrors", default)]
    write_errors: Vec<WriteError>,
    #[serde(rename = "writeConcernError")]
    write_concern_error: Option<Bson>,
}

#[derive(Deserialize)]
struct WriteError {
    index: i32,
    code: i32,
    errmsg: String,
    #[serde(rename = "keyPattern")]
    key_pattern: Option<Bson>,
}

const DUPLICATE_KEY: i32 = 11000;

#[derive(Serialize, Deserialize)]
struct StoredRow<R> {
    #[serde(rename = "_id")]
    id: String,
    version: i64,
    row: R,
}

impl Store {
    pub(super) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// Creates the indexes that a worker needs, and the sweeper's.
    pub(super) async fn ensure_indexes<S: State>(&self, indexes: &[Index]) -> Result<(), Error> {
        let due = IndexModel::builder()
            .keys(doc! { "due_at": 1 })
            .options(IndexOptions::builder().sparse(true).build())
            .build();
        self.database.collection::<Bson>(S::COLLECTION).create_index(due).await?;
        for index in indexes {
            let keys: Bson = index.keys.iter().map(|(key, order)| ((*key).to_owned(), (*order).into())).collect();
            let options = IndexOptions::builder().unique(index.unique).build();
            let model = IndexModel::builder().keys(keys).options(options).build();
            self.database.collection::<Bson>(index.collection).create_index(model).await?;
        }
        Ok(())
    }

    /// Reads the aggregates with these ids.
    pub(super) async fn load<H: Handler>(&self, ids: &HashSet<&str>) -> Result<Read<DocumentOf<H>>, Error> {
        let ids: Vec<&str> = ids.iter().copied().collect();
        let raw: Collection<RawDocumentBuf> = self.database.collection(H::State::COLLECTION);
        read_all(&raw, &ids).await
    }

    /// Reads the rows with these keys; one read per collection.
    pub(super) async fn load_rows<R: Row>(&self, keys: &HashSet<RowKey>) -> Result<HashMap<RowKey, R>, Error> {
        let mut by_collection: BTreeMap<&'static str, Vec<&str>> = BTreeMap::new();
        for key in keys {
            by_collection.entry(key.collection).or_default().push(&key.id);
        }
        let mut rows = HashMap::new();
        for (collection, ids) in by_collection {
            let raw: Collection<RawDocumentBuf> = self.database.collection(collection);
            let (found, unreadable): Read<StoredRow<R>> = read_all(&raw, &ids).await?;
            if let Some((id, reason)) = unreadable.into_iter().next() {
                return Err(Error::custom(format!("row {id} in {collection}: {reason}")));
            }
            rows.extend(found.into_iter().map(|(id, stored)| (RowKey { collection, id }, stored.row)));
        }
        Ok(rows)
    }

    /// Writes aggregates, each only if its stored version is the one before.
    pub(super) async fn write<H: Handler>(
        &self,
        documents: &BTreeMap<String, DocumentOf<H>>,
    ) -> Result<Unwritten, Error> {
        let updates: Vec<_> = documents
            .values()
            .map(|document| Upsert {
                q: doc! { "_id": &document.id, "version": document.version - 1 },
                u: document,
                upsert: true,
            })
            .collect();
        let ids: Vec<&String> = documents.keys().collect();
        let mut unwritten = Unwritten::default();
        for error in self.update(H::State::COLLECTION, updates).await? {
            let Some(id) = usize::try_from(error.index).ok().and_then(|index| ids.get(index)) else { continue };
            if error.is_own_id() {
                unwritten.conflicts.insert((*id).clone());
            } else {
                unwritten.refused.insert((*id).clone(), error.errmsg);
            }
        }
        Ok(unwritten)
    }

    /// Saves rows, each only if the stored one is older. A row that is newer already stays.
    pub(super) async fn save_rows<R: Row>(&self, rows: &[Saved<R>]) -> Result<(), Error> {
        let mut by_collection: BTreeMap<&'static str, Vec<StoredRow<&R>>> = BTreeMap::new();
        for saved in rows {
            let key = saved.row.key();
            let stored = StoredRow { id: key.id, version: saved.version, row: &saved.row };
            by_collection.entry(key.collection).or_default().push(stored);
        }
        for (collection, rows) in by_collection {
            let updates = rows
                .iter()
                .map(|row| Upsert {
                    q: doc! { "_id": &row.id, "version": { "$lt": row.version } },
                    u: row,
                    upsert: true,
                })
                .collect();
            let errors = self.update(collection, updates).await?;
            if let Some(error) = errors.into_iter().find(|error| !error.is_own_id()) {
                return Err(Error::custom(format!("saving a row in {collection}: {}", error.errmsg)));
            }
        }
        Ok(())
    }

    async fn update<D: Serialize>(
        &self,
        collection: &str,
        updates: Vec<Upsert<'_, D>>,
    ) -> Result<Vec<WriteError>, Error> {
        if updates.is_empty() {
            return Ok(Vec::new());
        }
        let command = Update {
            update: collection,
            updates,
            ordered: false,
            write_concern: WriteConcern { w: "majority", j: true },
        };
        let command = serialize_to_raw_document_buf(&command).map_err(Error::custom)?;
        let answer = self.database.run_raw_command(command).await?;
        let answer: UpdateAnswer = mongodb::bson::deserialize_from_document(answer).map_err(Error::custom)?;
        match answer.write_concern_error {
            Some(error) => Err(Error::custom(format!("write concern not met: {error}"))),
            None => Ok(answer.write_errors),
        }
    }
}

impl WriteError {
    /// Whether the document collided with itself, which is how a failed compare-and-set shows.
    fn is_own_id(&self) -> bool {
        let on_id = match &self.key_pattern {
            Some(pattern) => pattern.contains_key("_id"),
            None => self.errmsg.contains("index: _id_"),
        };
        self.code == DUPLICATE_KEY && on_id
    }
}

async fn read_all<D: DeserializeOwned>(raw: &Collection<RawDocumentBuf>, ids: &[&str]) -> Result<Read<D>, Error> {
    let (mut found, mut unreadable) = (HashMap::new(), HashMap::new());
    if ids.is_empty() {
        return Ok((found, unreadable));
    }
    let batch = u32::try_from(ids.len()).unwrap_or(u32::MAX);
    let mut cursor = raw.find(doc! { "_id": { "$in": ids } }).batch_size(batch).await?;
    while let Some(document) = cursor.try_next().await? {
        let id = document.get_str("_id").map_err(Error::custom)?.to_owned();
        match deserialize_from_slice(document.as_bytes()) {
            Ok(value) => found.insert(id, value).map(|_| ()),
            Err(error) => unreadable.insert(id, error.to_string()).map(|_| ()),
        };
    }
    Ok((found, unreadable))
}
