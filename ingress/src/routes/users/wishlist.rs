//! `GET /users/me/wishlist`, `PUT` and `DELETE /users/me/wishlist/{product_id}`

use std::sync::Arc;

use axum::{Json as Answer, extract::State, http::StatusCode};
use schemas::{
    ids::{ProductId, UserId},
    types::Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::{User, Wish, Wishing},
    extract::Path,
    problem::{Problem, WISHLIST_FULL},
    routes::products::related::{product_id, sold},
    views::{ProductView, rfc3339},
};

/// A product that the customer wishes for.
#[derive(Debug, Serialize, ToSchema)]
pub struct WishView {
    /// The product.
    #[schema(value_type = String, format = Uuid)]
    product_id: ProductId,
    /// Since when.
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    added_at: Timestamp,
    /// What it is now; null while it cannot be bought.
    product: Option<ProductView>,
}

/// What the customer wishes for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Wishlist {
    /// The one that was added last first: at most 100.
    items: Vec<WishView>,
}

/// Lists what the customer wishes for.
#[utoipa::path(get, path = "/users/me/wishlist", tag = "users", security(("bearer" = [])), responses(
    (status = 200, body = Wishlist),
))]
pub async fn list(State(app): State<Arc<App>>, User(user): User) -> Result<Answer<Wishlist>, Problem> {
    wishlist(&app, user).await.map(Answer)
}

/// Adds a product. One that is on the list stays where it is.
#[utoipa::path(put, path = "/users/me/wishlist/{product_id}", tag = "users", params(("product_id" = String, Path)),
    security(("bearer" = [])), responses(
        (status = 204),
        (status = 404, description = "product_not_found"),
        (status = 409, description = "wishlist_full"),
    ))]
pub async fn add(
    State(app): State<Arc<App>>,
    User(user): User,
    Path(product): Path<String>,
) -> Result<StatusCode, Problem> {
    let product_id = sold(&app, &product).await?.state.product_id;
    match app.wishlists.add(user, &Wish { product_id, added_at: Timestamp::now() }).await? {
        Wishing::Listed => Ok(StatusCode::NO_CONTENT),
        Wishing::Full => Err(Problem::new(WISHLIST_FULL).detail("remove one of the hundred first")),
    }
}

/// Takes a product off the list.
#[utoipa::path(delete, path = "/users/me/wishlist/{product_id}", tag = "users", params(("product_id" = String, Path)),
    security(("bearer" = [])), responses(
        (status = 204),
        (status = 404, description = "product_not_found"),
    ))]
pub async fn remove(
    State(app): State<Arc<App>>,
    User(user): User,
    Path(product): Path<String>,
) -> Result<StatusCode, Problem> {
    app.wishlists.remove(user, product_id(&product)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn wishlist(app: &App, user: UserId) -> Result<Wishlist, Problem> {
    let mut wishes = app.wishlists.of(user).await?;
    wishes.reverse();
    let ids: Vec<ProductId> = wishes.iter().map(|wish| wish.product_id).collect();
    let found = app.counter.by_ids(&ids).await?;
    let sold = |id: ProductId| found.get(&id).filter(|product| product.state.active);
    let view = |Wish { product_id, added_at }| WishView {
        product_id,
        added_at,
        product: sold(product_id).map(|product| ProductView::from(&**product)),
    };
    Ok(Wishlist { items: wishes.into_iter().map(view).collect() })
}
