//! `GET /products`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use schemas::ids::ProductId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    app::App,
    extract::Query,
    paging,
    problem::{Problem, VALIDATION_FAILED},
    read_models::ProductFilter,
    views::{ProblemDoc, ProductList, ProductView},
};

/// Which products, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// 1 to 100; 20 if not given.
    limit: Option<i64>,
    /// The last page's `next_cursor`.
    cursor: Option<String>,
    /// Exactly this category.
    category: Option<String>,
    /// Exactly this brand.
    brand: Option<String>,
    /// Exactly this SKU.
    sku: Option<String>,
    /// Fits a vehicle of this maker.
    make: Option<String>,
    /// Fits this model; give `make` with it.
    model: Option<String>,
}

/// Lists products that can be bought, in a stable order.
#[utoipa::path(get, path = "/products", tag = "catalog", params(Wanted), responses(
    (status = 200, body = ProductList),
    (status = 422, body = ProblemDoc, content_type = "application/problem+json"),
))]
pub async fn list(State(app): State<Arc<App>>, Query(wanted): Query<Wanted>) -> Result<Answer<ProductList>, Problem> {
    let limit = paging::limit(wanted.limit)?;
    let after = paging::after(wanted.cursor.as_deref(), ProductId::from_uuid)?;
    if wanted.model.is_some() && wanted.make.is_none() {
        return Err(Problem::field(VALIDATION_FAILED, "model", "needs make"));
    }
    let filter = ProductFilter {
        category: wanted.category,
        brand: wanted.brand,
        sku: wanted.sku,
        make: wanted.make,
        model: wanted.model,
    };
    let found = app.products.list(&filter, after, limit + 1).await?;
    let views = found.into_iter().map(ProductView::from).collect();
    let (items, next_cursor) = paging::cut(views, limit, |view: &ProductView| view.product_id().as_uuid());
    Ok(Answer(ProductList { items, next_cursor }))
}
