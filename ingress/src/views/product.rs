//! Products.

use std::sync::Arc;

use schemas::{
    catalog::{Attribute, CategoryTree, Fitment, Image, Labels, Page, PartKind, PriceTier, Rating},
    documents::Product,
    ids::{ProductId, Sku},
    types::Money,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{AttributeDoc, DefinitionView, FacetsView, FitmentDoc, ImageDoc, MoneyDoc, PartKindDoc, TierDoc};
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
    /// Whose part it is.
    #[schema(value_type = PartKindDoc)]
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
    /// The title for search engines.
    title: String,
    /// The description for search engines; null if the shop gives none.
    meta_description: Option<String>,
    /// The slug of the page that search engines should show.
    canonical_slug: String,
    /// Pictures, the main one first.
    #[schema(value_type = Vec<ImageDoc>)]
    images: Vec<Image>,
    /// What can be said of it by name.
    #[schema(value_type = Vec<AttributeDoc>)]
    attributes: Vec<Attribute>,
    /// What its variants share, if it has any.
    group: Option<String>,
    /// What who bought it say of it.
    rating: RatingView,
    /// Counts the product's changes.
    version: i64,
}

/// What customers say of a product, in sum.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = Rating)]
pub struct RatingView {
    /// How many say something.
    count: i64,
    /// Their stars on average, in hundredths: 425 is four and a quarter; null if nobody says anything.
    average_hundredths: Option<i64>,
}

/// A product with what it leads to.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductDetail {
    /// The product.
    #[serde(flatten)]
    product: ProductView,
    /// The products of its group that can be bought, itself included: the first 100, of which `/products/{id}/variants` has all.
    /// Empty if it has no group.
    variants: Vec<VariantView>,
    /// What is to be bought instead, if the shop replaces it.
    replaced_by: Option<ProductRef>,
    /// How its category has the attributes that its products have, whether this one has them or not. What it says besides is free
    /// text.
    attribute_definitions: Vec<DefinitionView>,
}

/// A variant, and in what it differs from the others.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Variant)]
pub struct VariantView {
    /// Which product it is.
    #[serde(flatten)]
    product: ProductRef,
    /// The price of one.
    #[schema(value_type = MoneyDoc)]
    price: Money,
    /// In what it differs.
    #[schema(value_type = Vec<AttributeDoc>)]
    attributes: Vec<Attribute>,
}

/// Another product.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductRef {
    /// The product.
    #[schema(value_type = String, format = Uuid)]
    product_id: ProductId,
    /// Its SKU.
    #[schema(value_type = String)]
    sku: Sku,
    /// Its name in addresses.
    slug: String,
    /// Its name.
    name: String,
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

impl ProductView {
    /// Which product it is.
    #[must_use]
    pub const fn product_id(&self) -> ProductId {
        self.product_id
    }
}

impl From<&ProductDocument> for ProductView {
    fn from(document: &ProductDocument) -> Self {
        let product: Product = document.state.clone();
        let Labels { cross_references, barcode, tags } = product.labels;
        let Page { title, description: meta_description, canonical_slug, images, attributes } = product.page;
        Self {
            product_id: product.product_id,
            sku: product.sku,
            title: title.unwrap_or_else(|| product.name.clone()),
            meta_description,
            canonical_slug: canonical_slug.unwrap_or_else(|| product.slug.clone()),
            images,
            attributes,
            group: product.relations.group,
            rating: product.rating.into(),
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

impl ProductDetail {
    /// A product with its variants, what it is replaced by, and its categories.
    #[must_use]
    pub fn new(
        product: &ProductDocument,
        variants: &[Arc<ProductDocument>],
        replaced_by: Option<&ProductDocument>,
        categories: &CategoryTree,
    ) -> Self {
        let definitions = categories.definitions(&product.state.category);
        Self {
            attribute_definitions: definitions.into_iter().map(DefinitionView::from).collect(),
            variants: variants.iter().map(|variant| (&variant.state).into()).collect(),
            replaced_by: replaced_by.map(|product| (&product.state).into()),
            product: product.into(),
        }
    }
}

impl From<&Product> for ProductRef {
    fn from(product: &Product) -> Self {
        let Product { product_id, sku, slug, name, .. } = product;
        Self { product_id: *product_id, sku: sku.clone(), slug: slug.clone(), name: name.clone() }
    }
}

impl From<&Product> for VariantView {
    fn from(product: &Product) -> Self {
        let varies = |attribute: &&Attribute| product.relations.varies_by.contains(&attribute.name);
        let attributes = product.page.attributes.iter().filter(varies).cloned().collect();
        Self { price: product.price, attributes, product: product.into() }
    }
}

impl From<Rating> for RatingView {
    fn from(Rating { count, stars }: Rating) -> Self {
        Self { count, average_hundredths: (count > 0).then(|| (stars * 100 + count / 2) / count) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_average_is_rounded_to_hundredths_and_none_of_nobody() {
        let average = |count, stars| RatingView::from(Rating { count, stars }).average_hundredths;
        assert_eq!([average(0, 0), average(4, 17), average(3, 14)], [None, Some(425), Some(467)]);
    }
}
