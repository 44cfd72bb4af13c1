//! The tree of categories, one document in the collection `category_tree`: as a whole it has no circle and no loose end.
//! Operators change it, so the ingress itself writes it; products name their category, whether it is in the tree or not.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use mongodb::{Collection, Database, bson::doc};
use schemas::{ids::UserId, types::Timestamp};
use serde::{Deserialize, Serialize};

use super::concerns::settled;
use crate::{auth::is_duplicate, problem::Problem};

/// How long the tree counts as it was read: so late may a change that another process made be shown.
const LIFE: Duration = Duration::from_secs(1);
const TREE: &str = "tree";

/// A category, and those that it is divided into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// Its name, as products say it.
    pub name: String,
    /// Its parts, in the order in which they are shown.
    pub children: Vec<Category>,
}

impl Category {
    fn names(&self) -> Vec<String> {
        let below = self.children.iter().flat_map(Self::names);
        std::iter::once(self.name.clone()).chain(below).collect()
    }
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

/// How a change of the tree ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Planting {
    /// It is so, by this request or by one before.
    Planted,
    /// Somebody else changed it meanwhile: it has this revision.
    Changed(i64),
}

/// The tree in the record.
pub struct Categories {
    trees: Collection<CategoryTree>,
    kept: Mutex<Option<(Instant, Arc<CategoryTree>)>>,
}

impl CategoryTree {
    /// The tree that nobody has planted.
    const fn bare() -> Self {
        Self { revision: 0, categories: Vec::new(), changed_by: None, changed_at: Timestamp::from_millis(0) }
    }

    /// A category and all that it is divided into; just the name, if it is not in the tree.
    #[must_use]
    pub fn with_those_below(&self, name: &str) -> Vec<String> {
        let mut waiting: Vec<&Category> = self.categories.iter().collect();
        while let Some(category) = waiting.pop() {
            if category.name == name {
                return category.names();
            }
            waiting.extend(&category.children);
        }
        vec![name.to_owned()]
    }
}

impl Categories {
    /// The tree in this database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self { trees: database.collection_with_options("category_tree", settled()), kept: Mutex::default() }
    }

    /// The tree as it was within the last second.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn lately(&self) -> Result<Arc<CategoryTree>, Problem> {
        let now = Instant::now();
        let fresh = |kept: &mut Option<(Instant, Arc<CategoryTree>)>| {
            let fresh = kept.as_ref().filter(|(read, _)| now.saturating_duration_since(*read) < LIFE);
            fresh.map(|(_, tree)| Arc::clone(tree))
        };
        if let Some(tree) = self.with_kept(fresh) {
            return Ok(tree);
        }
        let tree = Arc::new(self.tree().await?);
        self.with_kept(|kept| *kept = Some((now, Arc::clone(&tree))));
        Ok(tree)
    }

    /// The tree as it is.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn tree(&self) -> Result<CategoryTree, Problem> {
        Ok(self.trees.find_one(doc! { "_id": TREE }).await?.unwrap_or_else(CategoryTree::bare))
    }

    /// Puts a tree in the place of the one that it says the next revision of.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn plant(&self, tree: &CategoryTree) -> Result<Planting, Problem> {
        let replaced = tree.revision - 1;
        let condition = doc! { "_id": TREE, "revision": replaced };
        let planted = self.trees.replace_one(condition, tree).upsert(replaced == 0).await;
        self.with_kept(|kept| *kept = None);
        match planted {
            Ok(done) if done.matched_count + u64::from(done.upserted_id.is_some()) == 1 => {
                return Ok(Planting::Planted);
            }
            Err(error) if !is_duplicate(&error) => return Err(error.into()),
            _ => {}
        }
        let now = self.tree().await?;
        let is_same = now.revision == tree.revision && now.categories == tree.categories;
        Ok(if is_same { Planting::Planted } else { Planting::Changed(now.revision) })
    }

    fn with_kept<T>(&self, act: impl FnOnce(&mut Option<(Instant, Arc<CategoryTree>)>) -> T) -> T {
        act(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn category(name: &str, children: Vec<Category>) -> Category {
        Category { name: name.to_owned(), children }
    }

    #[test]
    fn a_category_is_wanted_with_all_that_it_is_divided_into() {
        let pads = category("Pads", vec![category("Ceramic", Vec::new())]);
        let brakes = category("Brakes", vec![pads, category("Discs", Vec::new())]);
        let tree = CategoryTree { categories: vec![category("Oil", Vec::new()), brakes], ..CategoryTree::bare() };
        assert_eq!(tree.with_those_below("Brakes"), ["Brakes", "Pads", "Ceramic", "Discs"]);
        assert_eq!(tree.with_those_below("Pads"), ["Pads", "Ceramic"]);
        assert_eq!(tree.with_those_below("Discs"), ["Discs"]);
        assert_eq!(tree.with_those_below("Wipers"), ["Wipers"]);
    }
}
