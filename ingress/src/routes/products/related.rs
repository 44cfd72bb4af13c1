//! `GET /products/{id}/alternatives`, `GET /products/{id}/variants` and `GET /products/{id}/fitment`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use schemas::{catalog::Fitment, ids::ProductId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    extract::{Path, Query},
    paging::{self, WantedPage},
    problem::{PRODUCT_NOT_FOUND, Problem},
    read_models::{AlternativePlace, ProductDocument, Selection},
    views::{FitmentDoc, ProductView, VariantView},
};

/// One page of the products that do as well as another.
#[derive(Debug, Serialize, ToSchema)]
pub struct Alternatives {
    /// Those that the shop names first, then those with the same OEM or cross-reference number in the order of their ids.
    items: Vec<ProductView>,
    /// Give it as `cursor` for the next page; null on the last.
    next_cursor: Option<String>,
}

/// One page of a product's variants.
#[derive(Debug, Serialize, ToSchema)]
pub struct Variants {
    /// In the order of their ids.
    items: Vec<VariantView>,
    /// Give it as `cursor` for the next page; null on the last.
    next_cursor: Option<String>,
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
#[utoipa::path(get, path = "/products/{id}/alternatives", tag = "catalog", params(("id" = String, Path), WantedPage),
    responses(
        (status = 200, body = Alternatives),
        (status = 404, description = "product_not_found"),
    ))]
pub async fn alternatives(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Query(wanted): Query<WantedPage>,
) -> Result<Answer<Alternatives>, Problem> {
    let limit = paging::limit(wanted.limit)?;
    let behind = paging::after_text(wanted.cursor.as_deref())?;
    let behind: Option<AlternativePlace> =
        behind.map(|text| text.parse().map_err(|_| paging::foreign_cursor())).transpose()?;
    let product = sold(&app, &id).await?;
    let found = app.counter.alternatives(&product.state, behind, limit + 1).await?;
    let found = found.into_iter().map(|(place, found)| (place.to_string(), found)).collect();
    let (found, next_cursor) = paging::cut_by_text(found, limit, |(place, _)| place);
    Ok(Answer(Alternatives {
        items: found.iter().map(|(_, found)| ProductView::from(&**found)).collect(),
        next_cursor,
    }))
}

/// Lists the products of this one's group that can be bought, itself included; none if it has no group.
#[utoipa::path(get, path = "/products/{id}/variants", tag = "catalog", params(("id" = String, Path), WantedPage), responses(
    (status = 200, body = Variants),
    (status = 404, description = "product_not_found"),
))]
pub async fn variants(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Query(wanted): Query<WantedPage>,
) -> Result<Answer<Variants>, Problem> {
    let limit = paging::limit(wanted.limit)?;
    let after = paging::after(wanted.cursor.as_deref(), ProductId::from_uuid)?;
    let product = sold(&app, &id).await?;
    let found = match &product.state.relations.group {
        Some(group) => app.counter.select(Selection::Group(group.clone(), after, limit + 1)).await?,
        None => Vec::new(),
    };
    let (found, next_cursor) = paging::cut(found, limit, |variant| variant.state.product_id.as_uuid());
    Ok(Answer(Variants { items: found.iter().map(|variant| VariantView::from(&variant.state)).collect(), next_cursor }))
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
    app.counter.sold(product_id(id)?).await?.ok_or_else(|| Problem::new(PRODUCT_NOT_FOUND))
}

/// The id in an address. What is no id is the id of no product.
pub fn product_id(text: &str) -> Result<ProductId, Problem> {
    text.parse().map_err(|_| Problem::new(PRODUCT_NOT_FOUND))
}
