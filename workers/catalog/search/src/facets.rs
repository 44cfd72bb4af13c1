//! What a search may be narrowed by, with how much would be left.

use std::collections::HashMap;

use crate::counts::Counts;

/// What is counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// The category.
    Category,
    /// The brand.
    Brand,
    /// The maker of a vehicle that the part fits.
    Make,
    /// The price, by [`BANDS`].
    Price,
    /// The attribute of this name.
    Attribute(String),
}

impl Dimension {
    /// What every product has.
    pub const COMMON: [Self; 4] = [Self::Category, Self::Brand, Self::Make, Self::Price];

    /// The name of an attribute.
    pub(crate) fn attribute(&self) -> Option<&str> {
        if let Self::Attribute(name) = self { Some(name) } else { None }
    }
}

/// A range of prices, in paise: from the first, below the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Band {
    /// From here on.
    pub from: i64,
    /// Up to here, and not this; none for all that are dearer.
    pub below: Option<i64>,
}

const fn band(from: i64, below: i64) -> Band {
    Band { from, below: Some(below) }
}

/// The bands that prices are counted in: 500, 1000, 2500, 5000 and 10000 rupees.
pub const BANDS: [Band; 6] = [
    band(0, 50_000),
    band(50_000, 100_000),
    band(100_000, 250_000),
    band(250_000, 500_000),
    band(500_000, 1_000_000),
    Band { from: 1_000_000, below: None },
];

/// The most values of one facet.
const MOST_VALUES: usize = 100;

/// For each value how many products would be found with it, and with what else was asked for: in a facet that was asked
/// for already, instead of that.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facets {
    /// All categories: their own products, for the index knows no tree.
    pub categories: HashMap<String, u64>,
    /// The brands, the most frequent first.
    pub brands: Vec<(String, u64)>,
    /// The makers of vehicles.
    pub makes: Vec<(String, u64)>,
    /// The prices, by [`BANDS`].
    pub prices: [u64; BANDS.len()],
    /// The attributes that were asked for, in that order, each with its values.
    pub attributes: Vec<(String, Vec<(String, u64)>)>,
}

impl Facets {
    /// The counts of what was asked for.
    pub(crate) fn new(asked: &[Dimension], mut counts: Counts) -> Self {
        let categories = counts.values.remove(&Dimension::Category).unwrap_or_default();
        let mut values = |dimension: &Dimension| ranked(counts.values.remove(dimension).unwrap_or_default());
        let attribute = |dimension: &Dimension| dimension.attribute().map(ToOwned::to_owned);
        Self {
            categories,
            brands: values(&Dimension::Brand),
            makes: values(&Dimension::Make),
            prices: counts.prices,
            attributes: asked.iter().filter_map(|one| Some((attribute(one)?, values(one)))).collect(),
        }
    }
}

/// The band of a price.
pub(crate) fn band_of(paise: i64) -> usize {
    BANDS.iter().rposition(|band| paise >= band.from).unwrap_or(0)
}

/// The hundred most frequent values, the most frequent first, those of one frequency by name.
#[must_use]
pub fn ranked(counts: HashMap<String, u64>) -> Vec<(String, u64)> {
    let mut ranked: Vec<_> = counts.into_iter().collect();
    ranked.sort_unstable_by(|(one, ones), (other, others)| others.cmp(ones).then_with(|| one.cmp(other)));
    ranked.truncate(MOST_VALUES);
    ranked
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_price_is_in_the_one_band_that_says_so(paise in 0i64..2_000_000) {
            let fits = |band: &Band| paise >= band.from && band.below.is_none_or(|below| paise < below);
            prop_assert_eq!(BANDS.iter().filter(|band| fits(band)).count(), 1);
            prop_assert!(fits(&BANDS[band_of(paise)]));
        }
    }
}
