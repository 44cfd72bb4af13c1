//! `POST /checkout/quote`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use schemas::{
    orders::AppliedCoupon,
    pricing::Priced,
    types::{OrderLine, Timestamp, Totals},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{basket, coupon::QuotedCoupon, form::OrderForm, price::price};
use crate::{
    app::App,
    cart::CartOwner,
    extract::Json,
    problem::Problem,
    views::{LineDoc, TotalsDoc},
};

/// What an order would come to now. Nothing is held or promised by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Quote {
    /// The lines, ordered by SKU.
    #[schema(value_type = Vec<LineDoc>)]
    lines: Vec<OrderLine>,
    /// Their sums, the charges, and what the customer would pay.
    #[schema(value_type = TotalsDoc)]
    totals: Totals,
    /// The coupon, if one was wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    coupon: Option<QuotedCoupon>,
    /// The version of the cart, if it is one of the cart: order it with this and with `totals.grand_total.minor`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    cart_version: Option<i64>,
}

impl Quote {
    /// What was priced.
    pub fn new(priced: Priced, coupon: Option<AppliedCoupon>, cart_version: Option<i64>) -> Self {
        Self { lines: priced.lines, totals: priced.totals, coupon: coupon.map(QuotedCoupon::from), cart_version }
    }
}

/// Prices an order without placing it: the body is that of an order, and so are lines and totals.
///
/// A customer gets their own prices, a visitor without an account those of retail. With `cart_version` it is what the cart
/// comes to.
#[utoipa::path(post, path = "/checkout/quote", tag = "orders", request_body = OrderForm, security((), ("bearer" = [])),
    params(("Cart-Token" = Option<String>, Header, description = "A guest's cart")),
    responses(
        (status = 200, body = Quote),
        (status = 409, description = "cart_changed, total_changed"),
        (status = 422, description = "unknown_product, coupon_refused, unpriceable"),
    ))]
pub async fn quote(
    State(app): State<Arc<App>>,
    owner: CartOwner,
    Json(form): Json<OrderForm>,
) -> Result<Answer<Quote>, Problem> {
    let wish = form.parse().map_err(Problem::invalid)?;
    let wish = basket::fill(&app, owner.visitor(), owner.cart(), wish).await?.wish;
    let (priced, coupon) = price(&app, owner.visitor(), &wish, Timestamp::now()).await?;
    let total = priced.totals.grand_total;
    let quote = Quote::new(priced, coupon, wish.cart_version);
    basket::must_come_to(&wish, total, || quote.clone())?;
    Ok(Answer(quote))
}
