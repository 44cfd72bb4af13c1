//! Prints the page `COLUMNS.md`.

use std::io::Write;

fn main() -> std::io::Result<()> {
    std::io::stdout().write_all(import_files::docs::page().as_bytes())
}
