//! Who changed what of a product, in the collection [`ProductChange::COLLECTION`]: written once, by the catalog worker alone.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    documents::Product,
    ids::{ProductId, UserId},
    types::Timestamp,
};

/// A change of a product, made or refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductChange {
    /// The product.
    pub product_id: ProductId,
    /// The change.
    pub change_id: String,
    /// Who made it; none for a file that was loaded, and for what the worker did by itself.
    pub by: Option<UserId>,
    /// When.
    pub at: Timestamp,
    /// The revision that it made or, refused, that it met.
    pub revision: i64,
    /// Why it was not made.
    pub refused: Option<Refused>,
    /// What it changed, or would have changed.
    pub fields: Vec<FieldChange>,
}

/// Why a change was not made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// A stable code.
    pub code: String,
    /// What was wrong.
    pub detail: String,
}

/// One field, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Its name.
    pub field: String,
    /// What it was; null for a new product.
    pub before: Value,
    /// What it is.
    pub after: Value,
}

/// What follows from the other fields, or is counted elsewhere.
const DERIVED: [&str; 6] = ["product_id", "revision", "listed_at", "numbers", "former_slugs", "rating"];

impl ProductChange {
    /// Where the documents are.
    pub const COLLECTION: &'static str = "product_changes";

    /// The document's id.
    #[must_use]
    pub fn document_id(product: ProductId, change: &str) -> String {
        format!("{product}:{change}")
    }
}

/// The fields in which two products differ.
#[must_use]
pub fn between(before: Option<&Product>, after: &Product) -> Vec<FieldChange> {
    let (before, after) = (before.map(fields).unwrap_or_default(), fields(after));
    let changed = after.into_iter().filter_map(|(field, after)| {
        let before = before.get(&field).cloned().unwrap_or_default();
        (before != after).then_some(FieldChange { field, before, after })
    });
    changed.collect()
}

fn fields(product: &Product) -> Map<String, Value> {
    let mut fields = match serde_json::to_value(product) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    fields.retain(|field, _| !DERIVED.contains(&field.as_str()));
    fields
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{catalog::ProductStatus, pricing::testing::part, types::Money};

    fn any_part() -> impl Strategy<Value = Product> {
        (1..3_i64, any::<bool>(), "[ab]{1,2}", 1..3_i64).prop_map(|(paise, active, name, revision)| Product {
            name,
            active,
            revision,
            status: active.then_some(ProductStatus::Active),
            ..part("PAD", paise)
        })
    }

    #[test]
    fn only_what_differs_is_told() {
        let before = part("PAD", 100);
        let after = Product { price: Money::inr(200), revision: 2, ..before.clone() };
        let changed = between(Some(&before), &after);
        let price = |minor: i64| serde_json::json!({ "minor": minor, "currency": "INR" });
        assert_eq!(changed, [FieldChange { field: "price".to_owned(), before: price(100), after: price(200) }]);
        assert!(between(None, &after).iter().any(|change| change.field == "name" && change.before.is_null()));
    }

    proptest! {
        #[test]
        fn what_was_and_what_changed_make_what_is(before in any_part(), after in any_part()) {
            let mut made = fields(&before);
            for change in between(Some(&before), &after) {
                prop_assert_eq!(&made[&change.field], &change.before);
                made.insert(change.field, change.after);
            }
            prop_assert_eq!(made, fields(&after));
        }
    }
}
