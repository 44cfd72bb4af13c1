//! The Goods and Services Tax Identification Number: the GST code of the state of registration, the holder's PAN, a
//! character that counts the holder's registrations in that state, `Z`, and a check character.
//!
//! Source: section 25 of the CGST Act and rule 10 of the CGST Rules, 2017; the check character is the portal's
//! (<https://www.gst.gov.in>): base 36, weights 1 and 2 in turn, the digits of each product added.

use crate::gst_states;

/// The characters of a GSTIN in the order of their values.
const ALPHABET: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// Whether the text is a GSTIN of a regular taxpayer in a state that exists, check character included.
#[must_use]
pub fn is_valid(gstin: &str) -> bool {
    let [.., check] = gstin.as_bytes() else { return false };
    has_form(gstin) && gst_states::state_name(state_code(gstin)).is_some() && check_character(gstin) == Some(*check)
}

/// The two-digit code of the state of registration; empty for a text that is too short to have one.
#[must_use]
pub fn state_code(gstin: &str) -> &str {
    gstin.get(..2).unwrap_or_default()
}

/// What each of the fifteen characters may be: `0` a digit, `A` a letter, `1` either but not zero, `Z` itself, `*` either.
const FORM: &[u8; 15] = b"00AAAAA0000A1Z*";

fn has_form(gstin: &str) -> bool {
    let fits = |(character, wanted): (u8, u8)| match wanted {
        b'0' => character.is_ascii_digit(),
        b'A' => character.is_ascii_uppercase(),
        b'1' => character != b'0' && ALPHABET.contains(&character),
        b'Z' => character == b'Z',
        _ => ALPHABET.contains(&character),
    };
    gstin.len() == FORM.len() && gstin.bytes().zip(*FORM).all(fits)
}

/// The check character of the first fourteen.
fn check_character(gstin: &str) -> Option<u8> {
    let mut sum = 0;
    for (place, character) in gstin.bytes().take(FORM.len() - 1).enumerate() {
        let value = ALPHABET.iter().position(|known| *known == character)?;
        let product = value * (1 + place % 2);
        sum += product / 36 + product % 36;
    }
    ALPHABET.get((36 - sum % 36) % 36).copied()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_that_the_portal_gave_are_valid() {
        for gstin in ["27AAPFU0939F1ZV", "29AAGCB7383J1Z4", "24AAACC4175D1Z4", "27AAACR5055K1Z7"] {
            assert!(is_valid(gstin), "{gstin}");
        }
        assert_eq!(state_code("27AAPFU0939F1ZV"), "27");
    }

    #[test]
    fn another_form_or_state_is_not_one() {
        for text in ["", "2", "é", "27AAPFU0939F1Z", "27AAPFU0939F1ZVV", "27aapfu0939f1zv", " 27AAPFU0939F1Z"] {
            assert!(!is_valid(text), "{text}");
        }
        // The check character is right for each of these.
        for text in ["99AAPFU0939F1Z", "27AAPFU0939F0Z", "27AAPFU09391F1", "27AAPFU0939F1A"] {
            let whole = format!("{text}{}", check_character(text).map(char::from).unwrap_or('?'));
            assert!(!is_valid(&whole), "{whole}");
        }
    }

    proptest! {
        #[test]
        fn one_wrong_character_is_always_noticed(place in 2usize..15, other in 0usize..36) {
            let mut bytes = *b"27AAPFU0939F1ZV";
            prop_assume!(bytes[place] != ALPHABET[other]);
            bytes[place] = ALPHABET[other];
            prop_assert!(!is_valid(std::str::from_utf8(&bytes).unwrap()));
        }

        #[test]
        fn any_text_is_judged_without_a_panic(text in ".*") {
            let _ = (is_valid(&text), state_code(&text));
        }
    }
}
