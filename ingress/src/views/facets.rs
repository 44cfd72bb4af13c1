//! What a search may be narrowed by.

use catalog_search::{BANDS, Facets, ranked};
use schemas::catalog::{AttributeDefinition, CategoryTree};
use serde::Serialize;
use utoipa::ToSchema;

/// For each value how many products there would be with it and with what else was asked for: in a facet that was asked for,
/// instead of that.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Facets)]
pub struct FacetsView {
    /// By `category`, those below it in the tree included; the most frequent first.
    category: Vec<FacetValue>,
    /// By `brand`.
    brand: Vec<FacetValue>,
    /// By `make`.
    make: Vec<FacetValue>,
    /// By bands of prices.
    price: Vec<PriceBand>,
    /// By the attributes that the products of the wanted `category` have and that any of these products has; none without one.
    attributes: Vec<AttributeFacet>,
}

/// The values of an attribute.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttributeFacet {
    /// What products call it.
    key: String,
    /// What people call it.
    label: String,
    /// Give `key:value` as `attribute`. A number has its unit behind it.
    values: Vec<FacetValue>,
}

/// A value and how many products have it.
#[derive(Debug, Serialize, ToSchema)]
pub struct FacetValue {
    /// The value.
    value: String,
    /// How many.
    count: u64,
}

/// A band of prices and how many products are in it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PriceBand {
    /// Give it as `min_price_minor`.
    min_price_minor: i64,
    /// Give it as `max_price_minor`; null for the dearest.
    max_price_minor: Option<i64>,
    /// How many.
    count: u64,
}

impl FacetsView {
    /// The counts, those of a category with what is below it in the tree; `definitions` are those of the attributes among them.
    #[must_use]
    pub fn new(facets: Facets, tree: &CategoryTree, definitions: &[&AttributeDefinition]) -> Self {
        let attributes = facets.attributes.into_iter().filter(|(_, counts)| !counts.is_empty());
        let attributes = attributes.filter_map(|(key, counts)| {
            let definition = definitions.iter().find(|definition| definition.key == key)?;
            Some(AttributeFacet { label: definition.label.clone(), key, values: values(counts) })
        });
        let price = BANDS.iter().zip(facets.prices).map(|(band, count)| PriceBand {
            min_price_minor: band.from,
            max_price_minor: band.below.map(|below| below - 1),
            count,
        });
        Self {
            category: values(ranked(tree.totals(facets.categories))),
            brand: values(facets.brands),
            make: values(facets.makes),
            price: price.collect(),
            attributes: attributes.collect(),
        }
    }
}

fn values(counts: Vec<(String, u64)>) -> Vec<FacetValue> {
    counts.into_iter().map(|(value, count)| FacetValue { value, count }).collect()
}
