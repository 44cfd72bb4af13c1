//! `POST /cart/merge`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use schemas::ids::ProductId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    show::unknown,
    view::{CartView, show as view},
};
use crate::{
    app::App,
    auth::{Bearer, Visitor},
    cart::{Cart, CartId, CartToken, LeftOut},
    extract::Json,
    problem::Problem,
};

/// Which guest's cart.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeForm {
    /// The `Cart-Token` that it was begun with.
    #[schema(pattern = "^[0-9a-f]{40}$")]
    cart_token: String,
}

/// The customer's cart with what the guest had put in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Merged {
    /// The cart.
    #[serde(flatten)]
    cart: CartView,
    /// What found no room in it.
    left_out: Vec<LeftOutView>,
}

/// A product that found no room.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LeftOut)]
struct LeftOutView {
    /// The product.
    #[schema(value_type = String, format = Uuid)]
    product_id: ProductId,
    /// How many of it.
    quantity: u32,
}

/// Takes a guest's cart into the customer's, after they logged in: quantities add up. Done once, however often it is asked for;
/// the guest's cart is gone then.
#[utoipa::path(post, path = "/cart/merge", tag = "cart", request_body = MergeForm, security(("bearer" = [])), responses(
    (status = 200, body = Merged),
    (status = 404, description = "cart_not_found"),
))]
pub async fn merge(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Json(form): Json<MergeForm>,
) -> Result<Answer<Merged>, Problem> {
    let guests = CartToken::parse(&form.cart_token)?.cart();
    // Given first, so that it takes no changes that would be lost; then taken in; emptied last, so that a repetition of all
    // of this finds the same cart or nothing.
    let give = |cart: &mut Cart| {
        if cart.version == 0 { Err(unknown()) } else { Ok(cart.give_to(bearer.user)?) }
    };
    let (guest, ()) = app.carts.change(&guests, give).await?;
    let own = CartId::of_user(bearer.user);
    let (cart, left_out) = app.carts.change(&own, |cart| Ok(cart.take_in(&guest))).await?;
    let empty = |cart: &mut Cart| {
        cart.items.clear();
        Ok(())
    };
    app.carts.change(&guests, empty).await?;
    let cart = view(&app, Visitor(Some(bearer)), &cart).await?;
    Ok(Answer(Merged { cart, left_out: left_out.into_iter().map(LeftOutView::from).collect() }))
}

impl From<LeftOut> for LeftOutView {
    fn from(LeftOut { product_id, quantity }: LeftOut) -> Self {
        Self { product_id, quantity }
    }
}
