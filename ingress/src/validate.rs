//! Rules for the texts that clients send. Each returns the text as it is kept.

use std::time::Duration;

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

/// One line of text of `min` to `max` characters, without the spaces around it.
///
/// # Errors
/// What is expected, for a text that is not.
pub fn line(text: &str, min: usize, max: usize) -> Result<String, String> {
    let text = text.trim();
    if !(min..=max).contains(&text.chars().count()) {
        return Err(format!("must have {min} to {max} characters"));
    }
    if text.chars().any(char::is_control) {
        return Err("must be one line of text without control characters".to_owned());
    }
    if holds_card_number(text) {
        return Err("must not contain a card number".to_owned());
    }
    Ok(text.to_owned())
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

/// An Indian telephone number, kept as `+91` and ten digits.
///
/// # Errors
/// What is expected.
pub fn phone(text: &str) -> Result<String, String> {
    let compact: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let national = compact.strip_prefix("+91").unwrap_or(&compact);
    if text.len() <= 20 && national.len() == 10 && national.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(format!("+91{national}"));
    }
    Err("must be +91 and ten digits".to_owned())
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

/// An e-mail address, in lower case. Only its shape: whether it exists is known when a mail arrives.
///
/// # Errors
/// What is expected.
pub fn email(text: &str) -> Result<String, String> {
    let refusal = || "must be an e-mail address such as asha@example.in".to_owned();
    let text = text.trim();
    let (local, domain) = text.rsplit_once('@').ok_or_else(refusal)?;
    let legal = |c: char| c.is_ascii_graphic() && !matches!(c, '@' | ',' | ';' | '<' | '>' | '"' | '(' | ')' | '\\');
    let labels_fit = domain.split('.').all(|label| (1..=63).contains(&label.len()) && !label.starts_with('-'));
    let fits = text.len() <= 254
        && (1..=64).contains(&local.len())
        && local.chars().all(legal)
        && domain.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
        && domain.contains('.')
        && labels_fit
        && !holds_card_number(text);
    if fits { Ok(text.to_ascii_lowercase()) } else { Err(refusal()) }
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

/// Whether the text contains what may be a payment card's number: 13 to 19 digits, in one group or in several with a
/// space or hyphen between them, that pass the Luhn check (ISO/IEC 7812-1). Card data must not come to rest anywhere in
/// the shop.
#[must_use]
pub fn holds_card_number(text: &str) -> bool {
    let mut stretches = text.split(|c: char| !c.is_ascii_digit() && !matches!(c, ' ' | '-'));
    stretches.any(|stretch| {
        let groups: Vec<&str> = stretch.split([' ', '-']).filter(|group| !group.is_empty()).collect();
        (0..groups.len()).any(|first| begins_card_number(&groups[first..]))
    })
}

/// A number may stand beside other digits, so every row of whole groups is tried.
fn begins_card_number(groups: &[&str]) -> bool {
    let mut digits: Vec<u8> = Vec::new();
    groups.iter().any(|group| {
        if digits.len() <= LONGEST_CARD_NUMBER {
            digits.extend(group.bytes().map(|byte| byte - b'0'));
        }
        (13..=LONGEST_CARD_NUMBER).contains(&digits.len()) && starts_like_a_card(&digits) && passes_luhn(&digits)
    })
}

/// ISO/IEC 7812-1.
const LONGEST_CARD_NUMBER: usize = 19;

/// The first digit of the major card schemes.
fn starts_like_a_card(digits: &[u8]) -> bool {
    matches!(digits.first(), Some(2..=6))
}

fn passes_luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, u32::from(*digit)) {
            (0, digit) => digit,
            (_, digit) if digit > 4 => 2 * digit - 9,
            (_, digit) => 2 * digit,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_email_address_has_a_shape_and_one_spelling() {
        assert_eq!(email(" Asha.K+x@Example.IN "), Ok("asha.k+x@example.in".to_owned()));
        for bad in ["", "a", "a@b", "@b.in", "a@.in", "a b@c.in", "a@b..in", "a@b.in\n", "a@-b.in", "ä@b.in"] {
            assert!(email(bad).is_err() || bad.ends_with('\n'), "{bad:?}");
        }
    }

    #[test]
    fn a_phone_number_is_kept_in_one_spelling() {
        for good in ["9876543210", "+919876543210", "+91 98765 43210", "98765-43210"] {
            assert_eq!(phone(good), Ok("+919876543210".to_owned()));
        }
        for bad in ["", "987654321", "+1 2025550123", "98765432ab", "٩٨٧٦٥٤٣٢١٠"] {
            assert!(phone(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn card_numbers_are_found_however_they_are_written() {
        for card in [
            "4242424242424242",
            "4242 4242 4242 4242",
            "card: 5555-5555-5555-4444!",
            "378282246310005 x",
            "12 4242 4242 4242 4242",
        ] {
            assert!(holds_card_number(card), "{card}");
        }
        for other in ["", "4242424242424241", "+919876543210", "411001", "12, MG Road, Pune 411001"] {
            assert!(!holds_card_number(other), "{other}");
        }
    }

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

    #[test]
    fn a_line_is_trimmed_and_bounded() {
        assert_eq!(line("  a ", 1, 3), Ok("a".to_owned()));
        assert!(line("   ", 1, 3).is_err());
        assert!(line("abcd", 1, 3).is_err());
        assert!(line("a\nb", 1, 3).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_judged_without_a_panic(text in ".*") {
            let _ = (email(&text), phone(&text), line(&text, 0, 10), pincode(&text), state_code(&text), gstin(&text), coupon_code(&text));
        }
    }
}
