//! The body of `PUT /admin/coupons/{code}`.

use schemas::{
    coupons::{CouponCode, PercentOff, PutCoupon, SenselessTerms},
    ids::UserId,
    types::{Money, PriceList, Timestamp},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::Percent;
use crate::{
    problem::{Problem, VALIDATION_FAILED},
    validate::Faults,
    views::{MoneyDoc, PriceListDoc},
};

/// What a coupon is from now on: all of it, and not only what changes.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CouponForm {
    /// The revision that this replaces, as `GET` shows it; 0, or not given, for a new coupon.
    #[serde(default)]
    #[schema(minimum = 0)]
    pub revision: i64,
    /// The part of the goods that it takes off; or else give `flat`.
    #[serde(default)]
    percent: Option<Percent>,
    /// The amount that it takes off, never more than the goods come to.
    #[serde(default)]
    #[schema(value_type = Option<MoneyDoc>)]
    flat: Option<Money>,
    /// What the goods must come to at least, by the price list; nothing, if not given.
    #[serde(default)]
    #[schema(value_type = Option<MoneyDoc>)]
    minimum: Option<Money>,
    /// From when on it is good (RFC 3339).
    #[schema(format = DateTime)]
    valid_from: String,
    /// From when on it is not good any more.
    #[schema(format = DateTime)]
    valid_until: String,
    /// If it is for the customers of one price list alone.
    #[serde(default)]
    #[schema(value_type = Option<PriceListDoc>)]
    price_list: Option<PriceList>,
    /// How many orders may use it; any number, if not given.
    #[serde(default)]
    #[schema(minimum = 1)]
    total_limit: Option<i64>,
    /// How many orders of one customer may.
    #[serde(default)]
    #[schema(minimum = 1)]
    user_limit: Option<i64>,
    /// Whether it may be used at all.
    #[serde(default = "yes")]
    active: bool,
}

const fn yes() -> bool {
    true
}

impl CouponForm {
    /// The checked message.
    ///
    /// # Errors
    /// A problem that names the fields.
    pub fn read(self, code: CouponCode, admin_id: UserId, changed_at: Timestamp) -> Result<PutCoupon, Problem> {
        let mut faults = Faults::default();
        let mut moment = |field: &str, text: &str| {
            let moment = Timestamp::parse(text).map(Some);
            let expected = || "must be a moment such as 2026-04-01T00:00:00+05:30".to_owned();
            faults.check(field, moment.ok_or_else(expected)).unwrap_or(changed_at)
        };
        let (valid_from, valid_until) =
            (moment("valid_from", &self.valid_from), moment("valid_until", &self.valid_until));
        faults.none_in(()).map_err(Problem::invalid)?;
        let put = PutCoupon {
            code,
            revision: self.revision.saturating_add(1),
            percent: self.percent.map(PercentOff::from),
            flat: self.flat,
            minimum: self.minimum.unwrap_or(Money::inr(0)),
            valid_from,
            valid_until,
            price_list: self.price_list,
            total_limit: self.total_limit,
            user_limit: self.user_limit,
            active: self.active,
            admin_id,
            changed_at,
        };
        let senseless = |SenselessTerms { field, expected }| Problem::field(VALIDATION_FAILED, field, expected);
        put.terms().map_err(senseless).map(|_| put)
    }
}
