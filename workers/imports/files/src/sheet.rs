//! From a file's rows to those of a form: the first is the header, blank ones do not count.

use std::{ops::ControlFlow, sync::Arc};

use schemas::imports::rows::{FileFormat, ImportKind, RowProblem};

use crate::{
    form::Form,
    limits::{LONGEST_CELL, LONGEST_ROW, MOST_ROWS},
    lists::unguarded,
    problem::{FileProblem, row_problem},
};

/// A row as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRow {
    /// Which one, as the file counts them; the header is row 1 where nothing stands above it.
    pub number: u32,
    /// Its cells, one for each of the header's.
    pub cells: Vec<String>,
}

/// Takes a row, or what keeps it from being read; breaks off when it wants no more.
pub type Take<'a> = &'a mut dyn FnMut(&Arc<Form>, Result<RawRow, RowProblem>) -> ControlFlow<()>;

/// Takes a file's rows as they come.
pub(crate) struct Sheet<'a> {
    kind: ImportKind,
    format: FileFormat,
    form: Option<Arc<Form>>,
    rows: u32,
    take: Take<'a>,
}

impl<'a> Sheet<'a> {
    pub(crate) fn new(kind: ImportKind, format: FileFormat, take: Take<'a>) -> Self {
        Self { kind, format, form: None, rows: 0, take }
    }

    /// The form that the header made.
    pub(crate) fn form(self) -> Result<Arc<Form>, FileProblem> {
        self.form.ok_or_else(|| FileProblem::new("no_header", "the first row must name the columns"))
    }

    /// Takes the next row, or what keeps it from being read.
    pub(crate) fn row(
        &mut self,
        number: u32,
        cells: Result<Vec<String>, RowProblem>,
    ) -> Result<ControlFlow<()>, FileProblem> {
        if cells.as_ref().is_ok_and(|cells| cells.iter().all(|cell| cell.trim().is_empty())) {
            return Ok(ControlFlow::Continue(()));
        }
        let Some(form) = &self.form else {
            let header = cells.map_err(unreadable_header)?;
            self.form = Some(Arc::new(Form::new(self.kind, &header)?));
            return Ok(ControlFlow::Continue(()));
        };
        if self.rows == MOST_ROWS {
            return Err(FileProblem::new("too_many_rows", format!("at most {MOST_ROWS} rows")));
        }
        self.rows += 1;
        let row = cells.and_then(|cells| fitted(number, cells, form, self.format));
        Ok((self.take)(form, row))
    }
}

fn unreadable_header(problem: RowProblem) -> FileProblem {
    let code = if problem.code == "not_utf8" { "not_utf8" } else { "no_header" };
    FileProblem::new(code, problem.detail)
}

/// A row that has a cell for each column, none of them too long.
fn fitted(number: u32, cells: Vec<String>, form: &Form, format: FileFormat) -> Result<RawRow, RowProblem> {
    let (given, width) = (cells.len(), form.width());
    let more = cells.iter().skip(width).any(|cell| !cell.trim().is_empty());
    // A workbook does not write its empty cells; a CSV file that lacks some has been cut or shifted.
    if more || format == FileFormat::Csv && given < width {
        let detail = format!("must have {width} cells as the header has, and has {given}");
        return Err(row_problem(number, None, "ragged", detail));
    }
    let mut cells: Vec<String> = cells.into_iter().take(width).map(unguarded).collect();
    cells.resize(width, String::new());
    if let Some(place) = cells.iter().position(|cell| cell.encode_utf16().count() > LONGEST_CELL) {
        let detail = format!("must have at most {LONGEST_CELL} characters");
        return Err(row_problem(number, form.column(place), "cell_too_long", detail));
    }
    if cells.iter().map(String::len).sum::<usize>() > LONGEST_ROW {
        return Err(row_problem(number, None, "row_too_long", format!("must have at most {LONGEST_ROW} bytes")));
    }
    Ok(RawRow { number, cells })
}
