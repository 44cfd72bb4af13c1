//! `GET` and `DELETE /cart`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};

use super::view::{CartView, show as view};
use crate::{
    app::App,
    cart::{Cart, CartId, CartOwner},
    problem::{CART_NOT_FOUND, Problem},
};

/// Shows the cart of the customer, or of the guest with this `Cart-Token`, at today's prices.
#[utoipa::path(get, path = "/cart", tag = "cart", security((), ("bearer" = [])),
    params(("Cart-Token" = Option<String>, Header, description = "A guest's cart")),
    responses(
        (status = 200, body = CartView),
        (status = 404, description = "cart_not_found"),
    ))]
pub async fn show(State(app): State<Arc<App>>, owner: CartOwner) -> Result<Answer<CartView>, Problem> {
    let cart = match owner.cart() {
        Some(id) => current(&app, &owner, id).await?,
        None => Cart::empty(CartId::of_guest("")),
    };
    view(&app, owner.visitor(), &cart).await.map(Answer)
}

/// Takes everything out of the cart, the coupon too.
#[utoipa::path(delete, path = "/cart", tag = "cart", security((), ("bearer" = [])),
    params(("Cart-Token" = Option<String>, Header, description = "A guest's cart")),
    responses(
        (status = 200, body = CartView),
        (status = 404, description = "cart_not_found"),
    ))]
pub async fn clear(State(app): State<Arc<App>>, owner: CartOwner) -> Result<Answer<CartView>, Problem> {
    let id = owner.cart().ok_or_else(unknown)?;
    let (cart, ()) = app.carts.change(&id, |cart| Ok(existing(&owner, cart)?.clear()?)).await?;
    view(&app, owner.visitor(), &cart).await.map(Answer)
}

async fn current(app: &App, owner: &CartOwner, id: CartId) -> Result<Cart, Problem> {
    let mut cart = app.carts.show(&id).await?.unwrap_or_else(|| Cart::empty(id));
    existing(owner, &mut cart)?;
    Ok(cart)
}

/// A customer always has a cart, a guest one that they began and that no customer has taken in.
pub fn existing<'a>(owner: &CartOwner, cart: &'a mut Cart) -> Result<&'a mut Cart, Problem> {
    let is_there = matches!(owner, CartOwner::Customer(_)) || (cart.version > 0 && cart.owner.is_none());
    if is_there { Ok(cart) } else { Err(unknown()) }
}

/// There is no such cart.
pub fn unknown() -> Problem {
    Problem::new(CART_NOT_FOUND)
        .detail("put something into a new cart; a cart is forgotten 90 days after its last change")
}
