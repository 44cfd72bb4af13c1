//! `GET /products`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use catalog_search::{Cursor, Dimension, Page, Wanted as Search};
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
    let (categories, definitions) = match &wanted.category {
        Some(category) => {
            let tree = app.categories.lately().await?;
            (tree.with_those_below(category), tree.definitions(category).into_iter().cloned().collect())
        }
        None => (Vec::new(), Vec::new()),
    };
    let definitions = facets.then_some(definitions);
    match wanted.understood(categories)? {
        Asked::List(filter) => listed(&app, filter, cursor.as_deref(), limit).await,
        Asked::Search(search) => found(&app, search, cursor.as_deref(), limit, definitions).await,
    }
    .map(Answer)
}

async fn listed(app: &App, filter: ProductFilter, cursor: Option<&str>, limit: i64) -> Result<ProductList, Problem> {
    let after = paging::after(cursor, ProductId::from_uuid)?;
    let found = app.counter.select(Selection::Page(filter, after, limit + 1)).await?;
    let views = found.iter().map(|found| ProductView::from(&**found)).collect();
    let (items, next_cursor) = paging::cut(views, limit, |view: &ProductView| view.product_id().as_uuid());
    Ok(ProductList { items, next_cursor, total: None, facets: None })
}

/// The index says which products; what they are now is looked up. Facets are counted if the attributes are given that are counted
/// among them.
async fn found(
    app: &App,
    search: Search,
    cursor: Option<&str>,
    limit: i64,
    facets: Option<Vec<AttributeDefinition>>,
) -> Result<ProductList, Problem> {
    let identity = search.identity();
    let after = cursor.map(|cursor| read(cursor, identity)).transpose()?;
    let counted = facets.as_deref().map(dimensions).unwrap_or_default();
    let page = Page { limit: usize::try_from(limit).unwrap_or_default(), after, facets: counted };
    let found = app.search.find(search, page).await?;
    let products = app.counter.in_order(&found.ids).await?;
    Ok(ProductList {
        items: products.iter().map(|product| ProductView::from(&**product)).collect(),
        next_cursor: found.next.map(|next| hex::encode(next.write(identity))),
        total: Some(found.total),
        facets: found.facets.map(|counted| FacetsView::new(counted, &facets.unwrap_or_default())),
    })
}

fn dimensions(definitions: &[AttributeDefinition]) -> Vec<Dimension> {
    let attributes = definitions.iter().map(|definition| Dimension::Attribute(definition.key.clone()));
    Dimension::COMMON.into_iter().chain(attributes).collect()
}

fn read(cursor: &str, identity: u64) -> Result<Cursor, Problem> {
    let text = hex::decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    Cursor::read(&text, identity).map_err(|error| Problem::field(VALIDATION_FAILED, "cursor", error.to_string()))
}
