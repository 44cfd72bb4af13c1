//! Products, and indexes that hold them.

use proptest::prelude::*;
use schemas::{
    catalog::{Attribute, Fitment, Page as Shown, PutProduct},
    documents::Product,
    ids::ProductId,
    types::{Money, Timestamp},
};
use shared::id::Uuid;

use crate::{Dimension, Found, Page, Place, SearchIndex, Wanted, Writer};

pub fn product(number: u128) -> Product {
    let put = PutProduct {
        slug: format!("part-{number}"),
        name: "Front brake pads".to_owned(),
        description: "Low-dust compound with wear indicator.".to_owned(),
        category: "Brakes".to_owned(),
        brand: "Bosch".to_owned(),
        hsn: "87083000".to_owned(),
        gst_basis_points: Some(2_800),
        price: Money::inr(120_000),
        weight_grams: 1_500,
        active: true,
        ..PutProduct::blank(id(number), format!("SKU-{number}").parse().unwrap())
    };
    Product::new(put, Timestamp::from_millis(0))
}

pub const fn id(number: u128) -> ProductId {
    ProductId::from_uuid(Uuid::from_u128(number))
}

pub fn fits(make: &str, model: &str, year_from: i32, year_to: i32) -> Fitment {
    Fitment { make: make.to_owned(), model: model.to_owned(), year_from, year_to, variant: None }
}

/// Few values, so that products share them.
fn fitment() -> impl Strategy<Value = Fitment> {
    let (make, model) =
        (prop::sample::select(vec!["Maruti Suzuki", "Hyundai"]), prop::sample::select(vec!["i20", "Dzire"]));
    (make, model, 2015..2020, 0..5).prop_map(|(make, model, from, length)| fits(make, model, from, from + length))
}

/// Names of attributes of which one begins as another does.
pub const NAMES: [&str; 2] = ["bore", "bore-b"];
/// Their values.
pub const VALUES: [&str; 2] = ["wide", "narrow"];

fn attributes() -> impl Strategy<Value = Vec<Attribute>> {
    let one = |name: &'static str| {
        prop::option::of(prop::sample::select(VALUES.to_vec())).prop_map(|value| {
            let text =
                |value: &str| Attribute { name: name.to_owned(), text: Some(value.to_owned()), ..Attribute::default() };
            value.map(text)
        })
    };
    NAMES.map(one).prop_map(|all| all.into_iter().flatten().collect())
}

/// Products under the ids from 0 on.
pub fn products(most: usize) -> impl Strategy<Value = Vec<Product>> {
    let name = prop::sample::select(vec!["Oil filter", "Brake pads", "brake disc", "Brake pads", "Air filter"]);
    let category = prop::sample::select(vec!["Brakes", "Filters", "Engine"]);
    let brand = prop::sample::select(vec!["Bosch", "Valeo", "Brembo"]);
    let price = prop::sample::select(vec![100, 49_999, 50_000, 120_000, 2_000_000]);
    let fitment = prop::collection::vec(fitment(), 0..3);
    let one = (name, category, brand, price, 0..3i64, fitment, attributes(), prop::bool::weighted(0.9));
    prop::collection::vec(one, 0..=most).prop_map(|all| {
        let numbered =
            (0..).zip(all).map(|(number, (name, category, brand, paise, listed, fitment, attributes, active))| {
                Product {
                    page: Shown { attributes, ..Shown::default() },
                    name: name.to_owned(),
                    category: category.to_owned(),
                    brand: brand.to_owned(),
                    price: Money::inr(paise),
                    listed_at: Timestamp::from_millis(listed),
                    fitment,
                    active,
                    ..product(number)
                }
            });
        numbered.collect()
    })
}

/// A writer with these products, committed in several segments.
pub fn writer(products: &[Product]) -> Writer {
    let mut writer = Writer::open(&Place::Memory).unwrap();
    for some in products.chunks(products.len() / 3 + 1) {
        put(&mut writer, some);
    }
    writer
}

pub fn put(writer: &mut Writer, products: &[Product]) {
    for product in products {
        writer.put(product).unwrap();
    }
    writer.commit("").unwrap();
}

pub fn index(products: &[Product]) -> SearchIndex {
    writer(products).index()
}

pub fn text(text: &str) -> Wanted {
    Wanted { text: Some(text.to_owned()), ..Wanted::default() }
}

pub fn all(index: &SearchIndex, wanted: &Wanted) -> Found {
    let attributes = NAMES.map(|name| Dimension::Attribute(name.to_owned()));
    let facets = Dimension::COMMON.into_iter().chain(attributes).collect();
    index.search(wanted, &Page { limit: 1_000, after: None, facets }).unwrap()
}

/// The numbers of the products that are found.
pub fn found(index: &SearchIndex, wanted: &Wanted) -> Vec<u128> {
    all(index, wanted).ids.into_iter().map(|id| id.as_uuid().as_u128()).collect()
}
