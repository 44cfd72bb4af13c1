//! The rows of a workbook's first sheet, each cell as the text that a person sees.

use std::{
    fs::File,
    io::BufReader,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use calamine::{Cell, DataRef, ExcelDateTime, Reader, Xlsx, XlsxError};
use schemas::imports::rows::RowProblem;

use crate::{
    limits::{LARGEST_FILE, LONGEST_CELL, MOST_COLUMNS},
    numbers,
    problem::{FileProblem, row_problem},
    sheet::Sheet,
    unzipped,
};

/// Reads them all.
pub(crate) fn read(path: &Path, sheet: &mut Sheet<'_>) -> Result<(), FileProblem> {
    let open = || File::open(path).map_err(|error| FileProblem::unreadable(&error));
    let file = open()?;
    if file.metadata().is_ok_and(|meta| meta.len() > LARGEST_FILE) {
        return Err(FileProblem::new("too_large", format!("at most {LARGEST_FILE} bytes")));
    }
    unzipped::check(file)?;
    let file = open()?;
    // The library takes what a workbook says of itself for sums that may overflow.
    let read = catch_unwind(AssertUnwindSafe(|| rows(file, sheet)));
    read.unwrap_or_else(|_| Err(unzipped::not_a_workbook(&"it contradicts itself")))
}

fn rows(file: File, sheet: &mut Sheet<'_>) -> Result<(), FileProblem> {
    let broken = |error: XlsxError| unzipped::not_a_workbook(&error);
    let mut workbook = Xlsx::new(BufReader::new(file)).map_err(broken)?;
    let first = workbook.sheet_names().first().cloned();
    let first = first.ok_or_else(|| unzipped::not_a_workbook(&"it has no sheet"))?;
    let mut cells = workbook.worksheet_cells_reader(&first).map_err(broken)?;
    let mut row = Row::default();
    while let Some(cell) = cells.next_cell().map_err(broken)? {
        let number = cell.get_position().0.saturating_add(1);
        if number < row.number {
            return Err(unzipped::not_a_workbook(&"its rows do not stand in their order"));
        }
        if number != row.number {
            let whole = std::mem::replace(&mut row, Row { number, ..Row::default() });
            if sheet.row(whole.number, whole.texts())?.is_break() {
                return Ok(());
            }
        }
        row.put(&cell);
    }
    sheet.row(row.number, row.texts()).map(drop)
}

/// A row as far as it has been read.
#[derive(Default)]
struct Row {
    number: u32,
    cells: Vec<String>,
    /// The place of a formula that came to nothing, and what it says.
    failed: Option<(usize, String)>,
}

impl Row {
    fn put(&mut self, cell: &Cell<DataRef<'_>>) {
        // What stands farther to the right has no column in any case.
        let place = (cell.get_position().1 as usize).min(MOST_COLUMNS);
        if let DataRef::Error(error) = cell.get_value() {
            self.failed = Some((place, error.to_string()));
        }
        let text = text(cell.get_value());
        if !text.is_empty() {
            let width = self.cells.len().max(place + 1);
            self.cells.resize(width, String::new());
            self.cells[place] = text;
        }
    }

    fn texts(self) -> Result<Vec<String>, RowProblem> {
        let Some((place, error)) = self.failed else { return Ok(self.cells) };
        let detail = format!("cell {} of the row is the error {error}", place + 1);
        Err(row_problem(self.number, None, "cell_error", detail))
    }
}

/// What a person sees in the cell.
fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => kept(text),
        DataRef::SharedString(text) => kept(text),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => numbers::shown(*number),
        DataRef::Bool(flag) => flag.to_string(),
        DataRef::DateTime(at) if at.is_datetime() => date(at),
        DataRef::DateTime(duration) => numbers::shown(duration.as_f64()),
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

/// Many cells may share one endless text: of what is too long, no more is copied than shows that it is.
fn kept(text: &str) -> String {
    let bytes = 4 * (LONGEST_CELL + 1);
    text[..text.floor_char_boundary(bytes)].to_owned()
}

/// As ISO 8601 writes it; without the time at midnight.
fn date(at: &ExcelDateTime) -> String {
    match at.to_ymd_hms_milli() {
        (year, month, day, 0, 0, 0, _) => format!("{year:04}-{month:02}-{day:02}"),
        (year, month, day, hour, minute, second, _) => {
            format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
        }
    }
}
