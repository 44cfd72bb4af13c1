//! Part numbers without regard to how they are spelled: `1K0-698-151 A` is `1k0698151a`.

/// The letters of a piece: what can be searched for is made of pieces.
pub const PIECE: usize = 3;
/// Longer numbers are cut. No product has any.
const LONGEST: usize = 64;

/// A number as it is compared: letters and digits alone, in lower case.
#[must_use]
pub fn normalised(number: &str) -> String {
    let letters = number.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase);
    // A letter may have a lower case of two characters of which one is a mark.
    letters.filter(|letter| letter.is_alphanumeric()).take(LONGEST).collect()
}

/// All pieces of a normalised number, in order and overlapping. Whoever has them one after another has the number.
#[must_use]
pub fn pieces(normalised: &str) -> Vec<String> {
    let letters: Vec<char> = normalised.chars().collect();
    letters.windows(PIECE).map(|piece| piece.iter().collect()).collect()
}

/// Whether a normalised text is long enough to be looked for inside of numbers: letters alone are words more often.
#[must_use]
pub fn is_fragment(normalised: &str) -> bool {
    let length = normalised.chars().count();
    length > PIECE || (length == PIECE && normalised.chars().any(char::is_numeric))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn separators_and_case_do_not_count() {
        for spelled in ["1K0-698-151 A", "1k0698151a", "1K0.698.151/A", " 1k0 698 151a "] {
            assert_eq!(normalised(spelled), "1k0698151a");
        }
    }

    #[test]
    fn letters_alone_are_a_fragment_from_four_on() {
        assert_eq!(["ab1", "abc", "abcd", "12"].map(is_fragment), [true, false, true, false]);
        assert_eq!(pieces("1k06"), ["1k0", "k06"]);
        assert_eq!(pieces("1k"), [""; 0]);
    }

    proptest! {
        #[test]
        fn what_is_normalised_stays(text in ".*") {
            let once = normalised(&text);
            prop_assert_eq!(normalised(&once), once);
        }
    }
}
