//! Pages, orders and facets.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use schemas::{
    catalog::{Attribute, Page as Shown},
    documents::Product,
};

use super::samples::{NAMES, VALUES, all, found, index, product, products, put, text, writer};
use crate::{BANDS, Cursor, Page, SearchIndex, Sort, Vehicle, Wanted};

const SORTS: [Sort; 5] = [Sort::Relevance, Sort::Price, Sort::PriceDescending, Sort::Newest, Sort::Name];

/// One of these values of this attribute.
fn of_attribute(name: &str, values: &[&str]) -> (String, BTreeSet<String>) {
    (name.to_owned(), values.iter().map(|value| (*value).to_owned()).collect())
}

fn attributes() -> impl Strategy<Value = BTreeMap<String, BTreeSet<String>>> {
    let values = || prop::option::weighted(0.3, prop::sample::subsequence(VALUES.to_vec(), 1..=2));
    (values(), values()).prop_map(|(one, other)| {
        let wanted = NAMES.into_iter().zip([one, other]);
        wanted.filter_map(|(name, values)| Some(of_attribute(name, &values?))).collect()
    })
}

fn wanted() -> impl Strategy<Value = Wanted> {
    let some = |values: Vec<&'static str>| prop::option::of(prop::sample::select(values).prop_map(str::to_owned));
    let vehicle = prop::option::of(prop::sample::select(vec!["Hyundai", "Hyundai/i20", "Maruti Suzuki/Dzire/2018"]));
    let price = || prop::option::of(prop::sample::select(vec![0i64, 50_000, 120_000]));
    (
        some(vec!["filter", "brake", "brak pad"]),
        prop::sample::subsequence(vec!["Brakes".to_owned(), "Filters".to_owned()], 0..=2),
        some(vec!["Bosch", "Valeo"]),
        vehicle,
        price(),
        price(),
        attributes(),
        prop::sample::select(SORTS.to_vec()),
    )
        .prop_map(|(text, categories, brand, vehicle, least_price, most_price, attributes, sort)| Wanted {
            text,
            categories,
            brand,
            sku: None,
            attributes,
            vehicle: vehicle.and_then(Vehicle::read),
            least_price,
            most_price,
            sort,
        })
}

/// Walks through all pages; `between` happens between them.
fn walk(index: &SearchIndex, wanted: &Wanted, limit: usize, mut between: impl FnMut()) -> Vec<u128> {
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let page = index.search(wanted, &Page { limit, after, facets: Vec::new() }).unwrap();
        seen.extend(page.ids.iter().map(|id| id.as_uuid().as_u128()));
        let Some(next) = page.next else { return seen };
        // As it travels: written and read again.
        after = Some(Cursor::read(&next.write(wanted.identity()), wanted.identity()).unwrap());
        between();
    }
}

/// What a product is sorted by, where the sort is not by relevance.
fn key(product: &Product, sort: Sort) -> (i64, String) {
    match sort {
        Sort::Relevance => (0, String::new()),
        Sort::Price => (product.price.minor, String::new()),
        Sort::PriceDescending => (-product.price.minor, String::new()),
        Sort::Newest => (-product.listed_at.as_millis(), String::new()),
        Sort::Name => (0, product.name.to_lowercase()),
    }
}

fn is_in_order(ids: &[u128], products: &[Product], sort: Sort) -> bool {
    ids.iter().map(|id| key(&products[usize::try_from(*id).unwrap()], sort)).is_sorted()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn all_pages_together_have_every_hit_once_and_in_order(
        products in products(30), wanted in wanted(), limit in 1usize..7,
    ) {
        let index = index(&products);
        let whole = found(&index, &wanted);
        prop_assert_eq!(walk(&index, &wanted, limit, || ()), &whole[..]);
        prop_assert_eq!(all(&index, &wanted).total, whole.len() as u64);
        prop_assert!(is_in_order(&whole, &products, wanted.sort), "{:?}", whole);
        let mut once = whole.clone();
        once.sort_unstable();
        once.dedup();
        prop_assert_eq!(once.len(), whole.len());
    }

    #[test]
    fn what_stays_as_it_is_shows_once_while_others_come_change_and_go(
        products in products(24), wanted in wanted(), limit in 1usize..5, changed in products(24), stride in 2usize..4,
    ) {
        let mut writer = writer(&products);
        let index = writer.index();
        let before = found(&index, &wanted);
        let mut news = changed.iter().enumerate().filter(|(n, _)| n % stride == 0).map(|(_, product)| product);
        let mut revision = 1;
        let seen = walk(&index, &wanted, limit, || {
            revision += 1;
            if let Some(product) = news.next() {
                put(&mut writer, &[Product { revision, ..product.clone() }]);
            }
        });
        let is_unchanged = |id: &u128| usize::try_from(*id).unwrap() % stride != 0;
        let expected: Vec<u128> = before.into_iter().filter(is_unchanged).collect();
        let once: Vec<u128> = seen.into_iter().filter(is_unchanged).collect();
        prop_assert_eq!(once, expected);
    }

    #[test]
    fn a_facets_count_is_how_many_are_found_with_it(products in products(30), wanted in wanted()) {
        let index = index(&products);
        let facets = all(&index, &wanted).facets.unwrap();
        let total = |wanted: &Wanted| all(&index, wanted).total;
        for (category, count) in &facets.categories {
            prop_assert_eq!(total(&Wanted { categories: vec![category.clone()], ..wanted.clone() }), *count);
        }
        for (brand, count) in &facets.brands {
            prop_assert_eq!(total(&Wanted { brand: Some(brand.clone()), ..wanted.clone() }), *count);
        }
        for (make, count) in &facets.makes {
            let vehicle = Some(Vehicle { make: make.clone(), ..Vehicle::default() });
            prop_assert_eq!(total(&Wanted { vehicle, ..wanted.clone() }), *count);
        }
        for (band, count) in BANDS.iter().zip(facets.prices) {
            let most_price = band.below.map(|below| below - 1);
            prop_assert_eq!(total(&Wanted { least_price: Some(band.from), most_price, ..wanted.clone() }), count);
        }
        for (name, values) in &facets.attributes {
            for (value, count) in values {
                let mut narrower = wanted.clone();
                narrower.attributes.extend([of_attribute(name, &[value])]);
                prop_assert_eq!(total(&narrower), *count);
            }
        }
        let wider = Wanted { categories: Vec::new(), ..wanted.clone() };
        prop_assert_eq!(facets.categories.values().sum::<u64>(), total(&wider));
    }
}

#[test]
fn an_attribute_that_was_narrowed_counts_what_there_is_besides_and_no_other_attributes_values() {
    let said = |number, attributes: &[(&str, &str)]| {
        let attributes = attributes.iter().map(|(name, text)| Attribute {
            name: (*name).to_owned(),
            text: Some((*text).to_owned()),
            ..Attribute::default()
        });
        Product { page: Shown { attributes: attributes.collect(), ..Shown::default() }, ..product(number) }
    };
    let index = index(&[
        said(0, &[("bore", "wide"), ("bore-b", "narrow")]),
        said(1, &[("bore", "narrow")]),
        said(2, &[("bore", "wide"), ("make", "wide")]),
        said(3, &[]),
    ]);
    let narrowed = |attributes: &[(&str, &[&str])]| Wanted {
        attributes: attributes.iter().map(|(name, values)| of_attribute(name, values)).collect(),
        ..Wanted::default()
    };
    assert_eq!(found(&index, &narrowed(&[("bore", &["wide"])])), [0, 2]);
    assert_eq!(found(&index, &narrowed(&[("bore", &["wide", "narrow"])])), [0, 1, 2]);
    assert_eq!(found(&index, &narrowed(&[("bore", &["wide"]), ("bore-b", &["narrow"])])), [0]);
    let facets = all(&index, &narrowed(&[("bore", &["wide"])])).facets.unwrap();
    let counted = |values: &[(&str, u64)]| values.iter().map(|(value, count)| ((*value).to_owned(), *count)).collect();
    let bore: Vec<_> = counted(&[("wide", 2), ("narrow", 1)]);
    let other = counted(&[("narrow", 1)]);
    assert_eq!(facets.attributes, [("bore".to_owned(), bore), ("bore-b".to_owned(), other)]);
}

#[test]
fn names_are_sorted_across_segments_whatever_their_case() {
    let names = ["wiper", "Axle", "bulb", "Bulb holder", "axle nut"];
    let named = |(number, name): (u128, &&str)| Product { name: (*name).to_owned(), ..product(number) };
    let mut writer = writer(&[]);
    (0..).zip(&names).for_each(|part| put(&mut writer, &[named(part)]));
    let by_name = Wanted { sort: Sort::Name, ..Wanted::default() };
    assert_eq!(found(&writer.index(), &by_name), [1, 4, 2, 3, 0]);
    assert_eq!(walk(&writer.index(), &by_name, 1, || ()), [1, 4, 2, 3, 0]);
}

#[test]
fn a_place_keeps_its_meaning_when_its_name_is_gone() {
    let named = |number, name: &str, revision| Product { name: name.to_owned(), revision, ..product(number) };
    let mut writer = writer(&[named(0, "a", 1), named(1, "b", 1), named(2, "c", 1), named(3, "d", 1)]);
    let index = writer.index();
    let by_name = Wanted { sort: Sort::Name, ..Wanted::default() };
    let mut once = Some(named(1, "z", 2));
    let seen = walk(&index, &by_name, 2, || once.take().map_or((), |product| put(&mut writer, &[product])));
    assert_eq!(seen, [0, 1, 2, 3, 1], "the one that moved to the end is met there again");
}

#[test]
fn the_identity_of_a_search_is_that_of_all_its_parts() {
    let one = text("brake");
    for other in [
        text("brakes"),
        Wanted { sort: Sort::Name, ..one.clone() },
        Wanted { brand: Some("Bosch".to_owned()), ..one.clone() },
        Wanted { categories: vec!["Bosch".to_owned()], ..one.clone() },
        Wanted { vehicle: Vehicle::read("Hyundai"), ..one.clone() },
        Wanted { least_price: Some(1), ..one.clone() },
        Wanted { most_price: Some(1), ..one.clone() },
        Wanted { attributes: BTreeMap::from([of_attribute("bore", &["wide"])]), ..one.clone() },
        Wanted { attributes: BTreeMap::from([of_attribute("bore", &["narrow"])]), ..one.clone() },
    ] {
        assert_ne!(one.identity(), other.identity(), "{other:?}");
    }
}
