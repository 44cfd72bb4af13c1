//! A catalog by seed: every part is made of its number alone.

use schemas::{
    catalog::{Attribute, Fitment, Labels, Page, PartKind, Rating, Relations, SaleTerms},
    documents::Product,
    ids::ProductId,
    types::{Money, Timestamp},
};
use shared::id::Uuid;

/// Parts with their categories.
pub const PARTS: [(&str, &str); 24] = [
    ("Brake Pads", "Brakes"),
    ("Brake Disc", "Brakes"),
    ("Brake Shoe", "Brakes"),
    ("Brake Hose", "Brakes"),
    ("Oil Filter", "Filters"),
    ("Air Filter", "Filters"),
    ("Cabin Filter", "Filters"),
    ("Fuel Filter", "Filters"),
    ("Headlight Bulb", "Lighting"),
    ("Tail Lamp", "Lighting"),
    ("Fog Lamp", "Lighting"),
    ("Indicator", "Lighting"),
    ("Shock Absorber", "Suspension"),
    ("Control Arm", "Suspension"),
    ("Ball Joint", "Suspension"),
    ("Stabiliser Link", "Suspension"),
    ("Radiator", "Cooling"),
    ("Water Pump", "Cooling"),
    ("Thermostat", "Cooling"),
    ("Timing Belt", "Engine"),
    ("Spark Plug", "Engine"),
    ("Clutch Kit", "Transmission"),
    ("Wiper Blade", "Body"),
    ("Alternator", "Electrical"),
];
/// What is said of a part.
const SORTS: [&str; 10] =
    ["Front", "Rear", "Left", "Right", "Upper", "Lower", "Ceramic", "Heavy Duty", "Premium", "Long Life"];
const SYLLABLES: [&str; 16] =
    ["ma", "ru", "ti", "zen", "bo", "sch", "val", "eo", "kor", "din", "ex", "al", "to", "ni", "sa", "ver"];

/// A catalog.
#[derive(Debug, Clone)]
pub struct Catalog {
    /// How many parts.
    pub parts: u64,
    /// How many vehicles each fits.
    pub fitments: u64,
    seed: u64,
    makes: Vec<(String, Vec<String>)>,
    brands: Vec<String>,
}

impl Catalog {
    /// A catalog of so many parts for 40 makers of 25 models each, of 300 brands.
    pub fn new(parts: u64, fitments: u64, seed: u64) -> Self {
        let mut dice = fastrand::Rng::with_seed(seed);
        let makes = (0..40).map(|_| (name(&mut dice, 3), (0..25).map(|_| name(&mut dice, 2)).collect())).collect();
        let brands = (0..300).map(|_| name(&mut dice, 3)).collect();
        Self { parts, fitments, seed, makes, brands }
    }

    /// A part, at a revision; a later one has another price.
    pub fn part(&self, number: u64, revision: i64) -> Product {
        let mut dice = fastrand::Rng::with_seed(self.seed.wrapping_mul(1_000_003).wrapping_add(number));
        let (what, category) = PARTS[dice.usize(..PARTS.len())];
        let brand = self.brands[dice.usize(..self.brands.len())].clone();
        let fitment: Vec<Fitment> = (0..self.fitments).map(|_| self.fitment(&mut dice)).collect();
        let model = fitment.first().map_or("Universal", |fits| fits.model.as_str());
        let sort = SORTS[dice.usize(..SORTS.len())];
        Product {
            product_id: ProductId::from_uuid(Uuid::from_u64_pair(dice.u64(..), number)),
            sku: format!("SP-{number:07}").parse().unwrap_or_else(|_| unreachable!("letters and digits")),
            slug: format!("part-{number}"),
            name: format!("{brand} {sort} {what} {model}"),
            description: format!("{sort} {what} by {brand}, tested to the maker's specification, with fitting kit."),
            category: category.to_owned(),
            brand,
            kind: PartKind::Aftermarket,
            oem_number: part_number(&mut dice),
            hsn: "87083000".to_owned(),
            gst_basis_points: Some(2_800),
            price: Money::inr(dice.i64(5_000..2_000_000) + revision),
            weight_grams: 1_000,
            active: true,
            fitment,
            revision,
            terms: SaleTerms::default(),
            labels: Labels {
                cross_references: (0..3).map(|_| part_number(&mut dice)).collect(),
                barcode: Some(format!("{:013}", dice.u64(..10_000_000_000_000))),
                tags: Vec::new(),
            },
            listed_at: Timestamp::from_millis(dice.i64(..1_000_000_000_000)),
            status: None,
            page: Page { attributes: attributes(&mut dice), ..Page::default() },
            relations: Relations::default(),
            former_slugs: Vec::new(),
            numbers: Vec::new(),
            rating: Rating::default(),
        }
    }

    fn fitment(&self, dice: &mut fastrand::Rng) -> Fitment {
        let (make, models) = &self.makes[dice.usize(..self.makes.len())];
        let (model, year_from) = (models[dice.usize(..models.len())].clone(), dice.i32(2000..2022));
        let variant = (dice.u8(..10) == 0).then(|| "VXi".to_owned());
        Fitment { make: make.clone(), model, year_from, year_to: year_from + dice.i32(1..9), variant }
    }
}

/// The names of what every part says of itself.
pub const ATTRIBUTES: [&str; 4] = ["position", "material", "length", "vented"];
/// Where a part may sit.
pub const POSITIONS: [&str; 4] = ["Front", "Rear", "Left", "Right"];
const MATERIALS: [&str; 6] = ["Steel", "Ceramic", "Rubber", "Aluminium", "Copper", "Cast iron"];

/// One of each kind: choices, a number of many values, a flag.
fn attributes(dice: &mut fastrand::Rng) -> Vec<Attribute> {
    let text = |of: &[&str], dice: &mut fastrand::Rng| Some(of[dice.usize(..of.len())].to_owned());
    let [position, material, length, vented] =
        ATTRIBUTES.map(|name| Attribute { name: name.to_owned(), ..Attribute::default() });
    let number = Some(dice.u16(1..2_000).to_string());
    vec![
        Attribute { text: text(&POSITIONS, dice), ..position },
        Attribute { text: text(&MATERIALS, dice), ..material },
        Attribute { number, unit: Some("mm".to_owned()), ..length },
        Attribute { flag: Some(dice.bool()), ..vented },
    ]
}

fn name(dice: &mut fastrand::Rng, syllables: usize) -> String {
    let text: String = (0..syllables).map(|_| SYLLABLES[dice.usize(..SYLLABLES.len())]).collect();
    text[..1].to_uppercase() + &text[1..]
}

fn part_number(dice: &mut fastrand::Rng) -> String {
    let letter = |dice: &mut fastrand::Rng| char::from(b'A' + dice.u8(..26));
    format!(
        "{}{}{}-{:03}-{:03} {}",
        dice.u8(1..10),
        letter(dice),
        dice.u8(..10),
        dice.u16(..1000),
        dice.u16(..1000),
        letter(dice)
    )
}
