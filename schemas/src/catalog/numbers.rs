//! Part numbers without regard to how they are spelled: `1K0-698-151 A` is `1k0698151a`.

use std::collections::BTreeSet;

/// Longer numbers are cut. No product has any.
const LONGEST: usize = 64;

/// A number as it is compared: letters and digits alone, in lower case.
#[must_use]
pub fn normalised(number: &str) -> String {
    let letters = number.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase);
    // A letter may have a lower case of two characters of which one is a mark.
    letters.filter(|letter| letter.is_alphanumeric()).take(LONGEST).collect()
}

/// The numbers by which parts of several makers are the same part, each once, as they are compared.
#[must_use]
pub fn interchange(oem_number: &str, cross_references: &[String]) -> Vec<String> {
    let all = std::iter::once(oem_number).chain(cross_references.iter().map(String::as_str));
    let all: BTreeSet<String> = all.map(normalised).filter(|number| !number.is_empty()).collect();
    all.into_iter().collect()
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
    fn a_number_counts_once_however_often_it_is_given() {
        assert_eq!(interchange("", &["P 79 030".to_owned(), "-".to_owned(), "p79030".to_owned()]), ["p79030"]);
    }

    proptest! {
        #[test]
        fn what_is_normalised_stays(text in ".*") {
            let once = normalised(&text);
            prop_assert_eq!(normalised(&once), once);
        }
    }
}
