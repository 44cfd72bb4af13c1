//! The same columns, written: CSV piece by piece, a workbook once it is whole.

use std::io::{self, Write};

use rust_xlsxwriter::{Format, Workbook, XlsxError};
use schemas::imports::rows::FileFormat;

use crate::{
    form::Form,
    limits::MOST_ROWS,
    lists::{guarded, unguarded},
};

/// Why a row cannot be written.
#[derive(Debug)]
pub enum WriteError {
    /// The disk, or whoever reads.
    Io(io::Error),
    /// The workbook.
    Workbook(String),
    /// A workbook has no room for it, and no import takes it.
    TooManyRows,
}

impl std::fmt::Display for WriteError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Workbook(error) => f.write_str(error),
            Self::TooManyRows => write!(f, "more than {MOST_ROWS} rows: ask for CSV"),
        }
    }
}

impl std::error::Error for WriteError {}

impl From<io::Error> for WriteError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<csv::Error> for WriteError {
    fn from(error: csv::Error) -> Self {
        Self::Io(error.into())
    }
}

impl From<XlsxError> for WriteError {
    fn from(error: XlsxError) -> Self {
        Self::Workbook(error.to_string())
    }
}

/// Writes the rows of a form.
pub struct Writer {
    inner: Inner,
}

enum Inner {
    Csv(Box<csv::Writer<Vec<u8>>>),
    Xlsx { workbook: Box<Workbook>, next: u32 },
}

impl Writer {
    /// Begins a file with its header. A workbook keeps its rows in a temporary file, not in memory.
    ///
    /// # Errors
    /// [`WriteError`] if there is no room for a temporary file.
    pub fn new(form: &Form, format: FileFormat) -> Result<Self, WriteError> {
        let inner = match format {
            FileFormat::Csv => Inner::Csv(Box::new(lines())),
            FileFormat::Xlsx => {
                let mut workbook = Box::new(Workbook::new());
                let sheet = workbook.add_worksheet_with_constant_memory()?;
                sheet.set_name(form.kind().as_str())?.set_freeze_panes(1, 0)?;
                // As text: a spreadsheet turns `0012` into 12 otherwise, and `1E5` into 100000.
                let text = Format::new().set_num_format("@");
                for place in (0..form.width()).filter_map(|place| u16::try_from(place).ok()) {
                    sheet.set_column_format(place, &text)?;
                }
                Inner::Xlsx { workbook, next: 0 }
            }
        };
        let mut writer = Self { inner };
        let header: Vec<String> = form.header().into_iter().map(ToOwned::to_owned).collect();
        writer.row(&header)?;
        Ok(writer)
    }

    /// Writes a row.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn row(&mut self, cells: &[String]) -> Result<(), WriteError> {
        match &mut self.inner {
            Inner::Csv(csv) => csv.write_record(cells.iter().map(|cell| guarded(cell).into_owned()))?,
            Inner::Xlsx { next, .. } if *next > MOST_ROWS => return Err(WriteError::TooManyRows),
            Inner::Xlsx { workbook, next } => {
                let sheet = workbook.worksheet_from_index(0)?;
                for (place, cell) in (0..).zip(cells).filter(|(_, cell)| !cell.is_empty()) {
                    sheet.write_string(*next, place, as_text(cell))?;
                }
                *next += 1;
            }
        }
        Ok(())
    }

    /// The bytes that are ready: of CSV all rows so far, of a workbook none before it is whole.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn ready(&mut self) -> Result<Vec<u8>, WriteError> {
        match &mut self.inner {
            Inner::Csv(csv) => {
                csv.flush()?;
                let done = std::mem::replace(&mut **csv, lines());
                done.into_inner().map_err(|error| WriteError::Io(io::Error::other(error.to_string())))
            }
            Inner::Xlsx { .. } => Ok(Vec::new()),
        }
    }

    /// Ends the file. Writes what was not ready yet.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn finish(mut self, mut rest: impl Write + Send) -> Result<(), WriteError> {
        rest.write_all(&self.ready()?)?;
        match self.inner {
            Inner::Csv(_) => {}
            Inner::Xlsx { mut workbook, .. } => workbook.save_to_writer(&mut rest)?,
        }
        Ok(rest.flush()?)
    }
}

/// RFC 4180.
fn lines() -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new())
}

/// A text in a workbook is never a formula; but what only looks as if it were guarded must be.
fn as_text(cell: &str) -> String {
    if unguarded(cell.to_owned()) == cell { cell.to_owned() } else { guarded(cell).into_owned() }
}
