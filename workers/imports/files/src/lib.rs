//! Files of products, prices, stock, fitments and customers, as CSV or XLSX: read, checked row by row, and written.
//!
//! [`read`] streams the rows of a file whose header names columns of its kind, a [`Form`] says what a row asks for given
//! what is [`Known`], and [`Writer`] writes the same columns. What is written and read again changes nothing. No file,
//! however it was made, takes more than a bounded amount of memory ([`limits`]).
//!
//! A list stands in one cell: its items between `|`, the parts of an item between `/`, and a `\` before one of these, or
//! before a `\`, takes it as it is. An empty cell clears what need not be there; [`UNCHANGED`] leaves it as it is.

mod cells;
mod columns;
mod csv_rows;
pub mod docs;
#[cfg(test)]
mod files_tests;
mod form;
mod forms;
pub mod limits;
mod lists;
mod numbers;
mod problem;
mod sheet;
mod unzipped;
mod writer;
mod xlsx_rows;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod testing;

use std::{path::Path, sync::Arc};

use schemas::imports::rows::{FileFormat, ImportKind};

use self::sheet::Sheet;
pub use self::{
    columns::{ColumnDoc, columns},
    form::{Checked, Form, Keys, Known, KnownAccount, Seen},
    forms::product_id,
    lists::UNCHANGED,
    problem::FileProblem,
    sheet::{RawRow, Take},
    writer::{WriteError, Writer},
};

/// Reads the rows of a file one by one, until it ends or `take` breaks off. Returns the form that its header makes.
///
/// # Errors
/// [`FileProblem`] where it cannot be read, or not any further; rows before that were taken.
pub fn read(path: &Path, format: FileFormat, kind: ImportKind, take: Take<'_>) -> Result<Arc<Form>, FileProblem> {
    let mut sheet = Sheet::new(kind, format, take);
    match format {
        FileFormat::Csv => csv_rows::read(path, &mut sheet)?,
        FileFormat::Xlsx => xlsx_rows::read(path, &mut sheet)?,
    }
    sheet.form()
}
