//! What was committed at one time: every search sees one such state as a whole.

use schemas::{ids::ProductId, search::Fingerprint};
use shared::id::Uuid;
use tantivy::{Searcher, collector::DocSetCollector, query::TermQuery, schema::IndexRecordOption};

use crate::{
    Cursor, Dimension, Facets, Found, Page, SearchError, Wanted,
    collect::{Gather, Gathered},
    counts::Counts,
    document::{Fields, column},
};

/// One state of the index.
pub struct Snapshot {
    searcher: Searcher,
    fields: Fields,
    /// The facets of all that is sold. A search that is narrowed by one thing alone shows what else there is beside it, so
    /// most need some of these; to count them takes a pass over the whole catalog, which is made once for each state.
    whole: Counts,
}

impl Snapshot {
    /// Takes a state, counting its facets.
    pub fn take(searcher: Searcher, fields: Fields) -> Result<Self, SearchError> {
        let mut snapshot = Self { searcher, fields, whole: Counts::default() };
        snapshot.whole = snapshot.counts(&Wanted::default(), Dimension::COMMON.to_vec())?;
        Ok(snapshot)
    }

    /// See [`SearchIndex::search`](crate::SearchIndex::search).
    pub fn search(&self, wanted: &Wanted, page: &Page) -> Result<Found, SearchError> {
        let at_once = |dimension: &&Dimension| !wanted.narrows(dimension) && !self.knows(wanted, dimension);
        let facets = page.facets.iter().filter(at_once).cloned().collect();
        let gather = Gather { sort: wanted.sort, after: page.after.clone(), keep: page.limit + 1, facets };
        let Gathered { mut hits, total, mut counts } = self.gather(wanted, &gather)?;
        let more = hits.len() > page.limit;
        hits.truncate(page.limit);
        self.count_others(wanted, &page.facets, &mut counts)?;
        Ok(Found {
            ids: hits.iter().map(Cursor::product).collect(),
            next: hits.pop().filter(|_| more),
            total,
            facets: (!page.facets.is_empty()).then(|| Facets::new(&page.facets, counts)),
        })
    }

    /// Counts what the pass over the hits did not: for what a search is narrowed by, what there is besides.
    fn count_others(&self, wanted: &Wanted, facets: &[Dimension], counts: &mut Counts) -> Result<(), SearchError> {
        for dimension in facets {
            if self.knows(wanted, dimension) {
                counts.copy(dimension, &self.whole);
            } else if wanted.narrows(dimension) {
                counts.copy(dimension, &self.counts(&wanted.without(dimension), vec![dimension.clone()])?);
            }
        }
        Ok(())
    }

    /// Whether the counts of a facet of this search are those of all that is sold.
    fn knows(&self, wanted: &Wanted, dimension: &Dimension) -> bool {
        dimension.attribute().is_none() && wanted.without(dimension).is_everything()
    }

    /// The counts alone.
    fn counts(&self, wanted: &Wanted, dimensions: Vec<Dimension>) -> Result<Counts, SearchError> {
        Ok(self.gather(wanted, &Gather::counts(dimensions))?.counts)
    }

    fn gather(&self, wanted: &Wanted, gather: &Gather) -> Result<Gathered, SearchError> {
        let query = wanted.query(&self.fields)?;
        Ok(self.searcher.search(&*query, gather)?)
    }

    /// See [`SearchIndex::fingerprint`](crate::SearchIndex::fingerprint).
    pub fn fingerprint(&self) -> Result<Fingerprint, SearchError> {
        let mut fingerprint = Fingerprint::default();
        for segment in self.searcher.segment_readers() {
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

    /// The revision of a product.
    pub fn revision(&self, id: ProductId) -> Result<Option<i64>, SearchError> {
        let query = TermQuery::new(self.fields.id_term(id), IndexRecordOption::Basic);
        let Some(found) = self.searcher.search(&query, &DocSetCollector)?.into_iter().next() else { return Ok(None) };
        let revisions = self.searcher.segment_reader(found.segment_ord).fast_fields().i64(column::REVISION)?;
        Ok(revisions.first(found.doc_id))
    }
}
