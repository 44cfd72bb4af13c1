//! Text as words that are compared: lower case, without plural, and how many letters of each may be wrong.

/// Longer words are cut: nobody types them.
const LONGEST: usize = 40;

/// The words of a text.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let parts = text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    parts.map(|word| stem(&word.to_lowercase().chars().take(LONGEST).collect::<String>())).collect()
}

/// A word without the plural's ending, so that `pads` is `pad` and `batteries` is `battery` (Harman's S-stemmer). Words of
/// three letters stay: `abs` and `gas` are no plurals.
fn stem(word: &str) -> String {
    let ends = |endings: &[&str]| endings.iter().any(|ending| word.ends_with(ending));
    let long = word.chars().count() > 3;
    match word.strip_suffix('s') {
        Some(_) if long && ends(&["ies"]) && !ends(&["eies", "aies"]) => format!("{}y", &word[..word.len() - 3]),
        Some(singular) if long && !ends(&["us", "ss", "aes", "ees", "oes"]) => singular.to_owned(),
        _ => word.to_owned(),
    }
}

/// How many letters of a word may be wrong, missing, too many or in the wrong order. None where a number would become
/// another.
#[must_use]
pub fn edits(word: &str) -> u8 {
    match word.chars().count() {
        _ if word.chars().any(char::is_numeric) => 0,
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_compared_without_case_and_plural() {
        assert_eq!(words("Brake Pads, (front)"), ["brake", "pad", "front"]);
        assert_eq!(words("Batteries & brushes"), ["battery", "brushe"]);
        assert_eq!(words("ABS gas glass bus"), ["abs", "gas", "glass", "bus"]);
        assert_eq!(words("( -- )"), [""; 0]);
    }

    #[test]
    fn longer_words_may_have_more_mistakes_and_numbers_none() {
        assert_eq!(["oil", "brake", "headlight", "5w30"].map(edits), [0, 1, 2, 0]);
    }

    proptest! {
        #[test]
        fn any_text_has_words_of_letters_and_digits_of_bounded_length(text in ".*") {
            for word in words(&text) {
                prop_assert!(!word.is_empty() && word.chars().count() <= LONGEST);
            }
        }
    }
}
