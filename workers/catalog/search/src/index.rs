//! The index: opened in memory or in a directory, written by one writer, read by many.

use std::{collections::HashMap, fs, io, path::PathBuf};

use schemas::{documents::Product, ids::ProductId};
use shared::id::Uuid;
use tantivy::{
    Index, IndexReader, IndexWriter, ReloadPolicy, TantivyError, Term,
    collector::DocSetCollector,
    directory::MmapDirectory,
    indexer::{IndexWriterOptions, LogMergePolicy},
    query::TermQuery,
    schema::IndexRecordOption,
};

use crate::{
    Cursor, Dimension, Facets, Fingerprint, Wanted,
    collect::{Gather, Gathered},
    document::{Fields, VERSION, column},
    facets::ranked,
    phrase::TooLong,
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
    reader: IndexReader,
    fields: Fields,
}

/// Which page of what is found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The most products.
    pub limit: usize,
    /// Where the last page ended.
    pub after: Option<Cursor>,
    /// Whether facets are counted.
    pub facets: bool,
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
    /// What the search may be narrowed by, if it was asked for.
    pub facets: Option<Facets>,
}

/// Takes products. What it took is found after the next commit.
pub struct Writer {
    writer: IndexWriter,
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
        let index = SearchIndex { reader, fields: Fields::schema().1 };
        Ok(Self { writer, index, taken: HashMap::new() })
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
            None => self.index.revision(id)?,
        };
        if known.is_some_and(|known| known >= product.revision) {
            return Ok(false);
        }
        self.writer.delete_term(self.index.id_term(id));
        self.writer.add_document(self.index.fields.document(product))?;
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
        self.index.reader.reload()?;
        self.taken.clear();
        Ok(())
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
        self.index.reader.reload()?;
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
        const ALL: [Dimension; 4] = [Dimension::Category, Dimension::Brand, Dimension::Make, Dimension::Price];
        let facets = ALL.into_iter().filter(|dimension| page.facets && !wanted.narrows(*dimension)).collect();
        let gather = Gather { sort: wanted.sort, after: page.after.clone(), keep: page.limit + 1, facets };
        let mut all = self.gather(wanted, &gather)?;
        let mut hits = std::mem::take(&mut all.hits);
        let more = hits.len() > page.limit;
        hits.truncate(page.limit);
        for narrowed in ALL.into_iter().filter(|dimension| page.facets && wanted.narrows(*dimension)) {
            let count = Gather { after: None, keep: 0, facets: vec![narrowed], ..gather };
            let wider = self.gather(&wanted.without(narrowed), &count)?;
            all.values.extend(wider.values);
            if narrowed == Dimension::Price {
                all.prices = wider.prices;
            }
        }
        Ok(Found {
            ids: hits.iter().map(Cursor::product).collect(),
            next: hits.pop().filter(|_| more),
            total: all.total,
            facets: page.facets.then(|| facets_of(all)),
        })
    }

    /// Which products at which revisions it holds.
    ///
    /// # Errors
    /// [`SearchError`] when the index cannot be read.
    pub fn fingerprint(&self) -> Result<Fingerprint, SearchError> {
        let mut fingerprint = Fingerprint::default();
        for segment in self.reader.searcher().segment_readers() {
            let columns = segment.fast_fields();
            let (high, low) = (columns.u64(column::ID_HIGH)?, columns.u64(column::ID_LOW)?);
            let revisions = columns.i64(column::REVISION)?;
            for document in segment.doc_ids_alive() {
                let half = |column: &tantivy::columnar::Column<u64>| column.first(document).unwrap_or_default();
                let id = ProductId::from_uuid(Uuid::from_u64_pair(half(&high), half(&low)));
                fingerprint.add(id, revisions.first(document).unwrap_or_default());
            }
        }
        Ok(fingerprint)
    }

    fn gather(&self, wanted: &Wanted, gather: &Gather) -> Result<Gathered, SearchError> {
        let query = wanted.query(&self.fields)?;
        Ok(self.reader.searcher().search(&*query, gather)?)
    }

    fn id_term(&self, id: ProductId) -> Term {
        Term::from_field_bytes(self.fields.id, id.as_uuid().as_bytes())
    }

    /// The revision of a product that was committed.
    fn revision(&self, id: ProductId) -> Result<Option<i64>, SearchError> {
        let searcher = self.reader.searcher();
        let query = TermQuery::new(self.id_term(id), IndexRecordOption::Basic);
        let Some(found) = searcher.search(&query, &DocSetCollector)?.into_iter().next() else { return Ok(None) };
        let revisions = searcher.segment_reader(found.segment_ord).fast_fields().i64(column::REVISION)?;
        Ok(revisions.first(found.doc_id))
    }
}

fn facets_of(mut all: Gathered) -> Facets {
    let mut values = |dimension| ranked(all.values.remove(&dimension).unwrap_or_default());
    Facets {
        categories: values(Dimension::Category),
        brands: values(Dimension::Brand),
        makes: values(Dimension::Make),
        prices: all.prices,
    }
}
