//! `POST /checkout/quote`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use schemas::types::{OrderLine, Timestamp, Totals};
use serde::Serialize;
use utoipa::ToSchema;

use super::{coupon::QuotedCoupon, form::OrderForm, price::price};
use crate::{
    app::App,
    auth::Visitor,
    extract::Json,
    problem::Problem,
    views::{LineDoc, ProblemDoc, TotalsDoc},
};

/// What an order would come to now. Nothing is held or promised by it.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
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
}

/// Prices an order without placing it: the body is that of an order, and so are lines and totals.
///
/// A customer gets their own prices, a visitor without an account those of retail.
#[utoipa::path(post, path = "/checkout/quote", tag = "orders", request_body = OrderForm, security((), ("bearer" = [])),
    responses(
        (status = 200, body = Quote),
        (status = 401, body = ProblemDoc, content_type = "application/problem+json"),
        (status = 422, body = ProblemDoc, content_type = "application/problem+json"),
    ))]
pub async fn quote(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Json(form): Json<OrderForm>,
) -> Result<Answer<Quote>, Problem> {
    let wish = form.parse().map_err(Problem::invalid)?;
    let (priced, coupon) = price(&app, visitor, &wish, Timestamp::now()).await?;
    Ok(Answer(Quote { lines: priced.lines, totals: priced.totals, coupon: coupon.map(QuotedCoupon::from) }))
}
