//! Products and their changes as operators see them.

use schemas::{
    catalog::changes::{FieldChange, ProductChange},
    documents::Product,
    ids::{ProductId, UserId},
    types::Timestamp,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::form::ProductForm;
use crate::views::{RatingView, rfc3339};

/// A product in full: what can be put again, and what follows from it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProductInFull)]
pub struct ProductInFull {
    /// The product.
    #[schema(value_type = String, format = Uuid)]
    pub product_id: ProductId,
    /// What it is; `PUT` it again.
    #[serde(flatten)]
    form: ProductForm,
    /// When it was made.
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    listed_at: Timestamp,
    /// The slugs that it had before; they lead to it.
    former_slugs: Vec<String>,
    /// What who bought it say of it.
    rating: RatingView,
}

/// One page of products.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProductsInFull)]
pub struct ProductsInFull {
    /// In the order of their ids.
    pub items: Vec<ProductInFull>,
    /// Give it as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// A change of a product.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProductChange)]
pub struct ChangeView {
    /// The product.
    #[schema(value_type = String, format = Uuid)]
    product_id: ProductId,
    /// The change.
    pub change_id: String,
    /// What became of it.
    state: ChangeState,
    /// Why it was refused, such as `revision_changed`; empty otherwise.
    code: String,
    /// The same for people.
    detail: String,
    /// Who asked for it; null for a file that was loaded, and for what the catalog did by itself.
    #[schema(value_type = Option<String>, format = Uuid)]
    by: Option<UserId>,
    /// When.
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The revision that it made; that it met, if it was asked for or refused.
    revision: i64,
    /// What it changed, or would have changed.
    fields: Vec<FieldView>,
}

/// What became of a change of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeState {
    /// The catalog worker has not decided yet.
    Asked,
    /// The product is as it says.
    Made,
    /// Nothing changed.
    Refused,
}

/// One field, before and after.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FieldChange)]
pub struct FieldView {
    /// Its name, as the catalog keeps it.
    field: String,
    /// What it was; null for a new product.
    #[schema(value_type = Value)]
    before: Value,
    /// What it is.
    #[schema(value_type = Value)]
    after: Value,
}

/// One page of a product's history.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProductHistory)]
pub struct History {
    /// The newest first.
    pub items: Vec<ChangeView>,
    /// Give it as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

impl ChangeView {
    /// A change that the catalog worker has not decided yet.
    pub fn asked(product_id: ProductId, change_id: String, by: UserId, at: Timestamp, revision: i64) -> Self {
        let (state, code, detail, fields) = (ChangeState::Asked, String::new(), String::new(), Vec::new());
        Self { product_id, change_id, state, code, detail, by: Some(by), at, revision, fields }
    }
}

impl From<ProductChange> for ChangeView {
    fn from(change: ProductChange) -> Self {
        let ProductChange { product_id, change_id, by, at, revision, refused, fields } = change;
        let state = if refused.is_some() { ChangeState::Refused } else { ChangeState::Made };
        let (code, detail) = refused.map(|refused| (refused.code, refused.detail)).unwrap_or_default();
        let fields = fields.into_iter().map(FieldView::from).collect();
        Self { product_id, change_id, state, code, detail, by, at, revision, fields }
    }
}

impl From<FieldChange> for FieldView {
    fn from(FieldChange { field, before, after }: FieldChange) -> Self {
        Self { field, before, after }
    }
}

impl From<Product> for ProductInFull {
    fn from(product: Product) -> Self {
        Self {
            product_id: product.product_id,
            listed_at: product.listed_at,
            former_slugs: product.former_slugs.clone(),
            rating: product.rating.into(),
            form: product.into(),
        }
    }
}
