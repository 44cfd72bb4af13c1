//! The records beside a coupon's counter: which order uses it, how many orders of each customer do, and what it was when.

use schemas::{
    coupons::{CouponCode, CouponRevision, CouponUser, Unredeemable},
    ids::{OrderId, UserId},
    types::Timestamp,
};
use serde::{Deserialize, Serialize};
use shared::engine::{Row, RowKey};

/// Everything that the coupons worker keeps beside its counters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CouponRow {
    /// Whether an order uses a coupon.
    Redemption(Redemption),
    /// How many orders of a customer do.
    User(CouponUser),
    /// The terms that a coupon had or has.
    Revision(CouponRevision),
}

/// Whether an order uses a coupon. Never removed: it is how a repeated message is recognised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redemption {
    /// The coupon.
    pub code: CouponCode,
    /// The order.
    pub order_id: OrderId,
    /// Whose it is.
    pub user_id: UserId,
    /// Whether it does.
    pub state: RedemptionState,
    /// Why it may not, if it was refused.
    pub refusal: Option<Unredeemable>,
    /// How many orders used the coupon when this one was granted or refused it, without this one; 0 if it never asked.
    pub used_before: i64,
    /// When it came to this state.
    pub at: Timestamp,
}

/// Whether an order uses a coupon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RedemptionState {
    /// It does.
    Used,
    /// It may not.
    Refused,
    /// It gave it back, or will never use it.
    GivenBack,
}

impl Redemption {
    /// Which document says whether this order uses this coupon.
    #[must_use]
    pub fn row_key(code: &CouponCode, order_id: OrderId) -> RowKey {
        RowKey { collection: "coupon_redemptions", id: format!("{code}:{order_id}") }
    }
}

/// Which document counts the orders of this customer that use this coupon.
#[must_use]
pub fn user_key(code: &CouponCode, user: UserId) -> RowKey {
    RowKey { collection: CouponUser::COLLECTION, id: CouponUser::document_id(code, user) }
}

/// Which document keeps these terms of this coupon.
#[must_use]
pub fn revision_key(code: &CouponCode, revision: i64) -> RowKey {
    RowKey { collection: CouponRevision::COLLECTION, id: CouponRevision::document_id(code, revision) }
}

impl Row for CouponRow {
    fn key(&self) -> RowKey {
        match self {
            Self::Redemption(row) => Redemption::row_key(&row.code, row.order_id),
            Self::User(row) => user_key(&row.code, row.user_id),
            Self::Revision(row) => revision_key(&row.code, row.terms.revision),
        }
    }
}
