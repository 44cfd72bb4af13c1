//! The imports: files of products, prices, stock, vehicles and customers that operators bring in.
//!
//! A file is checked as a whole ([`calls`]), and what is good of it kept in chunks. Once it is started, its handler has a few
//! chunks at a time carried out by whoever owns what they are about ([`chunk`]), and counts the answers ([`answer`]). All of
//! that is messages and rows, so it goes on after whatever crash, and each row counts once.

pub mod answer;
pub mod calls;
pub mod chunk;
pub mod effect;
pub mod handler;
pub mod life;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at what cannot happen")]
mod properties;
pub mod rows;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at what cannot happen")]
mod testing;

use std::{env, path::PathBuf, time::SystemTime};

use schemas::{
    catalog::CatalogMessage,
    imports::{Import, ImportsMessage},
    inventory::InventoryMessage,
};
use serde::Deserialize;
use shared::{
    config::{ConfigError, Environment, Section},
    daemon::{Context, StartError},
    engine::{Index, State, Worker},
    message::Topic,
};

/// `[imports]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where a file lies while it is read; the system's folder for such things unless set.
    #[serde(default)]
    pub spool_directory: Option<PathBuf>,
}

impl Section for Settings {
    fn check(&self, _: Environment) -> Result<(), ConfigError> {
        match &self.spool_directory {
            Some(directory) if !directory.is_dir() => {
                Err(ConfigError::about("imports.spool_directory", &format!("is {directory:?}, which is no folder")))
            }
            _ => Ok(()),
        }
    }
}

/// The files, newest first.
const NEWEST: Index =
    Index { collection: Import::COLLECTION, keys: &[("state.uploaded.at", -1), ("_id", -1)], unique: false };

/// Works on `imports.inbox` until told to stop.
///
/// # Errors
/// [`StartError`] when the broker or the database refuses what the worker needs.
pub async fn start(context: Context<Settings>) -> Result<(), StartError> {
    let spool_directory = context.settings.spool_directory.clone().unwrap_or_else(env::temp_dir);
    calls::tidy(&spool_directory, SystemTime::now()).map_err(|error| {
        StartError::Other(format!("imports.spool_directory: {}: {error}", spool_directory.display()))
    })?;
    let calls = calls::ImportCalls::new(&context.mongo, spool_directory);
    Worker::with_calls(&context, handler::Imports, calls)
        .indexes(&[NEWEST])
        .sends_to(&[CatalogMessage::TOPIC, InventoryMessage::TOPIC, ImportsMessage::TOPIC])
        .run()
        .await
}
