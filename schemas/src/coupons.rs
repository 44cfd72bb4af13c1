//! `coupons.inbox`: what the coupons worker is told to do. Keyed by code, so each coupon has one writer. And what it
//! writes and the ingress reads.

use std::{fmt, str::FromStr};

use apache_avro::AvroSchema;
use serde::{Deserialize, Serialize};
use shared::{
    body,
    engine::{Memory, State},
    topic,
};

use crate::{
    ids::{OrderId, UserId},
    pricing::coupon::{Offer, Worth},
    types::{Money, PriceList, Timestamp},
};

topic! {
    /// Everything that can happen to a coupon.
    pub enum CouponsMessage = "coupons.inbox" {
        /// It has these terms from now on.
        PutCoupon,
        /// It may not be used from now on.
        DeactivateCoupon,
        /// An order uses it.
        RedeemCoupon,
        /// An order gives its use back.
        ReleaseCoupon,
    }
}

/// What a customer types to get a discount: 3 to 32 upper-case letters, digits and `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CouponCode(String);

/// The text given is not a coupon's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a coupon's code: 3 to 32 letters, digits and '-'")]
pub struct InvalidCouponCode;

impl CouponCode {
    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The code that somebody typed, in whatever case.
    ///
    /// # Errors
    /// [`InvalidCouponCode`].
    pub fn typed(text: &str) -> Result<Self, InvalidCouponCode> {
        text.trim().to_ascii_uppercase().parse()
    }
}

impl FromStr for CouponCode {
    type Err = InvalidCouponCode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let legal = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
        let fits = (3..=32).contains(&text.len()) && text.chars().all(legal);
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidCouponCode) }
    }
}

impl fmt::Display for CouponCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for CouponCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for CouponCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

shared::avro_as!(CouponCode => String);

/// A coupon is as said here from now on. Not answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct PutCoupon {
    /// The coupon.
    pub code: CouponCode,
    /// Which of its revisions this is: one more than the revision that was looked at. Of two that were made beside each
    /// other the first counts.
    pub revision: i64,
    /// The part that it takes off; `None` if it takes off an amount.
    pub percent: Option<PercentOff>,
    /// The amount that it takes off; `None` if it takes off a part.
    pub flat: Option<Money>,
    /// What the goods must come to at least, by the list.
    pub minimum: Money,
    /// From when on it is good.
    pub valid_from: Timestamp,
    /// From when on it is not good any more.
    pub valid_until: Timestamp,
    /// The only customers it is for: those who buy by this list.
    pub price_list: Option<PriceList>,
    /// How many orders may use it.
    pub total_limit: Option<i64>,
    /// How many orders of one customer may.
    pub user_limit: Option<i64>,
    /// Whether it may be used at all.
    pub active: bool,
    /// The admin who says so.
    pub admin_id: UserId,
    /// When.
    pub changed_at: Timestamp,
}

/// A coupon may not be used from now on, whatever its terms are by then. Not answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct DeactivateCoupon {
    /// The coupon.
    pub code: CouponCode,
    /// The admin who says so.
    pub admin_id: UserId,
    /// When.
    pub changed_at: Timestamp,
}

/// A part of what goods come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct PercentOff {
    /// How much of it: 1000 is 10 %.
    pub basis_points: i32,
    /// The most it takes off.
    pub at_most: Option<Money>,
}

/// An order wants to use a coupon. Answered by `CouponRedeemed` or `CouponRefused`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct RedeemCoupon {
    /// The coupon.
    pub code: CouponCode,
    /// The order.
    pub order_id: OrderId,
    /// Whose it is.
    pub user_id: UserId,
    /// When the customer placed it: the coupon must have been good then.
    pub placed_at: Timestamp,
}

/// The order does not use the coupon any more, or never will. Not answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct ReleaseCoupon {
    /// The coupon.
    pub code: CouponCode,
    /// The order.
    pub order_id: OrderId,
    /// Whose it is.
    pub user_id: UserId,
}

/// A coupon, in the collection `coupons` under its code: written by the coupons worker alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coupon {
    /// What the customer types.
    pub code: CouponCode,
    /// What it offers to whom; `None` for a code that an order asked for and that nobody has put.
    pub terms: Option<CouponTerms>,
    /// How many orders use it.
    pub used: i64,
}

/// What a coupon offers, to whom and how often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CouponTerms {
    /// What it takes off, and when.
    pub offer: Offer,
    /// How many orders may use it.
    pub total_limit: Option<i64>,
    /// How many orders of one customer may.
    pub user_limit: Option<i64>,
    /// Whether it may be used at all.
    pub active: bool,
    /// Counts the changes; 1 for a new coupon.
    pub revision: i64,
    /// The admin who made the last.
    pub changed_by: UserId,
    /// When.
    pub changed_at: Timestamp,
}

/// How many orders of one customer use a coupon, in the collection [`CouponUser::COLLECTION`]: written by the coupons
/// worker alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CouponUser {
    /// The coupon.
    pub code: CouponCode,
    /// The customer.
    pub user_id: UserId,
    /// How many of their orders use it.
    pub used: i64,
}

/// The terms that a coupon had or has, in the collection [`CouponRevision::COLLECTION`]: written once, by the coupons
/// worker alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CouponRevision {
    /// The coupon.
    pub code: CouponCode,
    /// Its terms, with who made them so and when.
    pub terms: CouponTerms,
}

impl State for Coupon {
    const COLLECTION: &'static str = "coupons";
    /// A coupon outlives any list of message ids; the rows know what was done.
    const MEMORY: Memory = Memory::LastOffset;
}

impl CouponUser {
    /// Where the documents are.
    pub const COLLECTION: &'static str = "coupon_users";

    /// The document's id.
    #[must_use]
    pub fn document_id(code: &CouponCode, user: UserId) -> String {
        format!("{code}:{user}")
    }
}

impl CouponRevision {
    /// Where the documents are.
    pub const COLLECTION: &'static str = "coupon_revisions";

    /// The document's id.
    #[must_use]
    pub fn document_id(code: &CouponCode, revision: i64) -> String {
        format!("{code}:{revision}")
    }
}

/// Why an order cannot use a coupon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Unredeemable {
    /// There is none of this code.
    #[error("there is no such coupon")]
    Unknown,
    /// The shop has taken it back.
    #[error("the coupon is not good any more")]
    Inactive,
    /// Too early.
    #[error("the coupon is not good yet")]
    NotYet,
    /// Too late.
    #[error("the coupon is not good any more")]
    Expired,
    /// As many orders use it as may.
    #[error("the coupon is used up")]
    UsedUp,
    /// As many orders of this customer use it as may.
    #[error("you have used the coupon as often as you may")]
    UsedUpByUser,
    /// The order gave it back before.
    #[error("the order has given the coupon back")]
    GivenBack,
}

impl Unredeemable {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Inactive => "inactive",
            Self::NotYet => "not_yet",
            Self::Expired => "expired",
            Self::UsedUp => "used_up",
            Self::UsedUpByUser => "used_up_by_user",
            Self::GivenBack => "given_back",
        }
    }
}

impl Coupon {
    /// A coupon that nobody has put.
    #[must_use]
    pub const fn unknown(code: CouponCode) -> Self {
        Self { code, terms: None, used: 0 }
    }

    /// The terms under which one more order may use it, placed at this time by a customer of whose orders so many use it.
    ///
    /// # Errors
    /// [`Unredeemable`].
    pub fn redeemable(&self, placed_at: Timestamp, used_by_user: i64) -> Result<&CouponTerms, Unredeemable> {
        let terms = self.terms.as_ref().ok_or(Unredeemable::Unknown)?;
        let reaches = |limit: Option<i64>, used: i64| limit.is_some_and(|limit| used >= limit);
        match terms {
            CouponTerms { active: false, .. } => Err(Unredeemable::Inactive),
            _ if placed_at < terms.offer.valid_from => Err(Unredeemable::NotYet),
            _ if placed_at >= terms.offer.valid_until => Err(Unredeemable::Expired),
            _ if reaches(terms.total_limit, self.used) => Err(Unredeemable::UsedUp),
            _ if reaches(terms.user_limit, used_by_user) => Err(Unredeemable::UsedUpByUser),
            _ => Ok(terms),
        }
    }
}

/// What is wrong with the terms of a coupon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{field} {expected}")]
pub struct SenselessTerms {
    /// The field.
    pub field: &'static str,
    /// What it must be.
    pub expected: &'static str,
}

impl PutCoupon {
    /// The terms that it gives the coupon.
    ///
    /// # Errors
    /// [`SenselessTerms`] for terms that no coupon can have.
    pub fn terms(&self) -> Result<CouponTerms, SenselessTerms> {
        let require =
            |holds: bool, field, expected| if holds { Ok(()) } else { Err(SenselessTerms { field, expected }) };
        let worth = self.worth()?;
        require(self.minimum.minor >= 0, "minimum", "must not be less than nothing")?;
        require(self.valid_from < self.valid_until, "valid_until", "must be after valid_from")?;
        require(self.total_limit.is_none_or(|limit| limit >= 1), "total_limit", "must be at least 1")?;
        require(self.user_limit.is_none_or(|limit| limit >= 1), "user_limit", "must be at least 1")?;
        require(self.revision >= 1, "revision", "must not be less than 0")?;
        let (minimum, price_list) = (self.minimum, self.price_list);
        let (valid_from, valid_until) = (self.valid_from, self.valid_until);
        Ok(CouponTerms {
            offer: Offer { worth, minimum, valid_from, valid_until, price_list },
            total_limit: self.total_limit,
            user_limit: self.user_limit,
            active: self.active,
            revision: self.revision,
            changed_by: self.admin_id,
            changed_at: self.changed_at,
        })
    }

    fn worth(&self) -> Result<Worth, SenselessTerms> {
        let senseless = |field, expected| Err(SenselessTerms { field, expected });
        match (self.percent, self.flat) {
            (Some(PercentOff { basis_points, at_most }), None) => {
                if at_most.is_some_and(|most| most.minor < 1) {
                    return senseless("percent.at_most", "must be more than nothing");
                }
                match u32::try_from(basis_points) {
                    Ok(basis_points @ 1..=10_000) => Ok(Worth::Percent { basis_points, at_most }),
                    _ => senseless("percent.basis_points", "must be 1 to 10000"),
                }
            }
            (None, Some(amount)) if amount.minor >= 1 => Ok(Worth::Flat { amount }),
            (None, Some(_)) => senseless("flat", "must be more than nothing"),
            (None, None) => senseless("percent", "must be given, or else flat"),
            (Some(_), Some(_)) => senseless("percent", "must be left out where flat is given: give one of them"),
        }
    }
}

body!(PutCoupon: "../avro/PutCoupon.v1.avsc");
body!(DeactivateCoupon: "../avro/DeactivateCoupon.v1.avsc");
body!(RedeemCoupon: "../avro/RedeemCoupon.v1.avsc");
body!(ReleaseCoupon: "../avro/ReleaseCoupon.v1.avsc");

#[cfg(test)]
mod tests {
    use super::*;

    fn ten_percent() -> PutCoupon {
        PutCoupon {
            code: "MONSOON".parse().unwrap(),
            revision: 1,
            percent: Some(PercentOff { basis_points: 1_000, at_most: Some(Money::inr(20_000)) }),
            flat: None,
            minimum: Money::inr(0),
            valid_from: Timestamp::from_millis(1_000),
            valid_until: Timestamp::from_millis(2_000),
            price_list: None,
            total_limit: Some(5),
            user_limit: Some(2),
            active: true,
            admin_id: UserId::generate(),
            changed_at: Timestamp::from_millis(500),
        }
    }

    #[test]
    fn a_code_has_one_spelling_however_it_is_typed() {
        assert_eq!(CouponCode::typed(" diwali-25 ").unwrap().as_str(), "DIWALI-25");
        assert_eq!("diwali-25".parse::<CouponCode>(), Err(InvalidCouponCode));
        for bad in ["", "AB", "A B", "DIWALI:25", "दिवाली", &"A".repeat(33)] {
            assert_eq!(CouponCode::typed(bad), Err(InvalidCouponCode), "{bad}");
        }
    }

    #[test]
    fn an_order_may_use_a_coupon_while_it_is_good_and_neither_limit_is_reached() {
        let put = ten_percent();
        let coupon = |used| Coupon { code: put.code.clone(), terms: put.terms().ok(), used };
        let refusal =
            |used, placed_at, by_user| coupon(used).redeemable(Timestamp::from_millis(placed_at), by_user).err();
        assert_eq!(refusal(4, 1_000, 1), None);
        assert_eq!(refusal(5, 1_000, 0), Some(Unredeemable::UsedUp));
        assert_eq!(refusal(4, 1_000, 2), Some(Unredeemable::UsedUpByUser));
        assert_eq!(refusal(0, 999, 0), Some(Unredeemable::NotYet));
        assert_eq!(refusal(0, 2_000, 0), Some(Unredeemable::Expired));
        let unknown = Coupon::unknown(put.code.clone());
        assert_eq!(unknown.redeemable(put.valid_from, 0), Err(Unredeemable::Unknown));
        let taken_back = Coupon { terms: PutCoupon { active: false, ..put.clone() }.terms().ok(), ..coupon(0) };
        assert_eq!(taken_back.redeemable(put.valid_from, 0), Err(Unredeemable::Inactive));
    }

    #[test]
    fn terms_that_no_coupon_can_have_are_told_by_field() {
        let fault = |change: fn(&mut PutCoupon)| {
            let mut put = ten_percent();
            change(&mut put);
            put.terms().unwrap_err().field
        };
        assert_eq!(fault(|put| put.percent = None), "percent");
        assert_eq!(fault(|put| put.flat = Some(Money::inr(1))), "percent");
        assert_eq!(fault(|put| (put.percent, put.flat) = (None, Some(Money::inr(0)))), "flat");
        let off = |basis_points, most| Some(PercentOff { basis_points, at_most: Some(Money::inr(most)) });
        for senseless in [0, -1, 10_001] {
            let put = PutCoupon { percent: off(senseless, 1), ..ten_percent() };
            assert_eq!(put.terms().unwrap_err().field, "percent.basis_points");
        }
        let put = PutCoupon { percent: off(1, 0), ..ten_percent() };
        assert_eq!(put.terms().unwrap_err().field, "percent.at_most");
        assert_eq!(fault(|put| put.minimum = Money::inr(-1)), "minimum");
        assert_eq!(fault(|put| put.valid_until = put.valid_from), "valid_until");
        assert_eq!(fault(|put| put.total_limit = Some(0)), "total_limit");
        assert_eq!(fault(|put| put.user_limit = Some(0)), "user_limit");
        assert_eq!(fault(|put| put.revision = 0), "revision");
    }
}
