//! The changes of a product, as its history tells them.

use schemas::{
    catalog::{
        ChangeProduct,
        changes::{ProductChange, Refused, between},
    },
    documents::Product,
    ids::ProductId,
    types::Timestamp,
};
use shared::engine::{Refusal, RowKey};

use crate::put::product;

/// Which document tells of this change.
#[must_use]
pub fn key(product: ProductId, change_id: &str) -> RowKey {
    RowKey { collection: ProductChange::COLLECTION, id: ProductChange::document_id(product, change_id) }
}

/// A change that somebody asked for.
#[must_use]
pub fn made(before: Option<&Product>, after: &Product, command: &ChangeProduct, at: Timestamp) -> ProductChange {
    let change_id = command.change_id.clone();
    ProductChange { by: Some(command.admin_id), change_id, ..by_itself(before, after, at) }
}

/// A change that somebody asked for, and that cannot be.
#[must_use]
pub fn refused(before: &Product, command: &ChangeProduct, why: &Refusal, at: Timestamp) -> ProductChange {
    let wanted = product(&command.product, Some(before), at);
    let refused = Some(Refused { code: why.code.to_string(), detail: why.detail.clone() });
    ProductChange { revision: before.revision, refused, ..made(Some(before), &wanted, command, at) }
}

/// A change that no person asked for: that of a file which was loaded, or the worker's own. No two make the same revision.
#[must_use]
pub fn by_itself(before: Option<&Product>, after: &Product, at: Timestamp) -> ProductChange {
    ProductChange {
        product_id: after.product_id,
        change_id: format!("revision-{}", after.revision),
        by: None,
        at,
        revision: after.revision,
        refused: None,
        fields: between(before, after),
    }
}
