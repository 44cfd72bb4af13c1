//! `GET /products/{slug}`

use std::sync::Arc;

use axum::{
    Json as Answer,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{
    app::App,
    extract::Path,
    problem::{PRODUCT_NOT_FOUND, Problem},
    read_models::{ProductDocument, Selection},
    views::ProductDetail,
};

/// The most variants of a product that are shown with it.
const MOST_VARIANTS: i64 = 100;

/// Shows one product, with its variants, what it is replaced by and how its category has attributes. A slug that the product had before leads to the one that it
/// has (308), and the slug of a product that is sold no more to what is sold instead (307).
#[utoipa::path(get, path = "/products/{slug}", tag = "catalog", params(("slug" = String, Path)), responses(
    (status = 200, body = ProductDetail),
    (status = 307, description = "Another product is sold instead, at `Location`", headers(("Location" = String))),
    (status = 308, description = "The product has another slug now, at `Location`", headers(("Location" = String))),
    (status = 404, description = "product_not_found"),
))]
pub async fn show(State(app): State<Arc<App>>, Path(slug): Path<String>) -> Result<Response, Problem> {
    let not_found = || Problem::new(PRODUCT_NOT_FOUND);
    match app.counter.by_slug(&slug).await? {
        Some(product) if product.state.active => Ok(Answer(in_full(&app, &product).await?).into_response()),
        Some(product) => {
            let instead = app.counter.sold_instead(product.state.product_id, product.state.successor()).await?;
            instead.map(|instead| leads_to(StatusCode::TEMPORARY_REDIRECT, &instead)).ok_or_else(not_found)
        }
        None => {
            let renamed = app.counter.by_former_slug(&slug).await?;
            renamed.map(|renamed| leads_to(StatusCode::PERMANENT_REDIRECT, &renamed)).ok_or_else(not_found)
        }
    }
}

async fn in_full(app: &App, product: &ProductDocument) -> Result<ProductDetail, Problem> {
    let (id, relations) = (product.state.product_id, &product.state.relations);
    let variants = match &relations.group {
        Some(group) => app.counter.select(Selection::Group(group.clone(), None, MOST_VARIANTS)).await?,
        None => Vec::new(),
    };
    let replaced_by = app.counter.sold_instead(id, relations.replaced_by).await?;
    let categories = app.categories.lately().await?;
    Ok(ProductDetail::new(product, &variants, replaced_by.as_deref(), &categories))
}

fn leads_to(status: StatusCode, product: &ProductDocument) -> Response {
    (status, [(header::LOCATION, format!("/api/v1/products/{}", product.state.slug))]).into_response()
}
