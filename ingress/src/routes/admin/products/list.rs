//! `GET /admin/products`, `GET /admin/products/{id}`, `GET /admin/products/{id}/history`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use schemas::{catalog::ProductStatus, ids::ProductId};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    of_id,
    view::{ChangeView, History, ProductInFull, ProductsInFull},
};
use crate::{
    app::App,
    auth::permit,
    extract::{Path, Query},
    paging::{self, WantedPage},
    problem::{PRODUCT_NOT_FOUND, Problem},
    views::ProductStatusDoc,
};

/// Which products, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Where they stand; all unless given.
    #[param(value_type = Option<ProductStatusDoc>)]
    status: Option<ProductStatus>,
    /// 1 to 100; 20 if not given.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
    /// The last page's `next_cursor`.
    cursor: Option<String>,
}

/// Lists products, those that are not sold included.
#[utoipa::path(get, path = "/admin/products", tag = "admin", params(Wanted), security(("bearer" = ["catalog_read"])),
    responses(
        (status = 200, body = ProductsInFull),
    ))]
pub async fn list(
    State(app): State<Arc<App>>,
    _: permit::CatalogRead,
    Query(wanted): Query<Wanted>,
) -> Result<Answer<ProductsInFull>, Problem> {
    let limit = paging::limit(wanted.limit)?;
    let after = paging::after(wanted.cursor.as_deref(), ProductId::from_uuid)?;
    let found = app.counter.all(wanted.status, after, limit + 1).await?;
    let found = found.iter().map(|found| ProductInFull::from(found.state.clone())).collect();
    let (items, next_cursor) = paging::cut(found, limit, |product: &ProductInFull| product.product_id.as_uuid());
    Ok(Answer(ProductsInFull { items, next_cursor }))
}

/// Shows a product in full, whether it is sold or not.
#[utoipa::path(get, path = "/admin/products/{id}", tag = "admin", params(("id" = String, Path)),
    security(("bearer" = ["catalog_read"])), responses(
        (status = 200, body = ProductInFull),
        (status = 404, description = "product_not_found"),
    ))]
pub async fn show(
    State(app): State<Arc<App>>,
    _: permit::CatalogRead,
    Path(id): Path<String>,
) -> Result<Answer<ProductInFull>, Problem> {
    Ok(Answer(of_id(&app, &id).await?.state.clone().into()))
}

/// Lists who changed what of a product, and what was refused, the newest first.
#[utoipa::path(get, path = "/admin/products/{id}/history", tag = "admin", params(("id" = String, Path), WantedPage),
    security(("bearer" = ["catalog_read"])), responses(
        (status = 200, body = History),
        (status = 404, description = "product_not_found"),
    ))]
pub async fn history(
    State(app): State<Arc<App>>,
    _: permit::CatalogRead,
    Path(id): Path<String>,
    Query(wanted): Query<WantedPage>,
) -> Result<Answer<History>, Problem> {
    let limit = paging::limit(wanted.limit)?;
    let behind = paging::after_time(wanted.cursor.as_deref())?;
    let product = id.parse().map_err(|_| Problem::new(PRODUCT_NOT_FOUND))?;
    let found = app.product_changes.of(product, behind.as_ref(), limit + 1).await?;
    // Read after what came of it: who has read that a change is made is shown it everywhere.
    of_id(&app, &id).await?;
    let found = found.into_iter().map(ChangeView::from).collect();
    let place = |change: &ChangeView| (change.at, change.change_id.clone());
    let (items, next_cursor) = paging::cut_by_time(found, limit, place);
    Ok(Answer(History { items, next_cursor }))
}
