//! Products for tests.

use std::sync::Arc;

use schemas::{
    catalog::PutProduct,
    documents::Product,
    ids::ProductId,
    types::{Money, Timestamp},
};
use shared::id::Uuid;

use crate::read_models::ProductDocument;

/// The product of this number at this version.
pub fn document(number: u128, version: i64) -> Arc<ProductDocument> {
    let put = PutProduct {
        slug: format!("pads-{number}"),
        price: Money::inr(1),
        active: true,
        ..PutProduct::blank(ProductId::from_uuid(Uuid::from_u128(number)), "BRK-PAD".parse().unwrap())
    };
    Arc::new(ProductDocument { version, state: Product::new(put, Timestamp::from_millis(0)) })
}
