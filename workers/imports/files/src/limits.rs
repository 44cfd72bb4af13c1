//! How much a file may hold.

/// Rows below the header.
pub const MOST_ROWS: u32 = 200_000;
/// Columns of the header.
pub const MOST_COLUMNS: usize = 100;
/// The letters of a cell, as UTF-16 counts them: a workbook's cell has no room for more.
pub const LONGEST_CELL: usize = 32_767;
/// The bytes of a row.
pub const LONGEST_ROW: usize = 512 * 1024;
/// The bytes of a file.
pub const LARGEST_FILE: u64 = 64 * 1024 * 1024;
/// The bytes of all that a workbook unpacks to: no cell made to be endless takes more memory than that.
pub const LARGEST_UNZIPPED: u64 = 512 * 1024 * 1024;
/// The bytes of the texts that a workbook's cells share: they are held in memory.
pub const LARGEST_SHARED: u64 = 64 * 1024 * 1024;
/// The tags of those texts, of which each has at least four.
pub const MOST_SHARED_TAGS: u64 = 8_000_000;
/// The bytes of any other part of a workbook but its sheets: these too are held in memory.
pub const LARGEST_PART: u64 = 8 * 1024 * 1024;
/// The parts of a workbook.
pub const MOST_PARTS: usize = 2_000;
