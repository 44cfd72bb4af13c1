//! One pass over what matches: the first hits after a place, how many there are, and the counts of facets.

use std::collections::BinaryHeap;

use tantivy::{
    DocId, Score, SegmentOrdinal, SegmentReader,
    collector::{Collector, SegmentCollector},
    columnar::{Column, StrColumn, TermOrdHit},
};

use crate::{
    Cursor, Dimension, Sort,
    counts::{Counting, Counts},
    cursor::Key,
    document::column,
};

/// What is to be collected.
#[derive(Debug, Clone)]
pub struct Gather {
    /// The order.
    pub sort: Sort,
    /// The hits begin after this.
    pub after: Option<Cursor>,
    /// The most hits.
    pub keep: usize,
    /// What is counted.
    pub facets: Vec<Dimension>,
}

impl Gather {
    /// No hits, the counts of these alone.
    pub fn counts(facets: Vec<Dimension>) -> Self {
        Self { sort: Sort::default(), after: None, keep: 0, facets }
    }
}

/// What was collected.
#[derive(Debug, Default)]
pub struct Gathered {
    /// The first hits, in order.
    pub hits: Vec<Cursor>,
    /// How many products match, those before the place included.
    pub total: u64,
    /// How many there are of each value of what was counted.
    pub counts: Counts,
}

/// A place in one segment's order: texts stand for their number in the segment's dictionary.
type Place = (u64, u128);

/// The same for one segment.
pub struct SegmentGather {
    ranks: Ranks,
    ids: (Column<u64>, Column<u64>),
    after: Option<Place>,
    keep: usize,
    first: BinaryHeap<Place>,
    total: u64,
    counting: Counting,
}

/// What a segment's documents are ordered by.
enum Ranks {
    Score,
    Number { column: Column<i64>, descending: bool },
    Text(Option<StrColumn>),
}

impl Ranks {
    fn open(sort: Sort, segment: &SegmentReader) -> tantivy::Result<Self> {
        let columns = segment.fast_fields();
        let number = |name, descending| Ok(Self::Number { column: columns.i64(name)?, descending });
        match sort {
            Sort::Relevance => Ok(Self::Score),
            Sort::Price => number(column::PRICE, false),
            Sort::PriceDescending => number(column::PRICE, true),
            Sort::Newest => number(column::LISTED, true),
            Sort::Name => Ok(Self::Text(columns.str(column::NAME)?)),
        }
    }

    fn rank(&self, document: DocId, score: Score) -> u64 {
        match self {
            // Scores are whole numbers.
            Self::Score => !(score as u64),
            Self::Number { column, descending } => {
                let rank = (column.first(document).unwrap_or_default() as u64) ^ (1 << 63);
                if *descending { !rank } else { rank }
            }
            Self::Text(column) => column.as_ref().and_then(|column| column.ords().first(document)).unwrap_or_default(),
        }
    }

    /// The place in this segment behind which everything comes that comes behind the cursor.
    fn place(&self, cursor: &Cursor) -> tantivy::Result<Option<Place>> {
        match (self, &cursor.key) {
            (Self::Text(Some(column)), Key::Text(text)) => Ok(match column.dictionary().term_ord_or_next(text)? {
                TermOrdHit::Exact(ord) => Some((ord, cursor.id)),
                TermOrdHit::Next(ord) => ord.checked_sub(1).map(|before| (before, u128::MAX)),
            }),
            (_, Key::Number(number)) => Ok(Some((*number, cursor.id))),
            (_, Key::Text(_)) => Ok(None),
        }
    }

    fn cursor(&self, (rank, id): Place) -> tantivy::Result<Cursor> {
        let Self::Text(column) = self else { return Ok(Cursor { key: Key::Number(rank), id }) };
        let mut text = String::new();
        column.as_ref().map(|column| column.ord_to_str(rank, &mut text)).transpose()?;
        Ok(Cursor { key: Key::Text(text), id })
    }
}

impl Collector for Gather {
    type Fruit = Gathered;
    type Child = SegmentGather;

    fn for_segment(&self, _: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<SegmentGather> {
        let columns = segment.fast_fields();
        let ranks = Ranks::open(self.sort, segment)?;
        let after = self.after.as_ref().map(|cursor| ranks.place(cursor)).transpose()?.flatten();
        Ok(SegmentGather {
            ranks,
            ids: (columns.u64(column::ID_HIGH)?, columns.u64(column::ID_LOW)?),
            after,
            keep: self.keep,
            first: BinaryHeap::with_capacity(self.keep + 1),
            total: 0,
            counting: Counting::open(&self.facets, columns)?,
        })
    }

    fn requires_scoring(&self) -> bool {
        self.keep > 0 && self.sort == Sort::Relevance
    }

    fn merge_fruits(&self, segments: Vec<tantivy::Result<Gathered>>) -> tantivy::Result<Gathered> {
        let mut all = Gathered::default();
        for segment in segments {
            let segment = segment?;
            all.hits.extend(segment.hits);
            all.total += segment.total;
            all.counts.add(segment.counts);
        }
        all.hits.sort_unstable();
        all.hits.truncate(self.keep);
        Ok(all)
    }
}

impl SegmentGather {
    fn note(&mut self, document: DocId, score: Score) {
        let id = |column: &Column<u64>| u128::from(column.first(document).unwrap_or_default());
        let place = (self.ranks.rank(document, score), id(&self.ids.0) << 64 | id(&self.ids.1));
        if self.after.is_some_and(|after| place <= after) {
            return;
        }
        if self.first.len() < self.keep || self.first.peek().is_some_and(|last| place < *last) {
            self.first.push(place);
            if self.first.len() > self.keep {
                self.first.pop();
            }
        }
    }

    fn gathered(self) -> tantivy::Result<Gathered> {
        let hits = self.first.into_iter().map(|place| self.ranks.cursor(place)).collect::<tantivy::Result<_>>()?;
        Ok(Gathered { hits, total: self.total, counts: self.counting.counted()? })
    }
}

impl SegmentCollector for SegmentGather {
    type Fruit = tantivy::Result<Gathered>;

    fn collect(&mut self, document: DocId, score: Score) {
        self.total += 1;
        if self.keep > 0 {
            self.note(document, score);
        }
        self.counting.count(document);
    }

    fn harvest(self) -> tantivy::Result<Gathered> {
        self.gathered()
    }
}
