//! A file that is read lies in a folder of this machine: a workbook is read from its end.

use std::{io::Write, path::Path};

use futures::TryStreamExt;
use shared::engine::Unanswered;
use tempfile::NamedTempFile;
use tokio::task::spawn_blocking;

use super::{record::Record, unanswered};
use crate::effect::Upload;

/// Puts the pieces of a file together. The file goes when it is dropped. `None` if they are not all there any more.
pub async fn spool(record: &Record, directory: &Path, upload: &Upload) -> Result<Option<NamedTempFile>, Unanswered> {
    let mut file = tempfile::Builder::new().prefix("spareparts-import-").tempfile_in(directory).map_err(unanswered)?;
    let mut pieces = record.pieces(&upload.name).await.map_err(unanswered)?;
    let mut found = 0;
    while let Some(piece) = pieces.try_next().await.map_err(unanswered)? {
        let written = spawn_blocking(move || file.write_all(&piece.bytes).map(|()| file)).await;
        file = written.map_err(unanswered)?.map_err(unanswered)?;
        found += 1;
    }
    Ok((found == upload.pieces).then_some(file))
}
