//! The tree of categories in the record. Operators change it, so the ingress itself writes it; products name their category,
//! whether it is in the tree or not. A tree that is replaced is kept first, so that each change can be told, and by whom.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures::TryStreamExt;
use mongodb::{Collection, Database, bson::doc};
use schemas::catalog::{CategoryTree, StoredTree};
use serde::{Deserialize, Serialize};

use super::concerns::settled;
use crate::{auth::is_duplicate, problem::Problem};

/// How long the tree counts as it was read: about so late may a change that another process made be shown.
const LIFE: Duration = Duration::from_secs(1);
/// The id of a tree from before categories had attributes.
const BARE: &str = "tree";

/// Where trees are kept that were replaced.
const REPLACED: &str = "category_trees_replaced";
/// Trees that are fetched at once: each may have a thousand categories.
const FETCHED_AT_ONCE: u32 = 4;

/// How a change of the tree ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Planting {
    /// It is so, by this request or by one before: the tree as it is kept.
    Planted(CategoryTree),
    /// Somebody else changed it meanwhile: it has this revision.
    Changed(i64),
}

/// The tree in the record.
pub struct Categories {
    trees: Collection<StoredTree>,
    replaced: Collection<ReplacedTree>,
    kept: Mutex<Option<Kept>>,
}

/// A tree, and when somebody last set out to read it.
type Kept = (Instant, Arc<CategoryTree>);

/// What is kept when it is looked for.
#[derive(Debug, PartialEq)]
enum Look {
    /// It counts.
    Fresh(Arc<CategoryTree>),
    /// It is to be read, by who looked; until that is done all others find it fresh.
    Stale(Option<Arc<CategoryTree>>),
}

fn look(kept: &mut Option<Kept>, now: Instant) -> Look {
    let Some((read, tree)) = kept else { return Look::Stale(None) };
    if now.saturating_duration_since(*read) < LIFE {
        return Look::Fresh(Arc::clone(tree));
    }
    *read = now;
    Look::Stale(Some(Arc::clone(tree)))
}

/// A tree that was replaced. Of a revision there is one tree, whoever replaces it.
#[derive(Serialize, Deserialize)]
struct ReplacedTree {
    #[serde(rename = "_id")]
    revision: i64,
    tree: CategoryTree,
}

/// The tree in the form in which it was stored.
#[derive(Deserialize)]
#[serde(untagged)]
enum Found {
    Stored(StoredTree),
    Bare(CategoryTree),
}

impl Categories {
    /// The tree in this database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self {
            trees: database.collection_with_options(CategoryTree::COLLECTION, settled()),
            replaced: database.collection_with_options(REPLACED, settled()),
            kept: Mutex::default(),
        }
    }

    /// The tree as it was about a second ago, or when the store answered last. While one request reads it anew, the others take
    /// what is kept.
    ///
    /// # Errors
    /// A problem when the store does not answer and nothing is kept.
    pub async fn lately(&self) -> Result<Arc<CategoryTree>, Problem> {
        let now = Instant::now();
        let kept = match self.with_kept(|kept| look(kept, now)) {
            Look::Fresh(tree) => return Ok(tree),
            Look::Stale(tree) => tree,
        };
        match (self.tree().await, kept) {
            (Ok(tree), _) => {
                let tree = Arc::new(tree);
                self.with_kept(|kept| *kept = Some((now, Arc::clone(&tree))));
                Ok(tree)
            }
            (Err(_), Some(tree)) => Ok(tree),
            (Err(problem), None) => Err(problem),
        }
    }

    /// The tree as it is.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn tree(&self) -> Result<CategoryTree, Problem> {
        Ok(self.found().await?.map(CategoryTree::from).unwrap_or_default())
    }

    /// Puts a tree in the place of the one that it says the next revision of.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn plant(&self, tree: CategoryTree) -> Result<Planting, Problem> {
        let replaced = tree.revision - 1;
        let found = self.found().await?;
        let is_first = match &found {
            Some(Found::Stored(_)) => false,
            Some(Found::Bare(bare)) => bare.revision == replaced,
            None => replaced == 0,
        };
        if let Some(now) = found.map(CategoryTree::from).filter(|now| now.revision == replaced) {
            self.keep_replaced(now).await?;
        }
        let condition = doc! { "_id": CategoryTree::ID, "version": replaced };
        let planted = self.trees.replace_one(condition, StoredTree::from(tree.clone())).upsert(is_first).await;
        self.with_kept(|kept| *kept = None);
        match planted {
            Ok(done) if done.matched_count + u64::from(done.upserted_id.is_some()) == 1 => {
                return Ok(Planting::Planted(tree));
            }
            Err(error) if !is_duplicate(&error) => return Err(error.into()),
            _ => {}
        }
        let now = self.tree().await?;
        let is_same = now.revision == tree.revision && now.categories == tree.categories;
        Ok(if is_same { Planting::Planted(now) } else { Planting::Changed(now.revision) })
    }

    /// Up to `most` changes, the newest first, from before this revision on: each as it is shown of the tree that it made and of
    /// the one that it replaced. That is not known of a change from before replaced trees were kept.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn history<T>(
        &self,
        before: Option<i64>,
        most: usize,
        show: impl Fn(&CategoryTree, Option<&CategoryTree>) -> T,
    ) -> Result<Vec<T>, Problem> {
        let now = self.tree().await?;
        let before = before.unwrap_or(i64::MAX);
        let kept = doc! { "_id": { "$lt": before.min(now.revision) } };
        let mut kept = self.replaced.find(kept).sort(doc! { "_id": -1 }).batch_size(FETCHED_AT_ONCE).await?;
        let (mut shown, nothing) = (Vec::new(), CategoryTree::default());
        let mut made = Some(now).filter(|now| now.revision > 0 && now.revision < before);
        while shown.len() < most {
            let older = kept.try_next().await?.map(|kept| kept.tree);
            if let Some(made) = &made {
                let first = Some(&nothing).filter(|_| made.revision == 1);
                let replaced = older.as_ref().filter(|older| older.revision == made.revision - 1).or(first);
                shown.push(show(made, replaced));
            }
            if older.is_none() {
                break;
            }
            made = older;
        }
        Ok(shown)
    }

    async fn keep_replaced(&self, tree: CategoryTree) -> Result<(), Problem> {
        match self.replaced.insert_one(ReplacedTree { revision: tree.revision, tree }).await {
            Err(error) if !is_duplicate(&error) => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// The newer form of it stands under the lesser id.
    async fn found(&self) -> Result<Option<Found>, Problem> {
        let either = doc! { "_id": { "$in": [CategoryTree::ID, BARE] } };
        Ok(self.trees.clone_with_type::<Found>().find_one(either).sort(doc! { "_id": 1 }).await?)
    }

    fn with_kept<T>(&self, act: impl FnOnce(&mut Option<Kept>) -> T) -> T {
        act(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl From<Found> for CategoryTree {
    fn from(found: Found) -> Self {
        match found {
            Found::Stored(stored) => stored.into(),
            Found::Bare(tree) => tree,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_request_reads_a_tree_anew_while_the_others_take_what_is_kept() {
        let (read, tree) = (Instant::now(), Arc::new(CategoryTree::default()));
        let mut kept = None;
        assert_eq!(look(&mut kept, read), Look::Stale(None));
        kept = Some((read, Arc::clone(&tree)));
        assert_eq!(look(&mut kept, read + LIFE / 2), Look::Fresh(Arc::clone(&tree)));
        assert_eq!(look(&mut kept, read + LIFE), Look::Stale(Some(Arc::clone(&tree))));
        assert_eq!(look(&mut kept, read + LIFE), Look::Fresh(Arc::clone(&tree)), "somebody reads it");
        assert_eq!(look(&mut kept, read + LIFE * 2), Look::Stale(Some(tree)), "that came to nothing");
    }
}
