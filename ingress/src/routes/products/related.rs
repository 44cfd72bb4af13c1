//! `GET /products/{id}/alternatives` and `GET /products/{id}/fitment`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use schemas::catalog::Fitment;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    extract::Path,
    problem::{PRODUCT_NOT_FOUND, Problem},
    read_models::ProductDocument,
    views::{FitmentDoc, ProductView},
};

/// The most alternatives that are shown.
const MOST: usize = 50;

/// Products that do as well as another.
#[derive(Debug, Serialize, ToSchema)]
pub struct Alternatives {
    /// Those that the shop names first, then those with the same OEM or cross-reference number: at most 50.
    items: Vec<ProductView>,
}

/// The vehicles that a product fits.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProductFitment)]
pub struct FitmentList {
    /// Ordered by maker, model and year.
    #[schema(value_type = Vec<FitmentDoc>)]
    items: Vec<Fitment>,
}

/// Lists products that do as well as this one and can be bought.
#[utoipa::path(get, path = "/products/{id}/alternatives", tag = "catalog", params(("id" = String, Path)), responses(
    (status = 200, body = Alternatives),
    (status = 404, description = "product_not_found"),
))]
pub async fn alternatives(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Answer<Alternatives>, Problem> {
    let product = sold(&app, &id).await?;
    let found = app.counter.alternatives(&product.state, MOST).await?;
    Ok(Answer(Alternatives { items: found.iter().map(|found| ProductView::from(&**found)).collect() }))
}

/// Lists the vehicles that a product fits.
#[utoipa::path(get, path = "/products/{id}/fitment", tag = "catalog", params(("id" = String, Path)), responses(
    (status = 200, body = FitmentList),
    (status = 404, description = "product_not_found"),
))]
pub async fn fitment(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Answer<FitmentList>, Problem> {
    let mut items = sold(&app, &id).await?.state.fitment.clone();
    items.sort_by(|one, other| {
        let order = |of: &Fitment| (of.make.clone(), of.model.clone(), of.year_from, of.year_to, of.variant.clone());
        order(one).cmp(&order(other))
    });
    Ok(Answer(FitmentList { items }))
}

/// The product of this id, if it can be bought.
pub async fn sold(app: &App, id: &str) -> Result<Arc<ProductDocument>, Problem> {
    let not_found = || Problem::new(PRODUCT_NOT_FOUND);
    let id = id.parse().map_err(|_| not_found())?;
    app.counter.sold(id).await?.ok_or_else(not_found)
}
