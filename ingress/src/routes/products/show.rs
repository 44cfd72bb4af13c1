//! `GET /products/{slug}`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};

use crate::{
    app::App,
    extract::Path,
    problem::{PRODUCT_NOT_FOUND, Problem},
    views::{ProblemDoc, ProductView},
};

/// Shows one product.
#[utoipa::path(get, path = "/products/{slug}", tag = "catalog", params(("slug" = String, Path)), responses(
    (status = 200, body = ProductView),
    (status = 404, body = ProblemDoc, content_type = "application/problem+json"),
))]
pub async fn show(State(app): State<Arc<App>>, Path(slug): Path<String>) -> Result<Answer<ProductView>, Problem> {
    let found = app.products.by_slug(&slug).await?;
    found.map(|product| Answer(product.into())).ok_or_else(|| Problem::new(PRODUCT_NOT_FOUND))
}
