//! How many products have each value of what is counted.

use std::collections::HashMap;

use tantivy::{
    DocId,
    columnar::{Column, StrColumn, TermOrdHit},
    fastfield::FastFieldReaders,
};

use crate::{
    Dimension, attribute,
    document::column,
    facets::{BANDS, band_of},
};

/// The counts of some dimensions.
#[derive(Debug, Default)]
pub struct Counts {
    /// How many there are of each value.
    pub values: HashMap<Dimension, HashMap<String, u64>>,
    /// How many there are in each band of prices.
    pub prices: [u64; BANDS.len()],
}

impl Counts {
    /// Adds those of another segment.
    pub fn add(&mut self, other: Self) {
        for (dimension, counts) in other.values {
            let sum = self.values.entry(dimension).or_default();
            counts.into_iter().for_each(|(value, count)| *sum.entry(value).or_default() += count);
        }
        self.prices.iter_mut().zip(other.prices).for_each(|(sum, count)| *sum += count);
    }

    /// Takes those of one dimension from another pass.
    pub fn copy(&mut self, dimension: &Dimension, other: &Self) {
        match dimension {
            Dimension::Price => self.prices = other.prices,
            _ => self.values.extend(other.values.get(dimension).map(|counts| (dimension.clone(), counts.clone()))),
        }
    }
}

/// Counts one segment's documents.
#[derive(Default)]
pub struct Counting {
    columns: Vec<Values>,
    prices: Option<(Column<i64>, [u64; BANDS.len()])>,
}

/// One column, whose values are numbered by their place in the segment's dictionary.
struct Values {
    column: StrColumn,
    stretches: Vec<Stretch>,
}

/// The values of one dimension: these many from the first on.
struct Stretch {
    dimension: Dimension,
    first: u64,
    counts: Vec<u64>,
}

impl Counting {
    /// Counts these dimensions from nothing.
    pub fn open(dimensions: &[Dimension], columns: &FastFieldReaders) -> tantivy::Result<Self> {
        let mut counting = Self::default();
        for (dimension, name) in [
            (Dimension::Category, column::CATEGORY),
            (Dimension::Brand, column::BRAND),
            (Dimension::Make, column::MAKE),
        ] {
            if dimensions.contains(&dimension) {
                let all = |column: &StrColumn| Ok(vec![Stretch::new(dimension, 0, column.num_terms() as u64)]);
                counting.take(columns, name, all)?;
            }
        }
        let attributes: Vec<&str> = dimensions.iter().filter_map(Dimension::attribute).collect();
        if !attributes.is_empty() {
            let each = |column: &StrColumn| attributes.iter().map(|name| Stretch::of_attribute(name, column)).collect();
            counting.take(columns, column::ATTRIBUTE, each)?;
        }
        if dimensions.contains(&Dimension::Price) {
            counting.prices = Some((columns.i64(column::PRICE)?, [0; BANDS.len()]));
        }
        Ok(counting)
    }

    /// Counts these stretches of a column, if any document has it.
    fn take(
        &mut self,
        columns: &FastFieldReaders,
        name: &str,
        stretches: impl FnOnce(&StrColumn) -> tantivy::Result<Vec<Stretch>>,
    ) -> tantivy::Result<()> {
        if let Some(column) = columns.str(name)? {
            self.columns.push(Values { stretches: stretches(&column)?, column });
        }
        Ok(())
    }

    /// Counts one document.
    pub fn count(&mut self, document: DocId) {
        for Values { column, stretches } in &mut self.columns {
            for ord in column.ords().values_for_doc(document) {
                stretches.iter_mut().for_each(|stretch| stretch.count(ord));
            }
        }
        if let Some((column, counts)) = &mut self.prices {
            counts[band_of(column.first(document).unwrap_or_default())] += 1;
        }
    }

    /// What was counted, by name.
    pub fn counted(self) -> tantivy::Result<Counts> {
        let mut values = HashMap::new();
        for Values { column, stretches } in self.columns {
            for stretch in stretches {
                let named = stretch.named(&column)?;
                values.insert(stretch.dimension, named);
            }
        }
        Ok(Counts { values, prices: self.prices.map(|(_, counts)| counts).unwrap_or_default() })
    }
}

impl Stretch {
    fn new(dimension: Dimension, first: u64, end: u64) -> Self {
        let length = usize::try_from(end.saturating_sub(first)).unwrap_or_default();
        Self { dimension, first, counts: vec![0; length] }
    }

    fn of_attribute(name: &str, column: &StrColumn) -> tantivy::Result<Self> {
        let dictionary = column.dictionary();
        let place = |text: String| match dictionary.term_ord_or_next(text)? {
            // Behind the last value the next is told without knowing how many there are.
            TermOrdHit::Exact(ord) | TermOrdHit::Next(ord) => tantivy::Result::Ok(ord.min(column.num_terms() as u64)),
        };
        let (from, to) = attribute::range(name);
        Ok(Self::new(Dimension::Attribute(name.to_owned()), place(from)?, place(to)?))
    }

    fn count(&mut self, ord: u64) {
        let place = ord.checked_sub(self.first).and_then(|place| usize::try_from(place).ok());
        if let Some(count) = place.and_then(|place| self.counts.get_mut(place)) {
            *count += 1;
        }
    }

    /// The counts by what was counted, an attribute's values without its name.
    fn named(&self, column: &StrColumn) -> tantivy::Result<HashMap<String, u64>> {
        let counted = (self.first..).zip(&self.counts).filter(|(_, count)| **count > 0);
        let (ords, counts): (Vec<u64>, Vec<u64>) = counted.map(|(ord, count)| (ord, *count)).unzip();
        let name = self.dimension.attribute().map_or(0, |name| attribute::term_of(name, "").len());
        let (mut named, mut counts) = (HashMap::with_capacity(ords.len()), counts.into_iter());
        // In one pass over the dictionary: to look each value up costs more than to count them.
        column.dictionary().sorted_ords_to_term_cb(&ords, |term| {
            let value = String::from_utf8_lossy(&term[name..]).into_owned();
            named.extend(counts.next().map(|count| (value, count)));
        })?;
        Ok(named)
    }
}
