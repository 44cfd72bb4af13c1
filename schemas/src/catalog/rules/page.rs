//! What makes a page one that can be shown, and relations ones that lead somewhere.

use std::collections::HashSet;

use super::{
    Invalid, NO_CARD_NUMBER, PartFault, SHORT_TEXT, SPELLED_AS_SLUG, each, holds_card_number, is_clean, is_slug, must,
    no_card_number, part, rule, text,
};
use crate::catalog::{Attribute, Image, Page, PutProduct, Relations};

const LONGEST_TITLE: usize = 160;
const LONGEST_SUMMARY: usize = 320;
const MOST_IMAGES: usize = 20;
const LONGEST_URL: usize = 500;
/// The most attributes of a product.
pub const MOST_ATTRIBUTES: usize = 50;
/// The most characters of a text that can be said of a product.
pub const LONGEST_VALUE: usize = 160;
/// Digits of a number, its sign and its point included.
const LONGEST_NUMBER: usize = 20;
const MOST_VARYING: usize = 5;
/// The most products that a product names as doing as well.
pub const MOST_ALTERNATIVES: usize = 20;

/// Checks what a product's page shows.
///
/// # Errors
/// [`Invalid`] for the first rule that is broken.
pub(super) fn page(page: &Page) -> Result<(), Invalid> {
    let Page { title, description, canonical_slug, images, attributes } = page;
    title.iter().try_for_each(|title| text(title, LONGEST_TITLE, "invalid_title"))?;
    description.iter().try_for_each(|summary| text(summary, LONGEST_SUMMARY, "invalid_meta_description"))?;
    let canonical = canonical_slug.as_deref().is_none_or(is_slug);
    rule(canonical, "invalid_canonical_slug", SPELLED_AS_SLUG)?;
    canonical_slug.iter().try_for_each(|slug| no_card_number(slug, "invalid_canonical_slug"))?;
    rule(images.len() <= MOST_IMAGES, "invalid_images", "must be at most 20 pictures")?;
    each(images, "invalid_images", image)?;
    rule(attributes.len() <= MOST_ATTRIBUTES, "invalid_attributes", "must be at most 50 attributes")?;
    each(attributes, "invalid_attributes", attribute)?;
    let mut names = HashSet::new();
    each(attributes, "invalid_attributes", |attribute| {
        must(names.insert(attribute.name.to_lowercase()), "name", "must be different from those before it")
    })
}

/// Checks which products a product leads to, as far as it can be seen from here.
///
/// # Errors
/// [`Invalid`] for the first rule that is broken.
pub(super) fn relations(product: &PutProduct) -> Result<(), Invalid> {
    let Relations { group, varies_by, replaced_by, alternatives } = &product.relations;
    let grouped = group.as_deref().map_or(varies_by.is_empty(), is_slug);
    rule(grouped, "invalid_group", "must be spelled as a slug, and be given where varies_by is")?;
    group.iter().try_for_each(|group| no_card_number(group, "invalid_group"))?;
    let has = |name: &String| product.page.attributes.iter().any(|attribute| attribute.name == *name);
    let vary = varies_by.len() <= MOST_VARYING && are_different(varies_by) && varies_by.iter().all(has);
    rule(vary, "invalid_varies_by", "must be at most 5 of the product's own attributes, each once")?;
    rule(*replaced_by != Some(product.product_id), "invalid_replaced_by", "must be another product")?;
    let others = alternatives.len() <= MOST_ALTERNATIVES && !alternatives.contains(&product.product_id);
    rule(others && are_different(alternatives), "invalid_alternatives", "must be at most 20 other products, each once")
}

fn are_different<T: Eq + std::hash::Hash>(values: &[T]) -> bool {
    let mut seen = HashSet::new();
    values.iter().all(|value| seen.insert(value))
}

fn image(Image { url, alt }: &Image) -> Result<(), PartFault> {
    must(is_https(url), "url", "must be an https address of a named host, of at most 500 characters")?;
    let told = is_clean(alt) && alt.chars().count() <= LONGEST_VALUE;
    must(told, "alt", "must have at most 160 printable characters and no space around them")?;
    let mut texts = [("url", url), ("alt", alt)].into_iter();
    texts.try_for_each(|(part, text)| must(!holds_card_number(text), part, NO_CARD_NUMBER))
}

/// An address that a browser loads over TLS from a named host: no credentials, no port of its own.
fn is_https(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let labels: Vec<&str> = host.split('.').collect();
    url.len() <= LONGEST_URL
        && url.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'\\'))
        && labels.len() > 1
        && labels.iter().all(|label| !label.is_empty() && label.chars().all(legal))
}

fn attribute(attribute: &Attribute) -> Result<(), PartFault> {
    let Attribute { name, text, number, unit, flag } = attribute;
    part("name", name, SHORT_TEXT)?;
    text.iter().try_for_each(|text| part("text", text, LONGEST_VALUE))?;
    unit.iter().try_for_each(|unit| part("unit", unit, SHORT_TEXT))?;
    let kinds = usize::from(text.is_some()) + usize::from(number.is_some()) + usize::from(flag.is_some());
    must(kinds == 1, "", "must have one of text, number and flag")?;
    must(unit.is_none() || number.is_some(), "unit", "must be left out, for it is no number")?;
    let decimal = number.as_deref().is_none_or(is_decimal);
    must(decimal, "number", "must be a number such as -12.5, of at most 20 characters and without needless zeros")?;
    number.iter().try_for_each(|number| must(!holds_card_number(number), "number", NO_CARD_NUMBER))
}

/// One number has one spelling.
fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = unsigned.split_once('.').map_or((unsigned, None), |(whole, part)| (whole, Some(part)));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= LONGEST_NUMBER
        && text != "-0"
        && digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && part.is_none_or(|part| digits(part) && !part.ends_with('0'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::tests::broken, *};
    use crate::ids::ProductId;

    fn number(text: &str) -> Attribute {
        Attribute { name: "Bore".to_owned(), number: Some(text.to_owned()), ..Attribute::default() }
    }

    #[test]
    fn pictures_are_few_and_loaded_over_tls_from_a_named_host() {
        let shows = |url: &str| {
            let image = Image { url: url.to_owned(), alt: String::new() };
            broken(|product| product.page.images = vec![image])
        };
        assert_eq!(shows("https://cdn.example.in/pads/1.webp?w=800"), "nothing");
        for bad in [
            "http://cdn.example.in/1.webp",
            "https://",
            "https://localhost/1.webp",
            "https://user@example.in/1",
            "https://example.in:8443/1",
            "https://example.in/a b",
            "https://example..in/1",
            "javascript:alert(1)",
            "https://example.in/\"><script>",
        ] {
            assert_eq!(shows(bad), "images[0].url", "{bad}");
        }
        let one = Image { url: "https://example.in/1".to_owned(), alt: String::new() };
        let padded = Image { alt: " Front".to_owned(), ..one.clone() };
        assert_eq!(broken(|product| product.page.images = vec![one.clone(), padded]), "images[1].alt");
        assert_eq!(broken(|product| product.page.images = vec![one; MOST_IMAGES + 1]), "images");
    }

    #[test]
    fn an_attribute_is_one_of_text_number_and_flag() {
        let both = Attribute { flag: Some(true), ..number("1") };
        let none = Attribute { name: "Bore".to_owned(), ..Attribute::default() };
        let unit = Attribute { unit: Some("mm".to_owned()), flag: Some(true), ..none.clone() };
        let other = Attribute { name: "Length".to_owned(), ..number("1") };
        for (bad, named) in [
            (vec![both], "attributes[0]"),
            (vec![other.clone(), none], "attributes[1]"),
            (vec![unit], "attributes[0].unit"),
            (vec![Attribute { name: String::new(), ..number("1") }], "attributes[0].name"),
            (vec![Attribute { text: Some(String::new()), number: None, ..number("1") }], "attributes[0].text"),
            (vec![number("1"), other, number("2")], "attributes[2].name"),
            (vec![number("1"); MOST_ATTRIBUTES + 1], "attributes"),
        ] {
            assert_eq!(broken(|product| product.page.attributes = bad.clone()), named, "{bad:?}");
        }
        for bad in ["", "-", "01", "1.50", "1.", ".5", "1e3", "-0", "1,5", "999999999999999999999"] {
            let named = broken(|product| product.page.attributes = vec![number(bad)]);
            assert_eq!(named, "attributes[0].number", "{bad}");
        }
        let good = Attribute { unit: Some("mm".to_owned()), ..number("-0.25") };
        assert_eq!(broken(|product| product.page.attributes = vec![good]), "nothing");
    }

    #[test]
    fn any_slug_may_be_that_of_the_page_that_is_shown_instead() {
        let shows = |slug: &str| broken(|product| product.page.canonical_slug = Some(slug.to_owned()));
        assert_eq!(shows("no-product-yet"), "nothing");
        assert_eq!(shows("Not a slug"), "canonical_slug");
    }

    #[test]
    fn variants_differ_in_what_they_have_and_no_product_leads_to_itself() {
        let bore = |product: &mut PutProduct| {
            product.page.attributes = vec![number("12.5")];
            product.relations.varies_by = vec!["Bore".to_owned()];
        };
        assert_eq!(broken(bore), "group");
        let grouped = |product: &mut PutProduct| {
            bore(product);
            product.relations.group = Some("swift-pads".to_owned());
        };
        assert_eq!(broken(grouped), "nothing");
        let colour = |product: &mut PutProduct| {
            grouped(product);
            product.relations.varies_by.push("Colour".to_owned());
        };
        assert_eq!(broken(colour), "varies_by");
        assert_eq!(broken(|product| product.relations.replaced_by = Some(product.product_id)), "replaced_by");
        assert_eq!(broken(|product| product.relations.alternatives = vec![product.product_id]), "alternatives");
        let twice = vec![ProductId::generate(); 2];
        assert_eq!(broken(|product| product.relations.alternatives = twice), "alternatives");
    }

    proptest! {
        #[test]
        fn every_whole_number_and_every_tidy_fraction_is_a_decimal(number in any::<i32>(), thousandths in 1..1_000_u32) {
            prop_assert!(is_decimal(&number.to_string()));
            let fraction = format!("{thousandths:03}");
            let tidy = format!("{number}.{}", fraction.trim_end_matches('0'));
            prop_assert!(is_decimal(&tidy));
            let untidy = format!("{tidy}0");
            prop_assert!(!is_decimal(&untidy));
        }

        #[test]
        fn any_text_on_a_page_is_judged_without_a_panic(text in ".*") {
            let attribute = Attribute {
                name: text.clone(),
                text: Some(text.clone()),
                number: Some(text.clone()),
                unit: Some(text.clone()),
                flag: None,
            };
            let _ = page(&Page {
                title: Some(text.clone()),
                description: Some(text.clone()),
                canonical_slug: Some(text.clone()),
                images: vec![Image { url: format!("https://{text}"), alt: text.clone() }],
                attributes: vec![attribute.clone()],
            });
            let _ = super::attribute(&attribute);
        }
    }
}
