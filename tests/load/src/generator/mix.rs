//! The shares of the payment methods.

use std::{fmt, str::FromStr};

/// The payment methods, as the API spells them.
const METHODS: [&str; 3] = ["stripe", "razorpay", "cod"];

/// How many of the orders are paid how: method and share, in the order given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mix {
    shares: Vec<(&'static str, u64)>,
    sum: u64,
}

impl Mix {
    /// The method for a number that is uniform over all 64-bit numbers.
    #[must_use]
    pub fn choose(&self, uniform: u64) -> &'static str {
        let mut place = uniform % self.sum;
        for (method, share) in &self.shares {
            if place < *share {
                return method;
            }
            place -= share;
        }
        METHODS[0] // not reached: the shares add up to the sum
    }
}

impl FromStr for Mix {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || format!("expected shares of {}, e.g. stripe=45,razorpay=45,cod=10", METHODS.join(", "));
        let mut shares = Vec::new();
        for part in text.split(',') {
            let (name, share) = part.split_once('=').ok_or_else(expected)?;
            let method = METHODS.into_iter().find(|method| *method == name.trim()).ok_or_else(expected)?;
            let share: u32 = share.trim().parse().map_err(|_| expected())?;
            shares.push((method, u64::from(share)));
        }
        match shares.iter().map(|(_, share)| share).sum() {
            0 => Err("at least one share must be more than 0".to_owned()),
            sum => Ok(Self { shares, sum }),
        }
    }
}

impl fmt::Display for Mix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.shares.iter().map(|(method, share)| format!("{method}={share}")).collect();
        f.write_str(&parts.join(","))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_shares_are_kept_exactly_over_a_full_round() {
        let mix: Mix = "stripe=3,cod=1,razorpay=0".parse().unwrap();
        let chosen: Vec<&str> = (0..8).map(|n| mix.choose(n)).collect();
        assert_eq!(chosen.iter().filter(|method| **method == "stripe").count(), 6);
        assert_eq!(chosen.iter().filter(|method| **method == "razorpay").count(), 0);
        assert_eq!(mix.to_string(), "stripe=3,cod=1,razorpay=0");
    }

    #[test]
    fn what_is_no_mix_is_refused() {
        for bad in ["", "stripe", "stripe=x", "cash=1", "cod=0", "stripe=1,"] {
            assert!(bad.parse::<Mix>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_method_without_a_share_is_never_chosen(uniform: u64, share in 1_u32..1_000) {
            let mix: Mix = format!("razorpay=0,cod={share},stripe=0").parse().unwrap();
            prop_assert_eq!(mix.choose(uniform), "cod");
        }
    }
}
