//! However a part is asked for.

use proptest::prelude::*;
use schemas::{catalog::Labels, documents::Product};

use super::samples::{fits, found, index, product, put, text, writer};
use crate::{numbers::normalised, phrase::Phrase, words::words};

fn shelf() -> Vec<Product> {
    let pads = Product {
        labels: Labels {
            cross_references: vec!["1K0-698-151 A".to_owned()],
            barcode: Some("4047024123456".to_owned()),
            tags: vec!["stoppers".to_owned()],
        },
        fitment: vec![fits("Maruti Suzuki", "Swift", 2018, 2023)],
        ..product(1)
    };
    let filter = Product {
        name: "Oil filter".to_owned(),
        category: "Filters".to_owned(),
        description: "Keeps the brake fluid out.".to_owned(),
        oem_number: "16510-M68K00".to_owned(),
        ..product(2)
    };
    let bulb = Product { name: "Headlight bulb H4".to_owned(), category: "Lighting".to_owned(), ..product(3) };
    vec![pads, filter, bulb]
}

#[test]
fn words_are_found_with_typos_in_any_order_and_only_all_together() {
    let index = index(&shelf());
    for (asked, expected) in [
        ("brake pads", &[1][..]),
        ("PAD brake", &[1]),
        ("braek pad", &[1]),
        ("stoper", &[1]),
        ("fliter oil", &[2]),
        ("haedlight bulb", &[3]),
        ("haedlihgt", &[3]),
        ("swift pads bosch", &[1]),
        ("maruti brak", &[1]),
        ("brake bulb", &[]),
        ("hedlt", &[]),
        ("(", &[]),
        ("*", &[]),
        ("\" OR 1=1", &[]),
    ] {
        assert_eq!(found(&index, &text(asked)), expected, "{asked}");
    }
}

#[test]
fn what_is_replaced_is_found_by_its_numbers_alone() {
    let mut shelf = shelf();
    shelf[1].active = false;
    assert_eq!(found(&index(&shelf), &text("16510m68k00")), [0_u128; 0]);
    shelf[1].relations.replaced_by = Some(shelf[0].product_id);
    let index = index(&shelf);
    for (asked, expected) in [("16510-M68K00", &[2][..]), ("16510m", &[2]), ("SKU-2", &[2]), ("oil filter", &[])] {
        assert_eq!(found(&index, &text(asked)), expected, "{asked}");
    }
    assert_eq!(found(&index, &crate::Wanted::default()), [1, 3]);
}

#[test]
fn a_name_counts_more_than_a_description_and_a_number_more_than_a_name() {
    let mut shelf = shelf();
    assert_eq!(found(&index(&shelf), &text("brake")), [1, 2]);
    shelf[2].labels.cross_references.push("brake".to_owned());
    assert_eq!(found(&index(&shelf), &text("brake")), [3, 1, 2]);
}

#[test]
fn numbers_are_found_in_any_spelling_and_by_fragment_also_among_words() {
    let index = index(&shelf());
    for (asked, expected) in [
        ("1K0-698-151 A", &[1][..]),
        ("1k0698151a", &[1]),
        ("1K0 698 151 A", &[1]),
        ("pads 1K0 698 151 A", &[1]),
        ("698151", &[1]),
        ("698 15", &[1]),
        ("0-69", &[1]),
        ("4047024123456", &[1]),
        ("M68K", &[2]),
        ("sku3", &[3]),
        ("1k0698151b", &[]),
        ("bulb 1k0698151a", &[]),
        // Across two numbers of one product.
        ("151a4047", &[]),
    ] {
        assert_eq!(found(&index, &text(asked)), expected, "{asked}");
    }
}

#[test]
fn an_older_revision_never_replaces_a_newer_one_and_what_is_not_sold_is_not_found() {
    let mut writer = writer(&shelf());
    let revised = |revision, active| Product { revision, active, name: "Wiper blade".to_owned(), ..product(1) };
    put(&mut writer, &[revised(3, true)]);
    put(&mut writer, &[revised(2, false), revised(3, false)]);
    assert_eq!(found(&writer.index(), &text("wiper")), [1]);
    put(&mut writer, &[revised(4, false)]);
    put(&mut writer, &[revised(3, true)]);
    assert_eq!(found(&writer.index(), &text("wiper")), [0; 0]);
    assert_eq!(writer.index().fingerprint().unwrap().products, 3);
    assert!(writer.put(&revised(5, true)).unwrap() && !writer.put(&revised(4, true)).unwrap());
}

/// Part numbers that are no words.
fn number() -> impl Strategy<Value = String> {
    "[A-Z0-9]{2,5}([-. /][A-Z0-9]{1,5}){0,3}".prop_filter("a digit in each", |number| {
        number.split(['-', '.', ' ', '/']).all(|group| group.chars().any(|letter| letter.is_ascii_digit()))
    })
}

/// The same number as somebody else would spell it.
fn respelled(number: &str, choices: &[usize]) -> String {
    let letters = normalised(number);
    let mut spelled = String::new();
    for (letter, choice) in letters.chars().zip(choices.iter().cycle()) {
        let upper = letter.to_ascii_uppercase();
        spelled.push(if choice % 2 == 0 { letter } else { upper });
        spelled.push_str(["", "", "-", " ", ".", "/", "", " - "][choice % 8]);
    }
    spelled
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_spelling_of_a_number_finds_its_part(
        numbers in prop::collection::vec(number(), 1..6),
        choices in prop::collection::vec(0usize..64, 8),
    ) {
        let parts: Vec<Product> =
            (0..).zip(&numbers).map(|(n, number)| Product { oem_number: number.clone(), ..product(n) }).collect();
        let index = index(&parts);
        for (n, number) in (0..).zip(&numbers) {
            let spelled = respelled(number, &choices);
            if Phrase::read(&spelled).is_ok() {
                prop_assert!(found(&index, &text(&spelled)).contains(&n), "{number} as {spelled}");
            }
        }
    }

    #[test]
    fn a_fragment_finds_exactly_the_parts_whose_numbers_contain_it(
        numbers in prop::collection::vec("[A-C0-2]{4,10}", 1..12),
        from in 0usize..8,
        length in 4usize..7,
    ) {
        let parts: Vec<Product> = (0..).zip(&numbers).map(|(n, number)| Product {
            oem_number: number.clone(),
            name: "x".to_owned(),
            description: String::new(),
            ..product(n)
        }).collect();
        let index = index(&parts);
        let fragment: String = normalised(&numbers[0]).chars().skip(from).take(length).collect();
        if fragment.chars().count() >= 4 {
            let contains = |product: &&Product| normalised(&product.oem_number).contains(&fragment);
            let expected: Vec<u128> = parts.iter().filter(contains).map(|p| p.product_id.as_uuid().as_u128()).collect();
            let mut found = found(&index, &text(&fragment));
            found.sort_unstable();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn one_wrong_letter_in_a_word_of_a_name_is_forgiven(
        which in 0usize..3, at in 0usize..6, letter in "[a-z]", kind in 0..4,
    ) {
        let index = index(&shelf());
        let word = ["brake", "filter", "headlight"][which];
        let mut letters: Vec<char> = word.chars().collect();
        let (at, letter) = (at % (letters.len() - 1), letter.chars().next().unwrap());
        match kind {
            0 => letters[at] = letter,
            1 => letters.insert(at, letter),
            2 => drop(letters.remove(at)),
            _ => letters.swap(at, at + 1),
        }
        let typed: String = letters.iter().collect();
        // A letter may have become the plural's, of which the search knows nothing more.
        if words(&typed) == [typed.clone()] && typed.len() >= 4 {
            let expected = which as u128 + 1;
            prop_assert!(found(&index, &text(&typed)).contains(&expected), "{typed}");
        }
    }

    #[test]
    fn any_text_is_answered_or_refused(asked in ".*") {
        let index = index(&shelf());
        let _ = index.search(&text(&asked), &crate::Page { limit: 2, after: None, facets: crate::Dimension::COMMON.to_vec() });
    }
}
