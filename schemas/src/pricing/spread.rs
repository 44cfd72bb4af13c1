//! A discount over lines.

use shared::money::MoneyError;

use super::paise;
use crate::types::Money;

/// The share of each amount in a discount that is at most their sum: in proportion, rounded down; the last takes the
/// remainder. What would make it negative goes to those before it.
///
/// # Errors
/// [`MoneyError`].
pub(super) fn spread(discount: Money, amounts: &[Money]) -> Result<Vec<Money>, MoneyError> {
    let whole = i128::from(Money::sum(amounts.iter().copied())?.minor).max(1);
    let share = |amount: &Money| i128::from(discount.minor) * i128::from(amount.minor) / whole;
    let mut shares: Vec<i128> = amounts.iter().map(share).collect();
    let mut left = i128::from(discount.minor) - shares.iter().sum::<i128>();
    for (share, amount) in shares.iter_mut().zip(amounts).rev() {
        let more = left.min(i128::from(amount.minor) - *share);
        *share += more;
        left -= more;
    }
    shares.into_iter().map(paise).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shares(discount: i64, amounts: &[i64]) -> Vec<i64> {
        let amounts: Vec<_> = amounts.iter().copied().map(Money::inr).collect();
        spread(Money::inr(discount), &amounts).unwrap().iter().map(|share| share.minor).collect()
    }

    #[test]
    fn the_last_line_takes_the_remainder() {
        assert_eq!(shares(100, &[300, 300, 300]), [33, 33, 34]);
        assert_eq!(shares(0, &[300, 1]), [0, 0]);
        assert_eq!(shares(0, &[]), [0; 0]);
    }

    #[test]
    fn a_small_last_line_does_not_become_negative() {
        assert_eq!(shares(100, &[50, 50, 1]), [49, 50, 1]);
    }

    proptest! {
        #[test]
        fn shares_sum_to_the_discount_and_none_exceeds_its_line(
            amounts in proptest::collection::vec(0i64..1_000_000, 1..50), part in 0i64..=1_000,
        ) {
            let sum: i64 = amounts.iter().sum();
            let discount = sum * part / 1_000;
            let shares = shares(discount, &amounts);
            prop_assert_eq!(shares.iter().sum::<i64>(), discount);
            for (share, amount) in shares.iter().zip(&amounts) {
                prop_assert!((0..=*amount).contains(share));
            }
        }
    }
}
