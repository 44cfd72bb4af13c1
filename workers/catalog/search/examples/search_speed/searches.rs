//! What customers look for.

use std::collections::{BTreeMap, BTreeSet};

use catalog_search::{Dimension, Page, Sort, Vehicle, Wanted};

use super::catalog::{ATTRIBUTES, Catalog, PARTS, POSITIONS};

/// One way to look for parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The part's name.
    Text,
    /// The name with a mistake, and a brand.
    Typo,
    /// A whole part number, spelled otherwise.
    Number,
    /// A piece of one.
    Fragment,
    /// What fits a vehicle, with facets.
    VehicleWithFacets,
    /// A name, what fits a vehicle, facets, cheapest first.
    Everything,
    /// A category by name.
    Browsing,
    /// The same with one attribute, and with the facets of all.
    Attributes,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Text,
        Self::Typo,
        Self::Number,
        Self::Fragment,
        Self::VehicleWithFacets,
        Self::Everything,
        Self::Browsing,
        Self::Attributes,
    ];
}

/// One search, of the mix: 25 % text, 20 % with a mistake, 10 % numbers, 10 % pieces of them, 15 % vehicles, 15 % everything
/// at once, 3 % browsing, 2 % the same by an attribute.
pub fn one(catalog: &Catalog, dice: &mut fastrand::Rng) -> (Kind, Wanted, Page) {
    let kind = match dice.u8(..100) {
        0..25 => Kind::Text,
        25..45 => Kind::Typo,
        45..55 => Kind::Number,
        55..65 => Kind::Fragment,
        65..80 => Kind::VehicleWithFacets,
        80..95 => Kind::Everything,
        95..98 => Kind::Browsing,
        _ => Kind::Attributes,
    };
    let (wanted, facets) = wanted(kind, catalog, dice);
    let attributes = ATTRIBUTES.map(|name| Dimension::Attribute(name.to_owned()));
    let common = Dimension::COMMON.into_iter().filter(|_| facets);
    let facets = common.chain(attributes.into_iter().filter(|_| kind == Kind::Attributes)).collect();
    (kind, wanted, Page { limit: 20, after: None, facets })
}

fn wanted(kind: Kind, catalog: &Catalog, dice: &mut fastrand::Rng) -> (Wanted, bool) {
    let part = catalog.part(dice.u64(..catalog.parts), 1);
    let (what, category) = PARTS[dice.usize(..PARTS.len())];
    let fits = part.fitment.first();
    let vehicle = fits.map(|fits| Vehicle {
        make: fits.make.clone(),
        model: Some(fits.model.clone()),
        year: Some(fits.year_from),
        variant: None,
    });
    let text = |text: String| Wanted { text: Some(text), ..Wanted::default() };
    match kind {
        Kind::Text => (text(what.to_lowercase()), dice.bool()),
        Kind::Typo => (text(format!("{} {}", mistaken(what, dice), part.brand)), dice.bool()),
        Kind::Number => (text(part.oem_number.replace('-', " ").to_lowercase()), false),
        Kind::Fragment => (text(part.oem_number.chars().skip(1).take(6).collect()), false),
        Kind::VehicleWithFacets => (Wanted { vehicle, ..Wanted::default() }, true),
        Kind::Everything => {
            (Wanted { vehicle, sort: Sort::Price, most_price: Some(1_000_000), ..text(what.to_lowercase()) }, true)
        }
        Kind::Browsing => (Wanted { sort: Sort::Name, ..of_category(category) }, true),
        Kind::Attributes => {
            let position = BTreeSet::from([POSITIONS[dice.usize(..POSITIONS.len())].to_owned()]);
            let attributes = BTreeMap::from([(ATTRIBUTES[0].to_owned(), position)]);
            (Wanted { attributes, ..of_category(category) }, true)
        }
    }
}

fn of_category(category: &str) -> Wanted {
    Wanted { categories: vec![category.to_owned()], ..Wanted::default() }
}

/// Two letters in the wrong order.
fn mistaken(text: &str, dice: &mut fastrand::Rng) -> String {
    let mut letters: Vec<char> = text.to_lowercase().chars().collect();
    let at = dice.usize(1..letters.len() - 1);
    letters.swap(at, at + 1);
    letters.into_iter().collect()
}
