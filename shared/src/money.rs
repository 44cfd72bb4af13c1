//! Money: integer minor units with their currency, and arithmetic that refuses to overflow.

use std::fmt;

use apache_avro::AvroSchema;
use serde::{Deserialize, Serialize};

/// The currencies the shop takes: the Indian rupee, whose minor unit is the paisa, 100 to the rupee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, AvroSchema)]
#[allow(missing_docs, reason = "the Avro derive refuses comments on variants")]
pub enum Currency {
    INR,
}

impl Currency {
    /// The ISO 4217 code in lower case, as Stripe writes it.
    #[must_use]
    pub const fn code_lower(self) -> &'static str {
        match self {
            Self::INR => "inr",
        }
    }

    /// The ISO 4217 code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::INR => "INR",
        }
    }

    /// Reads an ISO 4217 code in either case.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        code.eq_ignore_ascii_case("INR").then_some(Self::INR)
    }
}

/// An amount in minor units (paise) of a currency. May be negative: a round-off line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, AvroSchema)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// Minor units: paise for rupees.
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

/// Arithmetic on money that has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The result does not fit 64 bits.
    #[error("the amount is too large")]
    Overflow,
    /// Two currencies do not add up.
    #[error("amounts in different currencies")]
    CurrencyMismatch,
}

impl Money {
    /// Rupees and paise as paise.
    #[must_use]
    pub const fn inr(paise: i64) -> Self {
        Self { minor: paise, currency: Currency::INR }
    }

    /// Zero of the same currency.
    #[must_use]
    pub const fn zero(self) -> Self {
        Self { minor: 0, currency: self.currency }
    }

    /// The sum.
    ///
    /// # Errors
    /// [`MoneyError`] on overflow or different currencies.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_add)
    }

    /// The difference.
    ///
    /// # Errors
    /// [`MoneyError`] on overflow or different currencies.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_sub)
    }

    /// This amount `quantity` times.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`].
    pub fn times(self, quantity: u32) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_mul(i64::from(quantity)).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// The sum of many; zero rupees for none.
    ///
    /// # Errors
    /// [`MoneyError`] on overflow or different currencies.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::inr(0), Self::plus)
    }

    fn combine(self, other: Self, op: fn(i64, i64) -> Option<i64>) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch);
        }
        let minor = op(self.minor, other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minor < 0 { "-" } else { "" };
        let minor = self.minor.unsigned_abs();
        write!(f, "{} {sign}{}.{:02}", self.currency.code(), minor / 100, minor % 100)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn money_prints_its_currency_and_two_decimals() {
        assert_eq!(Money::inr(318_200).to_string(), "INR 3182.00");
        assert_eq!(Money::inr(-5).to_string(), "INR -0.05");
    }

    #[test]
    fn an_overflow_is_an_error_and_never_wraps() {
        assert_eq!(Money::inr(i64::MAX).plus(Money::inr(1)), Err(MoneyError::Overflow));
        assert_eq!(Money::inr(i64::MAX).times(2), Err(MoneyError::Overflow));
    }

    proptest! {
        #[test]
        fn what_is_added_can_be_taken_away(a in -1_000_000_000_000i64..1_000_000_000_000, b in -1_000_000_000_000i64..1_000_000_000_000) {
            let sum = Money::inr(a).plus(Money::inr(b)).unwrap();
            prop_assert_eq!(sum.minus(Money::inr(b)).unwrap(), Money::inr(a));
        }
    }
}
