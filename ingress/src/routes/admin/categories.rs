//! `GET` and `PUT /admin/categories`, and what was changed

pub mod history;
mod read;

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use schemas::{
    catalog::{Category, CategoryTree},
    ids::UserId,
    types::Timestamp,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::permit,
    extract::Json,
    problem::{CATEGORIES_CHANGED, Problem, VALIDATION_FAILED},
    read_models::Planting,
    views::{DefinitionView, rfc3339_or_none},
};

/// A category, and those that it is divided into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryForm {
    /// Its name, as products say it: 1 to 64 characters, in the tree once.
    name: String,
    /// Its parts, in the order in which they are shown.
    #[serde(default)]
    #[schema(no_recursion)]
    children: Vec<CategoryForm>,
    /// The attributes of its products and of those of its parts: with those of the categories above it at most 50, each key once.
    #[serde(default)]
    attributes: Vec<DefinitionView>,
}

/// The tree of categories, all of it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TreeForm {
    /// The revision that this replaces, as `GET` shows it; 0 for the first tree.
    #[schema(minimum = 0)]
    revision: i64,
    /// The categories at the top: at most 1,000 in all, five deep.
    categories: Vec<CategoryForm>,
}

/// The tree of categories as it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CategoryTree)]
pub struct TreeView {
    /// Counts the changes.
    revision: i64,
    /// The categories at the top.
    categories: Vec<CategoryForm>,
    /// Who changed it last; null if nobody has.
    #[schema(value_type = Option<String>, format = Uuid)]
    changed_by: Option<UserId>,
    /// When; null if nobody has planted one.
    #[serde(serialize_with = "rfc3339_or_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    changed_at: Option<Timestamp>,
}

/// Shows the tree of categories, to change it.
#[utoipa::path(get, path = "/admin/categories", tag = "admin", security(("bearer" = ["catalog_read"])),
    responses((status = 200, body = TreeView)))]
pub async fn show(State(app): State<Arc<App>>, _: permit::CatalogRead) -> Result<Answer<TreeView>, Problem> {
    Ok(Answer(app.categories.tree().await?.into()))
}

/// Puts a tree of categories in the place of the one that was looked at. The same request again changes nothing; of two that
/// replace one revision the first counts. Products whose attributes are not as the tree has them by now stay as they are; each is
/// held to it at its next change, unless it is merely taken off sale or given other vehicles.
#[utoipa::path(put, path = "/admin/categories", tag = "admin", request_body = TreeForm,
    security(("bearer" = ["catalog_write"])), responses(
        (status = 200, body = TreeView),
        (status = 409, description = "categories_changed"),
    ))]
pub async fn put(
    State(app): State<Arc<App>>,
    permit::CatalogWrite(admin): permit::CatalogWrite,
    Json(form): Json<TreeForm>,
) -> Result<Answer<TreeView>, Problem> {
    let invalid = |field: String, expected: String| Problem::field(VALIDATION_FAILED, field, expected);
    let revision = form.revision.checked_add(1).filter(|revision| *revision > 0);
    let looked_at = || invalid("revision".to_owned(), "must be that of the tree which was looked at".to_owned());
    let revision = revision.ok_or_else(looked_at)?;
    let categories = read::read(form.categories).map_err(|fault| invalid(fault.field, fault.message))?;
    let tree = CategoryTree { revision, categories, changed_by: Some(admin), changed_at: Timestamp::now() };
    match app.categories.plant(tree).await? {
        Planting::Planted(tree) => Ok(Answer(tree.into())),
        Planting::Changed(now) => {
            let detail = format!("its revision is {now} by now; look at it again, and replace that one");
            Err(Problem::new(CATEGORIES_CHANGED).detail(detail))
        }
    }
}

impl From<Category> for CategoryForm {
    fn from(Category { name, children, attributes }: Category) -> Self {
        let attributes = attributes.iter().map(DefinitionView::from).collect();
        Self { name, children: children.into_iter().map(Self::from).collect(), attributes }
    }
}

impl From<CategoryTree> for TreeView {
    fn from(CategoryTree { revision, categories, changed_by, changed_at }: CategoryTree) -> Self {
        let changed_at = (revision > 0).then_some(changed_at);
        Self { revision, categories: categories.into_iter().map(CategoryForm::from).collect(), changed_by, changed_at }
    }
}
