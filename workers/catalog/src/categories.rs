//! What a product's category says of it. Operators change the tree of categories through the ingress, which writes it; here it is
//! read with the products that it judges, so one is judged by the tree as it is when its turn comes.

use schemas::{
    catalog::{
        CategoryTree, PutProduct,
        rules::{self, Misfit},
    },
    documents::Product,
};
use shared::engine::{Refusal, RowKey};

use crate::{handler::Out, rows::CatalogRow};

/// Which document is the tree.
#[must_use]
pub fn key() -> RowKey {
    RowKey { collection: CategoryTree::COLLECTION, id: CategoryTree::ID.to_owned() }
}

/// Whether a product's attributes, when it is changed so, are as its category has them.
///
/// # Errors
/// `invalid_attributes`.
pub fn fit(now: Option<&Product>, product: &PutProduct, out: &Out<'_>) -> Result<(), Refusal> {
    let Some(CatalogRow::Categories(tree)) = out.row(&key()) else { return Ok(()) };
    let definitions = tree.definitions(&product.category);
    let now = now.filter(|_| !definitions.is_empty()).map(Product::as_put);
    rules::attributes(&definitions, now.as_ref(), product).map_err(|misfit| Refusal::new(Misfit::CODE, misfit.problem))
}

#[cfg(test)]
mod tests {
    use schemas::{
        catalog::{Attribute, AttributeDefinition, AttributeType, Category, ChangeProduct, StoredTree},
        ids::UserId,
        types::Money,
    };
    use shared::engine::Row;

    use super::*;
    use crate::testing::{Desk, Told, a_row, brake_pads};

    /// Brakes whose pads have a thickness in millimetres, those that are sold at least.
    fn tree() -> CategoryTree {
        let holds = AttributeType::Number { unit: Some("mm".to_owned()) };
        let thickness = AttributeDefinition {
            key: "thickness".to_owned(),
            label: "Pad thickness".to_owned(),
            holds,
            required: true,
        };
        let of = |name: &str| Category { name: name.to_owned(), ..Category::default() };
        let brakes = Category { children: vec![of("Pads")], attributes: vec![thickness], ..of("Brakes") };
        CategoryTree { revision: 1, categories: vec![brakes], ..CategoryTree::default() }
    }

    fn pads(thickness: &str, unit: &str) -> PutProduct {
        let mut pads = PutProduct { category: "Pads".to_owned(), ..brake_pads() };
        pads.page.attributes = vec![Attribute {
            name: "thickness".to_owned(),
            number: Some(thickness.to_owned()),
            unit: Some(unit.to_owned()),
            ..Attribute::default()
        }];
        pads
    }

    fn change(id: &str, revision: i64, product: PutProduct) -> ChangeProduct {
        let (change_id, admin_id) = (id.to_owned(), UserId::from_uuid(shared::id::Uuid::nil()));
        ChangeProduct { change_id, admin_id, revision, product, answer_to: Some(a_row(2)) }
    }

    #[test]
    fn a_product_has_the_attributes_of_its_category_and_of_those_above_it() {
        let mut desk = Desk::default();
        desk.plant(tree());
        assert_eq!(desk.deliver(pads("12.5", "cm")).unwrap_err(), "invalid_attributes");
        let lacking = PutProduct { category: "Brakes".to_owned(), ..brake_pads() };
        assert_eq!(desk.deliver(lacking).unwrap_err(), "invalid_attributes");
        desk.deliver(pads("12.5", "mm")).unwrap();
        let told = desk.deliver(change("a", 1, pads("13", "cm"))).unwrap().told;
        assert_eq!(told, [(a_row(2), Told::Refused("invalid_attributes".to_owned()))]);
        assert_eq!(desk.change("a").refused.unwrap().detail, "thickness: must be mm");
        assert_eq!(desk.product().revision, 1);
        let elsewhere = PutProduct { category: "Oil".to_owned(), ..pads("13", "cm") };
        assert_eq!(desk.deliver(change("b", 1, elsewhere)).unwrap().announced, [2]);
    }

    #[test]
    fn a_product_from_before_a_definition_stays_and_is_judged_at_its_next_change() {
        let mut desk = Desk::default();
        desk.deliver(pads("12.5", "cm")).unwrap();
        desk.plant(tree());
        assert_eq!(desk.deliver(pads("12.5", "cm")).unwrap().announced, [0_i64; 0]);
        let dearer = PutProduct { price: Money::inr(130_000), ..pads("12.5", "cm") };
        assert_eq!(desk.deliver(dearer.clone()).unwrap_err(), "invalid_attributes");
        let page = pads("12.5", "mm").page;
        assert_eq!(desk.deliver(PutProduct { page, ..dearer }).unwrap().announced, [2]);
    }

    #[test]
    fn the_tree_that_the_ingress_stores_is_a_row_that_the_worker_finds() {
        let stored = serde_json::to_value(StoredTree::from(tree())).unwrap();
        let row: CatalogRow = serde_json::from_value(stored["row"].clone()).unwrap();
        let CatalogRow::Categories(found) = &row else { panic!("{row:?}") };
        assert_eq!((found, row.key()), (&tree(), key()));
    }
}
