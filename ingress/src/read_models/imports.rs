//! Files that operators bring in: their pieces and who brought them, which the ingress writes, and what the imports worker
//! makes of them.

use std::time::{Duration, SystemTime};

use futures::TryStreamExt;
use mongodb::{
    Collection, Database, IndexModel,
    bson::{Binary, DateTime, Document, doc, spec::BinarySubtype},
    options::IndexOptions,
};
use schemas::{
    ids::ImportId,
    imports::{CheckImport, Import, ImportPiece, ImportProblem, ids_of},
    types::Timestamp,
};
use serde::{Deserialize, Serialize};
use shared::engine::State;

use super::settled;
use crate::{auth::is_duplicate, paging::Place, problem::Problem};

/// Pieces of an upload that was broken off go after this time; the worker deletes all others.
const PIECES_LIVE: Duration = Duration::from_secs(7 * 24 * 3600);

/// A file as it was brought: written once, so that the same request brings it once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// The file.
    #[serde(rename = "_id")]
    pub import_id: ImportId,
    /// The SHA-256 of it, in hexadecimal digits.
    pub digest: String,
    /// When it was brought.
    pub at: Timestamp,
    /// What the worker is told.
    pub command: CheckImport,
}

impl Upload {
    /// Whether both say the same, wherever their pieces are.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let told = |upload: &Self| CheckImport { upload: String::new(), ..upload.command.clone() };
        self.digest == other.digest && told(self) == told(other)
    }
}

/// A file with the version that it has.
#[derive(Debug, Clone, Deserialize)]
pub struct ImportDocument {
    /// Counts its writes.
    pub version: i64,
    /// It.
    pub state: Import,
}

#[derive(Debug, Deserialize)]
struct Kept {
    #[serde(rename = "_id")]
    id: String,
    row: ImportProblem,
}

/// All files.
#[derive(Clone)]
pub struct Imports {
    imports: Collection<ImportDocument>,
    problems: Collection<Kept>,
    uploads: Collection<Upload>,
    pieces: Collection<Document>,
}

impl Imports {
    /// The files in this database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self {
            imports: database.collection_with_options(Import::COLLECTION, settled()),
            problems: database.collection_with_options(ImportProblem::COLLECTION, settled()),
            uploads: database.collection_with_options("import_uploads", settled()),
            pieces: database.collection_with_options(ImportPiece::COLLECTION, settled()),
        }
    }

    /// Creates the index by which pieces go that nobody deletes.
    ///
    /// # Errors
    /// What the database says.
    pub async fn create_indexes(&self) -> Result<(), mongodb::error::Error> {
        let forget = IndexOptions::builder().expire_after(Duration::ZERO).build();
        let index = IndexModel::builder().keys(doc! { "forgotten_at": 1 }).options(forget).build();
        self.pieces.create_index(index).await.map(drop)
    }

    /// Stores a piece of an upload.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn store_piece(&self, upload: &str, number: i32, bytes: Vec<u8>) -> Result<(), Problem> {
        let forgotten_at = DateTime::from_system_time(SystemTime::now() + PIECES_LIVE);
        let bytes = Binary { subtype: BinarySubtype::Generic, bytes };
        let id = ImportPiece::document_id(upload, number);
        self.pieces.insert_one(doc! { "_id": id, "bytes": bytes, "forgotten_at": forgotten_at }).await?;
        Ok(())
    }

    /// Deletes the pieces of an upload that nobody needs.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn drop_pieces(&self, upload: &str) -> Result<(), Problem> {
        let (from, to) = ids_of(upload);
        self.pieces.delete_many(doc! { "_id": { "$gte": from, "$lt": to } }).await?;
        Ok(())
    }

    /// Writes down that a file was brought, unless it was before. Returns what is written down.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn bring(&self, upload: &Upload) -> Result<Upload, Problem> {
        match self.uploads.insert_one(upload).await {
            Ok(_) => Ok(upload.clone()),
            Err(error) if is_duplicate(&error) => {
                let known = self.uploads.find_one(doc! { "_id": upload.import_id.to_string() }).await?;
                Ok(known.unwrap_or_else(|| upload.clone()))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// This file, if there is one. One that the worker has not heard of yet is being checked.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn by_id(&self, id: ImportId) -> Result<Option<ImportDocument>, Problem> {
        let of_this = doc! { "_id": id.to_string() };
        let found = self.imports.find_one(of_this.clone()).projection(doc! { "version": 1, "state": 1 }).await?;
        if found.is_some() {
            return Ok(found);
        }
        let brought = self.uploads.find_one(of_this).await?;
        Ok(brought.map(|upload| ImportDocument { version: 0, state: Import::new(&upload.command, upload.at) }))
    }

    /// Up to `limit` files from behind this place on, the newest first.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn page(&self, after: Option<&Place>, limit: i64) -> Result<Vec<ImportDocument>, Problem> {
        let condition = after.map_or_else(Document::new, |(at, id)| {
            let at = at.as_millis();
            let behind = vec![doc! { "state.uploaded.at": { "$lt": at } }, doc! { "_id": { "$lt": id } }];
            doc! { "state.uploaded.at": { "$lte": at }, "$or": behind }
        });
        let found = self.imports.find(condition).sort(doc! { "state.uploaded.at": -1, "_id": -1 }).limit(limit);
        Ok(found.projection(doc! { "version": 1, "state": 1 }).await?.try_collect().await?)
    }

    /// Up to `limit` problems of a file's rows from behind this one on, each with its id, in the order of the rows.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn problems(
        &self,
        import: &Import,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<(String, ImportProblem)>, Problem> {
        let (from, to) = ids_of(&format!("{}:{}", import.import_id, import.check));
        let after = after.filter(|after| **after >= *from).unwrap_or(&from);
        let found =
            self.problems.find(doc! { "_id": { "$gt": after, "$lt": to } }).sort(doc! { "_id": 1 }).limit(limit);
        let found: Vec<Kept> = found.await?.try_collect().await?;
        Ok(found.into_iter().map(|kept| (kept.id, kept.row)).collect())
    }
}

#[cfg(test)]
mod tests {
    use schemas::{
        ids::UserId,
        imports::rows::{FileFormat, ImportKind},
    };
    use shared::id::Uuid;

    use super::*;

    #[test]
    fn a_file_is_the_same_wherever_its_pieces_are_and_another_with_other_bytes_or_for_something_else() {
        let import_id = ImportId::from_uuid(Uuid::nil());
        let command = CheckImport {
            import_id,
            admin_id: UserId::from_uuid(Uuid::nil()),
            kind: ImportKind::Stock,
            format: FileFormat::Csv,
            upload: "one".to_owned(),
            pieces: 1,
            bytes: 3,
        };
        let at = Timestamp::from_millis(1);
        let upload = Upload { import_id, digest: "ab".to_owned(), at, command: command.clone() };
        let told = |command| Upload { command, at: Timestamp::from_millis(2), ..upload.clone() };
        assert!(upload.is_same(&told(CheckImport { upload: "other".to_owned(), ..command.clone() })));
        assert!(!upload.is_same(&Upload { digest: "cd".to_owned(), ..upload.clone() }));
        assert!(!upload.is_same(&told(CheckImport { kind: ImportKind::Prices, ..command })));
    }
}
