//! Coupons.

/// A coupon that somebody has put.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the names of the record's own fields")]
pub struct Coupon {
    pub code: String,
    /// How many orders may use it.
    pub total_limit: Option<i64>,
    /// How many orders of one customer may.
    pub user_limit: Option<i64>,
    /// How many do, by its counter.
    pub used: i64,
}

/// Whether an order uses a coupon, by the coupon's books.
#[derive(Debug, Clone, serde::Deserialize)]
#[allow(missing_docs, reason = "the names of the record's own fields")]
pub struct Redemption {
    pub code: String,
    pub order_id: String,
    pub user_id: String,
    /// `used`, `refused` or `given_back`.
    pub state: String,
    /// Why it was refused.
    pub refusal: Option<String>,
    /// How many orders used the coupon when this one was granted or refused it.
    pub used_before: i64,
}

/// How many orders of a customer use a coupon, by its counter.
#[derive(Debug, Clone, serde::Deserialize)]
#[allow(missing_docs, reason = "the names of the record's own fields")]
pub struct CouponUser {
    pub code: String,
    pub user_id: String,
    pub used: i64,
}

/// What an order has of a coupon, by the order.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names of the record's own fields")]
pub struct OrderCoupon {
    pub code: String,
    /// `asked`, `used`, `refused` or `given_back`.
    pub state: String,
}
