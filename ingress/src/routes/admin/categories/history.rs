//! `GET /admin/categories/history`

use std::{collections::BTreeMap, sync::Arc};

use axum::{Json as Answer, extract::State};
use schemas::{
    catalog::{AttributeDefinition, Category, CategoryTree},
    ids::UserId,
    types::Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::permit,
    extract::Query,
    paging::{self, WantedPage},
    problem::Problem,
    views::rfc3339,
};

/// A change of the tree.
#[derive(Debug, Serialize, ToSchema)]
pub struct TreeChange {
    /// The revision that it made.
    revision: i64,
    /// Who made it.
    #[schema(value_type = Option<String>, format = Uuid)]
    changed_by: Option<UserId>,
    /// When.
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    changed_at: Timestamp,
    /// What changed; null for a change from before this was kept.
    difference: Option<TreeDifference>,
    /// Its place in the list.
    #[serde(skip)]
    place: String,
}

/// In what two trees differ, by the names of categories. The order of those beside one another is not told.
#[derive(Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct TreeDifference {
    /// Those that are new. One that is called otherwise is new, and what it was called is removed.
    added: Vec<String>,
    /// Those that are there no more.
    removed: Vec<String>,
    /// Those that are part of another one than before, or of none.
    moved: Vec<String>,
    /// Those whose own attributes are others, or are other than they were.
    attributes_changed: Vec<String>,
}

/// A page of changes.
#[derive(Debug, Serialize, ToSchema)]
pub struct TreeChanges {
    /// The newest first.
    items: Vec<TreeChange>,
    /// Give it as `cursor` for the next page; null on the last.
    next_cursor: Option<String>,
}

/// Lists who changed the tree of categories, when, and which categories and attributes, the newest change first.
#[utoipa::path(get, path = "/admin/categories/history", tag = "admin", params(WantedPage),
    security(("bearer" = ["catalog_read"])), responses((status = 200, body = TreeChanges)))]
pub async fn list(
    State(app): State<Arc<App>>,
    _: permit::CatalogRead,
    Query(wanted): Query<WantedPage>,
) -> Result<Answer<TreeChanges>, Problem> {
    let limit = paging::limit(wanted.limit)?;
    let before = paging::after_text(wanted.cursor.as_deref())?;
    let before = before.map(|text| text.parse().map_err(|_| paging::foreign_cursor())).transpose()?;
    let most = usize::try_from(limit + 1).unwrap_or_default();
    let found = app.categories.history(before, most, change).await?;
    let (items, next_cursor) = paging::cut_by_text(found, limit, |change| &change.place);
    Ok(Answer(TreeChanges { items, next_cursor }))
}

fn change(made: &CategoryTree, replaced: Option<&CategoryTree>) -> TreeChange {
    TreeChange {
        revision: made.revision,
        changed_by: made.changed_by,
        changed_at: made.changed_at,
        difference: replaced.map(|replaced| difference(&replaced.categories, &made.categories)),
        place: made.revision.to_string(),
    }
}

/// What is compared of a category: of which it is a part, and its own attributes.
type Compared<'a> = (Option<&'a str>, &'a [AttributeDefinition]);

fn difference(before: &[Category], after: &[Category]) -> TreeDifference {
    let (mut old, mut new) = (BTreeMap::new(), BTreeMap::new());
    spread(before, None, &mut old);
    spread(after, None, &mut new);
    let only_in = |these: &BTreeMap<&str, Compared<'_>>, others: &BTreeMap<&str, Compared<'_>>| {
        these.keys().filter(|name| !others.contains_key(*name)).map(|name| (*name).to_owned()).collect()
    };
    let in_both = |differ: &dyn Fn(&Compared<'_>, &Compared<'_>) -> bool| {
        let differing = new.iter().filter(|(name, now)| old.get(*name).is_some_and(|was| differ(was, now)));
        differing.map(|(name, _)| (*name).to_owned()).collect()
    };
    TreeDifference {
        added: only_in(&new, &old),
        removed: only_in(&old, &new),
        moved: in_both(&|was, now| was.0 != now.0),
        attributes_changed: in_both(&|was, now| was.1 != now.1),
    }
}

/// All categories by their names, which are in a tree once.
fn spread<'a>(categories: &'a [Category], above: Option<&'a str>, into: &mut BTreeMap<&'a str, Compared<'a>>) {
    for category in categories {
        into.insert(category.name.as_str(), (above, category.attributes.as_slice()));
        spread(&category.children, Some(&category.name), into);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use schemas::catalog::AttributeType;

    use super::*;

    fn category(name: &str, children: Vec<Category>) -> Category {
        Category { name: name.to_owned(), children, attributes: Vec::new() }
    }

    fn with_attribute(category: Category, required: bool) -> Category {
        let (key, label) = ("bore".to_owned(), "Bore".to_owned());
        Category {
            attributes: vec![AttributeDefinition { key, label, holds: AttributeType::Text, required }],
            ..category
        }
    }

    fn names(of: &[&str]) -> Vec<String> {
        of.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn who_reads_a_difference_knows_what_came_went_moved_and_has_other_attributes() {
        let pads = || category("Pads", Vec::new());
        let before = [category("Brakes", vec![pads(), category("Drums", Vec::new())]), category("Oil", Vec::new())];
        let after = [
            category("Oil", vec![category("Grease", Vec::new())]),
            with_attribute(category("Brakes", Vec::new()), false),
            pads(),
        ];
        let expected = TreeDifference {
            added: names(&["Grease"]),
            removed: names(&["Drums"]),
            moved: names(&["Pads"]),
            attributes_changed: names(&["Brakes"]),
        };
        assert_eq!(difference(&before, &after), expected);
        let stricter = [with_attribute(category("Oil", Vec::new()), true)];
        let looser = [with_attribute(category("Oil", Vec::new()), false)];
        assert_eq!(difference(&stricter, &looser).attributes_changed, ["Oil"]);
    }

    /// Trees of one level below the top, each name at most once.
    fn any_tree() -> impl Strategy<Value = Vec<Category>> {
        proptest::collection::btree_map("[a-f]", 0..3_u8, 0..6).prop_map(|places| {
            let at = |place: u8| {
                places.iter().filter(move |(_, at)| **at == place).map(|(name, _)| category(name, Vec::new()))
            };
            let mut tree: Vec<Category> = at(0).collect();
            tree.extend((1..3).map(|place| category(&format!("top {place}"), at(place).collect())));
            tree
        })
    }

    proptest! {
        #[test]
        fn a_tree_differs_not_from_itself_and_back_again_is_the_other_way_round(one in any_tree(), other in any_tree()) {
            prop_assert_eq!(difference(&one, &one), TreeDifference::default());
            let (there, back) = (difference(&one, &other), difference(&other, &one));
            prop_assert_eq!((there.added, there.removed, there.moved), (back.removed, back.added, back.moved));
        }
    }
}
