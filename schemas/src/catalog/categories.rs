//! The tree of categories, and what each says of its products' attributes: one document, so that as a whole it has no circle
//! and no loose end. The ingress writes it; the catalog worker and the imports read it.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{ids::UserId, types::Timestamp};

/// A category, and those that it is divided into.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// Its name, as products say it.
    pub name: String,
    /// Its parts, in the order in which they are shown.
    pub children: Vec<Category>,
    /// The attributes of its products and of those of its parts. A tree from before there were any has none.
    #[serde(default)]
    pub attributes: Vec<AttributeDefinition>,
}

/// How the products of a category have an attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeDefinition {
    /// What products call it, in the spelling of a slug.
    pub key: String,
    /// What people call it.
    pub label: String,
    /// What it holds.
    pub holds: AttributeType,
    /// Whether a product that is sold has it.
    pub required: bool,
}

/// What an attribute holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AttributeType {
    /// Any text.
    Text,
    /// A number.
    Number {
        /// Its unit; none for what is merely counted.
        unit: Option<String>,
    },
    /// Yes or no.
    Flag,
    /// One of some texts.
    Choice {
        /// Which.
        values: Vec<String>,
    },
}

/// The tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryTree {
    /// Counts the changes; 0 if there never was one.
    pub revision: i64,
    /// The categories at the top.
    pub categories: Vec<Category>,
    /// Who changed it last.
    pub changed_by: Option<UserId>,
    /// When.
    pub changed_at: Timestamp,
}

/// The tree as it is stored: in the form of a worker's row, for the catalog worker reads it with the products that it is to
/// judge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredTree {
    /// [`CategoryTree::ID`].
    #[serde(rename = "_id")]
    pub id: String,
    /// The tree's revision.
    pub version: i64,
    /// The tree.
    pub row: TreeRow,
}

/// The tree among a worker's rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TreeRow {
    /// It.
    Categories(CategoryTree),
}

impl Category {
    fn names(&self) -> Vec<String> {
        let below = self.children.iter().flat_map(Self::names);
        std::iter::once(self.name.clone()).chain(below).collect()
    }

    fn add_up(&self, counts: &mut HashMap<String, u64>) -> u64 {
        let below: u64 = self.children.iter().map(|child| child.add_up(counts)).sum();
        let total = below + counts.get(&self.name).copied().unwrap_or_default();
        if total > 0 {
            counts.insert(self.name.clone(), total);
        }
        total
    }
}

impl CategoryTree {
    /// Where the document is.
    pub const COLLECTION: &'static str = "category_tree";
    /// The document's id.
    pub const ID: &'static str = "categories";

    /// A category and all that it is divided into; just the name, if it is not in the tree.
    #[must_use]
    pub fn with_those_below(&self, name: &str) -> Vec<String> {
        path(&self.categories, name).last().map_or_else(|| vec![name.to_owned()], |category| category.names())
    }

    /// How many products are in each category and below it, of how many are in itself.
    #[must_use]
    pub fn totals(&self, mut counts: HashMap<String, u64>) -> HashMap<String, u64> {
        self.categories.iter().for_each(|category| {
            category.add_up(&mut counts);
        });
        counts
    }

    /// The attributes of a category's products: those of all that it is part of, then its own.
    #[must_use]
    pub fn definitions(&self, category: &str) -> Vec<&AttributeDefinition> {
        path(&self.categories, category).into_iter().flat_map(|category| &category.attributes).collect()
    }
}

impl Default for CategoryTree {
    /// The tree that nobody has planted.
    fn default() -> Self {
        Self { revision: 0, categories: Vec::new(), changed_by: None, changed_at: Timestamp::from_millis(0) }
    }
}

impl From<CategoryTree> for StoredTree {
    fn from(tree: CategoryTree) -> Self {
        Self { id: CategoryTree::ID.to_owned(), version: tree.revision, row: TreeRow::Categories(tree) }
    }
}

impl From<StoredTree> for CategoryTree {
    fn from(stored: StoredTree) -> Self {
        let TreeRow::Categories(tree) = stored.row;
        tree
    }
}

/// The way from the top to the category of this name; empty if it is not in the tree.
fn path<'a>(categories: &'a [Category], name: &str) -> Vec<&'a Category> {
    for category in categories {
        if category.name == name {
            return vec![category];
        }
        let below = path(&category.children, name);
        if !below.is_empty() {
            return std::iter::once(category).chain(below).collect();
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn category(name: &str, children: Vec<Category>) -> Category {
        let key = format!("of-{}", name.to_lowercase());
        let attribute = AttributeDefinition { label: key.clone(), key, holds: AttributeType::Text, required: false };
        Category { name: name.to_owned(), children, attributes: vec![attribute] }
    }

    fn tree() -> CategoryTree {
        let pads = category("Pads", vec![category("Ceramic", Vec::new())]);
        let brakes = category("Brakes", vec![pads, category("Discs", Vec::new())]);
        CategoryTree { categories: vec![category("Oil", Vec::new()), brakes], ..CategoryTree::default() }
    }

    #[test]
    fn a_category_is_wanted_with_all_that_it_is_divided_into() {
        let tree = tree();
        assert_eq!(tree.with_those_below("Brakes"), ["Brakes", "Pads", "Ceramic", "Discs"]);
        assert_eq!(tree.with_those_below("Pads"), ["Pads", "Ceramic"]);
        assert_eq!(tree.with_those_below("Discs"), ["Discs"]);
        assert_eq!(tree.with_those_below("Wipers"), ["Wipers"]);
    }

    #[test]
    fn a_category_has_the_attributes_of_all_that_it_is_part_of_and_no_others() {
        let tree = tree();
        let keys = |name: &str| tree.definitions(name).iter().map(|it| it.key.as_str()).collect::<Vec<_>>();
        assert_eq!(keys("Ceramic"), ["of-brakes", "of-pads", "of-ceramic"]);
        assert_eq!(keys("Brakes"), ["of-brakes"]);
        assert_eq!(keys("Wipers"), [""; 0]);
    }

    #[test]
    fn a_category_comes_to_what_is_in_it_and_below_it() {
        let counts = |counts: &[(&str, u64)]| counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
        let own = counts(&[("Brakes", 1), ("Ceramic", 2), ("Wipers", 4)]);
        assert_eq!(tree().totals(own), counts(&[("Brakes", 3), ("Pads", 2), ("Ceramic", 2), ("Wipers", 4)]));
    }

    #[test]
    fn a_tree_from_before_there_were_attributes_has_none() {
        let old = r#"{"revision": 3, "categories": [{"name": "Brakes", "children": [{"name": "Pads", "children": []}]}],
                      "changed_by": null, "changed_at": 0}"#;
        let tree: CategoryTree = serde_json::from_str(old).unwrap();
        assert_eq!((tree.definitions("Pads").len(), tree.with_those_below("Brakes").len()), (0, 2));
    }
}
