//! The changes of a product, as its history tells them.

use schemas::{
    catalog::{
        ChangeProduct, FitProduct,
        changes::{FieldChange, ProductChange, Refused, between},
    },
    documents::Product,
    ids::ProductId,
    types::Timestamp,
};
use serde_json::Value;
use shared::engine::{Refusal, RowKey};

use crate::{handler::Out, put::product, rows::CatalogRow};

/// Which document tells of this change.
#[must_use]
pub fn key(product: ProductId, change_id: &str) -> RowKey {
    RowKey { collection: ProductChange::COLLECTION, id: ProductChange::document_id(product, change_id) }
}

/// The change, if it was made or refused before.
#[must_use]
pub fn known(product: ProductId, change_id: &str, out: &Out<'_>) -> Option<ProductChange> {
    match out.row(&key(product, change_id)) {
        Some(CatalogRow::Change(change)) => Some(change.clone()),
        _ => None,
    }
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
    let refused = Some(reason(why));
    ProductChange { revision: before.revision, refused, ..made(Some(before), &wanted, command, at) }
}

/// A vehicle that was to come or go; whether it did, or why not. It names this vehicle alone, in a field of its own: a file has
/// thousands of such changes, and all vehicles of a product before and after each of them would fit no document.
#[must_use]
pub fn fitted(now: &Product, command: &FitProduct, did: Result<bool, &Refusal>, at: Timestamp) -> ProductChange {
    let vehicle = serde_json::to_value(&command.fitment).unwrap_or_default();
    let (before, after) = if command.remove { (vehicle, Value::Null) } else { (Value::Null, vehicle) };
    let field = FieldChange { field: "fits".to_owned(), before, after };
    ProductChange {
        product_id: now.product_id,
        change_id: command.change_id.clone(),
        by: Some(command.admin_id),
        at,
        revision: now.revision,
        refused: did.err().map(reason),
        fields: if did == Ok(false) { Vec::new() } else { vec![field] },
    }
}

fn reason(why: &Refusal) -> Refused {
    Refused { code: why.code.to_string(), detail: why.detail.clone() }
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
