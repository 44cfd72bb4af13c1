//! The coupon that somebody wants to use.

use std::{fmt::Display, sync::Arc};

use schemas::{
    coupons::{Coupon, CouponCode},
    orders::AppliedCoupon,
    pricing::{
        Priced,
        coupon::{CouponRefusal, Offer},
    },
    types::{Money, Timestamp},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::Visitor,
    problem::{COUPON_REFUSED, Problem},
    views::MoneyDoc,
};

/// Gateways take no less than a rupee, and an invoice over nothing sells nothing.
const LEAST_TO_PAY: Money = Money::inr(100);

/// What orders and quotes call it.
pub const FIELD: &str = "coupon";

/// A coupon and what it takes off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = QuotedCoupon)]
pub struct QuotedCoupon {
    /// Its code.
    code: String,
    /// What it takes off: part of the discounts of the lines.
    #[schema(value_type = MoneyDoc)]
    discount: Money,
}

/// The coupon that is wanted, if there is one and it may be used as far as is known; whether an order gets it is decided when
/// it is placed.
///
/// # Errors
/// A problem that says why it may not be used, of the request's field that names it, or that a store does not answer.
pub async fn wanted(
    app: &App,
    visitor: Visitor,
    (field, code): (&str, Option<&CouponCode>),
    at: Timestamp,
) -> Result<Option<Arc<Coupon>>, Problem> {
    let Some(code) = code else { return Ok(None) };
    let coupon = app.coupons.lately(code).await?;
    let is_limited = coupon.terms.as_ref().is_some_and(|terms| terms.user_limit.is_some());
    let used_by_user = match visitor.0 {
        Some(bearer) if is_limited => app.coupons.used_by(code, bearer.user).await?,
        _ => 0,
    };
    coupon.redeemable(at, used_by_user).map_err(|why| refused(field, why))?;
    Ok(Some(coupon))
}

/// What the coupon took off a priced order.
///
/// # Errors
/// A problem for a coupon that leaves nothing to pay.
pub fn applied(coupon: Option<&Coupon>, priced: &Priced) -> Result<Option<AppliedCoupon>, Problem> {
    let Some(coupon) = coupon else { return Ok(None) };
    if priced.totals.grand_total.minor < LEAST_TO_PAY.minor {
        return Err(refused(FIELD, "the coupon would leave less than a rupee to pay"));
    }
    Ok(Some(AppliedCoupon { code: coupon.code.clone(), discount: priced.coupon_discount }))
}

/// What the price must know of it.
pub fn offer(coupon: &Coupon) -> Option<&Offer> {
    coupon.terms.as_ref().map(|terms| &terms.offer)
}

/// The coupon is not good for this order.
pub fn not_good(why: &CouponRefusal) -> Problem {
    refused(FIELD, why)
}

fn refused(field: &str, why: impl Display) -> Problem {
    Problem::field(COUPON_REFUSED, field, why.to_string())
}

impl From<AppliedCoupon> for QuotedCoupon {
    fn from(AppliedCoupon { code, discount }: AppliedCoupon) -> Self {
        Self { code: code.to_string(), discount }
    }
}
