//! What the shop knows, as files of the columns that it takes (`import_files`): read from the record page by page and
//! written as it is read, so that a file of any length needs little memory. A workbook stands in a temporary file until it
//! is whole.
//!
//! Writing is done on a thread of its own, for so many files at once. What goes wrong before the first bytes is an answer
//! like any other; after that the answer is broken off, so that nobody takes a part for the whole.

mod pieces;
mod source;

use std::sync::Arc;

use axum::{
    body::Body,
    http::header,
    response::{IntoResponse, Response},
};
use import_files::{WriteError, Writer};
use schemas::imports::rows::{FileFormat, ImportKind};
use shared::time::Timestamp;
use tokio::{runtime::Handle, sync::OwnedSemaphorePermit};

use self::{
    pieces::{Outlet, Pieces, channel},
    source::Source,
};
use crate::{
    app::App,
    problem::{INTERNAL, OVERLOADED, Problem, REPORT_TOO_LONG},
};

/// When to come again while others are written, in seconds.
const COME_AGAIN: u64 = 10;

/// A file of everything of this kind.
///
/// # Errors
/// A problem when too many are being written, or the file cannot be begun.
pub async fn file(app: &Arc<App>, kind: ImportKind, format: FileFormat) -> Result<Response, Problem> {
    let place = Arc::clone(&app.exporting).try_acquire_owned();
    let place = place.map_err(|_| Problem::new(OVERLOADED).retry_after(COME_AGAIN))?;
    let (outlet, pieces) = channel(Handle::current());
    let source = Source::new(Arc::clone(app), kind);
    tokio::task::spawn_blocking(move || written(source, format, &outlet, place));
    let pieces = pieces.begun().await?;
    Ok(answer(kind, format, pieces))
}

fn answer(kind: ImportKind, format: FileFormat, pieces: Pieces) -> Response {
    let media = match format {
        FileFormat::Csv => "text/csv; charset=utf-8",
        FileFormat::Xlsx => format.media_type(),
    };
    let date: String = Timestamp::now().to_string().chars().take(10).collect();
    let name = format!("attachment; filename=\"{}-{date}.{}\"", kind.as_str(), format.as_str());
    let headers = [(header::CONTENT_TYPE, media.to_owned()), (header::CONTENT_DISPOSITION, name)];
    (headers, Body::from_stream(pieces.stream())).into_response()
}

/// Writes a file and says how it ended; by then its place is another's.
fn written(source: Source, format: FileFormat, outlet: &Outlet, place: OwnedSemaphorePermit) {
    let end = write(source, format, outlet);
    drop(place);
    outlet.end(end);
}

fn write(mut source: Source, format: FileFormat, outlet: &Outlet) -> Result<(), Problem> {
    let mut writer = Writer::new(source.form(), format).map_err(problem)?;
    let runtime = Handle::current();
    while let Some(rows) = runtime.block_on(source.next())? {
        for row in rows {
            writer.row(&row).map_err(problem)?;
        }
        outlet.pass_on(writer.ready().map_err(problem)?).map_err(gone)?;
    }
    writer.finish(outlet.writer()).map_err(problem)
}

fn problem(error: WriteError) -> Problem {
    match error {
        WriteError::TooManyRows => Problem::new(REPORT_TOO_LONG).detail(error.to_string()),
        WriteError::Io(_) | WriteError::Workbook(_) => Problem::new(INTERNAL).because(error),
    }
}

fn gone(error: std::io::Error) -> Problem {
    problem(error.into())
}
