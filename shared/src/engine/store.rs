//! The engine's side of MongoDB: one read a batch, one bulk of compare-and-sets, one bulk of rows.

use std::collections::{BTreeMap, HashMap, HashSet};

use futures::TryStreamExt;
use mongodb::{
    Collection, Database, IndexModel,
    bson::{Document as Bson, RawDocumentBuf, deserialize_from_slice, doc, serialize_to_raw_document_buf},
    error::Error,
    options::{CollectionOptions, IndexOptions, ReadConcern, ReadPreference, SelectionCriteria},
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
/// The rows read, and those that cannot be understood, by key.
pub(super) type ReadRows<R> = (HashMap<RowKey, (i64, R)>, HashMap<RowKey, String>);

#[derive(Serialize)]
struct Update<'a> {
    update: &'a str,
    updates: &'a [RawDocumentBuf],
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
    index: usize,
    code: i32,
    errmsg: String,
    #[serde(rename = "keyPattern")]
    key_pattern: Option<Bson>,
}

const DUPLICATE_KEY: i32 = 11000;
/// Errors that the same write meets every time: bad value, type mismatch, document too large, validation, duplicate key.
/// All others (cache pressure, locks, disk space) may pass.
/// <https://www.mongodb.com/docs/manual/reference/error-codes/>
const PERMANENT: [i32; 6] = [2, 14, 10334, 17280, 121, DUPLICATE_KEY];

/// A command is a message of at most 48 MB with a body of at most 16; a chunk of this size leaves room for one document
/// that is as large as a document may be.
const MOST_BYTES: usize = 8 * 1024 * 1024;
const MOST_UPDATES: usize = 1_000;

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
        read_all(&self.readable(H::State::COLLECTION), &ids).await
    }

    /// Reads go to the primary and see only what cannot be rolled back, whatever the connection string prefers: on an
    /// older state a message could look like one that has nothing to say any more.
    fn readable(&self, collection: &str) -> Collection<RawDocumentBuf> {
        let options = CollectionOptions::builder()
            .selection_criteria(SelectionCriteria::ReadPreference(ReadPreference::Primary))
            .read_concern(ReadConcern::majority())
            .build();
        self.database.collection_with_options(collection, options)
    }

    /// Reads the rows with these keys; one read per collection. Also returns those that cannot be understood, with why.
    pub(super) async fn load_rows<R: Row>(&self, keys: &HashSet<RowKey>) -> Result<ReadRows<R>, Error> {
        let mut by_collection: BTreeMap<&'static str, Vec<&str>> = BTreeMap::new();
        for key in keys {
            by_collection.entry(key.collection).or_default().push(&key.id);
        }
        let (mut rows, mut unreadable) = (HashMap::new(), HashMap::new());
        for (collection, ids) in by_collection {
            let (found, damaged): Read<StoredRow<R>> = read_all(&self.readable(collection), &ids).await?;
            rows.extend(
                found.into_iter().map(|(id, stored)| (RowKey { collection, id }, (stored.version, stored.row))),
            );
            unreadable.extend(damaged.into_iter().map(|(id, reason)| (RowKey { collection, id }, reason)));
        }
        Ok((rows, unreadable))
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
        for error in self.update(H::State::COLLECTION, &updates).await? {
            let Some(id) = ids.get(error.index) else { continue };
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
            let updates: Vec<_> = rows
                .iter()
                .map(|row| Upsert {
                    q: doc! { "_id": &row.id, "version": { "$lt": row.version } },
                    u: row,
                    upsert: true,
                })
                .collect();
            let errors = self.update(collection, &updates).await?;
            if let Some(error) = errors.into_iter().find(|error| !error.is_own_id()) {
                return Err(Error::custom(format!("saving a row in {collection}: {}", error.errmsg)));
            }
        }
        Ok(())
    }

    /// Writes in as few commands as their size allows. Returns the writes that failed for good; an `Err` may pass, and
    /// everything may be written again.
    async fn update<D: Serialize>(
        &self,
        collection: &str,
        updates: &[Upsert<'_, D>],
    ) -> Result<Vec<WriteError>, Error> {
        let encoded =
            updates.iter().map(serialize_to_raw_document_buf).collect::<Result<Vec<_>, _>>().map_err(Error::custom)?;
        let (mut failed, mut first) = (Vec::new(), 0);
        while first < encoded.len() {
            let last = first + chunk_length(&encoded[first..]);
            for mut error in self.update_chunk(collection, &encoded[first..last]).await? {
                error.index += first;
                failed.push(error);
            }
            first = last;
        }
        match failed.iter().find(|error| !PERMANENT.contains(&error.code)) {
            Some(error) => Err(Error::custom(format!("write in {collection}: {} ({})", error.errmsg, error.code))),
            None => Ok(failed),
        }
    }

    async fn update_chunk(&self, collection: &str, updates: &[RawDocumentBuf]) -> Result<Vec<WriteError>, Error> {
        let write_concern = WriteConcern { w: "majority", j: true };
        let command = Update { update: collection, updates, ordered: false, write_concern };
        let command = serialize_to_raw_document_buf(&command).map_err(Error::custom)?;
        let answer = self.database.run_raw_command(command).await?;
        let answer: UpdateAnswer = mongodb::bson::deserialize_from_document(answer).map_err(Error::custom)?;
        match answer.write_concern_error {
            Some(error) => Err(Error::custom(format!("write concern not met: {error}"))),
            None => Ok(answer.write_errors),
        }
    }
}

/// How many of the first documents fit into one command; at least one.
fn chunk_length(documents: &[RawDocumentBuf]) -> usize {
    let mut bytes = 0;
    let fits = documents.iter().take(MOST_UPDATES).take_while(|document| {
        bytes += document.as_bytes().len();
        bytes <= MOST_BYTES
    });
    fits.count().max(1)
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

#[cfg(test)]
mod tests {
    use mongodb::bson::rawdoc;

    use super::*;

    #[test]
    fn a_command_takes_as_many_documents_as_fit_and_never_none() {
        let document = |bytes: usize| rawdoc! { "x": "y".repeat(bytes) };
        assert_eq!(chunk_length(&[document(10), document(10)]), 2);
        assert_eq!(chunk_length(&[document(MOST_BYTES), document(10)]), 1);
        assert_eq!(chunk_length(&[document(MOST_BYTES / 2), document(MOST_BYTES / 3), document(MOST_BYTES / 3)]), 2);
        assert_eq!(chunk_length(&vec![document(1); MOST_UPDATES + 5]), MOST_UPDATES);
    }
}
