//! `POST /cart/items`, `PATCH` and `DELETE /cart/items/{id}`

use std::sync::Arc;

use axum::{
    Json as Answer,
    extract::State,
    http::{HeaderName, StatusCode},
};
use schemas::{documents::Product, ids::ProductId, types::Money};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::{
    show::{existing, unknown},
    view::{CartView, show as view, unit_price},
};
use crate::{
    app::App,
    cart::{CART_TOKEN, Cart, CartFault, CartId, CartItem, CartOwner, CartToken, Done},
    extract::{IdempotencyKey, Json, Path},
    problem::{CART_FULL, CART_ITEM_NOT_FOUND, IDEMPOTENCY_KEY_REUSED, Problem, UNKNOWN_PRODUCT},
    read_models::ProductDocument,
    routes::orders::form::units,
    validate::Faults,
};

/// What to put in.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddForm {
    /// The product.
    #[schema(value_type = String, format = Uuid)]
    product_id: ProductId,
    /// How many more: 1 to 1000, and no more than that together with those that are in the cart.
    #[schema(minimum = 1, maximum = 1000)]
    quantity: i64,
}

/// How many there are to be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeForm {
    /// 1 to 1000.
    #[schema(minimum = 1, maximum = 1000)]
    quantity: i64,
}

type WithToken = (StatusCode, Option<[(HeaderName, String); 1]>, Answer<CartView>);

/// Puts a product into the cart. A guest without a cart gets one: the `Cart-Token` in the answer's header names it from then on.
/// The same `Idempotency-Key` puts it in once, as long as the cart is the same.
#[utoipa::path(post, path = "/cart/items", tag = "cart", request_body = AddForm, security((), ("bearer" = [])),
    params(
        ("Cart-Token" = Option<String>, Header, description = "A guest's cart"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 128 visible ASCII characters"),
    ),
    responses(
        (status = 201, body = CartView, headers(("Cart-Token" = String, description = "A new guest's cart"))),
        (status = 404, description = "cart_not_found"),
        (status = 409, description = "cart_full"),
        (status = 422, description = "unknown_product"),
    ))]
pub async fn add(
    State(app): State<Arc<App>>,
    owner: CartOwner,
    IdempotencyKey(key): IdempotencyKey,
    Json(form): Json<AddForm>,
) -> Result<WithToken, Problem> {
    let quantity = read_units(form.quantity)?;
    let product = &sold(&app, form.product_id).await?.state;
    let list = owner.visitor().price_list(&app.accounts).await?;
    let begun = if owner.cart().is_none() { Some(CartToken::generate()?) } else { None };
    let id = begun.as_ref().map(CartToken::cart).or_else(|| owner.cart()).ok_or_else(unknown)?;
    let request = key.map(|key| Done { key: digest(&key), body: digest(&format!("{}/{quantity}", form.product_id)) });
    let put = |cart: &mut Cart| {
        let cart = if begun.is_some() { cart } else { existing(&owner, cart)? };
        let all = quantity.saturating_add(cart.quantity_of(form.product_id));
        Ok(cart.add(item(product, quantity, unit_price(product, all, list)), request.clone())?)
    };
    let (cart, ()) = app.carts.change(&id, put).await?;
    let token = begun.map(|token| [(HeaderName::from_static(CART_TOKEN), token.reveal().to_owned())]);
    Ok((StatusCode::CREATED, token, Answer(view(&app, owner.visitor(), &cart).await?)))
}

/// Says how many of a product are in the cart. What it costs now counts as seen.
#[utoipa::path(patch, path = "/cart/items/{id}", tag = "cart", request_body = ChangeForm, security((), ("bearer" = [])),
    params(("id" = String, Path, description = "The product"),
        ("Cart-Token" = Option<String>, Header, description = "A guest's cart")),
    responses(
        (status = 200, body = CartView),
        (status = 404, description = "cart_not_found, cart_item_not_found"),
        (status = 422, description = "unknown_product"),
    ))]
pub async fn change(
    State(app): State<Arc<App>>,
    owner: CartOwner,
    Path(id): Path<String>,
    Json(form): Json<ChangeForm>,
) -> Result<Answer<CartView>, Problem> {
    let (product_id, quantity) = (read_id(&id)?, read_units(form.quantity)?);
    let cart_id = owned(&owner)?;
    let product = &sold(&app, product_id).await?.state;
    let list = owner.visitor().price_list(&app.accounts).await?;
    let set = item(product, quantity, unit_price(product, quantity, list));
    let (cart, ()) = app.carts.change(&cart_id, |cart| Ok(existing(&owner, cart)?.set(set.clone())?)).await?;
    view(&app, owner.visitor(), &cart).await.map(Answer)
}

/// Takes a product out of the cart.
#[utoipa::path(delete, path = "/cart/items/{id}", tag = "cart", security((), ("bearer" = [])),
    params(("id" = String, Path, description = "The product"),
        ("Cart-Token" = Option<String>, Header, description = "A guest's cart")),
    responses(
        (status = 200, body = CartView),
        (status = 404, description = "cart_not_found, cart_item_not_found"),
    ))]
pub async fn remove(
    State(app): State<Arc<App>>,
    owner: CartOwner,
    Path(id): Path<String>,
) -> Result<Answer<CartView>, Problem> {
    let (product_id, cart_id) = (read_id(&id)?, owned(&owner)?);
    let (cart, was_there) = app.carts.change(&cart_id, |cart| Ok(existing(&owner, cart)?.remove(product_id)?)).await?;
    if !was_there {
        return Err(CartFault::NotThere.into());
    }
    view(&app, owner.visitor(), &cart).await.map(Answer)
}

async fn sold(app: &App, id: ProductId) -> Result<Arc<ProductDocument>, Problem> {
    let gone = || Problem::field(UNKNOWN_PRODUCT, "product_id", format!("{id} is not sold"));
    app.counter.sold(id).await?.ok_or_else(gone)
}

fn item(product: &Product, quantity: u32, seen_price: Money) -> CartItem {
    CartItem { product_id: product.product_id, quantity, seen_price }
}

fn owned(owner: &CartOwner) -> Result<CartId, Problem> {
    owner.cart().ok_or_else(unknown)
}

fn read_id(id: &str) -> Result<ProductId, Problem> {
    id.parse().map_err(|_| CartFault::NotThere.into())
}

fn read_units(quantity: i64) -> Result<u32, Problem> {
    let mut faults = Faults::default();
    let units = faults.check("quantity", units(quantity));
    faults.none_in(units).map_err(Problem::invalid)
}

fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

impl From<CartFault> for Problem {
    fn from(fault: CartFault) -> Self {
        match fault {
            CartFault::Full => Self::new(CART_FULL).detail(fault.to_string()),
            CartFault::TooMany => Self::field(CART_FULL, "quantity", fault.to_string()),
            CartFault::NotThere => Self::new(CART_ITEM_NOT_FOUND),
            CartFault::KeyReused => Self::new(IDEMPOTENCY_KEY_REUSED),
            CartFault::TakenIn => unknown(),
        }
    }
}
