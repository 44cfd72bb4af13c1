//! `GET /products/suggest`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use catalog_search::{Page, Sort, Wanted as Search};
use schemas::ids::ProductId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::App,
    extract::Query,
    problem::{Problem, VALIDATION_FAILED},
    read_models::ProductDocument,
};

/// The most products that are suggested.
const MOST: usize = 8;
/// Who has typed more searches in earnest.
const LONGEST: usize = 64;

/// What somebody has typed so far.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Typed {
    /// 2 to 64 characters: words, of which the last may be the beginning of one (from three letters on), or a part number or
    /// a piece of one.
    q: String,
}

/// What may be meant.
#[derive(Debug, Serialize, ToSchema)]
pub struct Suggestions {
    /// The best match first: at most 8.
    items: Vec<Suggestion>,
}

/// A product that may be meant.
#[derive(Debug, Serialize, ToSchema)]
pub struct Suggestion {
    /// The product.
    #[schema(value_type = String, format = Uuid)]
    product_id: ProductId,
    /// Its name in addresses.
    slug: String,
    /// Its SKU.
    sku: String,
    /// Its name.
    name: String,
    /// Its brand.
    brand: String,
    /// Its category.
    category: String,
}

/// Suggests products while somebody types, by name, brand, category, vehicle or part number.
#[utoipa::path(get, path = "/products/suggest", tag = "catalog", params(Typed), responses(
    (status = 200, body = Suggestions),
    (status = 503, description = "search_not_ready"),
))]
pub async fn suggest(State(app): State<Arc<App>>, Query(typed): Query<Typed>) -> Result<Answer<Suggestions>, Problem> {
    let text = typed.q.trim().to_owned();
    if !(2..=LONGEST).contains(&text.chars().count()) {
        return Err(Problem::field(VALIDATION_FAILED, "q", format!("must have 2 to {LONGEST} characters")));
    }
    let search = Search { text: Some(text), sort: Sort::Relevance, ..Search::default() };
    let found = app.search.find(search, Page { limit: MOST, ..Page::default() }).await?;
    let products = app.counter.in_order(&found.ids).await?;
    Ok(Answer(Suggestions { items: products.iter().map(|product| Suggestion::from(&**product)).collect() }))
}

impl From<&ProductDocument> for Suggestion {
    fn from(document: &ProductDocument) -> Self {
        let product = document.state.clone();
        Self {
            product_id: product.product_id,
            slug: product.slug,
            sku: product.sku.to_string(),
            name: product.name,
            brand: product.brand,
            category: product.category,
        }
    }
}
