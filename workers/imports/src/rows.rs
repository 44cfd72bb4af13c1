//! The records beside the files: their rows in chunks, and what is wrong with some of them.

use schemas::{
    ids::ImportId,
    imports::{ImportChunk, ImportProblem},
};
use serde::{Deserialize, Serialize};
use shared::engine::{Row, RowKey};

/// Everything that the imports worker keeps beside the files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum KeptRow {
    /// Rows that can be carried out.
    Chunk(ImportChunk),
    /// Something that is wrong with a row.
    Problem(ImportProblem),
}

/// Which document has this chunk.
#[must_use]
pub fn chunk_key(import: ImportId, check: &str, number: i32) -> RowKey {
    RowKey { collection: ImportChunk::COLLECTION, id: ImportChunk::document_id(import, check, number) }
}

impl Row for KeptRow {
    fn key(&self) -> RowKey {
        match self {
            Self::Chunk(row) => chunk_key(row.import_id, &row.check, row.number),
            Self::Problem(row) => RowKey { collection: ImportProblem::COLLECTION, id: row.document_id() },
        }
    }
}
