//! What is done outside the inbox: it takes long, or is about documents that have no inbox.

use schemas::{
    ids::ImportId,
    imports::{
        Import,
        rows::{FileFormat, ImportKind},
    },
};
use serde::{Deserialize, Serialize};

/// A call for a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "snake_case")]
pub enum Effect {
    /// Read it and check every row.
    Check(Upload),
    /// Open and change the accounts of a chunk of customers.
    Customers {
        /// The file.
        import_id: ImportId,
        /// The check that counts.
        check: String,
        /// The chunk.
        chunk: i32,
    },
    /// Delete it as it came: it was checked, and may hold what no row of it is kept for.
    ClearUpload(Upload),
    /// Delete what was needed until it ended.
    Clear(Upload),
}

/// A file as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// The file.
    pub import_id: ImportId,
    /// What its rows are.
    pub kind: ImportKind,
    /// How it is written.
    pub format: FileFormat,
    /// Under which name its pieces are stored.
    pub name: String,
    /// How many there are.
    pub pieces: i32,
    /// Which of its checks counts; empty if none does.
    pub check: String,
}

impl From<&Import> for Upload {
    fn from(import: &Import) -> Self {
        let Import { import_id, kind, format, pieces, .. } = *import;
        Self { import_id, kind, format, name: import.upload.clone(), pieces, check: import.check.clone() }
    }
}
