//! A file that is read lies in a folder of this machine: a workbook is read from its end.

use std::{
    fs,
    io::{self, Write},
    path::Path,
    time::{Duration, SystemTime},
};

use futures::TryStreamExt;
use shared::engine::Unanswered;
use tempfile::NamedTempFile;
use tokio::task::spawn_blocking;

use super::{record::Record, unanswered};
use crate::effect::Upload;

const PREFIX: &str = "spareparts-import-";
/// No file is read for so long.
const LEFT_BEHIND: Duration = Duration::from_secs(24 * 3600);

/// Deletes the files of processes that died while they read them.
///
/// # Errors
/// It is no folder that can be looked into.
pub fn tidy(directory: &Path, now: SystemTime) -> io::Result<()> {
    for file in fs::read_dir(directory)?.flatten() {
        let is_ours = file.file_name().to_string_lossy().starts_with(PREFIX);
        let age = file.metadata().and_then(|meta| meta.modified()).map(|at| now.duration_since(at).unwrap_or_default());
        if is_ours && age.is_ok_and(|age| age > LEFT_BEHIND) {
            // Another process may have done so.
            let _ = fs::remove_file(file.path());
        }
    }
    Ok(())
}

/// Puts the pieces of a file together. The file goes when it is dropped. `None` if they are not all there any more.
pub async fn spool(record: &Record, directory: &Path, upload: &Upload) -> Result<Option<NamedTempFile>, Unanswered> {
    let mut file = tempfile::Builder::new().prefix(PREFIX).tempfile_in(directory).map_err(unanswered)?;
    let mut pieces = record.pieces(&upload.name).await.map_err(unanswered)?;
    let mut found = 0;
    while let Some(piece) = pieces.try_next().await.map_err(unanswered)? {
        let written = spawn_blocking(move || file.write_all(&piece.bytes).map(|()| file)).await;
        file = written.map_err(unanswered)?.map_err(unanswered)?;
        found += 1;
    }
    Ok((found == upload.pieces).then_some(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_dead_left_goes_and_what_is_read_or_not_ours_stays() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["spareparts-import-a", "spareparts-import-b", "other"] {
            fs::write(folder.path().join(name), "rows").unwrap();
        }
        let there = || fs::read_dir(folder.path()).unwrap().count();
        let now = SystemTime::now();
        tidy(folder.path(), now + LEFT_BEHIND / 2).unwrap();
        assert_eq!(there(), 3);
        tidy(folder.path(), now + 2 * LEFT_BEHIND).unwrap();
        assert_eq!(there(), 1);
        assert!(tidy(&folder.path().join("none"), now).is_err());
    }
}
