//! What makes a product's attributes those that its category has.

use crate::catalog::{Attribute, AttributeDefinition, AttributeType, PutProduct};

/// An attribute is not as the product's category has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// Where: `attributes`, or `attributes[2].unit`.
    pub field: String,
    /// The attribute, what is wrong and what is right.
    pub problem: String,
}

impl Misfit {
    /// The code of all of them.
    pub const CODE: &'static str = "invalid_attributes";
}

/// Checks a product's attributes against those of its category. What no definition speaks of may be said in any way, and what is
/// not sold may lack what is required. A part can be taken off sale, whatever its category has come to say since.
///
/// # Errors
/// [`Misfit`] for the first attribute that is not as it is defined.
pub fn attributes(
    definitions: &[&AttributeDefinition],
    now: Option<&PutProduct>,
    product: &PutProduct,
) -> Result<(), Misfit> {
    if now.is_some_and(|now| leaves_alone(now, product)) {
        return Ok(());
    }
    let given = &product.page.attributes;
    for (place, attribute) in given.iter().enumerate() {
        let name = attribute.name.to_lowercase();
        let Some(definition) = definitions.iter().find(|definition| definition.key == name) else { continue };
        fits(definition, attribute).map_err(|(part, right)| Misfit {
            field: format!("attributes[{place}].{part}"),
            problem: format!("{}: {right}", definition.key),
        })?;
    }
    let is_given = |definition: &&&AttributeDefinition| given.iter().any(|attribute| attribute.name == definition.key);
    let required = definitions.iter().filter(|definition| definition.required && product.active);
    match required.into_iter().find(|definition| !is_given(definition)) {
        Some(lacking) => Err(Misfit {
            field: "attributes".to_owned(),
            problem: format!("{}: must be given, for the product is sold", lacking.key),
        }),
        None => Ok(()),
    }
}

/// Whether a change has nothing to do with what a category says: it changes nothing, or attributes that nobody is offered any more
/// stay as they are.
fn leaves_alone(now: &PutProduct, product: &PutProduct) -> bool {
    let stays = now.category == product.category && now.page.attributes == product.page.attributes;
    now == product || stays && !product.active
}

/// Whether an attribute is as it is defined; else the part that is not, and what would be right.
fn fits(definition: &AttributeDefinition, attribute: &Attribute) -> Result<(), (&'static str, String)> {
    let Attribute { name, text, number, unit, flag } = attribute;
    let must = |kept: bool, part, right: &str| if kept { Ok(()) } else { Err((part, format!("must be {right}"))) };
    must(*name == definition.key, "name", "spelled so")?;
    match &definition.holds {
        AttributeType::Text => must(text.is_some(), "text", "a text"),
        AttributeType::Flag => must(flag.is_some(), "flag", "true or false"),
        AttributeType::Number { unit: right } => {
            must(number.is_some(), "number", "a number")?;
            must(unit == right, "unit", right.as_deref().unwrap_or("left out"))
        }
        AttributeType::Choice { values } => {
            let is_one = text.as_ref().is_some_and(|text| values.contains(text));
            must(is_one, "text", &format!("one of {}", values.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{option, prelude::*, sample::select};

    use super::*;
    use crate::catalog::rules::tests::brake_pads;

    fn definition(key: &str, holds: AttributeType, required: bool) -> AttributeDefinition {
        AttributeDefinition { key: key.to_owned(), label: key.to_uppercase(), holds, required }
    }

    fn definitions() -> Vec<AttributeDefinition> {
        let values = ["Red", "Blue"].map(ToOwned::to_owned).to_vec();
        vec![
            definition("maker", AttributeType::Text, false),
            definition("bore", AttributeType::Number { unit: Some("mm".to_owned()) }, true),
            definition("teeth", AttributeType::Number { unit: None }, false),
            definition("vented", AttributeType::Flag, false),
            definition("colour", AttributeType::Choice { values }, false),
        ]
    }

    fn product(attributes: Vec<Attribute>, active: bool) -> PutProduct {
        let mut product = PutProduct { active, ..brake_pads() };
        product.page.attributes = attributes;
        product
    }

    fn judged(attributes: Vec<Attribute>) -> String {
        let definitions = definitions();
        let definitions: Vec<_> = definitions.iter().collect();
        let judged = super::attributes(&definitions, None, &product(attributes, false));
        judged.map_or_else(|misfit| format!("{}: {}", misfit.field, misfit.problem), |()| "fits".to_owned())
    }

    fn text(name: &str, text: &str) -> Attribute {
        Attribute { name: name.to_owned(), text: Some(text.to_owned()), ..Attribute::default() }
    }

    fn number(name: &str, unit: Option<&str>) -> Attribute {
        let (number, unit) = (Some("12.5".to_owned()), unit.map(ToOwned::to_owned));
        Attribute { name: name.to_owned(), number, unit, ..Attribute::default() }
    }

    #[test]
    fn an_attribute_is_as_its_category_has_it_and_the_part_that_is_not_is_named() {
        let flag = Attribute { name: "vented".to_owned(), flag: Some(false), ..Attribute::default() };
        let good =
            vec![number("bore", Some("mm")), number("teeth", None), flag, text("colour", "Blue"), text("maker", "")];
        assert_eq!(judged(good), "fits");
        for (bad, told) in [
            (text("bore", "12.5 mm"), "attributes[1].number: bore: must be a number"),
            (number("bore", Some("cm")), "attributes[1].unit: bore: must be mm"),
            (number("bore", None), "attributes[1].unit: bore: must be mm"),
            (number("teeth", Some("mm")), "attributes[1].unit: teeth: must be left out"),
            (text("vented", "yes"), "attributes[1].flag: vented: must be true or false"),
            (text("colour", "red"), "attributes[1].text: colour: must be one of Red, Blue"),
            (number("maker", None), "attributes[1].text: maker: must be a text"),
            (text("Colour", "Red"), "attributes[1].name: colour: must be spelled so"),
        ] {
            assert_eq!(judged(vec![text("Origin", "Pune"), bad]), told);
        }
    }

    #[test]
    fn only_what_is_sold_must_have_what_is_required() {
        let (definitions, attributes) = (definitions(), vec![text("colour", "Red")]);
        let definitions: Vec<_> = definitions.iter().collect();
        assert_eq!(super::attributes(&definitions, None, &product(attributes.clone(), false)), Ok(()));
        let lacking = super::attributes(&definitions, None, &product(attributes.clone(), true)).unwrap_err();
        assert_eq!((lacking.field.as_str(), lacking.problem.starts_with("bore: must be given")), ("attributes", true));
        assert_eq!(super::attributes(&[], None, &product(attributes, true)), Ok(()));
    }

    #[test]
    fn a_part_is_taken_off_sale_whatever_its_category_has_come_to_say() {
        let definitions = definitions();
        let definitions: Vec<_> = definitions.iter().collect();
        let now = product(vec![number("bore", Some("cm"))], true);
        let judge =
            |change: &PutProduct| super::attributes(&definitions, Some(&now), change).map_err(|misfit| misfit.field);
        let unit = Err("attributes[0].unit".to_owned());
        assert_eq!(judge(&now), Ok(()), "nothing changes");
        assert_eq!(judge(&PutProduct { active: false, ..now.clone() }), Ok(()));
        assert_eq!(judge(&PutProduct { weight_grams: 7, ..now.clone() }), unit);
        assert_eq!(judge(&product(vec![number("bore", Some("dm"))], false)), unit);
        assert_eq!(judge(&PutProduct { category: "Other".to_owned(), active: false, ..now.clone() }), unit);
    }

    /// Any attribute that the general rules allow.
    fn any_attribute() -> impl Strategy<Value = Attribute> {
        let name = select(vec!["maker", "bore", "teeth", "vented", "colour", "Colour", "origin"]);
        let (text, unit) = (select(vec!["Red", "red", "Pune"]), option::of(select(vec!["mm", "cm"])));
        (name, 0..3_u8, text, unit).prop_map(|(name, kind, text, unit)| match kind {
            0 => self::text(name, text),
            1 => number(name, unit),
            _ => Attribute { name: name.to_owned(), flag: Some(true), ..Attribute::default() },
        })
    }

    proptest! {
        #[test]
        fn whatever_fits_says_of_each_attribute_what_its_definition_says_and_has_all_that_is_required(
            given in proptest::collection::vec(any_attribute(), 0..4),
            active in any::<bool>(),
        ) {
            let definitions = definitions();
            let judged = super::attributes(&definitions.iter().collect::<Vec<_>>(), None, &product(given.clone(), active));
            let has = |key: &str| given.iter().any(|attribute| attribute.name == key);
            let of = |key: &'static str| given.iter().filter(move |it| it.name.eq_ignore_ascii_case(key));
            let is_right = of("maker").all(|it| it.text.is_some())
                && of("bore").all(|it| it.number.is_some() && it.unit.as_deref() == Some("mm"))
                && of("teeth").all(|it| it.number.is_some() && it.unit.is_none())
                && of("vented").all(|it| it.flag.is_some())
                && of("colour").all(|it| it.name == "colour" && it.text.as_deref() == Some("Red"));
            prop_assert_eq!(judged.is_ok(), is_right && (has("bore") || !active), "{:?}", judged);
        }
    }
}
