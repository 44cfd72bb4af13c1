//! The rows of a CSV file: UTF-8, with or without a byte order mark, `,` or `;` between cells.

use std::{
    cell::Cell,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
    rc::Rc,
};

use csv::{ByteRecord, Reader, ReaderBuilder};
use schemas::imports::rows::RowProblem;

use crate::{
    limits::{LARGEST_FILE, LONGEST_ROW, MOST_COLUMNS},
    problem::{FileProblem, row_problem},
    sheet::Sheet,
};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// What is looked at to see how the file is written.
const HEAD: u64 = 64 * 1024;

/// Reads them all.
pub(crate) fn read(path: &Path, sheet: &mut Sheet<'_>) -> Result<(), FileProblem> {
    let mut file = File::open(path).map_err(|error| FileProblem::unreadable(&error))?;
    let style = Style::of(&mut file).map_err(|error| FileProblem::unreadable(&error))?;
    if file.metadata().is_ok_and(|meta| meta.len() > LARGEST_FILE) {
        return Err(FileProblem::new("too_large", format!("at most {LARGEST_FILE} bytes")));
    }
    if style.is_utf16 {
        return Err(FileProblem::new("not_utf8", "must be saved as CSV in UTF-8"));
    }
    let budget = Rc::new(Cell::new(0));
    let bounded = Bounded { inner: file, since: Rc::clone(&budget) };
    let mut builder = ReaderBuilder::new();
    let mut reader = builder.has_headers(false).flexible(true).delimiter(style.delimiter).from_reader(bounded);
    let (mut record, mut rows) = (ByteRecord::new(), Rows::new(style.has_carriage_returns));
    while next(&mut reader, &mut record)? {
        budget.set(0);
        let number = rows.number(&record, reader.position().line());
        if sheet.row(number, texts(number, &record))?.is_break() {
            break;
        }
    }
    Ok(())
}

fn next(reader: &mut Reader<Bounded>, record: &mut ByteRecord) -> Result<bool, FileProblem> {
    reader.read_byte_record(record).map_err(|error| match error.kind() {
        csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
            let line = reader.position().line();
            FileProblem::new("row_too_long", format!("the row that begins about line {line} does not end: {error}"))
        }
        _ => FileProblem::unreadable(&error),
    })
}

fn texts(number: u32, record: &ByteRecord) -> Result<Vec<String>, RowProblem> {
    let text = |bytes: &[u8]| std::str::from_utf8(bytes).map(ToOwned::to_owned);
    let kept = record.iter().take(MOST_COLUMNS + 1);
    kept.map(text)
        .collect::<Result<_, _>>()
        .map_err(|_| row_problem(number, None, "not_utf8", "must be saved as CSV in UTF-8"))
}

/// How a file is written.
struct Style {
    delimiter: u8,
    has_carriage_returns: bool,
    is_utf16: bool,
}

impl Style {
    /// Looks at the header, and leaves the file where its first row begins.
    fn of(file: &mut File) -> io::Result<Self> {
        let mut head = Vec::new();
        file.take(HEAD).read_to_end(&mut head)?;
        let start = if head.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        file.seek(SeekFrom::Start(start as u64))?;
        let header = head.get(start..).unwrap_or_default();
        let blank = header.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let line = header[blank..].split(|byte| *byte == b'\n').next().unwrap_or_default();
        let count = |mark: u8| line.iter().filter(|byte| **byte == mark).count();
        Ok(Self {
            delimiter: if count(b';') > count(b',') { b';' } else { b',' },
            has_carriage_returns: line.ends_with(b"\r"),
            is_utf16: head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff"),
        })
    }
}

/// Counts rows as a spreadsheet does: blank lines are rows, lines within quotes are not.
struct Rows {
    records: u64,
    within_cells: u64,
    blank: u64,
    /// The line feed of a row that ends with CR LF is counted with the next.
    pending: u64,
}

impl Rows {
    fn new(has_carriage_returns: bool) -> Self {
        Self { records: 0, within_cells: 0, blank: 0, pending: u64::from(has_carriage_returns) }
    }

    /// The number of the record after which the reader stands on this line.
    fn number(&mut self, record: &ByteRecord, line: u64) -> u32 {
        self.records += 1;
        self.within_cells += record.iter().flatten().filter(|byte| **byte == b'\n').count() as u64;
        let blank = (line + self.pending).saturating_sub(1 + self.records + self.within_cells);
        self.blank = self.blank.max(blank);
        u32::try_from(self.records + self.blank).unwrap_or(u32::MAX)
    }
}

/// A file of which no row may be endless: a quote that is never closed would bring all of it into memory.
struct Bounded {
    inner: File,
    since: Rc<Cell<usize>>,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // What is read ahead of a row may be the end of the one before.
        if self.since.get() > 2 * LONGEST_ROW {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("at most {LONGEST_ROW} bytes")));
        }
        let read = self.inner.read(buffer)?;
        self.since.set(self.since.get() + read);
        Ok(read)
    }
}
