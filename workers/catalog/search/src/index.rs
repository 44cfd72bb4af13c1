//! The index: opened in memory or in a directory, written by one writer, read by many.

use std::{
    collections::HashMap,
    fs, io,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
};

use schemas::{documents::Product, ids::ProductId};
use tantivy::{
    Index, IndexReader, IndexWriter, ReloadPolicy, TantivyError,
    directory::MmapDirectory,
    indexer::{IndexWriterOptions, LogMergePolicy},
};

use crate::{
    Cursor, Dimension, Facets, Fingerprint, Wanted,
    document::{Fields, VERSION},
    phrase::TooLong,
    snapshot::Snapshot,
};

/// What the writer holds in memory before it writes a segment: the least that the library allows is 15 MB.
const WRITER_MEMORY: usize = 40_000_000;
/// Segments of one size before they are made one: each costs every search a little.
const SEGMENTS_OF_A_SIZE: usize = 4;

/// Where an index is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In memory, until it is dropped.
    Memory,
    /// In this directory, of which nothing else makes use.
    Directory(PathBuf),
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The text cannot be searched for.
    #[error(transparent)]
    TooLong(#[from] TooLong),
    /// Another process writes there.
    #[error("another process writes to {}", .0.display())]
    Busy(PathBuf),
    /// The directory cannot be used.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The index cannot be read or written.
    #[error("{0}")]
    Index(#[from] TantivyError),
}

/// Answers searches from what was committed last. Cheap to clone.
#[derive(Clone)]
pub struct SearchIndex {
    current: Arc<RwLock<Arc<Snapshot>>>,
}

/// Which page of what is found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The most products.
    pub limit: usize,
    /// Where the last page ended.
    pub after: Option<Cursor>,
    /// The facets that are counted.
    pub facets: Vec<Dimension>,
}

/// A page of what is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The products, in order.
    pub ids: Vec<ProductId>,
    /// Where this page ends, if there are more.
    pub next: Option<Cursor>,
    /// How many there are on all pages.
    pub total: u64,
    /// What the search may be narrowed by, if that was asked for.
    pub facets: Option<Facets>,
}

/// Takes products. What it took is found after the next commit.
pub struct Writer {
    writer: IndexWriter,
    reader: IndexReader,
    fields: Fields,
    index: SearchIndex,
    /// The revisions that were taken since the last commit.
    taken: HashMap<ProductId, i64>,
}

impl Writer {
    /// Opens an index, or makes an empty one where there is none that can be read.
    ///
    /// # Errors
    /// [`SearchError::Busy`] when another process writes there, [`SearchError`] when the place cannot be used.
    pub fn open(place: &Place) -> Result<Self, SearchError> {
        match place {
            Place::Memory => Self::on(Index::create_in_ram(Fields::schema().0)),
            Place::Directory(directory) => match Self::kept(directory.clone()) {
                Err(SearchError::Index(error)) => {
                    // Of another version, or damaged: what is in it can be made anew.
                    drop(error);
                    fs::remove_dir_all(directory)?;
                    Self::kept(directory.clone())
                }
                opened => opened,
            },
        }
    }

    fn kept(directory: PathBuf) -> Result<Self, SearchError> {
        fs::create_dir_all(&directory)?;
        let files = MmapDirectory::open(&directory).map_err(TantivyError::from)?;
        match Index::open_or_create(files, Fields::schema().0).map_err(SearchError::from).and_then(Self::on) {
            Err(SearchError::Index(TantivyError::LockFailure(..))) => Err(SearchError::Busy(directory)),
            opened => opened,
        }
    }

    fn on(index: Index) -> Result<Self, SearchError> {
        let options =
            IndexWriterOptions::builder().memory_budget_per_thread(WRITER_MEMORY).num_merge_threads(1).build();
        let writer = index.writer_with_options(options)?;
        let mut merging = LogMergePolicy::default();
        merging.set_min_num_segments(SEGMENTS_OF_A_SIZE);
        writer.set_merge_policy(Box::new(merging));
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let fields = Fields::schema().1;
        let index =
            SearchIndex { current: Arc::new(RwLock::new(Arc::new(Snapshot::take(reader.searcher(), fields)?))) };
        Ok(Self { writer, reader, fields, index, taken: HashMap::new() })
    }

    /// What answers from what this writes.
    #[must_use]
    pub fn index(&self) -> SearchIndex {
        self.index.clone()
    }

    /// Takes a product as of its revision; `false` if that or a later one was taken before.
    ///
    /// # Errors
    /// [`SearchError`] when the index cannot be written.
    pub fn put(&mut self, product: &Product) -> Result<bool, SearchError> {
        let id = product.product_id;
        let known = match self.taken.get(&id) {
            Some(revision) => Some(*revision),
            None => self.index.snapshot().revision(id)?,
        };
        if known.is_some_and(|known| known >= product.revision) {
            return Ok(false);
        }
        self.writer.delete_term(self.fields.id_term(id));
        self.writer.add_document(self.fields.document(product))?;
        self.taken.insert(id, product.revision);
        Ok(true)
    }

    /// Makes what was taken findable, and durable together with this note.
    ///
    /// # Errors
    /// [`SearchError`] when the index cannot be written.
    pub fn commit(&mut self, note: &str) -> Result<(), SearchError> {
        let mut prepared = self.writer.prepare_commit()?;
        prepared.set_payload(&format!("{VERSION} {note}"));
        prepared.commit()?;
        self.publish()
    }

    /// The note of the last commit; none for a new index, and for one that was written by another version.
    ///
    /// # Errors
    /// [`SearchError`] when the index cannot be read.
    pub fn note(&self) -> Result<Option<String>, SearchError> {
        let payload = self.writer.index().load_metas()?.payload.unwrap_or_default();
        Ok(payload.strip_prefix(&format!("{VERSION} ")).map(str::to_owned))
    }

    /// Forgets all products.
    ///
    /// # Errors
    /// [`SearchError`] when the index cannot be written.
    pub fn clear(&mut self) -> Result<(), SearchError> {
        self.writer.delete_all_documents()?;
        self.writer.commit()?;
        self.publish()
    }

    /// Searches answer from what was committed, from now on.
    fn publish(&mut self) -> Result<(), SearchError> {
        self.reader.reload()?;
        let snapshot = Arc::new(Snapshot::take(self.reader.searcher(), self.fields)?);
        *self.index.current.write().unwrap_or_else(PoisonError::into_inner) = snapshot;
        self.taken.clear();
        Ok(())
    }
}

impl SearchIndex {
    /// Finds a page of what is wanted.
    ///
    /// # Errors
    /// [`SearchError::TooLong`] for a text that cannot be searched for, others when the index cannot be read.
    pub fn search(&self, wanted: &Wanted, page: &Page) -> Result<Found, SearchError> {
        self.snapshot().search(wanted, page)
    }

    /// Which products at which revisions it holds.
    ///
    /// # Errors
    /// [`SearchError`] when the index cannot be read.
    pub fn fingerprint(&self) -> Result<Fingerprint, SearchError> {
        self.snapshot().fingerprint()
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }
}
