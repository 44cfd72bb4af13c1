//! What makes a product one that can be sold and invoiced in India.

mod attributes;
mod page;
mod terms;

use std::fmt;

pub use self::{
    attributes::{Misfit, attributes},
    page::{LONGEST_VALUE, MOST_ALTERNATIVES, MOST_ATTRIBUTES},
};
use super::{Fitment, Labels, PartKind, ProductStatus, PutProduct};
use crate::{pricing::rate::GST_RATES, texts::holds_card_number, types::Money};

/// Dearer than one crore rupees is a typing error.
const HIGHEST_PRICE: Money = Money::inr(1_000_000_000);
/// Heavier than a tonne does not go by parcel, in grams.
const GREATEST_WEIGHT: i32 = 1_000_000;
const SHORT_TEXT: usize = 64;
const LONGEST_NAME: usize = 160;
const LONGEST_SLUG: usize = 96;
const LONGEST_DESCRIPTION: usize = 4_000;
const MOST_VEHICLES: usize = 1_000;
const MOST_CROSS_REFERENCES: usize = 200;
const MOST_TAGS: usize = 50;
const SPELLED_AS_SLUG: &str = "must be at most 96 lower-case letters and digits in groups joined by single '-'";
/// What stands in addresses where a product's slug would.
const RESERVED_SLUGS: [&str; 1] = ["suggest"];
const MODEL_YEARS: std::ops::RangeInclusive<i32> = 1_900..=2_100;

/// A product breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// `invalid_` and the name of the product's field, a stable code.
    pub code: &'static str,
    /// Where: `tags`, or `fitment[3].make`.
    pub field: String,
    /// What is right.
    pub problem: String,
}

/// What is wrong with an entry of a list: the part of it, nothing for the entry as a whole, and what is right.
pub type PartFault = (&'static str, String);

impl Invalid {
    fn new(code: &'static str, problem: String) -> Self {
        Self { code, field: whole(code).to_owned(), problem }
    }

    /// The product's field that is wrong or has a part that is.
    #[must_use]
    pub fn whole_field(&self) -> &'static str {
        whole(self.code)
    }
}

fn whole(code: &'static str) -> &'static str {
    code.strip_prefix("invalid_").unwrap_or(code)
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.problem)
    }
}

impl std::error::Error for Invalid {}

/// Checks a product.
///
/// # Errors
/// [`Invalid`] for the first rule that is broken.
pub fn check(product: &PutProduct) -> Result<(), Invalid> {
    let oem = product.kind == PartKind::Oem;
    no_card_number(product.sku.as_str(), "invalid_sku")?;
    no_card_number(&product.slug, "invalid_slug")?;
    rule(is_slug(&product.slug), "invalid_slug", SPELLED_AS_SLUG)?;
    let is_free = !RESERVED_SLUGS.contains(&product.slug.as_str());
    rule(is_free, "invalid_slug", "must be another one: this one means something else")?;
    text(&product.name, LONGEST_NAME, "invalid_name")?;
    text(&product.category, SHORT_TEXT, "invalid_category")?;
    text(&product.brand, SHORT_TEXT, "invalid_brand")?;
    let described = product.description.chars().count() <= LONGEST_DESCRIPTION;
    rule(described, "invalid_description", "must have at most 4000 characters")?;
    no_card_number(&product.description, "invalid_description")?;
    let numbered = is_part_number(&product.oem_number);
    rule(numbered, "invalid_oem_number", "must have at most 64 printable characters and no space around them")?;
    no_card_number(&product.oem_number, "invalid_oem_number")?;
    let named = !oem || !product.oem_number.is_empty();
    rule(named, "invalid_oem_number", "must be the vehicle maker's number, for it is an OEM part")?;
    rule(is_hsn(&product.hsn), "invalid_hsn", "must be 4, 6 or 8 digits")?;
    let rated = product.gst_basis_points.is_none_or(|rate| GST_RATES.contains(&rate));
    rule(rated, "invalid_gst_basis_points", "must be one of 0, 500, 1200, 1800, 2800, 4000")?;
    rule(is_price(product.price), "invalid_price", "must be more than nothing and at most one crore rupees")?;
    terms::check(product.price, &product.terms)?;
    let weighed = (1..=GREATEST_WEIGHT).contains(&product.weight_grams);
    rule(weighed, "invalid_weight_grams", "must be at least one gram and at most a tonne")?;
    fitment(product.kind, &product.fitment)?;
    labels(&product.labels)?;
    let stands = product.status.is_none_or(|status| (status == ProductStatus::Active) == product.active);
    rule(stands, "invalid_status", "must be active if the product is sold, and another one if it is not")?;
    page::page(&product.page)?;
    page::relations(product)
}

/// Checks the vehicles that a product of this kind fits.
///
/// # Errors
/// [`Invalid`] for the first rule that is broken.
pub fn fitment(kind: PartKind, vehicles: &[Fitment]) -> Result<(), Invalid> {
    let named = kind != PartKind::Oem || !vehicles.is_empty();
    rule(named, "invalid_fitment", "must name the vehicles that it was made for, for it is an OEM part")?;
    rule(vehicles.len() <= MOST_VEHICLES, "invalid_fitment", "must be at most 1000 vehicles")?;
    each(vehicles, "invalid_fitment", vehicle)
}

fn labels(labels: &Labels) -> Result<(), Invalid> {
    let Labels { cross_references, barcode, tags } = labels;
    let few = cross_references.len() <= MOST_CROSS_REFERENCES;
    rule(few, "invalid_cross_references", "must be at most 200 numbers")?;
    rule(tags.len() <= MOST_TAGS, "invalid_tags", "must be at most 50 words")?;
    each(cross_references, "invalid_cross_references", |number| part("", number, SHORT_TEXT))?;
    each(tags, "invalid_tags", |tag| part("", tag, SHORT_TEXT))?;
    rule(barcode.as_deref().is_none_or(is_barcode), "invalid_barcode", "must be 8, 12, 13 or 14 digits")
}

fn rule(kept: bool, code: &'static str, right: &str) -> Result<(), Invalid> {
    if kept { Ok(()) } else { Err(Invalid::new(code, right.to_owned())) }
}

fn text(value: &str, longest: usize, code: &'static str) -> Result<(), Invalid> {
    part("", value, longest).map_err(|(_, right)| Invalid::new(code, right))
}

/// Checks the entries of a list.
fn each<T>(
    entries: &[T],
    code: &'static str,
    mut check: impl FnMut(&T) -> Result<(), PartFault>,
) -> Result<(), Invalid> {
    entries.iter().enumerate().try_for_each(|(place, entry)| {
        check(entry).map_err(|(part, problem)| {
            let dot = if part.is_empty() { "" } else { "." };
            Invalid { code, field: format!("{}[{place}]{dot}{part}", whole(code)), problem }
        })
    })
}

fn must(kept: bool, part: &'static str, right: &str) -> Result<(), PartFault> {
    if kept { Ok(()) } else { Err((part, right.to_owned())) }
}

fn part(part: &'static str, value: &str, longest: usize) -> Result<(), PartFault> {
    let kept = is_clean(value) && (1..=longest).contains(&value.chars().count());
    let right = || format!("must have 1 to {longest} printable characters and no space around them");
    if kept { no_card(part, value) } else { Err((part, right())) }
}

fn no_card_number(text: &str, code: &'static str) -> Result<(), Invalid> {
    no_card("", text).map_err(|(_, right)| Invalid::new(code, right))
}

/// Card data must not come to rest anywhere in the shop. Not for barcodes: they are numbers as long as a short card number, of
/// which one in ten looks like one.
fn no_card(part: &'static str, text: &str) -> Result<(), PartFault> {
    must(!holds_card_number(text), part, "must not contain a card number")
}

/// Checks a vehicle.
///
/// # Errors
/// The part that is wrong, and what is right.
pub fn vehicle(vehicle: &Fitment) -> Result<(), PartFault> {
    let Fitment { make, model, year_from, year_to, variant } = vehicle;
    part("make", make, SHORT_TEXT)?;
    part("model", model, SHORT_TEXT)?;
    variant.iter().try_for_each(|variant| part("variant", variant, SHORT_TEXT))?;
    must(MODEL_YEARS.contains(year_from), "year_from", "must be a year from 1900 to 2100")?;
    must(MODEL_YEARS.contains(year_to), "year_to", "must be a year from 1900 to 2100")?;
    must(year_from <= year_to, "year_to", "must not be before year_from")
}

/// Whether a text can be what an attribute is called that a category has.
#[must_use]
pub fn is_attribute_key(text: &str) -> bool {
    is_slug(text) && text.len() <= SHORT_TEXT && !holds_card_number(text)
}

fn is_price(price: Money) -> bool {
    (1..=HIGHEST_PRICE.minor).contains(&price.minor)
}

fn is_slug(text: &str) -> bool {
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.len() <= LONGEST_SLUG && text.split('-').all(|group| !group.is_empty() && group.chars().all(legal))
}

fn is_hsn(text: &str) -> bool {
    matches!(text.len(), 4 | 6 | 8) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_barcode(text: &str) -> bool {
    matches!(text.len(), 8 | 12..=14) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_part_number(text: &str) -> bool {
    is_clean(text) && text.chars().count() <= SHORT_TEXT
}

fn is_clean(text: &str) -> bool {
    text.trim() == text && !text.chars().any(char::is_control)
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;
    use serde_json::Value;
    use shared::id::Uuid;

    use super::*;
    use crate::ids::ProductId;

    pub(crate) fn brake_pads() -> PutProduct {
        PutProduct {
            slug: "front-brake-pads-swift".to_owned(),
            name: "Front brake pads".to_owned(),
            category: "Brakes".to_owned(),
            brand: "Bosch".to_owned(),
            hsn: "87083000".to_owned(),
            gst_basis_points: Some(2_800),
            price: Money::inr(120_000),
            weight_grams: 1_500,
            active: true,
            fitment: vec![swift()],
            ..PutProduct::blank(ProductId::from_uuid(Uuid::from_u128(1)), "BRK-1".parse().unwrap())
        }
    }

    fn swift() -> Fitment {
        let (make, model) = ("Maruti Suzuki".to_owned(), "Swift".to_owned());
        Fitment { make, model, year_from: 2018, year_to: 2023, variant: None }
    }

    pub(crate) fn broken(change: impl FnOnce(&mut PutProduct)) -> String {
        let mut product = brake_pads();
        change(&mut product);
        let Err(Invalid { code, field, problem }) = check(&product) else { return "nothing".to_owned() };
        assert!(field.starts_with(code.strip_prefix("invalid_").unwrap()), "{field} of {code}");
        assert!(
            ["must be ", "must have ", "must not ", "must name "].iter().any(|say| problem.starts_with(say)),
            "{problem}"
        );
        field
    }

    #[test]
    fn a_proper_product_passes() {
        assert_eq!(check(&brake_pads()), Ok(()));
    }

    #[test]
    fn an_oem_part_needs_its_number_and_its_vehicle() {
        assert_eq!(broken(|product| product.kind = PartKind::Oem), "oem_number");
        let number = "55810M74L00".to_owned();
        let oem = |product: &mut PutProduct| (product.kind, product.oem_number) = (PartKind::Oem, number);
        assert_eq!(broken(oem.clone()), "nothing");
        let nowhere = |product: &mut PutProduct| {
            oem(product);
            product.fitment.clear();
        };
        assert_eq!(broken(nowhere), "fitment");
    }

    /// A product of which everything is said that can be.
    fn all_is_said() -> PutProduct {
        use crate::catalog::{Attribute, Image, Page, Relations};
        let text = |text: &str| text.to_owned();
        let attribute = |name: &str| Attribute { name: text(name), ..Attribute::default() };
        let bore = Attribute { number: Some(text("12")), unit: Some(text("mm")), ..attribute("Bore") };
        let origin = Attribute { text: Some(text("Pune")), ..attribute("Origin") };
        let image = Image { url: text("https://cdn.example.in/1.webp"), alt: text("Front") };
        PutProduct {
            description: text("A part."),
            oem_number: text("55810M74L00"),
            fitment: vec![Fitment { variant: Some(text("VXi")), ..swift() }],
            labels: Labels {
                cross_references: vec![text("P 79 030")],
                barcode: Some(text("4047024123456")),
                tags: vec![text("pad")],
            },
            page: Page {
                title: Some(text("Pads")),
                description: Some(text("Pads for a Swift")),
                canonical_slug: Some(text("pads")),
                images: vec![image],
                attributes: vec![bore, origin],
            },
            relations: Relations { group: Some(text("pads")), varies_by: vec![text("Bore")], ..Relations::default() },
            ..brake_pads()
        }
    }

    /// Where texts stand in a value.
    fn texts(value: &Value, at: String, places: &mut Vec<String>) {
        match value {
            Value::String(_) => places.push(at),
            Value::Object(fields) => {
                fields.iter().for_each(|(name, below)| texts(below, format!("{at}/{name}"), places))
            }
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(n, below)| texts(below, format!("{at}/{n}"), places));
            }
            _ => {}
        }
    }

    #[test]
    fn no_text_of_a_product_may_be_a_card_number_but_a_barcode() {
        assert_eq!(check(&all_is_said()), Ok(()));
        let whole = serde_json::to_value(all_is_said()).unwrap();
        let (mut places, mut refused) = (Vec::new(), 0);
        texts(&whole, String::new(), &mut places);
        for place in places.iter().filter(|place| *place != "/labels/barcode") {
            for card in ["4242424242424242", "https://a.in/4242424242424242"] {
                let mut product = whole.clone();
                *product.pointer_mut(place).unwrap() = card.into();
                // What is no mere text cannot be one either.
                let Ok(product) = serde_json::from_value::<PutProduct>(product) else { continue };
                assert!(check(&product).is_err(), "{place}: {card}");
                refused += 1;
            }
        }
        assert!(refused > 40, "{refused} of {places:?}");
    }

    #[test]
    fn a_card_number_is_refused_by_its_field() {
        let card = "4242424242424242";
        assert_eq!(broken(|product| product.sku = card.parse().unwrap()), "sku");
        assert_eq!(broken(|product| product.slug = card.to_owned()), "slug");
        assert_eq!(broken(|product| product.description = format!("Call\n{card}")), "description");
        assert_eq!(
            broken(|product| product.fitment[0].variant = Some("4242 4242 4242 4242".to_owned())),
            "fitment[0].variant"
        );
        assert!(!is_attribute_key(card) && is_attribute_key("bore"));
    }

    #[test]
    fn every_rule_names_its_field() {
        for slug in ["", "-a", "a-", "a--b", "A", "a b", "ä", "suggest", &"a".repeat(97)] {
            assert_eq!(broken(|product| product.slug = slug.to_owned()), "slug", "{slug:?}");
        }
        for hsn in ["", "870", "87083", "8708300", "870830001", "8708.3"] {
            assert_eq!(broken(|product| product.hsn = hsn.to_owned()), "hsn", "{hsn:?}");
        }
        for rate in [-500, 1, 28, 1_000, 10_000] {
            assert_eq!(broken(|product| product.gst_basis_points = Some(rate)), "gst_basis_points", "{rate}");
        }
        for paise in [i64::MIN, -1, 0, 1_000_000_001] {
            assert_eq!(broken(|product| product.price = Money::inr(paise)), "price", "{paise}");
        }
        assert_eq!(broken(|product| product.status = Some(ProductStatus::Draft)), "status");
        assert_eq!(broken(|product| product.weight_grams = 0), "weight_grams");
        assert_eq!(broken(|product| product.name = " padded ".to_owned()), "name");
        assert_eq!(broken(|product| product.brand = String::new()), "brand");
        assert_eq!(broken(|product| product.category = "line\nbreak".to_owned()), "category");
        assert_eq!(broken(|product| product.description = "x".repeat(4_001)), "description");
        assert_eq!(broken(|product| product.fitment[0].year_to = 2017), "fitment[0].year_to");
        assert_eq!(broken(|product| product.fitment[0].model = String::new()), "fitment[0].model");
        assert_eq!(broken(|product| product.fitment[0].variant = Some(String::new())), "fitment[0].variant");
        for barcode in ["", "1234567", "123456789", "40470241234567 ", "404702412345x"] {
            assert_eq!(broken(|product| product.labels.barcode = Some(barcode.to_owned())), "barcode", "{barcode:?}");
        }
        let tags = ["a", " padded"].map(ToOwned::to_owned).to_vec();
        assert_eq!(broken(|product| product.labels.tags = tags), "tags[1]");
        assert_eq!(broken(|product| product.labels.cross_references = vec![String::new()]), "cross_references[0]");
        assert_eq!(broken(|product| product.labels.tags = vec!["tag".to_owned(); 51]), "tags");
        let many = vec!["1".to_owned(); 201];
        assert_eq!(broken(|product| product.labels.cross_references = many), "cross_references");
        assert_eq!(broken(|product| product.labels.barcode = Some("1".to_owned())), "barcode");
    }

    #[test]
    fn of_the_vehicles_the_one_is_named_and_the_part_of_it_that_is_wrong() {
        let named = |change: fn(&mut Fitment)| {
            broken(|product| {
                product.fitment = vec![swift(), swift()];
                change(&mut product.fitment[1]);
            })
        };
        assert_eq!(named(|vehicle| vehicle.make = String::new()), "fitment[1].make");
        assert_eq!(named(|vehicle| vehicle.model = " Swift".to_owned()), "fitment[1].model");
        assert_eq!(named(|vehicle| vehicle.variant = Some("a".repeat(65))), "fitment[1].variant");
        assert_eq!(named(|vehicle| vehicle.year_from = 1_899), "fitment[1].year_from");
        assert_eq!(named(|vehicle| vehicle.year_to = 2_101), "fitment[1].year_to");
        assert_eq!(named(|vehicle| vehicle.year_to = 2_017), "fitment[1].year_to");
        assert_eq!(broken(|product| product.fitment = vec![swift(); 1_001]), "fitment");
    }

    proptest! {
        #[test]
        fn any_text_in_any_field_is_judged_without_a_panic(text in ".*", number in any::<i32>()) {
            let (make, model, variant) = (text.clone(), text.clone(), Some(text.clone()));
            let fitment = Fitment { make, model, year_from: number, year_to: number, variant };
            let (cross_references, barcode, tags) = (vec![text.clone()], Some(text.clone()), vec![text.clone()]);
            let product = PutProduct {
                slug: text.clone(),
                name: text.clone(),
                hsn: text.clone(),
                oem_number: text,
                gst_basis_points: Some(number),
                weight_grams: number,
                fitment: vec![fitment],
                labels: Labels { cross_references, barcode, tags },
                ..brake_pads()
            };
            let _ = check(&product);
        }
    }
}
