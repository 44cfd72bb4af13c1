//! What is wanted, as a query. Every part of it scores by whole numbers that depend on the product alone, never on how
//! frequent a word is in the others: so a product keeps its place while others change, and cursors stay true.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{DefaultHasher, Hash, Hasher},
    ops::Bound,
};

use tantivy::{
    Term,
    query::{BooleanQuery, ConstScoreQuery, EmptyQuery, FuzzyTermQuery, PhraseQuery, Query, RangeQuery, TermQuery},
    schema::{Field, IndexRecordOption},
};

use crate::{
    Dimension, Vehicle, attribute,
    document::{Fields, REPLACED, SOLD},
    numbers::pieces,
    phrase::{Group, Number, Phrase, TooLong},
    words::edits,
};

/// The order of what is found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Sort {
    /// The best match first.
    #[default]
    Relevance,
    /// The cheapest first.
    Price,
    /// The dearest first.
    PriceDescending,
    /// The one that was listed last first.
    Newest,
    /// By name.
    Name,
}

/// What is wanted; only products that are sold are ever found, or by their numbers those in whose place another is sold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Wanted {
    /// Words and part numbers.
    pub text: Option<String>,
    /// One of these categories; of whatever category if there are none.
    pub categories: Vec<String>,
    /// Exactly this brand.
    pub brand: Option<String>,
    /// Exactly this SKU.
    pub sku: Option<String>,
    /// By the name of each attribute one of these values: a text, a number with its unit, or `true` or `false`.
    pub attributes: BTreeMap<String, BTreeSet<String>>,
    /// Fits this vehicle.
    pub vehicle: Option<Vehicle>,
    /// Costs as much or more, in paise.
    pub least_price: Option<i64>,
    /// Costs as much or less, in paise.
    pub most_price: Option<i64>,
    /// The order.
    pub sort: Sort,
}

/// How much each way to match counts; the ways of one word add up.
mod score {
    pub const NUMBER: f32 = 64.0;
    pub const FRAGMENT: f32 = 16.0;
    pub const TITLE: f32 = 4.0;
    pub const TEXT: f32 = 2.0;
    pub const ROUGHLY: f32 = 1.0;
}

/// Shorter words are the beginning of too much.
const SHORTEST_BEGINNING: usize = 3;
/// No typo in longer words is looked for.
const LONGEST_MISTAKEN: usize = 24;

impl Wanted {
    /// What tells this search from others, for its cursors.
    #[must_use]
    pub fn identity(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }

    /// Whether it is all that is sold, in whatever order.
    pub(crate) fn is_everything(&self) -> bool {
        *self == Self { sort: self.sort, ..Self::default() }
    }

    /// Whether a facet is narrowed already.
    pub(crate) fn narrows(&self, dimension: &Dimension) -> bool {
        match dimension {
            Dimension::Category => !self.categories.is_empty(),
            Dimension::Brand => self.brand.is_some(),
            Dimension::Make => self.vehicle.is_some(),
            Dimension::Price => self.least_price.is_some() || self.most_price.is_some(),
            Dimension::Attribute(name) => self.attributes.contains_key(name),
        }
    }

    /// The same, not narrowed by this facet.
    pub(crate) fn without(&self, dimension: &Dimension) -> Self {
        let mut wider = self.clone();
        match dimension {
            Dimension::Category => wider.categories.clear(),
            Dimension::Brand => wider.brand = None,
            Dimension::Make => wider.vehicle = None,
            Dimension::Price => (wider.least_price, wider.most_price) = (None, None),
            Dimension::Attribute(name) => drop(wider.attributes.remove(name)),
        }
        wider
    }

    /// The query for it.
    pub(crate) fn query(&self, fields: &Fields) -> Result<Box<dyn Query>, TooLong> {
        let text = self.text.as_deref().map(Phrase::read).transpose()?;
        let exactly = [(fields.brand, &self.brand), (fields.sku, &self.sku)];
        let exactly = exactly.into_iter().filter_map(|(field, value)| Some(term(field, value.as_deref()?)));
        let categories = self.categories.iter().map(|name| term(fields.category, name)).collect();
        let category = self.narrows(&Dimension::Category).then(|| any(categories));
        let attributes = self.attributes.iter().map(|(name, values)| {
            any(values.iter().map(|value| term(fields.attribute, &attribute::term_of(name, value))).collect())
        });
        let vehicle = self
            .vehicle
            .iter()
            .map(|vehicle| any(vehicle.wanted().iter().map(|key| term(fields.vehicle, key)).collect()));
        let filters = exactly
            .chain(category)
            .chain(attributes)
            .chain(vehicle)
            .chain(self.price_range(fields))
            .chain([self.on_sale(fields)]);
        let mut all: Vec<Box<dyn Query>> = filters.map(|filter| scored(filter, 0.0)).collect();
        all.extend(text.map(|phrase| phrase_query(&phrase, fields)));
        Ok(Box::new(BooleanQuery::intersection(all)))
    }

    /// Only who asks by text or number finds what another product is sold instead of.
    fn on_sale(&self, fields: &Fields) -> Box<dyn Query> {
        let sold = term(fields.active, SOLD);
        let by_number = self.text.is_some() || self.sku.is_some();
        if by_number { any(vec![sold, term(fields.active, REPLACED)]) } else { sold }
    }

    fn price_range(&self, fields: &Fields) -> Option<Box<dyn Query>> {
        let bound = |price: Option<i64>| {
            price.map_or(Bound::Unbounded, |paise| Bound::Included(Term::from_field_i64(fields.price, paise)))
        };
        let (least, most) = (bound(self.least_price), bound(self.most_price));
        self.narrows(&Dimension::Price).then(|| Box::new(RangeQuery::new(least, most)) as Box<dyn Query>)
    }
}

fn phrase_query(phrase: &Phrase, fields: &Fields) -> Box<dyn Query> {
    let last = phrase.groups.len().saturating_sub(1);
    let groups: Vec<_> =
        phrase.groups.iter().enumerate().map(|(index, group)| group_query(group, index == last, fields)).collect();
    match groups.len() {
        0 => Box::new(EmptyQuery),
        1 => any(groups),
        _ => {
            let mut ways = number_queries(&phrase.whole, fields);
            ways.push(Box::new(BooleanQuery::intersection(groups)));
            any(ways)
        }
    }
}

/// `is_last`: it may be the beginning of a word that is still being typed.
fn group_query(group: &Group, is_last: bool, fields: &Fields) -> Box<dyn Query> {
    let last = group.words.len().saturating_sub(1);
    let words = group.words.iter().enumerate();
    let words = words.map(|(index, word)| any(word_queries(word, is_last && index == last, fields))).collect();
    let mut ways = number_queries(&group.number, fields);
    ways.push(Box::new(BooleanQuery::intersection(words)));
    any(ways)
}

fn word_queries(word: &str, is_last: bool, fields: &Fields) -> Vec<Box<dyn Query>> {
    let (length, edits) = (word.chars().count(), edits(word));
    let mut ways = vec![
        scored(term(fields.title, word), score::TITLE),
        scored(term(fields.text, word), score::TEXT),
        scored(term(fields.description, word), score::ROUGHLY),
    ];
    let text = || Term::from_field_text(fields.text, word);
    if edits > 0 && length <= LONGEST_MISTAKEN {
        ways.push(scored(Box::new(FuzzyTermQuery::new(text(), edits, true)), score::ROUGHLY));
    }
    if is_last && length >= SHORTEST_BEGINNING {
        ways.push(scored(Box::new(FuzzyTermQuery::new_prefix(text(), 0, true)), score::ROUGHLY));
    }
    ways
}

fn number_queries(number: &Number, fields: &Fields) -> Vec<Box<dyn Query>> {
    let mut ways = vec![scored(term(fields.number, &number.text), score::NUMBER)];
    if number.is_fragment {
        ways.push(scored(fragment(&number.text, fields.fragment), score::FRAGMENT));
    }
    ways
}

/// A number that has all these pieces one after another.
fn fragment(text: &str, field: Field) -> Box<dyn Query> {
    let mut terms: Vec<Term> = pieces(text).iter().map(|piece| Term::from_field_text(field, piece)).collect();
    match terms.pop() {
        Some(last) if terms.is_empty() => Box::new(TermQuery::new(last, IndexRecordOption::Basic)),
        Some(last) => {
            terms.push(last);
            Box::new(PhraseQuery::new(terms))
        }
        None => Box::new(EmptyQuery),
    }
}

fn term(field: Field, value: &str) -> Box<dyn Query> {
    Box::new(TermQuery::new(Term::from_field_text(field, value), IndexRecordOption::Basic))
}

fn scored(query: Box<dyn Query>, score: f32) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(query, score))
}

fn any(ways: Vec<Box<dyn Query>>) -> Box<dyn Query> {
    Box::new(BooleanQuery::union(ways))
}
