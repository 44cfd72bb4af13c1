//! What holds of all forms and files.

use proptest::{collection::vec, prelude::*, sample::select};
use schemas::{
    catalog::{Attribute, AttributeDefinition, AttributeType, Category, CategoryTree, rules},
    documents::Product,
    imports::rows::{FileFormat, ImportKind, RowCommand, RowProblem},
    texts::holds_card_number,
    types::{Money, PriceList},
};

use crate::{
    Checked, Form, Known, KnownAccount, Seen, UNCHANGED, columns,
    lists::fitting,
    problem::LONGEST_DETAIL,
    testing::{TEXT, file, known, other, products, row, rows, skus},
};

fn header_of(kind: ImportKind, wanted: &[bool]) -> Vec<String> {
    let all = columns(kind).into_iter().zip(wanted.iter().cycle());
    all.filter(|(column, wanted)| column.is_needed || **wanted).map(|(column, _)| column.name.to_owned()).collect()
}

fn accounts() -> Known {
    let account = KnownAccount {
        name: "Asha Rao".to_owned(),
        phone: "+919812345678".to_owned(),
        price_list: PriceList::Wholesale,
        is_operators: false,
    };
    let operators = KnownAccount { is_operators: true, ..account.clone() };
    let accounts = [("asha@example.in".to_owned(), account), ("root@example.in".to_owned(), operators)];
    Known { accounts: accounts.into(), ..Known::default() }
}

fn check(kind: ImportKind, header: &[&str], cells: &[&str], known: &Known) -> Checked {
    let header: Vec<String> = header.iter().map(ToString::to_string).collect();
    let cells = cells.iter().map(ToString::to_string).collect();
    Form::new(kind, &header).unwrap().check(&row(2, cells), known, &mut Seen::default())
}

fn problems(checked: Checked) -> Vec<(String, String)> {
    let Checked::Bad(problems) = checked else { panic!("{checked:?}") };
    problems.into_iter().map(|problem| (problem.column.unwrap_or_default(), problem.code)).collect()
}

fn bad(column: &str, code: &str) -> Vec<(String, String)> {
    vec![(column.to_owned(), code.to_owned())]
}

proptest! {
    #[test]
    fn an_export_of_a_product_that_is_imported_again_changes_nothing(product in products()) {
        let all = [product.clone(), other()];
        for kind in [ImportKind::Products, ImportKind::Prices] {
            let form = Form::whole(kind);
            let cells = form.product_cells(&product, &skus(&all));
            prop_assert_eq!(form.check(&row(2, cells), &known(&all), &mut Seen::default()), Checked::Unchanged);
        }
    }

    #[test]
    fn a_product_that_is_exported_here_and_imported_elsewhere_is_the_same_but_for_its_id(product in products()) {
        let mut product = product;
        product.relations.alternatives.truncate(1);
        let (all, form) = ([product.clone(), other()], Form::whole(ImportKind::Products));
        let cells = form.product_cells(&product, &skus(&all));
        prop_assume!(!cells.iter().any(|cell| cell == UNCHANGED));
        let elsewhere = known(&[other()]);
        let checked = form.check(&row(2, cells), &elsewhere, &mut Seen::default());
        let card = matches!(&checked, Checked::Bad(problems) if problems.iter().all(|problem| problem.code == "card_number"));
        prop_assume!(!card);
        let Checked::Good { command: RowCommand::Product { revision: 0, product: made }, is_new: true } = checked else {
            panic!("{checked:?}");
        };
        let expected = product.as_put();
        let expected = schemas::catalog::PutProduct {
            product_id: made.product_id, active: expected.status == Some(schemas::catalog::ProductStatus::Active), ..expected
        };
        prop_assert_eq!(made, expected);
    }

    #[test]
    fn whatever_stands_in_its_cells_a_row_is_judged_and_what_is_wrong_is_in_a_column(
        kind in select(&ImportKind::ALL[..]),
        wanted in vec(any::<bool>(), 1..9),
        cells in vec(prop_oneof![".*", TEXT.prop_map(String::from), "[0-9./|-]{0,9}", select(vec![
            "OTHER-1", "NEW-1", "true", "1200.50", "10/95.00|50/90.00", "asha@example.in", "root@example.in", "active", "2018",
            "a/b/2018/2020", UNCHANGED, "", "4242424242424242", "+919812345678", "wholesale", "12",
        ]).prop_map(String::from)], 40),
        is_known in any::<bool>(),
    ) {
        let header = header_of(kind, &wanted);
        let form = Form::new(kind, &header).unwrap();
        let mut cells = cells;
        cells.truncate(form.width());
        if is_known && !matches!(kind, ImportKind::Customers) {
            let sku = header.iter().position(|name| name == "sku").unwrap();
            cells[sku] = "OTHER-1".to_owned();
        }
        let known = Known { accounts: accounts().accounts, ..known(&[other()]) };
        let row = row(2, cells);
        let _ = form.keys(&row);
        match form.check(&row, &known, &mut Seen::default()) {
            Checked::Bad(problems) => {
                prop_assert!(!problems.is_empty());
                for problem in problems {
                    prop_assert!(problem.row == 2 && header.contains(&problem.column.clone().unwrap()), "{:?}", problem);
                }
            }
            Checked::Good { command: RowCommand::Product { product, .. }, .. } => {
                prop_assert_eq!(rules::check(&product), Ok(()));
            }
            Checked::Good { .. } | Checked::Unchanged => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_file_is_read_as_it_was_written_in_either_format(
        kind in select(&ImportKind::ALL[..]),
        written in vec(vec(prop_oneof![4 => TEXT.prop_map(String::from), 1 => "(.|\n){0,9}", 1 => "['=+-]{1,3}_x000[0-9D]_"], 40), 0..6),
    ) {
        let form = Form::whole(kind);
        let written: Vec<Vec<String>> = written
            .into_iter()
            .map(|row| row.into_iter().take(form.width()).map(fitting).collect::<Vec<_>>())
            .filter(|row| row.iter().any(|cell| !cell.trim().is_empty()))
            .collect();
        for format in FileFormat::ALL {
            let (read, end) = rows(file(&form, format, &written).path(), format, kind);
            prop_assert_eq!(end, Ok(()));
            let read: Vec<_> = read.into_iter().map(|row| row.unwrap()).collect();
            let expected: Vec<_> = (2..).zip(written.clone()).map(|(number, cells)| row(number, cells)).collect();
            prop_assert_eq!(read, expected);
        }
    }
}

#[test]
fn what_a_row_does_not_say_stays_and_what_it_leaves_empty_is_cleared() {
    let mut product = other();
    product.labels.barcode = Some("40470241".to_owned());
    let checked = check(
        ImportKind::Products,
        &["SKU", "price", "barcode", "replaced_by"],
        &["OTHER-1", "1200.5", "", ""],
        &known(&[product.clone()]),
    );
    let Checked::Good { command: RowCommand::Product { revision: 3, product: made }, is_new: false } = checked else {
        panic!("{checked:?}");
    };
    assert_eq!((made.price, made.labels.barcode, made.name), (Money::inr(120_050), None, product.name));
}

#[test]
fn a_new_product_says_what_every_product_has() {
    let checked = check(ImportKind::Products, &["sku", "slug", "price"], &["NEW-1", "", "12"], &Known::default());
    let told = problems(checked);
    assert_eq!(told[0], ("slug".to_owned(), "missing_for_new".to_owned()));
    assert!(told[1..].iter().all(|(column, code)| column == "sku" && code == "missing_for_new"), "{told:?}");
    let told = problems(check(ImportKind::Prices, &["sku", "price"], &["NEW-1", "12"], &Known::default()));
    assert_eq!(told, bad("sku", "unknown_product"));
}

#[test]
fn every_cell_that_is_wrong_is_told_by_its_column() {
    let header = ["sku", "price", "size", "status", "alternatives", "name"];
    let cells = ["OTHER-1", "12,50", "1/2", "sold", "NOBODY-1", "4242 4242 4242 4242"];
    let told = problems(check(ImportKind::Products, &header, &cells, &known(&[other()])));
    let codes = ["invalid_price", "invalid_size", "invalid_status", "unknown_product", "card_number"];
    let expected: Vec<_> = header[1..].iter().zip(codes).map(|(a, b)| (a.to_string(), b.to_owned())).collect();
    assert_eq!(told, expected);
    // A rule about a column that the file does not have is told with the SKU.
    let mut tiered = other();
    let tier = schemas::catalog::PriceTier { from_quantity: 2, price: Money::inr(100_000) };
    tiered.terms.retail_tiers = vec![tier];
    let told = problems(check(ImportKind::Prices, &["sku", "price"], &["OTHER-1", "900"], &known(&[tiered])));
    assert_eq!(told, bad("sku", "invalid_retail_tiers"));
}

#[test]
fn a_card_number_is_refused_by_its_column_in_files_of_every_kind_and_never_told_back() {
    let card = "4242424242424242";
    let known = Known { accounts: accounts().accounts, ..known(&[other()]) };
    let new = ["sku", "slug", "name", "category", "brand", "kind", "hsn", "price", "weight_grams", "status"];
    let of_new = ["NEW-1", "new", "New", "Brakes", "Bosch", "aftermarket", "8708", "1", "1", "draft"];
    let vehicle = ["sku", "make", "model", "year_from", "year_to", "variant"];
    let of_vehicle = ["OTHER-1", "Skoda", "Yeti", "2011", "2013", "Style"];
    let (stock, of_stock) = (["sku", "quantity", "receipt"], ["OTHER-1", "1", "note"]);
    let (customer, of_customer) = (["email", "name", "phone"], ["asha@example.in", "Asha", "+919812345678"]);
    let files: [(ImportKind, &[&str], &[&str]); 6] = [
        (ImportKind::Products, &new, &of_new),
        (ImportKind::Products, &["sku", "replaced_by", "alternatives"], &["OTHER-1", "OTHER-2", "OTHER-2"]),
        (ImportKind::Prices, &["sku", "price"], &["OTHER-1", "7"]),
        (ImportKind::Stock, &stock, &of_stock),
        (ImportKind::Fitments, &vehicle, &of_vehicle),
        (ImportKind::Customers, &customer, &of_customer),
    ];
    for (kind, header, cells) in files {
        for (place, column) in header.iter().enumerate() {
            let mut cells = cells.to_vec();
            cells[place] = card;
            let Checked::Bad(told) = check(kind, header, &cells, &known) else { panic!("{kind:?} {column}: taken") };
            let of_column = |problem: &RowProblem| problem.column.as_deref() == Some(*column);
            assert!(told.iter().any(of_column), "{kind:?} {column}: {told:?}");
            assert!(told.iter().all(|problem| !holds_card_number(&problem.detail)), "{kind:?} {column}: {told:?}");
        }
        let unknown = Form::new(kind, &[card.to_owned()]).unwrap_err();
        assert!(unknown.code == "unknown_column" && !holds_card_number(&unknown.detail), "{unknown}");
    }
}

#[test]
fn a_row_that_names_more_products_than_it_may_asks_for_no_more_of_them_and_is_told_so_briefly() {
    let header = ["sku", "alternatives"];
    let many: Vec<String> = (0..4_000).map(|n| format!("A{n}")).collect();
    let cells = ["OTHER-1", &many.join("|")];
    let form = Form::new(ImportKind::Products, &header.map(ToOwned::to_owned)).unwrap();
    let keys = form.keys(&row(2, cells.map(ToOwned::to_owned).to_vec()));
    assert_eq!((keys.skus.len(), keys.related.len()), (1, 20));
    let told = problems(check(ImportKind::Products, &header, &cells, &known(&[other()])));
    assert_eq!(told, bad("alternatives", "invalid_alternatives"));
    let endless = "x".repeat(30_000);
    let Checked::Bad(told) = check(ImportKind::Products, &header, &["OTHER-1", &endless], &known(&[other()])) else {
        panic!("it was taken")
    };
    assert_eq!(told[0].code, "unknown_product");
    assert!(
        told[0].detail.chars().count() <= LONGEST_DETAIL && told[0].detail.contains("the SKU"),
        "{}",
        told[0].detail
    );
}

#[test]
fn attributes_are_those_of_the_category_and_a_row_that_changes_nothing_is_not_held_to_it() {
    let holds = AttributeType::Number { unit: Some("mm".to_owned()) };
    let bore = AttributeDefinition { key: "bore".to_owned(), label: "Bore".to_owned(), holds, required: false };
    let brakes = Category { name: "Brakes".to_owned(), attributes: vec![bore], ..Category::default() };
    let mut product = other();
    product.page.attributes =
        vec![Attribute { name: "bore".to_owned(), number: Some("12.5".to_owned()), ..Attribute::default() }];
    let categories = CategoryTree { categories: vec![brakes], ..CategoryTree::default() };
    let known = Known { categories, ..known(&[product]) };
    let judge =
        |attributes: &str| check(ImportKind::Products, &["sku", "attributes"], &["OTHER-1", attributes], &known);
    assert_eq!(judge("bore/number/12.5"), Checked::Unchanged);
    let Checked::Bad(told) = judge("Origin/text/Pune|bore/number/12.5/cm") else { panic!("it was good") };
    let expected = (Some("attributes"), "invalid_attributes", "bore: must be mm");
    assert_eq!((told[0].column.as_deref(), told[0].code.as_str(), told[0].detail.as_str()), expected);
    assert!(matches!(judge("Origin/text/Pune|bore/number/12.5/mm"), Checked::Good { is_new: false, .. }));
    // A change of something else is held to it as well.
    let told = problems(check(ImportKind::Prices, &["sku", "price"], &["OTHER-1", "12"], &known));
    assert_eq!(told, bad("sku", "invalid_attributes"));
}

#[test]
fn what_two_rows_name_is_told_with_the_first_of_them() {
    let header = ["sku", "price"].map(ToOwned::to_owned);
    let form = Form::new(ImportKind::Prices, &header).unwrap();
    let (known, mut seen) = (known(&[other()]), Seen::default());
    let cells = vec!["OTHER-1".to_owned(), "13".to_owned()];
    assert!(matches!(form.check(&row(2, cells.clone()), &known, &mut seen), Checked::Good { .. }));
    let Checked::Bad(told) = form.check(&row(9, cells), &known, &mut seen) else { panic!("it counted twice") };
    assert_eq!((told[0].code.as_str(), told[0].detail.as_str()), ("named_twice", "stands in row 2 already"));
}

#[test]
fn a_row_may_lead_to_a_product_that_a_row_before_makes_and_not_take_its_slug() {
    let form = Form::whole(ImportKind::Products);
    let cells = |sku: &str, slug: &str, replaced_by: &str| {
        let mut cells = form.product_cells(&other(), &skus(&[]));
        for (cell, name) in cells.iter_mut().zip(form.header()) {
            match name {
                "sku" => sku.clone_into(cell),
                "slug" => slug.clone_into(cell),
                "replaced_by" => replaced_by.clone_into(cell),
                _ => {}
            }
        }
        cells
    };
    let (known, mut seen) = (known(&[other()]), Seen::default());
    let mut judge = |number, cells| form.check(&row(number, cells), &known, &mut seen);
    assert_eq!(problems(judge(2, cells("NEW-2", "new-2", "NEW-1"))), bad("replaced_by", "unknown_product"));
    assert!(matches!(judge(3, cells("NEW-1", "new-1", "")), Checked::Good { is_new: true, .. }));
    let Checked::Good { command: RowCommand::Product { product, .. }, .. } = judge(4, cells("NEW-3", "new-3", "NEW-1"))
    else {
        panic!("it did not count");
    };
    assert_eq!(product.relations.replaced_by, Some(crate::product_id(&"NEW-1".parse().unwrap())));
    assert_eq!(problems(judge(5, cells("NEW-4", "new-1", ""))), bad("slug", "named_twice"));
    assert_eq!(problems(judge(6, cells("NEW-5", "other", ""))), bad("slug", "slug_taken"));
}

#[test]
fn stock_counts_by_delivery_note_and_an_export_of_it_asks_for_nothing() {
    let known = known(&[other()]);
    let header = ["sku", "quantity", "receipt"];
    let judge = |cells: &[&str]| check(ImportKind::Stock, &header, cells, &known);
    let command = RowCommand::Stock { sku: "OTHER-1".parse().unwrap(), quantity: 12, receipt: "DN-7".to_owned() };
    assert_eq!(judge(&["OTHER-1", "12", "DN-7"]), Checked::Good { command, is_new: true });
    assert_eq!(problems(judge(&["OTHER-1", "0", "DN-7"])), bad("quantity", "invalid_quantity"));
    assert_eq!(problems(judge(&["OTHER-1", "1", ""])), bad("receipt", "invalid_receipt"));
    assert_eq!(problems(judge(&["NOBODY-1", "1", "DN-7"])), bad("sku", "unknown_product"));
    let form = Form::whole(ImportKind::Stock);
    let cells = form.stock_cells(&"OTHER-1".parse().unwrap(), "Other", 9);
    assert_eq!(form.check(&row(2, cells), &known, &mut Seen::default()), Checked::Unchanged);
}

#[test]
fn a_vehicle_is_added_or_taken_away_once() {
    let mut product: Product = other();
    let header = ["sku", "make", "model", "year_from", "year_to", "variant", "remove"];
    let judge = |product: &Product, remove| {
        let cells = ["OTHER-1", "Tata", "Nexon", "2020", "2024", "", remove];
        check(ImportKind::Fitments, &header, &cells, &known(std::slice::from_ref(product)))
    };
    let Checked::Good { command: RowCommand::Fitment { fitment, remove: false, .. }, .. } = judge(&product, "") else {
        panic!("it was not added");
    };
    assert_eq!(judge(&product, "yes"), Checked::Unchanged);
    product.fitment.push(fitment.clone());
    assert_eq!(judge(&product, ""), Checked::Unchanged);
    assert!(matches!(judge(&product, "TRUE"), Checked::Good { command: RowCommand::Fitment { remove: true, .. }, .. }));
    let form = Form::whole(ImportKind::Fitments);
    let cells = form.fitment_cells(&product.sku, &fitment);
    assert_eq!(form.check(&row(2, cells), &known(&[product]), &mut Seen::default()), Checked::Unchanged);
    let judge = |cells: &[&str]| problems(check(ImportKind::Fitments, &header, cells, &known(&[other()])));
    for (cells, column, code) in [
        (["OTHER-1", "Tata", "Nexon", "2024", "2020", "", ""], "year_to", "invalid_year_to"),
        (["OTHER-1", "Tata", "Nexon", "1024", "2020", "", ""], "year_from", "invalid_year_from"),
        (["OTHER-1", "", "Nexon", "2020", "2024", "", ""], "make", "invalid_make"),
        (["OTHER-1", "Tata", "", "2020", "2024", "", ""], "model", "invalid_model"),
    ] {
        assert_eq!(judge(&cells), bad(column, code), "{cells:?}");
    }
}

#[test]
fn a_customer_is_opened_or_changed_and_loses_nothing_and_operators_are_left_alone() {
    let header = ["email", "name", "phone", "price_list"];
    let judge = |cells: &[&str]| check(ImportKind::Customers, &header, cells, &accounts());
    assert_eq!(judge(&["Asha@example.in", "", "", ""]), Checked::Unchanged);
    let form = Form::whole(ImportKind::Customers);
    let cells = form.customer_cells("asha@example.in", "Asha Rao", "+919812345678", PriceList::Wholesale);
    assert_eq!(form.check(&row(2, cells), &accounts(), &mut Seen::default()), Checked::Unchanged);
    assert!(matches!(judge(&["asha@example.in", "", "", "retail"]), Checked::Good { is_new: false, .. }));
    assert!(matches!(judge(&["new@example.in", "New", "", ""]), Checked::Good { is_new: true, .. }));
    assert_eq!(problems(judge(&["new@example.in", "", "", ""])), bad("name", "missing_for_new"));
    assert_eq!(problems(judge(&["root@example.in", "", "", "retail"])), bad("email", "operators_account"));
    assert_eq!(problems(judge(&["nobody", "N", "", ""])), bad("email", "invalid_email"));
}
