//! An index while it is written.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use catalog_search::{Fingerprint, SearchError, SearchIndex, Writer};
use metrics::gauge;
use schemas::documents::Product;
use shared::time::Timestamp;

use super::mark::{Extents, Lag, Mark};

/// Why the index could not be kept fresh.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// It cannot be written or read.
    #[error("the index: {0}")]
    Index(#[from] SearchError),
    /// What the broker says.
    #[error("Kafka: {0}")]
    Kafka(String),
    /// What the database says.
    #[error("MongoDB: {0}")]
    Mongo(#[from] mongodb::error::Error),
    /// A bug.
    #[error("the work broke off: {0}")]
    Broken(#[from] tokio::task::JoinError),
}

/// An index that is being written, and how far it is.
pub struct Volume {
    writer: Arc<Mutex<Writer>>,
    /// What answers from it.
    pub index: SearchIndex,
    /// Up to where it has followed.
    pub mark: Mark,
    /// Whether it has what cannot be found yet.
    pub dirty: bool,
    /// When it was made findable last.
    pub committed: Instant,
    /// When the newest change that it has came.
    pub taken: Option<Timestamp>,
    /// When the newest one came that can be found.
    found: Option<Timestamp>,
    /// What was made findable last, once somebody asked.
    held: Option<Fingerprint>,
}

impl Volume {
    /// An index that was just opened.
    pub fn new(writer: Writer, mark: Mark) -> Self {
        let (index, committed) = (writer.index(), Instant::now());
        let writer = Arc::new(Mutex::new(writer));
        Self { writer, index, mark, dirty: false, committed, found: None, taken: None, held: None }
    }

    /// Takes products; found after the next commit.
    pub async fn take(&mut self, products: Vec<Product>) -> Result<(), FeedError> {
        self.dirty = true;
        self.write(move |writer| products.iter().try_for_each(|product| writer.put(product).map(drop))).await
    }

    /// Makes what was taken findable, with this note.
    pub async fn commit(&mut self, note: String) -> Result<(), FeedError> {
        self.write(move |writer| writer.commit(&note)).await?;
        (self.dirty, self.committed, self.found, self.held) = (false, Instant::now(), self.taken, None);
        Ok(())
    }

    /// Which products at which revisions can be found.
    pub async fn fingerprint(&mut self) -> Result<Fingerprint, FeedError> {
        if let Some(held) = self.held {
            return Ok(held);
        }
        let index = self.index.clone();
        let held = tokio::task::spawn_blocking(move || index.fingerprint()).await??;
        self.held = Some(held);
        Ok(held)
    }

    /// Leaves its folder empty, so that nobody goes on from it.
    pub async fn retire(self) -> Result<(), FeedError> {
        self.write(Writer::clear).await
    }

    async fn write(
        &self,
        work: impl FnOnce(&mut Writer) -> Result<(), SearchError> + Send + 'static,
    ) -> Result<(), FeedError> {
        let writer = Arc::clone(&self.writer);
        let writing =
            tokio::task::spawn_blocking(move || work(&mut writer.lock().unwrap_or_else(PoisonError::into_inner)));
        Ok(writing.await??)
    }

    /// Tells how far it is behind what the broker holds.
    #[allow(clippy::cast_precision_loss, reason = "gauges")]
    pub fn measure(&self, extents: &Extents, lag: &mut Lag) {
        let behind = self.mark.behind(extents);
        let age = lag.of(behind > 0 || self.dirty, self.found, (Instant::now(), Timestamp::now()));
        gauge!("search_lag_records").set(behind as f64);
        gauge!("search_lag_seconds").set(age.as_secs_f64());
        gauge!("search_commit_age_seconds").set(self.committed.elapsed().as_secs_f64());
    }
}
