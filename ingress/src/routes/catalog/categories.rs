//! `GET /categories` and `GET /brands`

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use axum::{Json as Answer, extract::State};
use schemas::catalog::Category;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{app::App, problem::Problem, views::DefinitionView};

/// A category with how many products it has.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Category)]
pub struct CategoryView {
    /// Its name: give it as `category` to `GET /products`.
    name: String,
    /// How many products of it can be bought.
    products: u64,
    /// How many with those of all its parts.
    total: u64,
    /// Its parts.
    #[schema(no_recursion)]
    children: Vec<CategoryView>,
    /// The attributes of its products and of those of its parts, besides those of the categories above it.
    attributes: Vec<DefinitionView>,
}

/// The categories.
#[derive(Debug, Serialize, ToSchema)]
pub struct CategoryList {
    /// Those at the top, as the shop orders them; then those that it has not ordered.
    items: Vec<CategoryView>,
}

/// Something that products have, with how many do.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Counted {
    /// Its name.
    pub name: String,
    /// How many products that can be bought have it.
    pub products: u64,
}

/// A list of such things.
#[derive(Debug, Serialize, ToSchema)]
pub struct CountedList {
    /// Ordered by name.
    pub items: Vec<Counted>,
}

type Counts = BTreeMap<Arc<str>, u64>;

/// Shows the tree of categories with how many products of each can be bought.
#[utoipa::path(get, path = "/categories", tag = "catalog", responses(
    (status = 200, body = CategoryList),
    (status = 503, description = "search_not_ready"),
))]
pub async fn categories(State(app): State<Arc<App>>) -> Result<Answer<CategoryList>, Problem> {
    let tree = app.categories.lately().await?;
    let items = app.directory.look(|tally| shown(&tree.categories, &tally.categories))?;
    Ok(Answer(CategoryList { items }))
}

/// Lists the brands with how many products of each can be bought.
#[utoipa::path(get, path = "/brands", tag = "catalog", responses(
    (status = 200, body = CountedList),
    (status = 503, description = "search_not_ready"),
))]
pub async fn brands(State(app): State<Arc<App>>) -> Result<Answer<CountedList>, Problem> {
    app.directory.look(|tally| Answer(CountedList { items: counted(&tally.brands) }))
}

fn counted(counts: &Counts) -> Vec<Counted> {
    counts.iter().map(|(name, products)| Counted { name: name.to_string(), products: *products }).collect()
}

/// The tree with its counts, and behind it what products name and the tree does not.
fn shown(tree: &[Category], counts: &Counts) -> Vec<CategoryView> {
    let mut named = BTreeSet::new();
    let mut items: Vec<CategoryView> = tree.iter().map(|category| view(category, counts, &mut named)).collect();
    let others = counts.iter().filter(|(name, _)| !named.contains(&***name));
    items.extend(others.map(|(name, products)| CategoryView {
        name: name.to_string(),
        products: *products,
        total: *products,
        children: Vec::new(),
        attributes: Vec::new(),
    }));
    items
}

fn view<'a>(category: &'a Category, counts: &Counts, named: &mut BTreeSet<&'a str>) -> CategoryView {
    named.insert(&category.name);
    let products = counts.get(category.name.as_str()).copied().unwrap_or_default();
    let children: Vec<CategoryView> = category.children.iter().map(|child| view(child, counts, named)).collect();
    let total = products + children.iter().map(|child| child.total).sum::<u64>();
    let attributes = category.attributes.iter().map(DefinitionView::from).collect();
    CategoryView { name: category.name.clone(), products, total, children, attributes }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn leaf(name: &str) -> Category {
        Category { name: name.to_owned(), ..Category::default() }
    }

    #[test]
    fn a_category_counts_its_parts_and_what_is_in_no_tree_stands_behind_it() {
        let tree = [Category { children: vec![leaf("Pads"), leaf("Discs")], ..leaf("Brakes") }];
        let counts = [("Brakes", 1), ("Pads", 2), ("Bulbs", 4)].map(|(name, products)| (Arc::from(name), products));
        let shown = shown(&tree, &counts.into());
        assert_eq!((shown[0].products, shown[0].total, shown[0].children[1].total), (1, 3, 0));
        assert_eq!((shown[1].name.as_str(), shown[1].total, shown.len()), ("Bulbs", 4, 2));
    }

    proptest! {
        #[test]
        fn every_product_is_counted_once_at_the_top_whatever_the_tree(
            counts in proptest::collection::btree_map("[a-h]", 1..9_u64, 0..8),
            parts in proptest::collection::btree_set("[a-h]", 0..8),
            split in 0..8_usize,
        ) {
            let counts: Counts = counts.into_iter().map(|(name, products)| (Arc::from(name.as_str()), products)).collect();
            let mut names: Vec<Category> = parts.iter().map(|name| leaf(name)).collect();
            let mut tree = names.split_off(split.min(names.len()));
            if let Some(first) = tree.first_mut() {
                first.children = names;
            } else {
                tree = names;
            }
            let total: u64 = shown(&tree, &counts).iter().map(|category| category.total).sum();
            prop_assert_eq!(total, counts.values().sum::<u64>());
        }
    }
}
