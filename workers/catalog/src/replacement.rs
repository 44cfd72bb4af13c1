//! A product that is replaced leads to another one, and never back to itself.
//!
//! No writer sees all products, so a circle is noticed by a message that goes along it. Whoever closes a circle does so when
//! all its other links stand; the trace that this sends finds all of them, and comes home. Whether two close it at the same
//! moment or one after the other, at least one of them takes its link back, and where it does stands in the history.

use schemas::{
    catalog::{
        CatalogEvent, CatalogMessage, ProductChanged, Relations, TraceReplacement,
        changes::{ProductChange, Refused},
    },
    documents::Product,
    types::Timestamp,
};

use crate::{handler::Out, history};

/// No chain is longer: the ingress accepts no more, and nobody follows more.
pub const LONGEST_CHAIN: i32 = 20;

/// Passes a trace on, or ends it. A trace that comes home takes the link back that it was sent for.
pub fn trace(state: Option<Product>, command: &TraceReplacement, at: Timestamp, out: &mut Out<'_>) -> Option<Product> {
    let product = state?;
    let Some(next) = product.relations.replaced_by else { return Some(product) };
    if product.product_id == command.origin {
        return Some(if next == command.replaced_by { taken_back(product, at, out) } else { product });
    }
    if command.hops < LONGEST_CHAIN {
        let onwards = TraceReplacement { product_id: next, hops: command.hops + 1, ..command.clone() };
        out.send::<CatalogMessage>(&next.to_string(), onwards);
    }
    Some(product)
}

fn taken_back(before: Product, at: Timestamp, out: &mut Out<'_>) -> Product {
    let relations = Relations { replaced_by: None, ..before.relations.clone() };
    let after = Product { relations, revision: before.revision + 1, ..before.clone() };
    let detail = "what it was to be replaced by is replaced by it".to_owned();
    let refused = Some(Refused { code: "replacement_circle".to_owned(), detail });
    let change = history::by_itself(Some(&before), &after, at);
    out.save(ProductChange { refused, ..change }.into());
    let event = ProductChanged { product_id: after.product_id, version: after.revision };
    out.send::<CatalogEvent>(&after.product_id.to_string(), event);
    after
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, VecDeque};

    use proptest::prelude::*;
    use schemas::{catalog::PutProduct, ids::ProductId};
    use shared::id::Uuid;

    use super::*;
    use crate::testing::{brake_pads, handle};

    fn id(number: u8) -> ProductId {
        ProductId::from_uuid(Uuid::from_u128(u128::from(number) + 1))
    }

    /// Products and what is on its way to them, each product's in order.
    #[derive(Default)]
    struct Shop {
        products: HashMap<ProductId, Product>,
        on_its_way: HashMap<ProductId, VecDeque<CatalogMessage>>,
    }

    impl Shop {
        fn replace(&mut self, one: u8, by: Option<u8>) {
            let relations = Relations { replaced_by: by.map(id), ..Relations::default() };
            let put = PutProduct { product_id: id(one), relations, ..brake_pads() };
            self.on_its_way.entry(id(one)).or_default().push_back(put.into());
        }

        /// Delivers the oldest message of one of the products that have any.
        fn deliver_one(&mut self, pick: usize) -> bool {
            let mut waiting: Vec<_> =
                self.on_its_way.iter().filter(|(_, queue)| !queue.is_empty()).map(|(id, _)| *id).collect();
            waiting.sort();
            let Some(id) = waiting.get(pick % waiting.len().max(1)).copied() else { return false };
            let Some(message) = self.on_its_way.get_mut(&id).and_then(VecDeque::pop_front) else { return false };
            let outcome = handle(self.products.get(&id), message).unwrap();
            self.products.insert(id, outcome.product.unwrap());
            for trace in outcome.traces {
                self.on_its_way.entry(trace.product_id).or_default().push_back(trace.into());
            }
            true
        }

        fn leads_back(&self, start: ProductId) -> bool {
            let next = |id: &ProductId| self.products.get(id).and_then(|product| product.relations.replaced_by);
            std::iter::successors(next(&start), next).take(self.products.len()).any(|id| id == start)
        }
    }

    #[test]
    fn a_chain_stands_and_its_last_link_that_closes_a_circle_does_not() {
        let mut shop = Shop::default();
        (0..3).for_each(|n| shop.replace(n, None));
        for (one, by) in [(0, 1), (1, 2)] {
            shop.replace(one, Some(by));
            while shop.deliver_one(0) {}
        }
        assert_eq!(shop.products[&id(0)].relations.replaced_by, Some(id(1)));
        shop.replace(2, Some(0));
        while shop.deliver_one(0) {}
        let cut = &shop.products[&id(2)];
        assert_eq!((cut.relations.replaced_by, cut.revision), (None, 3));
        assert_eq!(shop.products[&id(1)].relations.replaced_by, Some(id(2)));
    }

    proptest! {
        #[test]
        fn whoever_replaces_whom_at_the_same_moment_no_circle_remains(
            replaced in proptest::collection::vec((0..5_u8, proptest::option::of(0..5_u8), 0..4_u8), 1..20),
            picks in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let (mut shop, mut picks) = (Shop::default(), picks.into_iter().map(usize::from).cycle());
            (0..5).for_each(|n| shop.replace(n, None));
            for (one, by, delivered) in replaced {
                shop.replace(one, by.filter(|by| *by != one));
                for _ in 0..delivered {
                    shop.deliver_one(picks.next().unwrap_or_default());
                }
            }
            let mut steps = 0;
            while shop.deliver_one(picks.next().unwrap_or_default()) {
                steps += 1;
                prop_assert!(steps < 10_000, "traces never end");
            }
            prop_assert!((0..5).all(|n| !shop.leads_back(id(n))));
        }
    }
}
