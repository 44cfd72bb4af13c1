//! Rules for the texts that clients send. Each returns the text as it is kept.

use std::time::Duration;

pub use schemas::texts::{email, holds_card_number, line, lines, phone};
use schemas::{coupons::CouponCode, gst_states, gstin as number};
use secrecy::{ExposeSecret, SecretString};
use shared::time::Timestamp;

use crate::problem::FieldError;

/// Collects what is wrong with a request, so that the client learns everything at once.
#[derive(Debug, Default)]
pub struct Faults(Vec<FieldError>);

impl Faults {
    /// Notes a fault.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(FieldError::new(field, message));
    }

    /// The value if the rule held; notes the fault otherwise.
    pub fn check<T: Default>(&mut self, field: impl Into<String>, outcome: Result<T, String>) -> T {
        outcome.unwrap_or_else(|message| {
            self.add(field, message);
            T::default()
        })
    }

    /// The value if there was no fault at all.
    ///
    /// # Errors
    /// The faults.
    pub fn none_in<T>(self, value: T) -> Result<T, Vec<FieldError>> {
        if self.0.is_empty() { Ok(value) } else { Err(self.0) }
    }
}

/// A moment that is over, as RFC 3339 writes it: not before `since`, and no later than `now`, but for clocks that differ.
///
/// # Errors
/// What is expected.
pub fn moment(text: &str, since: Timestamp, now: Timestamp) -> Result<Timestamp, String> {
    const CLOCKS_DIFFER: Duration = Duration::from_secs(300);
    let read = Timestamp::parse(text).filter(|at| *at >= since.minus(CLOCKS_DIFFER) && *at <= now.plus(CLOCKS_DIFFER));
    read.ok_or_else(|| format!("must be a time such as {now}, not before {since} and not ahead"))
}

/// The GST code of a state or union territory.
///
/// # Errors
/// What is expected.
pub fn state_code(text: &str) -> Result<String, String> {
    match gst_states::state_name(text) {
        Some(_) => Ok(text.to_owned()),
        None => Err("must be the two-digit GST code of a state, for example 27 for Maharashtra".to_owned()),
    }
}

/// A GSTIN, in upper case.
///
/// # Errors
/// What is expected.
pub fn gstin(text: &str) -> Result<String, String> {
    let text = text.trim().to_ascii_uppercase();
    if number::is_valid(&text) { Ok(text) } else { Err("must be a GSTIN, such as 27AAPFU0939F1ZV".to_owned()) }
}

/// A coupon's code, in upper case.
///
/// # Errors
/// What is expected.
pub fn coupon_code(text: &str) -> Result<CouponCode, String> {
    let expected = |_| "must be a coupon's code: 3 to 32 letters, digits and '-'".to_owned();
    let code = CouponCode::typed(text).map_err(expected)?;
    if holds_card_number(code.as_str()) { Err("must not contain a card number".to_owned()) } else { Ok(code) }
}

/// A postal index number.
///
/// # Errors
/// What is expected.
pub fn pincode(text: &str) -> Result<String, String> {
    let six_digits = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    if six_digits && !text.starts_with('0') {
        Ok(text.to_owned())
    } else {
        Err("must be six digits, the first not 0".to_owned())
    }
}

/// A password that is new: long enough that it is not guessed in a few tries (NIST SP 800-63B), and not endless.
///
/// # Errors
/// What is expected.
pub fn new_password(password: &SecretString) -> Result<(), String> {
    let fits = (10..=MOST_PASSWORD).contains(&password.expose_secret().chars().count());
    if fits { Ok(()) } else { Err(format!("must have 10 to {MOST_PASSWORD} characters")) }
}

/// Whether this can be anybody's password: what is longer need not be hashed to know that it is none.
#[must_use]
pub fn may_be_password(password: &SecretString) -> bool {
    password.expose_secret().len() <= 4 * MOST_PASSWORD
}

/// Characters, each of up to four bytes.
const MOST_PASSWORD: usize = 128;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_moment_lies_between_what_it_follows_and_now() {
        let [before, since, now] = [0, 1_000_000, 2_000_000].map(Timestamp::from_millis);
        for good in [since, now, Timestamp::from_millis(1_500_000)] {
            assert_eq!(moment(&good.to_string(), since, now), Ok(good));
        }
        for bad in [before.to_string(), Timestamp::from_millis(9_000_000).to_string(), "noon".to_owned()] {
            assert!(moment(&bad, since, now).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_judged_without_a_panic(text in ".*") {
            let _ = (email(&text), phone(&text), line(&text, 0, 10), lines(&text, 0, 10), pincode(&text), state_code(&text), gstin(&text), coupon_code(&text));
        }
    }
}
