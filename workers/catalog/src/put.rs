//! A product is as given from now on.

use schemas::{
    catalog::{
        CatalogEvent, CatalogMessage, ProductChanged, PutProduct, TraceReplacement, changes::ProductChange, rules,
    },
    documents::Product,
    types::Timestamp,
};
use shared::engine::Refusal;

use crate::{categories, handler::Out, history};

/// The most slugs that a product is remembered by.
const MOST_FORMER_SLUGS: usize = 20;

/// Stores a product and tells that it changed; a product that is just so already stays as it is.
///
/// # Errors
/// `invalid_<field>` for a product that breaks a rule of [`rules::check`], `sku_changed` for one that would get another
/// SKU (stock and orders refer to it), `invalid_attributes` for one whose attributes are not as its category has them,
/// `slug_taken` and `sku_taken` for one whose names are another's.
pub fn put(
    before: Option<Product>,
    command: &PutProduct,
    at: Timestamp,
    out: &mut Out<'_>,
) -> Result<Product, Refusal> {
    let after = amended(before.as_ref(), command, at, out)?;
    if before.as_ref() == Some(&after) {
        return Ok(after);
    }
    let change = history::by_itself(before.as_ref(), &after, at);
    Ok(settle(before.as_ref(), after, change, out))
}

/// The product as the command has it: as it was, if that is just so; else at its next revision. What its category says is asked of
/// what changes alone: a product from before a definition stays as it is.
///
/// # Errors
/// As [`put`].
pub fn amended(
    before: Option<&Product>,
    command: &PutProduct,
    at: Timestamp,
    out: &Out<'_>,
) -> Result<Product, Refusal> {
    rules::check(command).map_err(|invalid| Refusal::new(invalid.code, invalid.to_string()))?;
    keeps_its_sku(before, command)?;
    let same = product(command, before, at);
    if before.is_some_and(|before| *before == same) {
        return Ok(same);
    }
    categories::fit(before, command, out)?;
    names_are_free(command, out)?;
    Ok(Product { revision: same.revision + 1, ..same })
}

/// Writes a change down, tells of it, and has it looked at whether it closed a circle of replacements.
pub fn settle(before: Option<&Product>, after: Product, change: ProductChange, out: &mut Out<'_>) -> Product {
    let product_id = after.product_id;
    out.save(change.into());
    out.send::<CatalogEvent>(&product_id.to_string(), ProductChanged { product_id, version: after.revision });
    let replaced_by = after.relations.replaced_by;
    if let Some(next) = replaced_by.filter(|_| before.and_then(|before| before.relations.replaced_by) != replaced_by) {
        let trace = TraceReplacement { product_id: next, origin: product_id, replaced_by: next, hops: 1 };
        out.send::<CatalogMessage>(&next.to_string(), trace);
    }
    after
}

/// That no two products share a slug or a SKU is seen to by unique indexes, since only the store sees all products; who has met
/// one is told by its name.
fn names_are_free(command: &PutProduct, out: &Out<'_>) -> Result<(), Refusal> {
    let names = [("state.slug", &*command.slug, "slug_taken"), ("state.sku", command.sku.as_str(), "sku_taken")];
    match names.into_iter().find(|(field, name, _)| out.is_taken(field, name)) {
        Some((_, name, code)) => Err(Refusal::new(code, format!("{name} is another product's"))),
        None => Ok(()),
    }
}

fn keeps_its_sku(before: Option<&Product>, command: &PutProduct) -> Result<(), Refusal> {
    match before {
        Some(product) if product.sku != command.sku => Err(Refusal::new(
            "sku_changed",
            format!("product {} is {} and cannot become {}", product.product_id, product.sku, command.sku),
        )),
        _ => Ok(()),
    }
}

/// The product that a command describes, with what it keeps from before: its revision, when it was listed, the slugs it
/// had, its ratings.
#[must_use]
pub fn product(command: &PutProduct, before: Option<&Product>, at: Timestamp) -> Product {
    let after = Product::new(command.clone(), at);
    let Some(before) = before else { return Product { revision: 0, ..after } };
    Product {
        revision: before.revision,
        listed_at: before.listed_at,
        former_slugs: former_slugs(before, &command.slug),
        rating: before.rating,
        ..after
    }
}

/// The slugs that a product had, the last one first. One that it has again is none of them.
fn former_slugs(before: &Product, slug: &str) -> Vec<String> {
    let left = std::iter::once(&before.slug).chain(&before.former_slugs);
    let mut former: Vec<String> = Vec::new();
    for left in left.filter(|left| *left != slug) {
        if !former.contains(left) {
            former.push(left.clone());
        }
    }
    former.truncate(MOST_FORMER_SLUGS);
    former
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use schemas::types::Money;

    use super::*;
    use crate::testing::{LATER, LISTED, brake_pads, handle, handle_under};

    fn listed(command: &PutProduct, revision: i64) -> Product {
        Product { revision, ..product(command, None, LISTED) }
    }

    #[test]
    fn a_new_product_has_revision_one_and_is_announced() {
        let command = brake_pads();
        let outcome = handle(None, command.clone()).unwrap();
        assert_eq!((outcome.product, outcome.announced), (Some(listed(&command, 1)), vec![1]));
    }

    #[test]
    fn a_product_that_is_put_again_unchanged_says_nothing() {
        let command = brake_pads();
        let before = listed(&command, 3);
        let outcome = handle(Some(&before), command).unwrap();
        assert_eq!((outcome.announced.len(), outcome.changes.len()), (0, 0));
        assert_eq!(outcome.product, Some(before));
    }

    #[test]
    fn a_new_price_is_a_new_revision_and_leaves_when_it_was_listed() {
        let command = brake_pads();
        let dearer = PutProduct { price: Money::inr(150_000), ..command.clone() };
        let outcome = handle(Some(&listed(&command, 3)), dearer.clone()).unwrap();
        assert_eq!((outcome.product, outcome.announced), (Some(listed(&dearer, 4)), vec![4]));
        let [change] = &outcome.changes[..] else { panic!("{:?}", outcome.changes) };
        assert_eq!((change.revision, change.by, change.at, change.fields.len()), (4, None, LATER, 1));
    }

    #[test]
    fn a_product_keeps_its_sku() {
        let command = brake_pads();
        let renamed = PutProduct { sku: "OTHER-1".parse().unwrap(), ..command.clone() };
        assert_eq!(handle(Some(&listed(&command, 1)), renamed).unwrap_err(), "sku_changed");
    }

    #[test]
    fn a_product_under_a_foreign_key_is_refused() {
        assert_eq!(handle_under("elsewhere", None, brake_pads()).unwrap_err(), "key_mismatch");
    }

    #[test]
    fn an_invalid_product_is_refused_by_field() {
        let free = PutProduct { price: Money::inr(0), ..brake_pads() };
        assert_eq!(handle(None, free).unwrap_err(), "invalid_price");
    }

    #[test]
    fn numbers_are_kept_as_they_are_compared() {
        let mut command = brake_pads();
        command.oem_number = "55810-M74L00".to_owned();
        command.labels.cross_references = vec!["P 79 030".to_owned()];
        assert_eq!(handle(None, command).unwrap().product.unwrap().numbers, ["55810m74l00", "p79030"]);
    }

    proptest! {
        #[test]
        fn every_slug_that_a_product_left_leads_to_it_and_the_one_it_has_is_none_of_them(
            slugs in proptest::collection::vec("[a-c]", 1..12),
        ) {
            let mut now = None;
            for slug in &slugs {
                let command = PutProduct { slug: slug.clone(), ..brake_pads() };
                now = handle(now.as_ref(), command).unwrap().product;
            }
            let now = now.unwrap();
            prop_assert!(!now.former_slugs.contains(&now.slug));
            for slug in &slugs {
                prop_assert_eq!(now.former_slugs.iter().filter(|former| *former == slug).count(), usize::from(*slug != now.slug));
            }
        }
    }
}
