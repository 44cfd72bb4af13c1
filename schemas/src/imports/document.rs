//! What the imports worker keeps of a file, and what others read of it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use shared::engine::{Memory, State};

use super::{
    CheckImport, CheckedFile, Places,
    rows::{CheckedRow, FileFormat, ImportKind},
};
use crate::{
    ids::{ImportId, UserId},
    types::Timestamp,
};

/// A file, in the collection `imports`: written by the imports worker alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// The file.
    pub import_id: ImportId,
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
    /// Who brought it, and when.
    pub uploaded: By,
    /// Where it stands.
    pub status: ImportStatus,
    /// Why it cannot be read, if it cannot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<FileProblem>,
    /// Which of its checks counts: one that was begun again after a crash leaves rows of its own. Empty before it was checked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub check: String,
    /// What it has, once it was checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked: Option<CheckedFile>,
    /// Who started it, and when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<By>,
    /// Who cancelled it, and when; nobody did if nobody started it in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<By>,
    /// When it came to an end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// What became of its rows.
    pub progress: Progress,
    /// The chunk that is begun next.
    pub next_chunk: i32,
    /// The chunks that are begun and not answered.
    pub open: Vec<OpenChunk>,
    /// When anything happened last.
    pub moved_at: Timestamp,
    /// Whether nothing happened for too long.
    pub stuck: bool,
    /// Whether what was needed until it ended is deleted.
    pub cleared: bool,
}

/// Who did something, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct By {
    /// Who.
    pub user: UserId,
    /// When.
    pub at: Timestamp,
}

/// Where a file stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportStatus {
    /// It is read and checked.
    Checking,
    /// It cannot be read.
    Refused,
    /// It may be started.
    Checked,
    /// It is carried out.
    Running,
    /// What is under way ends.
    Cancelling,
    /// No more of it is carried out.
    Cancelled,
    /// All of it was carried out, or refused.
    Finished,
}

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileProblem {
    /// A stable code.
    pub code: String,
    /// In words.
    pub detail: String,
}

/// What became of a file's rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Carried out.
    pub applied: i64,
    /// All was as they say already.
    pub unchanged: i64,
    /// Not carried out.
    pub refused: i64,
}

/// A chunk that is begun and not answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenChunk {
    /// Its number, from 0.
    pub number: i32,
    /// How many rows it has; nothing before their commands were sent.
    pub rows: Option<i32>,
    /// The places of those that were answered.
    pub answered: Places,
}

/// Rows of a file that can be carried out, in the collection [`ImportChunk::COLLECTION`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportChunk {
    /// The file.
    pub import_id: ImportId,
    /// The check that made it.
    pub check: String,
    /// Its number, from 0.
    pub number: i32,
    /// The rows.
    pub rows: Vec<CheckedRow>,
}

/// Something that is wrong with a row, in the collection [`ImportProblem::COLLECTION`]. It stays when the file has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportProblem {
    /// The file.
    pub import_id: ImportId,
    /// The check that found it, or made the chunk that it is about.
    pub check: String,
    /// The row as the file counts them.
    pub row: i64,
    /// Which of the row's problems it is, from 0.
    pub number: i32,
    /// The column, if it is one.
    pub column: Option<String>,
    /// A stable code.
    pub code: String,
    /// What is wrong.
    pub detail: String,
    /// Whether it was found when the file was carried out, and not when it was checked.
    pub when_applied: bool,
}

/// A part of a file as it came, in the collection [`ImportPiece::COLLECTION`]: written by the ingress.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportPiece {
    /// See [`ImportPiece::document_id`].
    #[serde(rename = "_id")]
    pub id: String,
    /// What it has of the file.
    #[serde(with = "apache_avro::serde::bytes")]
    pub bytes: Vec<u8>,
}

impl Import {
    /// The most rows of a chunk.
    pub const ROWS_OF_A_CHUNK: usize = 100;
    /// A file of which nothing is heard for so long is stuck.
    pub const PATIENCE: Duration = Duration::from_secs(15 * 60);
    /// A checked file waits so long for somebody to start it.
    pub const WAITS: Duration = Duration::from_secs(7 * 24 * 3600);

    /// A file that was just brought in.
    #[must_use]
    pub fn new(command: &CheckImport, at: Timestamp) -> Self {
        let CheckImport { import_id, admin_id, kind, format, pieces, bytes, .. } = *command;
        Self {
            import_id,
            kind,
            format,
            upload: command.upload.clone(),
            pieces,
            bytes,
            uploaded: By { user: admin_id, at },
            status: ImportStatus::Checking,
            problem: None,
            check: String::new(),
            checked: None,
            started: None,
            cancelled: None,
            ended_at: None,
            progress: Progress::default(),
            next_chunk: 0,
            open: Vec::new(),
            moved_at: at,
            stuck: false,
            cleared: false,
        }
    }

    /// The rows that are neither carried out nor refused.
    #[must_use]
    pub fn left(&self) -> i64 {
        let Progress { applied, unchanged, refused } = self.progress;
        self.checked.as_ref().map_or(0, |file| file.good - applied - unchanged - refused)
    }
}

impl State for Import {
    const COLLECTION: &'static str = "imports";
    /// Every row is answered; the chunks know which.
    const MEMORY: Memory = Memory::LastOffset;

    fn deadline(&self) -> Option<Timestamp> {
        match self.status {
            ImportStatus::Checking | ImportStatus::Running | ImportStatus::Cancelling if !self.stuck => {
                Some(self.moved_at.plus(Self::PATIENCE))
            }
            ImportStatus::Checked => Some(self.moved_at.plus(Self::WAITS)),
            _ => None,
        }
    }

    fn is_stuck(&self) -> bool {
        self.stuck
    }
}

impl ImportStatus {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Checking,
        Self::Refused,
        Self::Checked,
        Self::Running,
        Self::Cancelling,
        Self::Cancelled,
        Self::Finished,
    ];

    /// The name as answers and documents spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Checking => "checking",
            Self::Refused => "refused",
            Self::Checked => "checked",
            Self::Running => "running",
            Self::Cancelling => "cancelling",
            Self::Cancelled => "cancelled",
            Self::Finished => "finished",
        }
    }

    /// Whether nothing happens to the file any more.
    #[must_use]
    pub const fn is_end(self) -> bool {
        matches!(self, Self::Refused | Self::Cancelled | Self::Finished)
    }
}

impl ImportChunk {
    /// Where the documents are.
    pub const COLLECTION: &'static str = "import_chunks";

    /// The document's id: those of one check stand together, in their order.
    #[must_use]
    pub fn document_id(import: ImportId, check: &str, number: i32) -> String {
        format!("{import}:{check}:{number:06}")
    }
}

impl ImportProblem {
    /// Where the documents are.
    pub const COLLECTION: &'static str = "import_errors";

    /// The document's id: those of one check stand together, in the order of the file's rows. What was found when the file
    /// was checked stands before what was found later.
    #[must_use]
    pub fn document_id(&self) -> String {
        let Self { import_id, check, row, number, when_applied, .. } = self;
        format!("{import_id}:{check}:{row:08}:{}{number:03}", u8::from(*when_applied))
    }
}

impl ImportPiece {
    /// Where the documents are.
    pub const COLLECTION: &'static str = "import_pieces";

    /// The document's id: those of one upload stand together, in their order.
    #[must_use]
    pub fn document_id(upload: &str, number: i32) -> String {
        format!("{upload}:{number:06}")
    }
}

/// The ids of everything that belongs to a file, to one of its checks or to an upload, as the first and the one behind the
/// last.
#[must_use]
pub fn ids_of(owner: &str) -> (String, String) {
    // ';' follows ':'.
    (format!("{owner}:"), format!("{owner};"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use shared::id::Uuid;

    use super::*;

    fn problem(import: u128, row: i64, number: i32, when_applied: bool) -> ImportProblem {
        let (column, code, detail) = (None, String::new(), String::new());
        let (import_id, check) = (ImportId::from_uuid(Uuid::from_u128(import)), "check".to_owned());
        ImportProblem { import_id, check, row, number, column, code, detail, when_applied }
    }

    proptest! {
        #[test]
        fn ids_stand_in_the_order_of_rows_and_those_of_a_file_together(
            one in (any::<u128>(), 1..10_000_000_i64, 0..1_000_i32, any::<bool>()),
            other in (1..10_000_000_i64, 0..1_000_i32, any::<bool>(), any::<u128>()),
        ) {
            let (first, second) = (problem(one.0, one.1, one.2, one.3), problem(one.0, other.0, other.1, other.2));
            let order = |p: &ImportProblem| (p.row, p.when_applied, p.number);
            prop_assert_eq!(first.document_id().cmp(&second.document_id()), order(&first).cmp(&order(&second)));
            let (from, to) = ids_of(&first.import_id.to_string());
            let is_of = |problem: &ImportProblem| (from.clone()..to.clone()).contains(&problem.document_id());
            prop_assert!(is_of(&first) && is_of(&second));
            let foreign = problem(other.3, one.1, one.2, one.3);
            prop_assert_eq!(is_of(&foreign), foreign.import_id == first.import_id);
        }
    }
}
