//! A product, and what of it came in.

use serde::{Deserialize, Serialize};
use shared::{
    engine::{Memory, State},
    versioned_cache::CacheEntry,
};

use crate::{
    catalog::{
        Fitment, Labels, Page, PartKind, ProductStatus, PutProduct, Rating, Relations, SaleTerms, numbers::interchange,
    },
    ids::{ProductId, Sku},
    types::{Money, Timestamp},
};

/// A product, in the collection `products`: written by the catalog worker alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// The product.
    pub product_id: ProductId,
    /// Its SKU.
    pub sku: Sku,
    /// Its name in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Its category.
    pub category: String,
    /// Its brand.
    pub brand: String,
    /// OEM or aftermarket.
    pub kind: PartKind,
    /// The vehicle maker's part number; empty for an aftermarket part without one.
    pub oem_number: String,
    /// Its HSN code.
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
    /// How often it was put with something new to say; 1 for a new product.
    pub revision: i64,
    /// How it is sold, besides its price. A product from before there were such terms has none of them.
    #[serde(default)]
    pub terms: SaleTerms,
    /// What it is found by, besides its name.
    #[serde(default)]
    pub labels: Labels,
    /// When it was put for the first time; the epoch for a product from before this was noted.
    #[serde(default = "epoch")]
    pub listed_at: Timestamp,
    /// Where it stands, if whoever put it said so: ask [`Product::status`].
    #[serde(default)]
    pub status: Option<ProductStatus>,
    /// What its page shows.
    #[serde(default)]
    pub page: Page,
    /// Which other products it leads to.
    #[serde(default)]
    pub relations: Relations,
    /// The slugs that it had before, the last one first.
    #[serde(default)]
    pub former_slugs: Vec<String>,
    /// The OEM number and the cross references as they are compared.
    #[serde(default)]
    pub numbers: Vec<String>,
    /// What who bought it say of it. It counts no revision.
    #[serde(default)]
    pub rating: Rating,
}

impl Product {
    /// A product as it is put for the first time, at its first revision.
    #[must_use]
    pub fn new(put: PutProduct, listed_at: Timestamp) -> Self {
        let numbers = interchange(&put.oem_number, &put.labels.cross_references);
        Self {
            product_id: put.product_id,
            sku: put.sku,
            slug: put.slug,
            name: put.name,
            description: put.description,
            category: put.category,
            brand: put.brand,
            kind: put.kind,
            oem_number: put.oem_number,
            hsn: put.hsn,
            gst_basis_points: put.gst_basis_points,
            price: put.price,
            weight_grams: put.weight_grams,
            active: put.active,
            fitment: put.fitment,
            revision: 1,
            terms: put.terms,
            labels: put.labels,
            listed_at,
            status: put.status,
            page: put.page,
            relations: put.relations,
            former_slugs: Vec::new(),
            numbers,
            rating: Rating::default(),
        }
    }

    /// As it would be put again.
    #[must_use]
    pub fn as_put(&self) -> PutProduct {
        let status = self.status();
        let product = self.clone();
        PutProduct {
            product_id: product.product_id,
            sku: product.sku,
            slug: product.slug,
            name: product.name,
            description: product.description,
            category: product.category,
            brand: product.brand,
            kind: product.kind,
            oem_number: product.oem_number,
            hsn: product.hsn,
            gst_basis_points: product.gst_basis_points,
            price: product.price,
            weight_grams: product.weight_grams,
            active: product.active,
            fitment: product.fitment,
            terms: product.terms,
            labels: product.labels,
            status: Some(status),
            page: product.page,
            relations: product.relations,
        }
    }

    /// The cache of all products' versions, which the catalog worker and every ingress keep.
    #[must_use]
    pub fn cache(topic_prefix: &str) -> String {
        format!("{topic_prefix}products")
    }

    /// What is kept there: that a product's document has this version. The product itself stands in memory and in the record.
    #[must_use]
    pub fn cache_entry(id: String, version: i64) -> CacheEntry {
        // Without a body it would say no more than that older ones do not count.
        CacheEntry { id, version, body: b"known".to_vec() }
    }

    /// Where it stands.
    #[must_use]
    pub fn status(&self) -> ProductStatus {
        ProductStatus::of(self.active, self.status)
    }

    /// The product that is sold in its place, if it is not sold any more itself.
    #[must_use]
    pub fn successor(&self) -> Option<ProductId> {
        self.relations.replaced_by.filter(|_| self.status() == ProductStatus::Archived)
    }
}

const fn epoch() -> Timestamp {
    Timestamp::from_millis(0)
}

impl State for Product {
    const COLLECTION: &'static str = "products";
    /// A product is edited for as long as the shop sells it.
    const MEMORY: Memory = Memory::LastOffset;
}

/// A delivery note that was counted, in the collection [`StockReceipt::COLLECTION`]: written by the inventory worker
/// alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockReceipt {
    /// The part.
    pub sku: Sku,
    /// The delivery note's name; the same one counts once.
    pub receipt: String,
    /// How many units came with it.
    pub quantity: i64,
    /// When it was counted.
    pub at: Timestamp,
}

impl StockReceipt {
    /// Where the documents are.
    pub const COLLECTION: &'static str = "stock_receipts";

    /// The document's id.
    #[must_use]
    pub fn document_id(sku: &Sku, receipt: &str) -> String {
        format!("{sku}:{receipt}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::rules::tests::brake_pads;

    #[test]
    fn what_is_put_and_would_be_put_again_is_the_same() {
        let mut put = PutProduct { status: Some(ProductStatus::Active), ..brake_pads() };
        put.labels.cross_references = vec!["P 79 030".to_owned()];
        let product = Product::new(put.clone(), Timestamp::from_millis(7));
        assert_eq!(
            (product.revision, product.listed_at, &product.numbers[..]),
            (1, Timestamp::from_millis(7), &["p79030".to_owned()][..])
        );
        assert_eq!(product.as_put(), put);
    }
}
