//! Products.

use catalog_search::{BANDS, Facets};
use schemas::{
    catalog::{Fitment, Labels, PartKind, PriceTier},
    documents::Product,
    ids::{ProductId, Sku},
    types::Money,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{FitmentDoc, MoneyDoc, TierDoc};
use crate::read_models::ProductDocument;

/// A product as the shop shows it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Product)]
pub struct ProductView {
    /// The product; what an order names.
    #[schema(value_type = String, format = Uuid)]
    product_id: ProductId,
    /// Its SKU.
    #[schema(value_type = String)]
    sku: Sku,
    /// Its name in addresses.
    slug: String,
    /// Its name.
    name: String,
    /// What it is.
    description: String,
    /// Its category.
    category: String,
    /// Its brand.
    brand: String,
    /// `oem` or `aftermarket`.
    #[schema(value_type = String)]
    kind: PartKind,
    /// The vehicle maker's part number; empty if there is none.
    oem_number: String,
    /// The numbers that other makers sell the same part under.
    cross_references: Vec<String>,
    /// The number in its barcode, if it is known.
    barcode: Option<String>,
    /// Words that customers use for it.
    tags: Vec<String>,
    /// Its HSN code.
    hsn: String,
    /// The GST rate: 2800 is 28 %. Slabs of its own or of its HSN code count before it; null if they say it all.
    gst_basis_points: Option<i32>,
    /// The price of one; with tax if `tax_inclusive`.
    #[schema(value_type = MoneyDoc)]
    price: Money,
    /// Whether its prices include tax.
    tax_inclusive: bool,
    /// The prices of larger quantities.
    #[schema(value_type = Vec<TierDoc>)]
    tiers: Vec<PriceTier>,
    /// Whether the shop does not take it back.
    non_returnable: bool,
    /// The weight of one.
    weight_grams: i32,
    /// The vehicles it fits.
    #[schema(value_type = Vec<FitmentDoc>)]
    fitment: Vec<Fitment>,
    /// Counts the product's changes.
    version: i64,
}

/// One page of products.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductList {
    /// The products.
    pub items: Vec<ProductView>,
    /// Give it as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
    /// How many there are on all pages; null for a list that was not searched for.
    pub total: Option<u64>,
    /// What the search may be narrowed by, if `facets` was asked for.
    pub facets: Option<FacetsView>,
}

/// For each value how many products there would be with it and with what else was asked for: in a facet that was asked for,
/// instead of that.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Facets)]
pub struct FacetsView {
    /// By `category`, the most frequent first.
    category: Vec<FacetValue>,
    /// By `brand`.
    brand: Vec<FacetValue>,
    /// By `make`.
    make: Vec<FacetValue>,
    /// By bands of prices.
    price: Vec<PriceBand>,
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

impl From<Facets> for FacetsView {
    fn from(facets: Facets) -> Self {
        let values = |counts: Vec<(String, u64)>| counts.into_iter().map(|(value, count)| FacetValue { value, count });
        let price = BANDS.iter().zip(facets.prices).map(|(band, count)| PriceBand {
            min_price_minor: band.from,
            max_price_minor: band.below.map(|below| below - 1),
            count,
        });
        Self {
            category: values(facets.categories).collect(),
            brand: values(facets.brands).collect(),
            make: values(facets.makes).collect(),
            price: price.collect(),
        }
    }
}

impl ProductView {
    /// Which product it is.
    #[must_use]
    pub const fn product_id(&self) -> ProductId {
        self.product_id
    }
}

impl From<ProductDocument> for ProductView {
    fn from(document: ProductDocument) -> Self {
        let product: Product = document.state;
        let Labels { cross_references, barcode, tags } = product.labels;
        Self {
            product_id: product.product_id,
            sku: product.sku,
            slug: product.slug,
            name: product.name,
            description: product.description,
            category: product.category,
            brand: product.brand,
            kind: product.kind,
            oem_number: product.oem_number,
            cross_references,
            barcode,
            tags,
            hsn: product.hsn,
            gst_basis_points: product.gst_basis_points,
            price: product.price,
            tax_inclusive: product.terms.tax_inclusive,
            tiers: product.terms.retail_tiers,
            non_returnable: product.terms.non_returnable,
            weight_grams: product.weight_grams,
            fitment: product.fitment,
            version: document.version,
        }
    }
}
