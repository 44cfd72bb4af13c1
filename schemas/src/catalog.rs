//! `catalog.inbox` and `catalog.events`: products as the shop sells them. Keyed by product id.

mod categories;
pub mod changes;
pub mod numbers;
mod page;
mod reviews;
pub mod rules;

use apache_avro::AvroSchema;
use serde::{Deserialize, Serialize};
use shared::{body, topic};

pub use self::{
    categories::{AttributeDefinition, AttributeType, Category, CategoryTree, StoredTree, TreeRow},
    page::{Attribute, Image, Page, ProductStatus, Rating, Relations},
    reviews::{ModerateReview, Moderation, Review, ReviewProduct, WithdrawReview},
};
use crate::{
    ids::{ProductId, Sku, UserId},
    imports::ImportRow,
    types::Money,
};

topic! {
    /// What the catalog is told to do.
    pub enum CatalogMessage = "catalog.inbox" {
        /// A product is as given from now on.
        PutProduct,
        /// So says somebody who looked at a revision of it.
        ChangeProduct,
        /// It fits a vehicle, or does not any more.
        FitProduct,
        /// Another product is replaced by this one.
        TraceReplacement,
        /// A customer says what they think of it.
        ReviewProduct,
        /// They take that back.
        WithdrawReview,
        /// Somebody of the shop says whether that is shown.
        ModerateReview,
    }
}

topic! {
    /// What happened in the catalog.
    pub enum CatalogEvent = "catalog.events" {
        /// A product changed.
        ProductChanged,
    }
}

/// A vehicle that a part fits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct Fitment {
    /// The maker, for example `Maruti Suzuki`.
    pub make: String,
    /// The model, for example `Swift`.
    pub model: String,
    /// The first model year it fits.
    pub year_from: i32,
    /// The last model year it fits.
    pub year_to: i32,
    /// The variant of the model that alone it fits, for example `VXi`; none if it fits all of them.
    #[serde(default)]
    #[avro(default = "null")]
    pub variant: Option<String>,
}

/// What a product is found by, besides its name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
#[serde(default)]
pub struct Labels {
    /// The numbers that other makers sell the same part under.
    pub cross_references: Vec<String>,
    /// The number in its barcode: 8, 12, 13 or 14 digits.
    pub barcode: Option<String>,
    /// Words that customers use for it.
    pub tags: Vec<String>,
}

/// What a product is: made for the vehicle's maker, or by somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, AvroSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the Avro derive refuses comments on variants")]
pub enum PartKind {
    Oem,
    Aftermarket,
}

/// How a product is sold, besides its price.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
#[serde(default)]
pub struct SaleTerms {
    /// Whether all its prices include tax.
    pub tax_inclusive: bool,
    /// Retail prices of larger quantities.
    pub retail_tiers: Vec<PriceTier>,
    /// Wholesale prices; the first begins at the fewest units that are sold at wholesale. Empty if none are.
    pub wholesale: Vec<PriceTier>,
    /// GST rates of its own, by the value of one; they count before those of its HSN code.
    pub gst_slabs: Vec<GstSlab>,
    /// The rate of the compensation cess in basis points.
    pub cess_basis_points: i32,
    /// Whether its parcel is carried with care.
    pub fragile: bool,
    /// The size of one when packed, if carriers may count it.
    pub size: Option<Size>,
    /// Whether the shop does not take it back. It does what messages of the second version say nothing of.
    #[avro(default = "false")]
    pub non_returnable: bool,
}

/// A price from a quantity on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct PriceTier {
    /// The fewest units that have it.
    pub from_quantity: i32,
    /// The price of one.
    pub price: Money,
}

/// A GST rate for goods up to a value. Of several the first that fits counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct GstSlab {
    /// The most that one may be worth, without tax and after discount; none for goods of any value.
    pub up_to: Option<Money>,
    /// The rate in basis points.
    pub gst_basis_points: i32,
}

/// The size of a packed part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct Size {
    /// Length in millimetres.
    pub length_mm: i32,
    /// Width in millimetres.
    pub width_mm: i32,
    /// Height in millimetres.
    pub height_mm: i32,
}

impl Size {
    /// How much room it takes.
    #[must_use]
    pub fn cubic_millimetres(self) -> i128 {
        [self.length_mm, self.width_mm, self.height_mm].into_iter().map(|side| i128::from(side.max(0))).product()
    }
}

/// A product is as given here from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct PutProduct {
    /// The product.
    pub product_id: ProductId,
    /// Its SKU.
    pub sku: Sku,
    /// Its name in addresses: lower-case letters, digits and `-`.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// What it is, in a few sentences.
    pub description: String,
    /// Its category, for example `Brakes`.
    pub category: String,
    /// Its brand.
    pub brand: String,
    /// OEM or aftermarket.
    pub kind: PartKind,
    /// The vehicle maker's part number; an OEM part must have one.
    pub oem_number: String,
    /// Its HSN code, 4, 6 or 8 digits.
    pub hsn: String,
    /// The GST rate in basis points, where neither its own slabs nor those of its HSN code say one.
    pub gst_basis_points: Option<i32>,
    /// The retail price of one.
    pub price: Money,
    /// The weight of one, in grams.
    pub weight_grams: i32,
    /// Whether it can be bought.
    pub active: bool,
    /// The vehicles it fits.
    pub fitment: Vec<Fitment>,
    /// How it is sold, besides its price. A message of the first version says nothing of it.
    #[serde(default)]
    #[avro(
        default = r#"{"tax_inclusive": false, "retail_tiers": [], "wholesale": [], "gst_slabs": [], "cess_basis_points": 0, "fragile": false, "size": null, "non_returnable": false}"#
    )]
    pub terms: SaleTerms,
    /// What it is found by, besides its name. Messages of the first versions say nothing of it.
    #[serde(default)]
    #[avro(default = r#"{"cross_references": [], "barcode": null, "tags": []}"#)]
    pub labels: Labels,
    /// Where it stands; it says the same as `active`, and more. Messages of the first versions do not say it.
    #[serde(default)]
    #[avro(default = "null")]
    pub status: Option<ProductStatus>,
    /// What its page shows. Messages of the first versions say nothing of it.
    #[serde(default)]
    #[avro(
        default = r#"{"title": null, "description": null, "canonical_slug": null, "images": [], "attributes": []}"#
    )]
    pub page: Page,
    /// Which other products it leads to. Messages of the first versions say nothing of it.
    #[serde(default)]
    #[avro(default = r#"{"group": null, "varies_by": [], "replaced_by": null, "alternatives": []}"#)]
    pub relations: Relations,
}

impl PutProduct {
    /// A product of which nothing is said yet but what it is called for ever.
    #[must_use]
    pub fn blank(product_id: ProductId, sku: Sku) -> Self {
        Self {
            product_id,
            sku,
            slug: String::new(),
            name: String::new(),
            description: String::new(),
            category: String::new(),
            brand: String::new(),
            kind: PartKind::Aftermarket,
            oem_number: String::new(),
            hsn: String::new(),
            gst_basis_points: None,
            price: Money::inr(0),
            weight_grams: 0,
            active: false,
            fitment: Vec::new(),
            terms: SaleTerms::default(),
            labels: Labels::default(),
            status: None,
            page: Page::default(),
            relations: Relations::default(),
        }
    }
}

/// A product is as given from now on, if nobody changed it since it was looked at. How it ended stands in the product's
/// changes; answered with `RowApplied` or `RowRefused` if it is a row of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct ChangeProduct {
    /// The change: the same for every repetition of the same request.
    pub change_id: String,
    /// Who says so.
    pub admin_id: UserId,
    /// The revision that was looked at; 0 for a new product.
    pub revision: i64,
    /// What it is from now on.
    pub product: PutProduct,
    /// The row that waits for an answer. None in messages of the first version.
    #[serde(default)]
    #[avro(default = "null")]
    pub answer_to: Option<ImportRow>,
}

/// A product fits a vehicle from now on, or does not any more, whatever else of it was changed meanwhile. Answered like
/// [`ChangeProduct`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct FitProduct {
    /// The product.
    pub product_id: ProductId,
    /// The change: the same for every repetition of the same request.
    pub change_id: String,
    /// Who says so.
    pub admin_id: UserId,
    /// The vehicle.
    pub fitment: Fitment,
    /// Whether it does not fit it any more.
    pub remove: bool,
    /// The row that waits for an answer.
    pub answer_to: Option<ImportRow>,
}

/// A product is replaced by another; passed on from each to what replaces it, so that a circle is noticed whoever closes it:
/// who closes it does so last, and so its trace goes all the way round. Not answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct TraceReplacement {
    /// The product that is to look whether it is replaced.
    pub product_id: ProductId,
    /// The product that was replaced.
    pub origin: ProductId,
    /// By which one.
    pub replaced_by: ProductId,
    /// How often this was passed on.
    pub hops: i32,
}

/// A product changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct ProductChanged {
    /// The product.
    pub product_id: ProductId,
    /// Its version after the change.
    pub version: i64,
}

body!(PutProduct: "../avro/PutProduct.v1.avsc", "../avro/PutProduct.v2.avsc", "../avro/PutProduct.v3.avsc", "../avro/PutProduct.v4.avsc");
body!(ChangeProduct: "../avro/ChangeProduct.v1.avsc", "../avro/ChangeProduct.v2.avsc");
body!(FitProduct: "../avro/FitProduct.v1.avsc");
body!(TraceReplacement: "../avro/TraceReplacement.v1.avsc");
body!(ReviewProduct: "../avro/ReviewProduct.v1.avsc");
body!(WithdrawReview: "../avro/WithdrawReview.v1.avsc");
body!(ModerateReview: "../avro/ModerateReview.v1.avsc");
body!(ProductChanged: "../avro/ProductChanged.v1.avsc");
