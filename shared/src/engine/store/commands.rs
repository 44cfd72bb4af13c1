//! The commands themselves. Nothing here is generic and every future is boxed, so that the driver is compiled once, in
//! this crate, and not again for each worker.

mod replacement;

use std::collections::HashSet;

use futures::{TryStreamExt, future::BoxFuture};
use mongodb::{
    Collection, Database, IndexModel,
    bson::{Document, RawDocumentBuf, deserialize_from_document, doc, serialize_to_raw_document_buf},
    error::Error,
    options::{CollectionOptions, IndexOptions, ReadConcern, ReadPreference, SelectionCriteria},
};
use serde::{Deserialize, Serialize};

pub(super) use replacement::Replaces;

use super::{ENGINE_INDEXED, Index};
use crate::{engine::Taken, record::DUPLICATE_KEY, time::Timestamp};

/// The database of one worker.
#[derive(Clone)]
pub(in crate::engine) struct Commands {
    database: Database,
}

/// How a bulk ended. Whatever failed for another reason may pass: that is an error of the whole, and all of it may be
/// written again.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Written {
    /// How many documents were inserted, or found where they were to be replaced.
    pub matched: usize,
    /// How many documents were changed.
    pub changed: usize,
    /// By index, the writes that collided with a document of the same `_id`.
    pub occupied: HashSet<usize>,
    /// By index, the writes that the database will never take, with its reason.
    pub refused: Vec<(usize, Refused)>,
}

/// Why the database will never take a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::engine) struct Refused {
    /// In its words.
    pub reason: String,
    /// What another document has, if that is why.
    pub taken: Option<Taken>,
}

/// A document whose deadline has come.
#[derive(Deserialize)]
pub(in crate::engine) struct Due {
    /// The document.
    #[serde(rename = "_id")]
    pub id: String,
    /// Its deadline.
    pub due_at: Timestamp,
}

#[derive(Serialize)]
struct Insert<'a> {
    insert: &'a str,
    documents: &'a [RawDocumentBuf],
    ordered: bool,
    #[serde(rename = "writeConcern")]
    write_concern: WriteConcern,
}

#[derive(Serialize)]
struct Update<'a> {
    update: &'a str,
    updates: &'a [RawDocumentBuf],
    ordered: bool,
    #[serde(rename = "writeConcern")]
    write_concern: WriteConcern,
}

#[derive(Serialize)]
struct WriteConcern {
    w: &'static str,
    j: bool,
}

const DURABLE: WriteConcern = WriteConcern { w: "majority", j: true };

#[derive(Deserialize)]
struct Answer {
    n: i64,
    #[serde(rename = "nModified")]
    modified: Option<i64>,
    #[serde(rename = "writeErrors", default)]
    write_errors: Vec<WriteError>,
    #[serde(rename = "writeConcernError")]
    write_concern_error: Option<Document>,
}

#[derive(Deserialize)]
struct WriteError {
    index: usize,
    code: i32,
    errmsg: String,
    #[serde(rename = "keyPattern")]
    key_pattern: Option<Document>,
    #[serde(rename = "keyValue")]
    key_value: Option<Document>,
}

/// Errors that the same write meets every time: bad value, type mismatch, document too large, validation, duplicate key.
/// All others (cache pressure, locks, disk space) may pass.
/// <https://www.mongodb.com/docs/manual/reference/error-codes/>
const PERMANENT: [i32; 6] = [2, 14, 10334, 17280, 121, DUPLICATE_KEY];

/// A command is a message of at most 48 MB with a body of at most 16; a chunk of this size leaves room for one document
/// that is as large as a document may be.
const MOST_BYTES: usize = 8 * 1024 * 1024;
const MOST_WRITES: usize = 1_000;

impl Commands {
    pub(in crate::engine) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// Inserts documents, in as few commands as their size allows.
    pub(super) fn insert<'a>(
        &'a self,
        collection: &'a str,
        documents: &'a [RawDocumentBuf],
    ) -> BoxFuture<'a, Result<Written, Error>> {
        Box::pin(self.in_chunks(collection, documents, |documents| {
            let command = Insert { insert: collection, documents, ordered: false, write_concern: DURABLE };
            serialize_to_raw_document_buf(&command)
        }))
    }

    /// Replaces documents, each only if the stored one passes the test.
    pub(super) fn replace<'a>(
        &'a self,
        collection: &'a str,
        documents: &'a [RawDocumentBuf],
        test: Replaces,
    ) -> BoxFuture<'a, Result<Written, Error>> {
        let update = move |updates: &[RawDocumentBuf]| {
            let command = Update { update: collection, updates, ordered: false, write_concern: DURABLE };
            serialize_to_raw_document_buf(&command)
        };
        Box::pin(async move {
            let all_at_once =
                self.in_chunks(collection, documents, |documents| update(&[replacement::of(documents, test)?])).await?;
            if all_at_once.refused.is_empty() {
                return Ok(all_at_once);
            }
            // The statement ended at the document that was refused. One statement for each tells which it is.
            self.in_chunks(collection, documents, |documents| {
                let each = documents.iter().map(|document| replacement::of(std::slice::from_ref(document), test));
                update(&each.collect::<Result<Vec<_>, _>>()?)
            })
            .await
        })
    }

    /// The documents with these ids.
    ///
    /// They come from the primary and are such as cannot be rolled back, whatever the connection string prefers: on an older
    /// state a message could look like one that has nothing to say any more.
    pub(super) fn find<'a>(
        &'a self,
        collection: &'a str,
        ids: &'a [&'a str],
    ) -> BoxFuture<'a, Result<Vec<RawDocumentBuf>, Error>> {
        Box::pin(async move {
            if ids.is_empty() {
                return Ok(Vec::new());
            }
            let options = CollectionOptions::builder()
                .selection_criteria(SelectionCriteria::ReadPreference(ReadPreference::Primary))
                .read_concern(ReadConcern::majority())
                .build();
            let raw: Collection<RawDocumentBuf> = self.database.collection_with_options(collection, options);
            let batch = u32::try_from(ids.len()).unwrap_or(u32::MAX);
            raw.find(doc! { "_id": { "$in": ids } }).batch_size(batch).await?.try_collect().await
        })
    }

    /// The first `most` documents whose deadline is from `from` to `now`, the most urgent first.
    pub(in crate::engine) fn due<'a>(
        &'a self,
        collection: &'a str,
        from: Timestamp,
        now: Timestamp,
        most: i64,
    ) -> BoxFuture<'a, Result<Vec<Due>, Error>> {
        Box::pin(async move {
            let due = self.database.collection::<Document>(collection).clone_with_type::<Due>();
            let condition = doc! { "due_at": { "$gte": from.as_millis(), "$lte": now.as_millis() } };
            let found = due.find(condition).sort(doc! { "due_at": 1 });
            found.projection(doc! { "due_at": 1 }).limit(most).await?.try_collect().await
        })
    }

    /// How many documents are stuck, counted up to `most`: their deadline was before `before`, or their state says so.
    pub(in crate::engine) fn stuck<'a>(
        &'a self,
        collection: &'a str,
        before: Timestamp,
        most: u64,
    ) -> BoxFuture<'a, Result<u64, Error>> {
        Box::pin(async move {
            let overdue = doc! { "due_at": { "$lt": before.as_millis() } };
            let stuck = doc! { "stuck_since": { "$gt": 0 } };
            let all = self.database.collection::<Document>(collection);
            all.count_documents(doc! { "$or": [overdue, stuck] }).limit(most).await
        })
    }

    /// Creates the indexes that [`Commands::due`] and [`Commands::stuck`] read, and these.
    pub(super) fn create_indexes<'a>(
        &'a self,
        collection: &'a str,
        indexes: &'a [Index],
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let sparse = IndexOptions::builder().sparse(true).build();
            for field in ENGINE_INDEXED {
                let model = IndexModel::builder().keys(doc! { field: 1 }).options(sparse.clone()).build();
                self.database.collection::<Document>(collection).create_index(model).await?;
            }
            for index in indexes {
                let keys: Document =
                    index.keys.iter().map(|(key, order)| ((*key).to_owned(), (*order).into())).collect();
                let options = IndexOptions::builder().unique(index.unique).build();
                let model = IndexModel::builder().keys(keys).options(options).build();
                self.database.collection::<Document>(index.collection).create_index(model).await?;
            }
            Ok(())
        })
    }

    async fn in_chunks<E>(
        &self,
        collection: &str,
        writes: &[RawDocumentBuf],
        command: impl Fn(&[RawDocumentBuf]) -> Result<RawDocumentBuf, E>,
    ) -> Result<Written, Error>
    where
        E: std::fmt::Display,
    {
        let (mut written, mut first) = (Written::default(), 0);
        while first < writes.len() {
            let last = first + chunk_length(&writes[first..]);
            let command = command(&writes[first..last]).map_err(|error| Error::custom(error.to_string()))?;
            let answer = self.database.run_raw_command(command).await?;
            let answer: Answer = deserialize_from_document(answer).map_err(Error::custom)?;
            written.note(collection, first, answer)?;
            first = last;
        }
        Ok(written)
    }
}

impl Written {
    fn note(&mut self, collection: &str, first: usize, answer: Answer) -> Result<(), Error> {
        if let Some(error) = answer.write_concern_error {
            return Err(Error::custom(format!("write concern not met: {error}")));
        }
        for error in answer.write_errors {
            if !PERMANENT.contains(&error.code) {
                return Err(Error::custom(format!("write in {collection}: {} ({})", error.errmsg, error.code)));
            }
            if error.is_own_id() {
                self.occupied.insert(first + error.index);
            } else {
                let taken = error.taken();
                self.refused.push((first + error.index, Refused { reason: error.errmsg, taken }));
            }
        }
        self.matched += usize::try_from(answer.n).unwrap_or_default();
        self.changed += usize::try_from(answer.modified.unwrap_or(answer.n)).unwrap_or_default();
        Ok(())
    }
}

/// How many of the first documents fit into one command; at least one.
fn chunk_length(documents: &[RawDocumentBuf]) -> usize {
    let mut bytes = 0;
    let fits = documents.iter().take(MOST_WRITES).take_while(|document| {
        bytes += document.as_bytes().len();
        bytes <= MOST_BYTES
    });
    fits.count().max(1)
}

impl WriteError {
    /// Whether the document collided with one of the same `_id`.
    fn is_own_id(&self) -> bool {
        let on_id = match &self.key_pattern {
            Some(pattern) => pattern.contains_key("_id"),
            None => self.errmsg.contains("index: _id_"),
        };
        self.code == DUPLICATE_KEY && on_id
    }

    /// The value that another document has, in an index of one text that allows it once.
    fn taken(&self) -> Option<Taken> {
        let values = self.key_value.as_ref().filter(|values| self.code == DUPLICATE_KEY && values.len() == 1)?;
        let (field, value) = values.iter().next()?;
        Some(Taken { field: field.clone(), value: value.as_str()?.to_owned() })
    }
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
        assert_eq!(chunk_length(&vec![document(1); MOST_WRITES + 5]), MOST_WRITES);
    }

    #[test]
    fn an_answer_tells_what_changed_what_was_taken_and_what_will_never_be() {
        let answer = |text: &str| serde_json::from_str::<Answer>(text).unwrap();
        let mut written = Written::default();
        let collided = r#"{"n": 2, "nModified": 1, "writeErrors": [
            {"index": 2, "code": 11000, "errmsg": "dup", "keyPattern": {"_id": 1}},
            {"index": 3, "code": 10334, "errmsg": "too large"},
            {"index": 4, "code": 11000, "errmsg": "dup", "keyPattern": {"state.slug": 1}, "keyValue": {"state.slug": "pads"}}]}"#;
        written.note("c", 100, answer(collided)).unwrap();
        written.note("c", 200, answer(r#"{"n": 3}"#)).unwrap();
        assert_eq!((written.matched, written.changed), (5, 4));
        assert_eq!(written.occupied, HashSet::from([102]));
        let refused = |reason: &str, taken| Refused { reason: reason.to_owned(), taken };
        let slug = Taken { field: "state.slug".to_owned(), value: "pads".to_owned() };
        assert_eq!(written.refused, [(103, refused("too large", None)), (104, refused("dup", Some(slug)))]);
        let may_pass = r#"{"n": 0, "writeErrors": [{"index": 0, "code": 112, "errmsg": "write conflict"}]}"#;
        assert!(written.note("c", 0, answer(may_pass)).is_err());
        assert!(written.note("c", 0, answer(r#"{"n": 1, "writeConcernError": {"code": 64}}"#)).is_err());
    }
}
