//! What somebody typed into the search field.

use crate::{
    numbers::{is_fragment, normalised},
    words::words,
};

/// The most letters of a search.
pub const LONGEST: usize = 200;
/// The most words of a search.
pub const MOST_WORDS: usize = 16;

/// A search, understood. A product matches if all groups do, or the whole is one of its numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    /// Everything, read as one part number.
    pub whole: Number,
    /// Its groups; empty if there was nothing but punctuation, which nothing matches.
    pub groups: Vec<Group>,
}

/// One word, or several that look like parts of one number. It matches as a number, or if all its words do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Read as one part number.
    pub number: Number,
    /// Read as words.
    pub words: Vec<String>,
}

/// A part number as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// Letters and digits alone.
    pub text: String,
    /// Whether it is looked for inside of numbers too.
    pub is_fragment: bool,
}

/// The text has too many letters or words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have at most {LONGEST} letters and {MOST_WORDS} words")]
pub struct TooLong;

impl Number {
    fn read(text: &str) -> Self {
        let text = normalised(text);
        Self { is_fragment: is_fragment(&text), text }
    }
}

impl Phrase {
    /// Reads a search.
    ///
    /// # Errors
    /// [`TooLong`] for one that would take too long to answer.
    pub fn read(text: &str) -> Result<Self, TooLong> {
        if text.chars().count() > LONGEST {
            return Err(TooLong);
        }
        let groups: Vec<Group> = grouped(text).iter().filter_map(|group| Group::read(group)).collect();
        let count: usize = groups.iter().map(|group| group.words.len()).sum();
        if count > MOST_WORDS { Err(TooLong) } else { Ok(Self { whole: Number::read(text), groups }) }
    }
}

impl Group {
    /// `None` for punctuation.
    fn read(text: &str) -> Option<Self> {
        let words = words(text);
        (!words.is_empty()).then(|| Self { number: Number::read(text), words })
    }
}

/// Neighbours of which each has a digit or is very short belong together if one has a digit: `1K0 698 151 A`.
fn grouped(text: &str) -> Vec<String> {
    let mut groups: Vec<String> = Vec::new();
    let mut open = false;
    for token in text.split_whitespace() {
        let is_part = has_digit(token) || normalised(token).chars().count() <= 2;
        match groups.last_mut() {
            Some(last) if open && is_part && (has_digit(last) || has_digit(token)) => {
                last.push(' ');
                last.push_str(token);
            }
            _ => groups.push(token.to_owned()),
        }
        open = is_part;
    }
    groups
}

fn has_digit(text: &str) -> bool {
    text.chars().any(char::is_numeric)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn groups(text: &str) -> Vec<(String, Vec<String>)> {
        let phrase = Phrase::read(text).unwrap();
        phrase.groups.into_iter().map(|group| (group.number.text, group.words)).collect()
    }

    fn group(number: &str, words: &[&str]) -> (String, Vec<String>) {
        (number.to_owned(), words.iter().map(|word| (*word).to_owned()).collect())
    }

    #[test]
    fn the_parts_of_a_number_are_read_together_and_words_apart() {
        let expected = [group("brake", &["brake"]), group("1k0698151a", &["1k0", "698", "151", "a"])];
        assert_eq!(groups("brake 1K0 698 151 A"), expected);
        assert_eq!(groups("BRK-PAD swift"), [group("brkpad", &["brk", "pad"]), group("swift", &["swift"])]);
        assert_eq!(groups("oil (  )"), [group("oil", &["oil"])]);
        assert_eq!(groups("("), []);
    }

    #[test]
    fn a_search_has_bounds() {
        assert_eq!(Phrase::read(&"a".repeat(201)), Err(TooLong));
        assert_eq!(Phrase::read(&"a-".repeat(17)), Err(TooLong));
        assert!(Phrase::read(&"ab ".repeat(16)).is_ok());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_too_long(text in ".*") {
            if let Ok(phrase) = Phrase::read(&text) {
                prop_assert!(phrase.groups.iter().all(|group| !group.words.is_empty()));
            }
        }
    }
}
