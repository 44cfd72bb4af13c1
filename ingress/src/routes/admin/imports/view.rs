//! Files as operators see them.

use schemas::{
    ids::{ImportId, UserId},
    imports::{
        By, CheckedFile, Import, ImportProblem, ImportStatus,
        rows::{FileFormat, ImportKind},
    },
    types::Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::views::{FileFormatDoc, ImportKindDoc, ImportStatusDoc, rfc3339, rfc3339_or_none};

/// A file.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportView {
    /// The file.
    #[schema(value_type = String)]
    pub import_id: ImportId,
    /// What its rows are.
    #[schema(value_type = ImportKindDoc)]
    kind: ImportKind,
    /// How it is written.
    #[schema(value_type = FileFormatDoc)]
    format: FileFormat,
    /// Where it stands.
    #[schema(value_type = ImportStatusDoc)]
    status: ImportStatus,
    /// How long it is.
    bytes: i64,
    /// Who brought it, and when.
    uploaded: ByView,
    /// Why it cannot be read.
    problem: Option<FileProblemView>,
    /// What it has, once it was checked.
    file: Option<FileView>,
    /// What became of its rows.
    progress: ProgressView,
    /// Who started it.
    started: Option<ByView>,
    /// Who cancelled it; null where it was cancelled because nobody started it in time.
    cancelled: Option<ByView>,
    /// When it came to its end.
    #[serde(serialize_with = "rfc3339_or_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    /// Whether nothing has happened for a quarter of an hour, so that somebody should look at what is stuck.
    stuck: bool,
}

/// Who did something, and when.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DoneBy)]
pub struct ByView {
    /// Who.
    #[schema(value_type = String)]
    user_id: UserId,
    /// When.
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// Why a file cannot be read.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FileProblem)]
pub struct FileProblemView {
    /// A stable code.
    code: String,
    /// In words.
    detail: String,
}

/// What a file has.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportedFile)]
pub struct FileView {
    /// The columns.
    columns: Vec<String>,
    /// The rows below the header.
    rows: i64,
    /// Those that can be carried out and would change something.
    good: i64,
    /// Those that cannot.
    bad: i64,
    /// Those of the good ones that make something new.
    new: i64,
    /// Those of the good ones that change something.
    changed: i64,
    /// Those after which all would be as it is.
    unchanged: i64,
}

/// What became of a file's good rows.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportProgress)]
pub struct ProgressView {
    /// Carried out.
    applied: i64,
    /// Somebody else had made it so meanwhile.
    unchanged: i64,
    /// Not carried out: `…/errors` says why.
    refused: i64,
    /// Not carried out yet, or not any more.
    left: i64,
}

/// Files, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportList {
    /// Each.
    pub items: Vec<ImportView>,
    /// Where the next page begins, if there is one.
    pub next_cursor: Option<String>,
}

/// Something that is wrong with a row.
#[derive(Debug, Serialize, ToSchema)]
pub struct RowErrorView {
    /// The row as the file counts them; the header is row 1.
    row: i64,
    /// The column, if it is one.
    column: Option<String>,
    /// A stable code.
    code: String,
    /// What is wrong.
    detail: String,
    /// When it was found.
    found_when: FoundWhen,
}

/// When something was found that is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FoundWhen {
    /// The file was checked.
    Checked,
    /// The row was carried out.
    Applied,
}

/// What is wrong with a file's rows, in their order.
#[derive(Debug, Serialize, ToSchema)]
pub struct RowErrorList {
    /// Each.
    pub items: Vec<RowErrorView>,
    /// Where the next page begins, if there is one.
    pub next_cursor: Option<String>,
}

impl From<&Import> for ImportView {
    fn from(import: &Import) -> Self {
        let (progress, left) = (import.progress, import.left());
        Self {
            import_id: import.import_id,
            kind: import.kind,
            format: import.format,
            status: import.status,
            bytes: import.bytes,
            uploaded: import.uploaded.into(),
            problem: import.problem.clone().map(|why| FileProblemView { code: why.code, detail: why.detail }),
            file: import.checked.clone().map(FileView::from),
            progress: ProgressView {
                applied: progress.applied,
                unchanged: progress.unchanged,
                refused: progress.refused,
                left,
            },
            started: import.started.map(ByView::from),
            cancelled: import.cancelled.map(ByView::from),
            ended_at: import.ended_at,
            stuck: import.stuck,
        }
    }
}

impl From<By> for ByView {
    fn from(By { user, at }: By) -> Self {
        Self { user_id: user, at }
    }
}

impl From<CheckedFile> for FileView {
    fn from(file: CheckedFile) -> Self {
        let CheckedFile { columns, rows, good, bad, new, changed, unchanged, .. } = file;
        Self { columns, rows, good, bad, new, changed, unchanged }
    }
}

impl From<ImportProblem> for RowErrorView {
    fn from(problem: ImportProblem) -> Self {
        let ImportProblem { row, column, code, detail, when_applied, .. } = problem;
        let found_when = if when_applied { FoundWhen::Applied } else { FoundWhen::Checked };
        Self { row, column, code, detail, found_when }
    }
}
