//! What makes a tree of categories one that can be planted.

use std::collections::HashSet;

use schemas::catalog::{AttributeDefinition, AttributeType, Category, rules};

use super::CategoryForm;
use crate::{
    problem::FieldError,
    validate,
    views::{DefinitionView, TypeName},
};

const MOST: usize = 1_000;
const DEEPEST: usize = 5;
/// The longest name, key, label or unit.
const SHORT: usize = 64;
const MOST_VALUES: usize = 100;

/// Reads the categories at the top.
///
/// # Errors
/// The first field that cannot be accepted, such as `categories[0].children[2].attributes[1].key`.
pub fn read(forms: Vec<CategoryForm>) -> Result<Vec<Category>, FieldError> {
    let mut reader = Reader::default();
    reader.all(forms, "categories", 1)
}

/// What was read so far.
#[derive(Default)]
struct Reader {
    names: HashSet<String>,
    /// The keys of the attributes on the way from the top to here.
    keys: Vec<String>,
}

impl Reader {
    fn all(&mut self, forms: Vec<CategoryForm>, field: &str, depth: usize) -> Result<Vec<Category>, FieldError> {
        let each = forms.into_iter().enumerate();
        each.map(|(place, form)| self.one(form, &format!("{field}[{place}]"), depth)).collect()
    }

    fn one(&mut self, form: CategoryForm, field: &str, depth: usize) -> Result<Category, FieldError> {
        let fault = |expected: String| Err(FieldError::new(format!("{field}.name"), expected));
        let name = validate::line(&form.name, 1, SHORT)
            .map_err(|expected| FieldError::new(format!("{field}.name"), expected))?;
        if depth > DEEPEST {
            return fault(format!("must be at most {DEEPEST} deep"));
        }
        if !self.names.insert(name.clone()) {
            return fault(format!("must be different: {name} is there twice"));
        }
        if self.names.len() > MOST {
            return fault(format!("must be one of at most {MOST}"));
        }
        let above = self.keys.len();
        let attributes = self.attributes(form.attributes, &format!("{field}.attributes"))?;
        let children = self.all(form.children, &format!("{field}.children"), depth + 1)?;
        self.keys.truncate(above);
        Ok(Category { name, children, attributes })
    }

    fn attributes(&mut self, forms: Vec<DefinitionView>, field: &str) -> Result<Vec<AttributeDefinition>, FieldError> {
        let mut read = Vec::with_capacity(forms.len());
        for (place, form) in forms.into_iter().enumerate() {
            let fault =
                |(part, expected): (&str, String)| FieldError::new(format!("{field}[{place}].{part}"), expected);
            if self.keys.contains(&form.key) {
                return Err(fault((
                    "key",
                    "must be different from those of this category and of those above it".to_owned(),
                )));
            }
            self.keys.push(form.key.clone());
            read.push(definition(form).map_err(fault)?);
        }
        if self.keys.len() > rules::MOST_ATTRIBUTES {
            let most = format!("must be at most {}, with those of the categories above it", rules::MOST_ATTRIBUTES);
            return Err(FieldError::new(field, most));
        }
        Ok(read)
    }
}

/// Reads one attribute.
///
/// # Errors
/// The part that cannot be accepted, and what is expected of it.
fn definition(form: DefinitionView) -> Result<AttributeDefinition, (&'static str, String)> {
    let DefinitionView { key, label, holds, unit, values, required } = form;
    validate::line(&key, 1, SHORT).map_err(|expected| ("key", expected))?;
    if !rules::is_attribute_key(&key) {
        let right = format!(
            "must be 1 to {SHORT} lower-case letters and digits in groups joined by single '-', and no card number"
        );
        return Err(("key", right));
    }
    let label = validate::line(&label, 1, SHORT).map_err(|expected| ("label", expected))?;
    let unit = unit.map(|unit| validate::line(&unit, 1, SHORT)).transpose().map_err(|expected| ("unit", expected))?;
    if unit.is_some() && holds != TypeName::Number {
        return Err(("unit", "must be left out, for it is no number".to_owned()));
    }
    if !values.is_empty() && holds != TypeName::Choice {
        return Err(("values", "must be left out, for it is no choice".to_owned()));
    }
    let holds = match holds {
        TypeName::Text => AttributeType::Text,
        TypeName::Number => AttributeType::Number { unit },
        TypeName::Flag => AttributeType::Flag,
        TypeName::Choice => AttributeType::Choice { values: choice(values).map_err(|expected| ("values", expected))? },
    };
    Ok(AttributeDefinition { key, label, holds, required })
}

fn choice(values: Vec<String>) -> Result<Vec<String>, String> {
    if !(1..=MOST_VALUES).contains(&values.len()) {
        return Err(format!("must be 1 to {MOST_VALUES}"));
    }
    let mut seen = HashSet::new();
    let values = values.iter().map(|value| validate::line(value, 1, rules::LONGEST_VALUE));
    let values = values.collect::<Result<Vec<_>, _>>()?;
    match values.iter().find(|value| !seen.insert(value.as_str())) {
        Some(twice) => Err(format!("must be different: {twice} is there twice")),
        None => Ok(values),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(name: &str) -> CategoryForm {
        CategoryForm { name: name.to_owned(), children: Vec::new(), attributes: Vec::new() }
    }

    fn nested(depth: usize) -> CategoryForm {
        let children = if depth > 1 { vec![nested(depth - 1)] } else { Vec::new() };
        CategoryForm { children, ..leaf(&format!("Level {depth}")) }
    }

    fn text(key: &str) -> DefinitionView {
        let (key, label) = (key.to_owned(), "A label".to_owned());
        DefinitionView { key, label, holds: TypeName::Text, unit: None, values: Vec::new(), required: false }
    }

    fn with(name: &str, attributes: Vec<DefinitionView>, children: Vec<CategoryForm>) -> CategoryForm {
        CategoryForm { attributes, children, ..leaf(name) }
    }

    fn fault(forms: Vec<CategoryForm>) -> String {
        read(forms).map_or_else(|fault| fault.field, |_| "nothing".to_owned())
    }

    #[test]
    fn a_tree_names_each_category_once_and_has_an_end_in_all_directions() {
        assert_eq!(fault(vec![nested(DEEPEST)]), "nothing");
        for (bad, field) in [
            (vec![nested(DEEPEST + 1)], format!("categories[0]{}.name", ".children[0]".repeat(DEEPEST))),
            (vec![nested(2), nested(1)], "categories[1].name".to_owned()),
            (vec![leaf("")], "categories[0].name".to_owned()),
            ((0..=MOST).map(|n| leaf(&n.to_string())).collect(), format!("categories[{MOST}].name")),
        ] {
            assert_eq!(fault(bad), field);
        }
    }

    #[test]
    fn a_key_is_there_once_on_the_way_to_a_category_and_again_elsewhere() {
        let brakes = |of_pads: &str| {
            let parts =
                vec![with("Pads", vec![text(of_pads)], Vec::new()), with("Discs", vec![text("size")], Vec::new())];
            vec![with("Brakes", vec![text("maker")], parts)]
        };
        assert_eq!(fault(brakes("size")), "nothing");
        assert_eq!(fault(brakes("maker")), "categories[0].children[0].attributes[0].key");
        let many = |from: usize| (from..from + 26).map(|n| text(&n.to_string())).collect();
        let most = vec![with("Brakes", many(0), vec![with("Pads", many(26), Vec::new())])];
        assert_eq!(fault(most), "categories[0].children[0].attributes");
    }

    #[test]
    fn an_attribute_has_what_its_type_needs_and_nothing_else() {
        let values = |values: &[&str]| values.iter().map(ToString::to_string).collect::<Vec<_>>();
        let mm = Some("mm".to_owned());
        let number = DefinitionView { holds: TypeName::Number, unit: mm.clone(), ..text("bore") };
        let choice = DefinitionView { holds: TypeName::Choice, values: values(&["Red", "Blue"]), ..text("colour") };
        assert_eq!(fault(vec![with("Brakes", vec![number, choice.clone()], Vec::new())]), "nothing");
        for (bad, part) in [
            (text("Bore"), "key"),
            (text(""), "key"),
            (text(&"a".repeat(SHORT + 1)), "key"),
            (DefinitionView { label: String::new(), ..text("bore") }, "label"),
            (DefinitionView { unit: mm, ..text("bore") }, "unit"),
            (DefinitionView { values: values(&["Red"]), ..text("bore") }, "values"),
            (DefinitionView { values: Vec::new(), ..choice.clone() }, "values"),
            (DefinitionView { values: values(&["Red", "Red"]), ..choice.clone() }, "values"),
            (DefinitionView { values: values(&[""]), ..choice }, "values"),
        ] {
            assert_eq!(
                fault(vec![with("Brakes", vec![bad], Vec::new())]),
                format!("categories[0].attributes[0].{part}")
            );
        }
    }
}
