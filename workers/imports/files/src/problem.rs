//! What is wrong with a file or a row.

use std::fmt;

use schemas::imports::rows::RowProblem;

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileProblem {
    /// A stable code.
    pub code: &'static str,
    /// What is wrong and what is right.
    pub detail: String,
}

impl FileProblem {
    pub(crate) fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }

    pub(crate) fn unreadable(error: &dyn fmt::Display) -> Self {
        Self::new("unreadable", error.to_string())
    }
}

impl fmt::Display for FileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl std::error::Error for FileProblem {}

/// Something is wrong with a row.
pub(crate) fn row_problem(row: u32, column: Option<&str>, code: &str, detail: impl Into<String>) -> RowProblem {
    RowProblem { row, column: column.map(ToOwned::to_owned), code: code.to_owned(), detail: detail.into() }
}
