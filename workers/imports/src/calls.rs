//! Making the calls that the rules ask for, and telling the file how they ended.

mod check;
mod clear;
mod customers;
mod record;
mod spool;

use std::path::PathBuf;

use mongodb::Database;
use schemas::imports::{ImportsMessage, StepUnanswered};
use shared::engine::{Caller, PendingEffect, Tried, Unanswered};
use tokio::sync::Semaphore;

use self::record::Record;
pub use self::spool::tidy;
use crate::{effect::Effect, handler::Imports};

/// So many files are checked at once: each takes a core.
const CHECKS: usize = 2;

/// Reads files, opens accounts, and deletes what is not needed any more.
pub struct ImportCalls {
    record: Record,
    spool_directory: PathBuf,
    checks: Semaphore,
}

impl ImportCalls {
    /// Works on this database; files that are being read lie in this folder.
    #[must_use]
    pub fn new(database: &Database, spool_directory: PathBuf) -> Self {
        Self { record: Record::new(database), spool_directory, checks: Semaphore::new(CHECKS) }
    }
}

impl Caller<Imports> for ImportCalls {
    async fn call(&self, _: &str, call: &PendingEffect<Effect>, _: Tried) -> Result<ImportsMessage, Unanswered> {
        match &call.effect {
            Effect::Check(upload) => {
                let _turn = self.checks.acquire().await.map_err(unanswered)?;
                check::check(&self.record, &self.spool_directory, upload).await
            }
            Effect::Customers { import_id, check, chunk } => {
                customers::carry_out(&self.record, (*import_id, check, *chunk)).await
            }
            Effect::ClearUpload(upload) => clear::clear_upload(&self.record, upload).await,
            Effect::Clear(upload) => clear::clear(&self.record, upload).await,
        }
    }

    fn unanswered(&self, _: &str, effect: &Effect, _: &Unanswered) -> ImportsMessage {
        match effect {
            Effect::Check(upload) | Effect::ClearUpload(upload) | Effect::Clear(upload) => {
                StepUnanswered { import_id: upload.import_id, chunk: None }.into()
            }
            Effect::Customers { import_id, chunk, .. } => {
                StepUnanswered { import_id: *import_id, chunk: Some(*chunk) }.into()
            }
        }
    }

    fn lane(&self, effect: &Effect) -> &'static str {
        match effect {
            Effect::Check(_) => "check",
            Effect::Customers { .. } => "customers",
            Effect::ClearUpload(_) | Effect::Clear(_) => "clear",
        }
    }
}

/// Whatever went wrong may pass.
fn unanswered(error: impl std::fmt::Display) -> Unanswered {
    Unanswered(error.to_string())
}
