//! Coupons as answers show them.

use schemas::{
    coupons::{Coupon, CouponCode, CouponTerms, PercentOff},
    ids::UserId,
    pricing::coupon::{Offer, Worth},
    types::{Money, PriceList, Timestamp},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::views::{MoneyDoc, PriceListDoc, rfc3339};

/// A part of what goods come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PercentOff)]
pub struct Percent {
    /// How much of it: 1000 is 10 %.
    #[schema(minimum = 1, maximum = 10_000)]
    basis_points: i32,
    /// The most it takes off.
    #[serde(default)]
    #[schema(value_type = Option<MoneyDoc>)]
    at_most: Option<Money>,
}

/// A coupon.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Coupon)]
pub struct CouponView {
    /// What the customer types.
    code: String,
    /// How many orders use it.
    used: i64,
    /// What it is.
    #[serde(flatten)]
    terms: TermsView,
}

/// What a coupon is or was.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CouponTerms)]
pub struct TermsView {
    /// Counts the changes.
    revision: i64,
    /// The part of the goods that it takes off.
    percent: Option<Percent>,
    /// The amount that it takes off.
    #[schema(value_type = Option<MoneyDoc>)]
    flat: Option<Money>,
    /// What the goods must come to at least, by the price list.
    #[schema(value_type = MoneyDoc)]
    minimum: Money,
    /// From when on it is good.
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    valid_from: Timestamp,
    /// From when on it is not good any more.
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    valid_until: Timestamp,
    /// The only price list whose customers may use it.
    #[schema(value_type = Option<PriceListDoc>)]
    price_list: Option<PriceList>,
    /// How many orders may use it.
    total_limit: Option<i64>,
    /// How many orders of one customer may.
    user_limit: Option<i64>,
    /// Whether it may be used at all.
    active: bool,
    /// The admin who made it so.
    #[schema(value_type = String, format = Uuid)]
    changed_by: UserId,
    /// When.
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    changed_at: Timestamp,
}

/// A coupon with its history.
#[derive(Debug, Serialize, ToSchema)]
pub struct CouponInFull {
    /// As it is.
    #[serde(flatten)]
    pub coupon: CouponView,
    /// What it is and was, with who made it so; the newest first, the last 20.
    pub history: Vec<TermsView>,
}

/// One page of coupons.
#[derive(Debug, Serialize, ToSchema)]
pub struct CouponList {
    /// The coupons, ordered by code.
    pub items: Vec<CouponView>,
    /// Give it as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

impl CouponView {
    /// A coupon with these terms, used so often.
    pub fn new(code: &CouponCode, terms: CouponTerms, used: i64) -> Self {
        Self { code: code.to_string(), used, terms: terms.into() }
    }

    /// The coupon, if somebody has put it.
    pub fn of(Coupon { code, terms, used }: Coupon) -> Option<Self> {
        terms.map(|terms| Self::new(&code, terms, used))
    }

    /// Its code.
    pub fn code(&self) -> &str {
        &self.code
    }
}

impl From<CouponTerms> for TermsView {
    fn from(terms: CouponTerms) -> Self {
        let CouponTerms { offer, total_limit, user_limit, active, revision, changed_by, changed_at } = terms;
        let Offer { worth, minimum, valid_from, valid_until, price_list } = offer;
        let (percent, flat) = match worth {
            Worth::Percent { basis_points, at_most } => {
                (Some(Percent { basis_points: i32::try_from(basis_points).unwrap_or(i32::MAX), at_most }), None)
            }
            Worth::Flat { amount } => (None, Some(amount)),
        };
        Self {
            revision,
            percent,
            flat,
            minimum,
            valid_from,
            valid_until,
            price_list,
            total_limit,
            user_limit,
            active,
            changed_by,
            changed_at,
        }
    }
}

impl From<Percent> for PercentOff {
    fn from(Percent { basis_points, at_most }: Percent) -> Self {
        Self { basis_points, at_most }
    }
}
