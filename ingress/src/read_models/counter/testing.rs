//! Products for tests.

use std::sync::Arc;

use schemas::{
    catalog::{Labels, Page, PartKind, Rating, Relations, SaleTerms},
    documents::Product,
    ids::ProductId,
    types::{Money, Timestamp},
};
use shared::id::Uuid;

use crate::read_models::ProductDocument;

/// The product of this number at this version.
pub fn document(number: u128, version: i64) -> Arc<ProductDocument> {
    Arc::new(ProductDocument { version, state: product(number) })
}

fn product(number: u128) -> Product {
    Product {
        product_id: ProductId::from_uuid(Uuid::from_u128(number)),
        sku: "BRK-PAD".parse().unwrap(),
        slug: format!("pads-{number}"),
        name: String::new(),
        description: String::new(),
        category: String::new(),
        brand: String::new(),
        kind: PartKind::Aftermarket,
        oem_number: String::new(),
        hsn: String::new(),
        gst_basis_points: Some(0),
        price: Money::inr(1),
        weight_grams: 0,
        active: true,
        fitment: Vec::new(),
        revision: 1,
        terms: SaleTerms::default(),
        labels: Labels::default(),
        listed_at: Timestamp::from_millis(0),
        status: None,
        page: Page::default(),
        relations: Relations::default(),
        former_slugs: Vec::new(),
        numbers: Vec::new(),
        rating: Rating::default(),
    }
}
