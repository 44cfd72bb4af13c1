//! What a coupon takes off.

use serde::{Deserialize, Serialize};

use super::{paise, rounded};
use crate::types::{Money, PriceList, Timestamp};

/// What a coupon offers: all that the price must know of it. How often it may be used is not a matter of price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// What it takes off.
    pub worth: Worth,
    /// What the goods must come to at least, by the list.
    pub minimum: Money,
    /// From when on it is good.
    pub valid_from: Timestamp,
    /// From when on it is not good any more.
    pub valid_until: Timestamp,
    /// The only customers it is for: those who buy by this list.
    #[serde(default)]
    pub price_list: Option<PriceList>,
}

/// What a coupon takes off the goods, never more than they come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Worth {
    /// A part of what they come to by the list.
    Percent {
        /// How much of it: 1000 is 10 %.
        basis_points: u32,
        /// The most it takes off.
        at_most: Option<Money>,
    },
    /// An amount.
    Flat {
        /// How much.
        amount: Money,
    },
}

/// Why a coupon is not good for an order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CouponRefusal {
    /// Too early.
    #[error("the coupon is not good yet")]
    NotYet,
    /// Too late.
    #[error("the coupon is not good any more")]
    Expired,
    /// Too little is bought.
    #[error("the coupon is for goods of {0} or more")]
    BelowMinimum(Money),
    /// Others may use it.
    #[error("the coupon is not for this customer")]
    NotForThisCustomer,
}

impl Offer {
    /// What it takes off goods that come to this much by this list.
    ///
    /// # Errors
    /// [`CouponRefusal`].
    pub fn discount(&self, subtotal: Money, list: PriceList, at: Timestamp) -> Result<Money, CouponRefusal> {
        if at < self.valid_from {
            return Err(CouponRefusal::NotYet);
        }
        if at >= self.valid_until {
            return Err(CouponRefusal::Expired);
        }
        if self.price_list.is_some_and(|only| only != list) {
            return Err(CouponRefusal::NotForThisCustomer);
        }
        if subtotal.minor < self.minimum.minor {
            return Err(CouponRefusal::BelowMinimum(self.minimum));
        }
        Ok(Money { minor: self.worth.of(subtotal).clamp(0, subtotal.minor), ..subtotal })
    }
}

impl Worth {
    fn of(self, subtotal: Money) -> i64 {
        match self {
            Self::Flat { amount } => amount.minor,
            Self::Percent { basis_points, at_most } => {
                let part = paise(rounded(i128::from(subtotal.minor) * i128::from(basis_points), 10_000));
                // A part that cannot be counted is more than the whole.
                let part = part.map_or(subtotal.minor, |part| part.minor);
                at_most.map_or(part, |most| part.min(most.minor))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pricing::testing::coupon;

    const RETAIL: PriceList = PriceList::Retail;

    const PERCENT: Worth = Worth::Percent { basis_points: 1_000, at_most: Some(Money::inr(20_000)) };

    fn discount(worth: Worth, subtotal: i64) -> i64 {
        coupon(worth).discount(Money::inr(subtotal), RETAIL, Timestamp::from_millis(1_500)).unwrap().minor
    }

    #[test]
    fn a_percentage_has_a_cap_and_an_amount_takes_no_more_than_there_is() {
        assert_eq!(discount(PERCENT, 100_005), 10_001);
        assert_eq!(discount(PERCENT, 900_000), 20_000);
        let flat = Worth::Flat { amount: Money::inr(50_000) };
        assert_eq!(discount(flat, 90_000), 50_000);
        assert_eq!(discount(flat, 30_000), 30_000);
    }

    #[test]
    fn it_is_good_from_its_first_moment_until_before_its_last() {
        let coupon = coupon(PERCENT);
        let at = |millis| coupon.discount(Money::inr(100_000), RETAIL, Timestamp::from_millis(millis));
        assert_eq!(at(999), Err(CouponRefusal::NotYet));
        assert_eq!(at(1_000), Ok(Money::inr(10_000)));
        assert_eq!(at(1_999), Ok(Money::inr(10_000)));
        assert_eq!(at(2_000), Err(CouponRefusal::Expired));
    }

    #[test]
    fn too_little_is_refused_with_what_is_needed() {
        let coupon = Offer { minimum: Money::inr(50_000), ..coupon(PERCENT) };
        let at = Timestamp::from_millis(1_500);
        assert_eq!(
            coupon.discount(Money::inr(49_999), RETAIL, at),
            Err(CouponRefusal::BelowMinimum(Money::inr(50_000)))
        );
        assert_eq!(coupon.discount(Money::inr(50_000), RETAIL, at), Ok(Money::inr(5_000)));
    }

    #[test]
    fn it_may_be_for_the_customers_of_one_list_alone() {
        let coupon = Offer { price_list: Some(PriceList::Wholesale), ..coupon(PERCENT) };
        let of = |list| coupon.discount(Money::inr(100_000), list, Timestamp::from_millis(1_500));
        assert_eq!(of(PriceList::Wholesale), Ok(Money::inr(10_000)));
        assert_eq!(of(RETAIL), Err(CouponRefusal::NotForThisCustomer));
    }
}
