//! A file as it came goes once it was checked, and what was needed of it until it ended when it has. What is wrong with its rows
//! stays, for operators to read.

use schemas::imports::{ImportCleared, ImportsMessage, UploadCleared, ids_of};
use shared::engine::Unanswered;

use super::{record::Record, unanswered};
use crate::effect::Upload;

/// Deletes the pieces.
pub async fn clear_upload(record: &Record, upload: &Upload) -> Result<ImportsMessage, Unanswered> {
    record.delete_pieces(&upload.name).await.map_err(unanswered)?;
    Ok(UploadCleared { import_id: upload.import_id }.into())
}

/// Deletes pieces and chunks, and what a check left behind that does not count.
pub async fn clear(record: &Record, upload: &Upload) -> Result<ImportsMessage, Unanswered> {
    let all = ids_of(&upload.import_id.to_string());
    record.delete_pieces(&upload.name).await.map_err(unanswered)?;
    record.delete_chunks(&all).await.map_err(unanswered)?;
    for ids in problems_that_go(upload, all) {
        record.delete_problems(&ids).await.map_err(unanswered)?;
    }
    Ok(ImportCleared { import_id: upload.import_id }.into())
}

/// All but those of the check that counts.
fn problems_that_go(upload: &Upload, (from, to): (String, String)) -> Vec<(String, String)> {
    if upload.check.is_empty() {
        return vec![(from, to)];
    }
    let (first, behind) = ids_of(&format!("{}:{}", upload.import_id, upload.check));
    vec![(from, first), (behind, to)]
}
