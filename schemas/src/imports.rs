//! `imports.inbox`: files that operators bring in, checked and carried out. Keyed by import id.
//!
//! A file is checked as a whole; what is good of it is kept in chunks. Once it is started, a few chunks at a time are carried
//! out: a command for each row goes to whoever owns what it is about, and its answer comes back here.

mod document;
mod places;
pub mod rows;

use apache_avro::AvroSchema;
use serde::{Deserialize, Serialize};
use shared::{body, topic};

use self::rows::{FileFormat, ImportKind};
pub use self::{
    document::{
        By, FileProblem, Import, ImportChunk, ImportPiece, ImportProblem, ImportStatus, OpenChunk, Progress, ids_of,
    },
    places::Places,
};
use crate::{
    ids::{ImportId, UserId},
    types::Timestamp,
};

topic! {
    /// Everything that can happen to a file.
    pub enum ImportsMessage = "imports.inbox" {
        /// It was brought in.
        CheckImport,
        /// All of it was read.
        ImportChecked,
        /// It cannot be read.
        ImportUnreadable,
        /// It is to be carried out.
        StartImport,
        /// No more of it is to be carried out.
        CancelImport,
        /// It is a chunk's turn.
        ApplyChunk,
        /// A row was carried out.
        RowApplied,
        /// A row was not.
        RowRefused,
        /// A chunk of customers was carried out.
        CustomersApplied,
        /// The stores did not answer for so long that a step is to be tried again.
        StepUnanswered,
        /// It is deleted as it came: it was checked.
        UploadCleared,
        /// What was needed of it until it ended is deleted.
        ImportCleared,
        /// Nothing happened for too long.
        ImportDeadlineReached,
    }
}

/// A row of a file that waits for an answer: whoever carries its command out names it in `RowApplied` or `RowRefused`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, AvroSchema)]
pub struct ImportRow {
    /// The file.
    pub import_id: ImportId,
    /// The chunk.
    pub chunk: i32,
    /// Its place in the chunk, from 0.
    pub place: i32,
    /// The row as the file counts them; the header is row 1.
    pub row: i64,
}

/// Check a file whose pieces are stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct CheckImport {
    /// The file.
    pub import_id: ImportId,
    /// Who brought it.
    pub admin_id: UserId,
    /// What its rows are.
    pub kind: ImportKind,
    /// How it is written.
    pub format: FileFormat,
    /// Under which name its pieces are stored.
    pub upload: String,
    /// How many there are.
    pub pieces: i32,
    /// How long it is.
    pub bytes: i64,
}

/// What a file has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct CheckedFile {
    /// The columns, as they stand in the header.
    pub columns: Vec<String>,
    /// The rows below the header.
    pub rows: i64,
    /// Those that can be carried out and would change something.
    pub good: i64,
    /// Those that cannot be carried out.
    pub bad: i64,
    /// Those of the good ones that make something new.
    pub new: i64,
    /// Those of the good ones that change something.
    pub changed: i64,
    /// Those after which all would be as it is.
    pub unchanged: i64,
    /// The chunks that the good ones stand in.
    pub chunks: i32,
}

/// All of a file was read: the good rows stand in chunks, what is wrong with the others among its problems.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct ImportChecked {
    /// The file.
    pub import_id: ImportId,
    /// The name of this check, under which it left chunks and problems.
    pub check: String,
    /// What it has.
    pub file: CheckedFile,
}

/// A file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct ImportUnreadable {
    /// The file.
    pub import_id: ImportId,
    /// Why, as a stable code.
    pub code: String,
    /// Why, in words.
    pub detail: String,
}

/// Carry a checked file out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct StartImport {
    /// The file.
    pub import_id: ImportId,
    /// Who says so.
    pub admin_id: UserId,
    /// Whether that is meant though some rows are bad.
    pub skip_bad_rows: bool,
}

/// Carry no more of a file out. What is under way ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct CancelImport {
    /// The file.
    pub import_id: ImportId,
    /// Who says so.
    pub admin_id: UserId,
}

/// Carry a chunk out. A file tells itself so, so that it is read with the batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct ApplyChunk {
    /// The file.
    pub import_id: ImportId,
    /// The check that made the chunk.
    pub check: String,
    /// The chunk.
    pub chunk: i32,
}

/// A row was carried out, now or before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct RowApplied {
    /// The row.
    pub row: ImportRow,
    /// Whether it changed anything.
    pub changed: bool,
}

/// A row was not carried out and never will be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct RowRefused {
    /// The row.
    pub row: ImportRow,
    /// Why, as a stable code.
    pub code: String,
    /// Why, in words.
    pub detail: String,
}

/// A chunk of customers was carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct CustomersApplied {
    /// The file.
    pub import_id: ImportId,
    /// The chunk.
    pub chunk: i32,
    /// How many of its rows changed nothing.
    pub unchanged: i32,
    /// Those that were not carried out.
    pub refused: Vec<RefusedCustomer>,
}

/// A customer's row that was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct RefusedCustomer {
    /// The row as the file counts them.
    pub row: i64,
    /// Why, as a stable code.
    pub code: String,
    /// Why, in words.
    pub detail: String,
}

/// The stores did not answer for so long that whoever makes a call has given up. It is made again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct StepUnanswered {
    /// The file.
    pub import_id: ImportId,
    /// The chunk, if it was about one.
    pub chunk: Option<i32>,
}

/// The pieces of a file that was checked are deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct UploadCleared {
    /// The file.
    pub import_id: ImportId,
}

/// The pieces and chunks of a file that has ended are deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct ImportCleared {
    /// The file.
    pub import_id: ImportId,
}

/// A deadline of a file was reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct ImportDeadlineReached {
    /// The file.
    pub import_id: ImportId,
    /// The deadline that was reached; stale if the file has another by now.
    pub due_at: Timestamp,
}

body!(CheckImport: "../avro/CheckImport.v1.avsc");
body!(ImportChecked: "../avro/ImportChecked.v1.avsc");
body!(ImportUnreadable: "../avro/ImportUnreadable.v1.avsc");
body!(StartImport: "../avro/StartImport.v1.avsc");
body!(CancelImport: "../avro/CancelImport.v1.avsc");
body!(ApplyChunk: "../avro/ApplyChunk.v1.avsc");
body!(RowApplied: "../avro/RowApplied.v1.avsc");
body!(RowRefused: "../avro/RowRefused.v1.avsc");
body!(CustomersApplied: "../avro/CustomersApplied.v1.avsc");
body!(StepUnanswered: "../avro/StepUnanswered.v1.avsc");
body!(UploadCleared: "../avro/UploadCleared.v1.avsc");
body!(ImportCleared: "../avro/ImportCleared.v1.avsc");
body!(ImportDeadlineReached: "../avro/ImportDeadlineReached.v1.avsc");
