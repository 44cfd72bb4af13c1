//! What is wrong with a file or a row.

use std::{borrow::Cow, fmt};

use schemas::{imports::rows::RowProblem, texts::holds_card_number};

/// The most letters that are told of one thing that is wrong: a file may say something endless, a message cannot.
pub(crate) const LONGEST_DETAIL: usize = 1_000;
/// The most letters of a file that are told back.
const LONGEST_QUOTE: usize = 64;

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
        Self { code, detail: told(detail.into()) }
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
    let detail = told(detail.into());
    RowProblem { row, column: column.map(ToOwned::to_owned), code: code.to_owned(), detail }
}

/// What a file says, as far as it is told back.
pub(crate) fn quoted(text: &str) -> Cow<'_, str> {
    if text.len() <= LONGEST_QUOTE { text.into() } else { cut(text.to_owned(), LONGEST_QUOTE).into() }
}

/// What is told of something that is wrong, which is kept: neither endless nor card data, whatever of the file it quotes.
fn told(detail: String) -> String {
    if holds_card_number(&detail) {
        return "must not contain a card number".to_owned();
    }
    cut(detail, LONGEST_DETAIL)
}

fn cut(mut text: String, most: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
        text.pop();
        text.push('…');
    }
    text
}
