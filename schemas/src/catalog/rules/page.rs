//! What makes a page one that can be shown, and relations ones that lead somewhere.

use std::collections::HashSet;

use super::{Invalid, SHORT_TEXT, is_clean, is_slug, no_card_number, rule, text};
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
    rule(canonical, "invalid_canonical_slug", "the slug of a product")?;
    canonical_slug.iter().try_for_each(|slug| no_card_number(slug, "invalid_canonical_slug"))?;
    let shown = images.len() <= MOST_IMAGES && images.iter().all(is_image);
    rule(shown, "invalid_images", "at most 20 https addresses of up to 500 characters, each with a text of up to 160")?;
    let mut texts = images.iter().flat_map(|Image { url, alt }| [url, alt]);
    texts.try_for_each(|text| no_card_number(text, "invalid_images"))?;
    rule(attributes.len() <= MOST_ATTRIBUTES, "invalid_attributes", "at most 50")?;
    attributes.iter().try_for_each(attribute)?;
    let mut names = HashSet::new();
    let once = attributes.iter().all(|attribute| names.insert(attribute.name.to_lowercase()));
    rule(once, "invalid_attributes", "of different names")
}

/// Checks which products a product leads to, as far as it can be seen from here.
///
/// # Errors
/// [`Invalid`] for the first rule that is broken.
pub(super) fn relations(product: &PutProduct) -> Result<(), Invalid> {
    let Relations { group, varies_by, replaced_by, alternatives } = &product.relations;
    let grouped = group.as_deref().map_or(varies_by.is_empty(), is_slug);
    rule(grouped, "invalid_group", "a group in the spelling of a slug, where variants are to differ")?;
    group.iter().try_for_each(|group| no_card_number(group, "invalid_group"))?;
    let has = |name: &String| product.page.attributes.iter().any(|attribute| attribute.name == *name);
    let vary = varies_by.len() <= MOST_VARYING && are_different(varies_by) && varies_by.iter().all(has);
    rule(vary, "invalid_varies_by", "at most 5 of the product's own attributes")?;
    rule(*replaced_by != Some(product.product_id), "invalid_replaced_by", "another product")?;
    let others = alternatives.len() <= MOST_ALTERNATIVES && !alternatives.contains(&product.product_id);
    rule(others && are_different(alternatives), "invalid_alternatives", "at most 20 other products")
}

fn are_different<T: Eq + std::hash::Hash>(values: &[T]) -> bool {
    let mut seen = HashSet::new();
    values.iter().all(|value| seen.insert(value))
}

fn is_image(Image { url, alt }: &Image) -> bool {
    is_https(url) && is_clean(alt) && alt.chars().count() <= LONGEST_VALUE
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

fn attribute(attribute: &Attribute) -> Result<(), Invalid> {
    let Attribute { name, text: value, number, unit, flag } = attribute;
    text(name, SHORT_TEXT, "invalid_attributes")?;
    value.iter().try_for_each(|value| text(value, LONGEST_VALUE, "invalid_attributes"))?;
    unit.iter().try_for_each(|unit| text(unit, SHORT_TEXT, "invalid_attributes"))?;
    let kinds = usize::from(value.is_some()) + usize::from(number.is_some()) + usize::from(flag.is_some());
    rule(kinds == 1, "invalid_attributes", "each one of text, number and flag")?;
    rule(unit.is_none() || number.is_some(), "invalid_attributes", "without a unit unless it is a number")?;
    let decimal = number.as_deref().is_none_or(is_decimal);
    rule(decimal, "invalid_attributes", "numbers such as -12.5, without needless zeros")?;
    number.iter().try_for_each(|number| no_card_number(number, "invalid_attributes"))
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

    use super::{super::tests::brake_pads, *};
    use crate::ids::ProductId;

    fn broken(change: impl FnOnce(&mut PutProduct)) -> &'static str {
        let mut product = brake_pads();
        change(&mut product);
        super::super::check(&product).map_or_else(|invalid| invalid.field(), |()| "nothing")
    }

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
            assert_eq!(shows(bad), "images", "{bad}");
        }
        let one = Image { url: "https://example.in/1".to_owned(), alt: String::new() };
        assert_eq!(broken(|product| product.page.images = vec![one; MOST_IMAGES + 1]), "images");
    }

    #[test]
    fn an_attribute_is_one_of_text_number_and_flag() {
        let both = Attribute { flag: Some(true), ..number("1") };
        let none = Attribute { name: "Bore".to_owned(), ..Attribute::default() };
        let unit = Attribute { unit: Some("mm".to_owned()), flag: Some(true), ..none.clone() };
        for bad in [vec![both], vec![none], vec![unit], vec![number("1"), number("2")]] {
            assert_eq!(broken(|product| product.page.attributes = bad.clone()), "attributes", "{bad:?}");
        }
        for bad in ["", "-", "01", "1.50", "1.", ".5", "1e3", "-0", "1,5", "999999999999999999999"] {
            assert_eq!(broken(|product| product.page.attributes = vec![number(bad)]), "attributes", "{bad}");
        }
        let good = Attribute { unit: Some("mm".to_owned()), ..number("-0.25") };
        assert_eq!(broken(|product| product.page.attributes = vec![good]), "nothing");
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
