//! A product is as given from now on.

use schemas::{
    catalog::{CatalogEvent, ProductChanged, PutProduct},
    documents::Product,
    types::Timestamp,
};
use shared::engine::{NoEffect, NoRow, Outbox, Refusal};

use crate::rules;

/// Stores a product and tells that it changed; a product that is just so already stays as it is. That no two products
/// share a slug or a SKU is seen to by unique indexes, since only the store sees all products.
///
/// # Errors
/// `invalid_<field>` for a product that breaks a rule of [`rules::check`], `sku_changed` for one that would get another
/// SKU (stock and orders refer to it).
pub fn put(
    before: Option<Product>,
    command: &PutProduct,
    at: Timestamp,
    out: &mut Outbox<'_, NoEffect, NoRow>,
) -> Result<Product, Refusal> {
    rules::check(command).map_err(|invalid| Refusal::new(invalid.code, invalid.to_string()))?;
    keeps_its_sku(before.as_ref(), command)?;
    let (revision, listed_at) = before.as_ref().map_or((0, at), |product| (product.revision, product.listed_at));
    let same = product(command, revision, listed_at);
    if before.as_ref() == Some(&same) {
        return Ok(same);
    }
    let changed = Product { revision: revision + 1, ..same };
    let event = ProductChanged { product_id: changed.product_id, version: changed.revision };
    out.send::<CatalogEvent>(&changed.product_id.to_string(), event);
    Ok(changed)
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

/// The product that a command describes, at a revision, listed at this moment.
#[must_use]
pub fn product(command: &PutProduct, revision: i64, listed_at: Timestamp) -> Product {
    let command = command.clone();
    Product {
        product_id: command.product_id,
        sku: command.sku,
        slug: command.slug,
        name: command.name,
        description: command.description,
        category: command.category,
        brand: command.brand,
        kind: command.kind,
        oem_number: command.oem_number,
        hsn: command.hsn,
        gst_basis_points: command.gst_basis_points,
        price: command.price,
        weight_grams: command.weight_grams,
        active: command.active,
        fitment: command.fitment,
        revision,
        terms: command.terms,
        labels: command.labels,
        listed_at,
    }
}

#[cfg(test)]
mod tests {
    use std::{borrow::Cow, collections::HashMap};

    use schemas::types::Money;
    use shared::{
        engine::Handler,
        id::{CorrelationId, MessageId},
        message::{Delivery, Position},
        trace::TraceContext,
    };

    use super::*;
    use crate::{handler::Catalog, rules::tests::brake_pads};

    /// What handling left behind: the product, and the revisions that it announced.
    type Outcome = Result<(Product, Vec<i64>), Cow<'static, str>>;

    const LISTED: Timestamp = Timestamp::from_millis(1_000);

    fn listed(command: &PutProduct, revision: i64) -> Product {
        product(command, revision, LISTED)
    }

    fn handle(before: Option<&Product>, command: &PutProduct) -> Outcome {
        handle_under(&command.product_id.to_string(), before, command)
    }

    fn handle_under(key: &str, before: Option<&Product>, command: &PutProduct) -> Outcome {
        let id = MessageId::generate();
        let position = Position { partition: 0, offset: 0 };
        let delivery = Delivery {
            id,
            causation: id,
            correlation: CorrelationId::generate(),
            aggregate_id: key.to_owned(),
            at: if before.is_none() { LISTED } else { Timestamp::from_millis(2_000) },
            position,
            trace: TraceContext::start(),
            message: command.clone().into(),
        };
        let rows = HashMap::new();
        let mut out = Outbox::new(&delivery, &rows);
        let product = Catalog.handle(before.cloned(), &delivery, &mut out).map_err(|refusal| refusal.code)?.unwrap();
        let announced = out.contents().0.iter().map(|sent| {
            let event = Delivery::decode(&sent.payload, position, delivery.at, None).unwrap();
            let CatalogEvent::ProductChanged(event) = event.message;
            assert_eq!(event.product_id, command.product_id);
            event.version
        });
        Ok((product, announced.collect()))
    }

    #[test]
    fn a_new_product_has_revision_one_and_is_announced() {
        let command = brake_pads();
        assert_eq!(handle(None, &command), Ok((listed(&command, 1), vec![1])));
    }

    #[test]
    fn a_product_that_is_put_again_unchanged_says_nothing() {
        let command = brake_pads();
        let before = listed(&command, 3);
        assert_eq!(handle(Some(&before), &command), Ok((before.clone(), vec![])));
    }

    #[test]
    fn a_new_price_is_a_new_revision_and_leaves_when_it_was_listed() {
        let command = brake_pads();
        let dearer = PutProduct { price: Money::inr(150_000), ..command.clone() };
        assert_eq!(handle(Some(&listed(&command, 3)), &dearer), Ok((listed(&dearer, 4), vec![4])));
    }

    #[test]
    fn a_product_keeps_its_sku() {
        let command = brake_pads();
        let renamed = PutProduct { sku: "OTHER-1".parse().unwrap(), ..command.clone() };
        assert_eq!(handle(Some(&listed(&command, 1)), &renamed), Err("sku_changed".into()));
    }

    #[test]
    fn a_product_under_a_foreign_key_is_refused() {
        assert_eq!(handle_under("elsewhere", None, &brake_pads()), Err("key_mismatch".into()));
    }

    #[test]
    fn an_invalid_product_is_refused_by_field() {
        let free = PutProduct { price: Money::inr(0), ..brake_pads() };
        assert_eq!(handle(None, &free), Err("invalid_price".into()));
    }
}
