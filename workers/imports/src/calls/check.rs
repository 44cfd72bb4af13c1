//! A file is read and every row of it checked against what the record has.
//!
//! It is read on a thread of its own, which waits where this side is slower, so no more than a few hundred rows are in memory
//! whatever a file has. A check that is begun again after a crash has another name, under which it leaves its rows: the file
//! knows which counts.

use std::{ops::ControlFlow, path::Path, sync::Arc};

use import_files::{Checked, FileProblem, Form, Keys, RawRow, Seen};
use mongodb::bson::serialize_to_vec;
use schemas::imports::{
    CheckedFile, Import, ImportChecked, ImportChunk, ImportProblem, ImportUnreadable, ImportsMessage,
    rows::{CheckedRow, RowProblem},
};
use shared::{engine::Unanswered, id::Uuid};
use tokio::{sync::mpsc, task::spawn_blocking};

use super::{record::Record, spool::spool, unanswered};
use crate::{effect::Upload, rows::KeptRow};

/// What a chunk may take, about: the commands of all chunks that are begun at once stand in one document until they are sent.
const CHUNK_BYTES: usize = 256 * 1024;
/// Batches that wait to be checked.
const BATCHES: usize = 2;

type Batch = (Arc<Form>, Vec<Result<RawRow, RowProblem>>);

/// Checks a file.
pub async fn check(record: &Record, directory: &Path, upload: &Upload) -> Result<ImportsMessage, Unanswered> {
    let Some(file) = spool(record, directory, upload).await? else {
        let detail = "the file is not there any more: bring it again".to_owned();
        return Ok(unreadable(upload, "upload_missing", detail));
    };
    let (sender, mut batches) = mpsc::channel(BATCHES);
    let (kind, format) = (upload.kind, upload.format);
    let reader = spawn_blocking(move || {
        let mut batching = Batching { rows: Vec::new(), sender };
        let form = import_files::read(file.path(), format, kind, &mut |form, row| batching.take(form, row))?;
        // Where nobody takes them any more, nobody asks for the form either.
        let _ = batching.flush(&form);
        Ok::<_, FileProblem>(form)
    });
    let mut checking = Checking::new(record, upload);
    while let Some((form, rows)) = batches.recv().await {
        checking.take(&form, rows).await?;
    }
    match reader.await.map_err(unanswered)? {
        Ok(form) => checking.finish(form.header().into_iter().map(ToOwned::to_owned).collect()).await,
        Err(problem) => Ok(unreadable(upload, problem.code, problem.detail)),
    }
}

fn unreadable(upload: &Upload, code: &str, detail: String) -> ImportsMessage {
    ImportUnreadable { import_id: upload.import_id, code: code.to_owned(), detail }.into()
}

/// Rows on their way from the thread that reads them.
struct Batching {
    rows: Vec<Result<RawRow, RowProblem>>,
    sender: mpsc::Sender<Batch>,
}

impl Batching {
    fn take(&mut self, form: &Arc<Form>, row: Result<RawRow, RowProblem>) -> ControlFlow<()> {
        self.rows.push(row);
        if self.rows.len() < Import::ROWS_OF_A_CHUNK {
            return ControlFlow::Continue(());
        }
        self.flush(form)
    }

    fn flush(&mut self, form: &Arc<Form>) -> ControlFlow<()> {
        match self.sender.blocking_send((Arc::clone(form), std::mem::take(&mut self.rows))) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }
}

/// A check under way.
struct Checking<'a> {
    record: &'a Record,
    upload: &'a Upload,
    check: String,
    seen: Seen,
    file: CheckedFile,
    chunk: Vec<CheckedRow>,
    chunk_bytes: usize,
    problems: Vec<KeptRow>,
}

impl<'a> Checking<'a> {
    fn new(record: &'a Record, upload: &'a Upload) -> Self {
        let (columns, check) = (Vec::new(), Uuid::now_v7().to_string());
        let file = CheckedFile { columns, rows: 0, good: 0, bad: 0, new: 0, changed: 0, unchanged: 0, chunks: 0 };
        let (seen, chunk, problems) = (Seen::default(), Vec::new(), Vec::new());
        Self { record, upload, check, seen, file, chunk, chunk_bytes: 0, problems }
    }

    async fn take(&mut self, form: &Form, rows: Vec<Result<RawRow, RowProblem>>) -> Result<(), Unanswered> {
        let mut keys = Keys::default();
        rows.iter().flatten().for_each(|row| keys.extend(form.keys(row)));
        let known = self.record.known(&keys).await.map_err(unanswered)?;
        for row in rows {
            self.file.rows += 1;
            let (number, checked) = match row {
                Ok(row) => (row.number, form.check(&row, &known, &mut self.seen)),
                Err(problem) => (problem.row, Checked::Bad(vec![problem])),
            };
            match checked {
                Checked::Good { command, is_new } => self.good(CheckedRow { row: number, command }, is_new).await?,
                Checked::Unchanged => self.file.unchanged += 1,
                Checked::Bad(problems) => self.bad(problems),
            }
        }
        self.record.insert(std::mem::take(&mut self.problems)).await.map_err(unanswered)
    }

    async fn good(&mut self, row: CheckedRow, is_new: bool) -> Result<(), Unanswered> {
        self.file.good += 1;
        *(if is_new { &mut self.file.new } else { &mut self.file.changed }) += 1;
        let bytes = serialize_to_vec(&row).map_err(unanswered)?.len();
        if self.chunk.len() == Import::ROWS_OF_A_CHUNK || self.chunk_bytes + bytes > CHUNK_BYTES {
            self.close_chunk().await?;
        }
        self.chunk_bytes += bytes;
        self.chunk.push(row);
        Ok(())
    }

    fn bad(&mut self, problems: Vec<RowProblem>) {
        self.file.bad += 1;
        let kept = (0..).zip(problems).map(|(number, RowProblem { row, column, code, detail })| ImportProblem {
            import_id: self.upload.import_id,
            check: self.check.clone(),
            row: row.into(),
            number,
            column,
            code,
            detail,
            when_applied: false,
        });
        self.problems.extend(kept.map(KeptRow::Problem));
    }

    async fn close_chunk(&mut self) -> Result<(), Unanswered> {
        if self.chunk.is_empty() {
            return Ok(());
        }
        let (rows, number) = (std::mem::take(&mut self.chunk), self.file.chunks);
        let chunk = ImportChunk { import_id: self.upload.import_id, check: self.check.clone(), number, rows };
        (self.file.chunks, self.chunk_bytes) = (number + 1, 0);
        self.record.insert(vec![KeptRow::Chunk(chunk)]).await.map_err(unanswered)
    }

    async fn finish(mut self, columns: Vec<String>) -> Result<ImportsMessage, Unanswered> {
        self.close_chunk().await?;
        let file = CheckedFile { columns, ..self.file };
        Ok(ImportChecked { import_id: self.upload.import_id, check: self.check, file }.into())
    }
}
