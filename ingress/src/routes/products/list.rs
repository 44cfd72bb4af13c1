//! `GET /products`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use catalog_search::{Cursor, Dimension, Facets, Page, Wanted as Search};
use schemas::{catalog::AttributeDefinition, ids::ProductId};

use super::wanted::{Asked, Wanted};
use crate::{
    app::App,
    extract::Query,
    paging,
    problem::{Problem, VALIDATION_FAILED},
    read_models::{ProductFilter, Selection},
    views::{FacetsView, ProductList, ProductView},
};

/// Lists or searches products that can be bought, in a stable order. A change of a product is found within seconds.
#[utoipa::path(get, path = "/products", tag = "catalog", params(Wanted), responses(
    (status = 200, body = ProductList),
    (status = 503, description = "search_not_ready"),
))]
pub async fn list(State(app): State<Arc<App>>, Query(wanted): Query<Wanted>) -> Result<Answer<ProductList>, Problem> {
    let limit = paging::limit(wanted.limit)?;
    let (cursor, facets) = (wanted.cursor.clone(), wanted.facets.unwrap_or(false));
    let tree = if facets || wanted.category.is_some() { app.categories.lately().await? } else { Arc::default() };
    let definitions = wanted.category.as_ref().map(|category| tree.definitions(category)).unwrap_or_default();
    let categories = wanted.category.as_ref().map(|category| tree.with_those_below(category)).unwrap_or_default();
    let search = match wanted.understood(categories)? {
        Asked::List(filter) => return listed(&app, filter, cursor.as_deref(), limit).await.map(Answer),
        Asked::Search(search) => search,
    };
    let dimensions = if facets { dimensions(&definitions) } else { Vec::new() };
    let (mut list, counted) = found(&app, search, cursor.as_deref(), limit, dimensions).await?;
    list.facets = counted.map(|counted| FacetsView::new(counted, &tree, &definitions));
    Ok(Answer(list))
}

async fn listed(app: &App, filter: ProductFilter, cursor: Option<&str>, limit: i64) -> Result<ProductList, Problem> {
    let after = paging::after(cursor, ProductId::from_uuid)?;
    let found = app.counter.select(Selection::Page(filter, after, limit + 1)).await?;
    let views = found.iter().map(|found| ProductView::from(&**found)).collect();
    let (items, next_cursor) = paging::cut(views, limit, |view: &ProductView| view.product_id().as_uuid());
    Ok(ProductList { items, next_cursor, total: None, facets: None })
}

/// The index says which products; what they are now is looked up.
async fn found(
    app: &App,
    search: Search,
    cursor: Option<&str>,
    limit: i64,
    facets: Vec<Dimension>,
) -> Result<(ProductList, Option<Facets>), Problem> {
    let identity = search.identity();
    let after = cursor.map(|cursor| read(cursor, identity)).transpose()?;
    let page = Page { limit: usize::try_from(limit).unwrap_or_default(), after, facets };
    let found = app.search.find(search, page).await?;
    let products = app.counter.in_order(&found.ids).await?;
    let list = ProductList {
        items: products.iter().map(|product| ProductView::from(&**product)).collect(),
        next_cursor: found.next.map(|next| hex::encode(next.write(identity))),
        total: Some(found.total),
        facets: None,
    };
    Ok((list, found.facets))
}

fn dimensions(definitions: &[&AttributeDefinition]) -> Vec<Dimension> {
    let attributes = definitions.iter().map(|definition| Dimension::Attribute(definition.key.clone()));
    Dimension::COMMON.into_iter().chain(attributes).collect()
}

fn read(cursor: &str, identity: u64) -> Result<Cursor, Problem> {
    let text = hex::decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    Cursor::read(&text, identity).map_err(|error| Problem::field(VALIDATION_FAILED, "cursor", error.to_string()))
}
