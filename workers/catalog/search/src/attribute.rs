//! What a product says of itself by name, as something to narrow a search by.

use schemas::catalog::Attribute;

/// Between a name and its value: it sorts before all that is in either, so that the values of one name stand together.
const BETWEEN: char = '\u{1f}';
/// What follows [`BETWEEN`]: all values of a name sort before the name and this.
const BEHIND: char = '\u{20}';

/// An attribute as the index holds it.
pub fn term(attribute: &Attribute) -> String {
    term_of(&attribute.name, &value(attribute))
}

/// The same of a name and a value.
pub fn term_of(name: &str, value: &str) -> String {
    format!("{name}{BETWEEN}{value}")
}

/// From where to where the values of a name are, this not included.
pub fn range(name: &str) -> (String, String) {
    (term_of(name, ""), format!("{name}{BEHIND}"))
}

/// A text is written as it is, a number with its unit, a flag as `true` or `false`.
fn value(Attribute { text, number, unit, flag, .. }: &Attribute) -> String {
    match (text, number) {
        (Some(text), _) => text.clone(),
        (None, Some(number)) => unit.as_ref().map_or_else(|| number.clone(), |unit| format!("{number} {unit}")),
        (None, None) => flag.unwrap_or_default().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_kind_of_attribute_has_one_spelling() {
        let named = Attribute { name: "bore".to_owned(), ..Attribute::default() };
        let number = Attribute { number: Some("12.5".to_owned()), ..named.clone() };
        for (attribute, value) in [
            (Attribute { unit: Some("mm".to_owned()), ..number.clone() }, "12.5 mm"),
            (number, "12.5"),
            (Attribute { text: Some("wide: very".to_owned()), ..named.clone() }, "wide: very"),
            (Attribute { flag: Some(true), ..named.clone() }, "true"),
            (Attribute { flag: Some(false), ..named }, "false"),
        ] {
            assert_eq!(term(&attribute), term_of("bore", value));
        }
    }

    proptest! {
        #[test]
        fn the_values_of_a_name_are_in_its_range_and_no_others(
            name in "[ -b]{0,3}", other in "[ -b]{0,4}", value in "\\PC{0,4}",
        ) {
            let (from, to) = range(&name);
            let is_in = |term: String| (from.as_str()..to.as_str()).contains(&term.as_str());
            prop_assert!(is_in(term_of(&name, &value)));
            prop_assert_eq!(is_in(term_of(&other, &value)), name == other);
        }
    }
}
