//! `POST` and `DELETE /cart/coupon`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use schemas::{coupons::CouponCode, types::Timestamp};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    show::{existing, unknown},
    view::{CartView, show as view},
};
use crate::{
    app::App,
    cart::CartOwner,
    extract::Json,
    problem::Problem,
    routes::orders::coupon::wanted,
    validate::{self, Faults},
};

/// The coupon to use.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CartCouponForm)]
pub struct CouponForm {
    /// Its code, in whatever case.
    #[schema(min_length = 3, max_length = 32)]
    code: String,
}

/// Uses a coupon, in the place of the one before. Whether it fits what is in the cart is told by the quote, and whether the
/// order gets it is decided when it is placed.
#[utoipa::path(post, path = "/cart/coupon", tag = "cart", request_body = CouponForm, security((), ("bearer" = [])),
    params(("Cart-Token" = Option<String>, Header, description = "A guest's cart")),
    responses(
        (status = 200, body = CartView),
        (status = 404, description = "cart_not_found"),
        (status = 422, description = "coupon_refused"),
    ))]
pub async fn put(
    State(app): State<Arc<App>>,
    owner: CartOwner,
    Json(form): Json<CouponForm>,
) -> Result<Answer<CartView>, Problem> {
    let mut faults = Faults::default();
    let code = faults.check("code", validate::coupon_code(&form.code).map(Some));
    let code = faults.none_in(code).map_err(Problem::invalid)?;
    wanted(&app, owner.visitor(), ("code", code.as_ref()), Timestamp::now()).await?;
    set(&app, &owner, code).await
}

/// Uses no coupon.
#[utoipa::path(delete, path = "/cart/coupon", tag = "cart", security((), ("bearer" = [])),
    params(("Cart-Token" = Option<String>, Header, description = "A guest's cart")),
    responses(
        (status = 200, body = CartView),
        (status = 404, description = "cart_not_found"),
    ))]
pub async fn remove(State(app): State<Arc<App>>, owner: CartOwner) -> Result<Answer<CartView>, Problem> {
    set(&app, &owner, None).await
}

async fn set(app: &App, owner: &CartOwner, code: Option<CouponCode>) -> Result<Answer<CartView>, Problem> {
    let id = owner.cart().ok_or_else(unknown)?;
    let (cart, ()) = app.carts.change(&id, |cart| Ok(existing(owner, cart)?.use_coupon(code.clone())?)).await?;
    view(app, owner.visitor(), &cart).await.map(Answer)
}
