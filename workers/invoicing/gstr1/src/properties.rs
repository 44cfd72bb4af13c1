//! What holds for every month: nothing is left out, nothing counted twice.

use proptest::prelude::*;
use schemas::{
    documents::{CreditNote, Invoice, Seller},
    ids::{OrderId, ProductId},
    replacements::Void,
    types::{Address, ChargeTax, Money, OrderLine, PaymentMethod, PriceList, Timestamp, Totals},
};
use serde_json::json as value;
use shared::id::Uuid;

use crate::{Kind, Listed, Month, Paper, Section, Summary, Sums, Table, dates, head, json};

/// 5 April 2026 in India.
const AT: Timestamp = Timestamp::from_millis(1_775_370_000_000);

/// A code whose goods are subject to the compensation cess.
const WITH_CESS: &str = "8703";

fn line(hsn: &str, quantity: i32, taxable: i64, rate: i32, within: bool) -> OrderLine {
    let tax = |parts: i64| Money::inr((taxable * i64::from(rate) / 10_000) / parts);
    let none = Money::inr(0);
    let cess_basis_points = if hsn == WITH_CESS { 2_200 } else { 0 };
    let cess = Money::inr(taxable * i64::from(cess_basis_points) / 10_000);
    let (cgst, sgst, igst) = if within { (tax(2), tax(2), none) } else { (none, none, tax(1)) };
    OrderLine {
        product_id: ProductId::from_uuid(Uuid::nil()),
        sku: "BRK-PAD-001".parse().unwrap(),
        name: "Brake pad".to_owned(),
        hsn: hsn.to_owned(),
        quantity,
        unit_price: Money::inr(taxable),
        gst_basis_points: rate,
        weight_grams: 1,
        taxable: Money::inr(taxable),
        cgst,
        sgst,
        igst,
        total: Money::inr(taxable + cgst.minor + sgst.minor + igst.minor + cess.minor),
        discount: none,
        cess_basis_points,
        cess,
        price_list: PriceList::Retail,
        tax_inclusive: false,
        non_returnable: false,
    }
}

fn totals(lines: &[OrderLine], shipping: i64) -> Totals {
    let sum = |amount: fn(&OrderLine) -> Money| Money::sum(lines.iter().map(amount)).unwrap();
    Totals {
        taxable: sum(|line| line.taxable),
        cgst: sum(|line| line.cgst),
        sgst: sum(|line| line.sgst),
        igst: sum(|line| line.igst),
        shipping: Money::inr(shipping),
        cod_fee: Money::inr(0),
        grand_total: Money::inr(sum(|line| line.total).minor + shipping),
        discount: Money::inr(0),
        cess: sum(|line| line.cess),
        shipping_tax: None,
        cod_fee_tax: None,
        round_off: Money::inr(0),
    }
}

fn invoice(number: u32, state: &str, gstin: &str, lines: Vec<OrderLine>) -> Invoice {
    Invoice {
        order_id: OrderId::from_uuid(Uuid::nil()),
        number: format!("INV2627-{number:08}"),
        issued_at: AT,
        seller: Seller {
            legal_name: "SpareParts".to_owned(),
            gstin: "27AAACS1234A1Z2".to_owned(),
            address_lines: vec!["Pune".to_owned()],
            state_code: "27".to_owned(),
            email: None,
            phone: None,
        },
        totals: totals(&lines, 5_000),
        lines,
        address: Address {
            name: "Ravindra Motors".to_owned(),
            phone: "+919800000001".to_owned(),
            line1: "12 MG Road".to_owned(),
            line2: String::new(),
            city: "Pune".to_owned(),
            state_code: state.to_owned(),
            pincode: "411001".to_owned(),
        },
        payment_method: PaymentMethod::Cod,
        payment_ref: String::new(),
        buyer_gstin: gstin.to_owned(),
        replaces: String::new(),
        void: None,
    }
}

/// Has the invoice `void` replaced by the other.
fn replace(void: &mut Invoice, valid: &mut Invoice) {
    valid.replaces.clone_from(&void.number);
    let (at, reason, replacement_id) = (AT, "the wrong buyer".to_owned(), "r".to_owned());
    void.void = Some(Void { at, reason, replacement_id, replaced_by: valid.number.clone() });
}

/// A credit note over the first line of an invoice.
fn credit_note(number: u32, invoice: &Invoice) -> CreditNote {
    let lines = vec![invoice.lines[0].clone()];
    CreditNote {
        order_id: invoice.order_id,
        number: format!("CRN2627-{number:08}"),
        issued_at: AT,
        invoice_number: invoice.number.clone(),
        invoice_issued_at: invoice.issued_at,
        seller: invoice.seller.clone(),
        totals: totals(&lines, 0),
        lines,
        address: invoice.address.clone(),
        payment_method: invoice.payment_method,
        payment_ref: String::new(),
        buyer_gstin: invoice.buyer_gstin.clone(),
        earlier: 0,
        reason: String::new(),
        invoice_total: Some(invoice.totals.grand_total),
    }
}

/// The tables of a month's documents.
fn tables<'a>(papers: impl IntoIterator<Item = Paper<'a>>) -> (Vec<Listed>, Summary) {
    let (mut listed, mut summary) = (Vec::new(), Summary::default());
    for paper in papers {
        summary.add(&paper);
        listed.extend(Listed::of(&paper));
    }
    (listed, summary)
}

fn of(table: Table, listed: &[Listed]) -> Vec<&str> {
    listed.iter().filter(|document| document.table == table).map(|document| document.number.as_str()).collect()
}

/// A month with something in each table: a registered buyer, large and small sales to consumers, what is nil-rated to each of
/// them and elsewhere, a credit note against each kind, and an invoice (7) that another (8) stands for.
fn month() -> (Vec<Invoice>, Vec<CreditNote>) {
    let pads = |quantity, taxable, within| vec![line("87083000", quantity, taxable, 2_800, within)];
    let books = |taxable, within| line("4901", 1, taxable, 0, within);
    let mut invoices = vec![
        invoice(1, "27", "27AAPFU0939F1ZV", pads(2, 240_000, true)),
        invoice(2, "29", "", pads(100, 12_000_000, false)),
        invoice(3, "29", "", [pads(1, 120_000, false), vec![books(30_000, false)]].concat()),
        invoice(4, "27", "", [pads(1, 120_000, true), vec![books(20_000, true)]].concat()),
        invoice(6, "27", "27AAPFU0939F1ZV", vec![books(50_000, true)]),
        invoice(7, "27", "", pads(1, 700_000, true)),
        invoice(8, "27", "27AAPFU0939F1ZV", pads(1, 700_000, true)),
        invoice(9, "27", "", vec![books(10_000, true)]),
    ];
    let [.., void, valid, _] = invoices.as_mut_slice() else { unreachable!() };
    replace(void, valid);
    let notes = [0, 1, 3, 7].iter().zip(1..).map(|(index, number)| credit_note(number, &invoices[*index])).collect();
    (invoices, notes)
}

fn tables_of(invoices: &[Invoice], notes: &[CreditNote]) -> (Vec<Listed>, Summary) {
    tables(invoices.iter().map(Paper::from).chain(notes.iter().map(Paper::from)))
}

/// What a section's sheet says below its head.
fn sheet(section: Section, listed: &[Listed], summary: &Summary) -> Vec<String> {
    let documents = listed.iter().filter(|document| section.lists() == Some(document.table));
    let lines = documents.map(Listed::lines).chain([summary.lines(section)]).collect::<String>();
    lines.lines().map(str::to_owned).collect()
}

#[test]
fn every_document_stands_in_the_table_of_its_kind() {
    let (invoices, notes) = month();
    let (listed, summary) = tables_of(&invoices, &notes);
    assert_eq!(of(Table::B2b, &listed), ["INV2627-00000001", "INV2627-00000008"], "one of 6 has nothing that is taxed");
    assert_eq!(of(Table::B2cl, &listed), ["INV2627-00000002"]);
    assert_eq!(of(Table::Cdnr, &listed), ["CRN2627-00000001"]);
    assert_eq!(of(Table::Cdnur, &listed), ["CRN2627-00000002"]);
    // What was sold in Maharashtra was credited: nothing is left to show.
    assert_eq!(sheet(Section::B2cs, &listed, &summary), ["OE,29-Karnataka,,28,1200.00,0.00,"]);
}

#[test]
fn what_is_nil_rated_stands_in_table_8_and_in_no_table_of_taxable_supplies() {
    let (invoices, notes) = month();
    let (listed, summary) = tables_of(&invoices, &notes);
    let expected = [
        "Inter-State supplies to unregistered persons,300.00,0.00,0.00",
        // The 100 rupees of invoice 9 were credited.
        "Intra-State supplies to unregistered persons,200.00,0.00,0.00",
        "Intra-State supplies to registered persons,500.00,0.00,0.00",
    ];
    assert_eq!(sheet(Section::Nil, &listed, &summary), expected);
    assert!(listed.iter().flat_map(|document| &document.by_rate).all(|(rate, _)| *rate != 0));
    assert!(summary.b2cs.keys().all(|(_, rate)| *rate != 0));
    let whole = json("27AAACS1234A1Z2", "2026-04".parse().unwrap(), &listed, &summary);
    let registered = value!({ "sply_ty": "INTRAB2B", "nil_amt": 500.0, "expt_amt": 0.0, "ngsup_amt": 0.0 });
    assert_eq!(whole["nil"]["inv"][2], registered);
}

#[test]
fn goods_by_code_and_rate_are_what_was_sold_less_what_came_back_and_none_that_came_to_nothing() {
    let (invoices, notes) = month();
    let (listed, summary) = tables_of(&invoices, &notes);
    let registered = [
        "4901,,NOS-NUMBERS,1.00,500.00,0,500.00,0.00,0.00,0.00,0.00",
        // The void invoice is not here, and the one that stands for it is once.
        "87083000,,NOS-NUMBERS,1.00,8960.00,28,7000.00,0.00,980.00,980.00,0.00",
    ];
    assert_eq!(sheet(Section::HsnB2b, &listed, &summary), registered);
    let consumers = [
        "4901,,NOS-NUMBERS,2.00,500.00,0,500.00,0.00,0.00,0.00,0.00",
        "87083000,,NOS-NUMBERS,1.00,1536.00,28,1200.00,336.00,0.00,0.00,0.00",
    ];
    assert_eq!(sheet(Section::HsnB2c, &listed, &summary), consumers);
}

#[test]
fn table_13_counts_void_documents_as_cancelled() {
    let (invoices, notes) = month();
    let (listed, summary) = tables_of(&invoices, &notes);
    let expected = [
        "Invoices for outward supply,INV2627-00000001,INV2627-00000004,4,0",
        "Invoices for outward supply,INV2627-00000006,INV2627-00000009,4,1",
        "Credit Note,CRN2627-00000001,CRN2627-00000004,4,0",
    ];
    assert_eq!(sheet(Section::Docs, &listed, &summary), expected);
    let whole = json("27AAACS1234A1Z2", "2026-04".parse().unwrap(), &listed, &summary);
    let run = &whole["doc_issue"]["doc_det"][0]["docs"][1];
    assert_eq!((&run["totnum"], &run["cancel"], &run["net_issue"]), (&value!(4), &value!(1), &value!(3)));
}

#[test]
fn of_a_void_invoice_the_number_alone_is_reported() {
    let (invoices, notes) = month();
    let (listed, with_it) = tables_of(&invoices, &notes);
    let others: Vec<_> = invoices.into_iter().filter(|invoice| invoice.void.is_none()).collect();
    let (listed_without, without) = tables_of(&others, &notes);
    assert_eq!(
        (&listed, &with_it.b2cs, &with_it.nil, &with_it.hsn),
        (&listed_without, &without.b2cs, &without.nil, &without.hsn)
    );
    assert_ne!(with_it.docs, without.docs);
}

#[test]
fn sheets_have_the_columns_of_their_heads() {
    let (invoices, notes) = month();
    let (listed, summary) = tables_of(&invoices, &notes);
    for section in Section::ALL {
        let lines = sheet(section, &listed, &summary);
        let commas = head(section).matches(',').count();
        assert!(!lines.is_empty(), "{section:?}");
        assert!(lines.iter().all(|line| line.matches(',').count() == commas), "{section:?}: {lines:?}");
    }
    let b2b = listed[0].lines();
    let expected = "27AAPFU0939F1ZV,Ravindra Motors,INV2627-00000001,05-Apr-2026,3122.00,27-Maharashtra,N,,Regular B2B,,28,2400.00,0.00\r\n";
    assert_eq!(b2b, expected);
}

#[test]
fn the_return_has_the_portals_names() {
    let (invoices, notes) = month();
    let (listed, summary) = tables_of(&invoices, &notes);
    let month: Month = "2026-04".parse().unwrap();
    let whole = json("27AAACS1234A1Z2", month, &listed, &summary);
    assert_eq!((&whole["gstin"], &whole["fp"]), (&value!("27AAACS1234A1Z2"), &value!("042026")));
    let invoice = value!({
        "inum": "INV2627-00000001", "idt": "05-04-2026", "val": 3122.0, "pos": "27", "rchrg": "N", "inv_typ": "R",
        "itms": [{ "num": 2801, "itm_det": { "rt": 28.0, "txval": 2400.0, "camt": 336.0, "samt": 336.0, "csamt": 0.0 } }],
    });
    assert_eq!((&whole["b2b"][0]["ctin"], &whole["b2b"][0]["inv"][0]), (&value!("27AAPFU0939F1ZV"), &invoice));
    assert_eq!(whole["b2cl"][0]["inv"][0]["itms"][0]["itm_det"]["iamt"], value!(33_600.0));
    assert_eq!(whole["cdnur"][0]["typ"], "B2CL");
    assert_eq!(whole["hsn"]["hsn_b2b"][0]["hsn_sc"], "4901");
    assert_eq!(whole["doc_issue"]["doc_det"][0]["docs"][0]["totnum"], 4);
}

#[test]
fn a_month_whose_sales_all_came_back_shows_the_numbers_of_its_documents_alone() {
    let invoices = [invoice(1, "27", "", vec![line("87083000", 1, 120_000, 2_800, true)])];
    let notes = [credit_note(1, &invoices[0])];
    let (listed, summary) = tables_of(&invoices, &notes);
    for section in Section::ALL {
        let is_empty = sheet(section, &listed, &summary).is_empty();
        assert_eq!(is_empty, section != Section::Docs, "{section:?}");
    }
}

#[test]
fn at_the_bound_a_sale_to_another_state_is_not_large() {
    let mut invoice = invoice(1, "29", "", vec![line("87083000", 1, 100, 1_800, false)]);
    // 1 August 2024 in India, and the moment before.
    let change = Timestamp::from_millis(1_722_450_600_000);
    let before = Timestamp::from_millis(change.as_millis() - 1);
    for (issued_at, value, table) in [
        (AT, 10_000_000, Table::B2cs),
        (AT, 10_000_001, Table::B2cl),
        (change, 10_000_001, Table::B2cl),
        (before, 25_000_000, Table::B2cs),
        (before, 25_000_001, Table::B2cl),
    ] {
        invoice.issued_at = issued_at;
        invoice.totals.grand_total = Money::inr(value);
        assert_eq!(Paper::from(&invoice).table(), table);
        // A credit note of today stands where its invoice does.
        let note = credit_note(1, &invoice);
        let expected = if table == Table::B2cl { Table::Cdnur } else { Table::B2cs };
        assert_eq!(Paper::from(&note).table(), expected);
    }
}

#[test]
fn a_credit_note_that_comes_too_late_lowers_nothing_and_is_counted() {
    let mut sold = invoice(1, "27", "", vec![line("87083000", 1, 120_000, 2_800, true)]);
    sold.issued_at = AT;
    let last = dates::last_credit(AT);
    for (at, is_declared) in [(Timestamp::from_millis(last.as_millis() - 1), true), (last, false)] {
        let note = CreditNote { issued_at: at, ..credit_note(1, &sold) };
        let (_, summary) = tables_of(&[], &[note]);
        assert_eq!((summary.b2cs.is_empty(), summary.hsn.is_empty()), (!is_declared, !is_declared));
        assert_eq!(summary.runs().count(), 1);
    }
}

/// A state, whether its buyer is registered, the lines, whether the first of them is credited, and whether the carriage is
/// taxed.
type Sale = (&'static str, bool, Vec<(usize, i32, i64, i32)>, bool, bool);

/// Has the carriage of a document taxed at 18 %.
fn tax_carriage(invoice: &mut Invoice, within: bool) {
    let tax = |part: i64| Money::inr(if part > 0 { invoice.totals.shipping.minor * 18 / 100 / part } else { 0 });
    let (cgst, sgst, igst) = if within { (tax(2), tax(2), tax(0)) } else { (tax(0), tax(0), tax(1)) };
    invoice.totals.grand_total.minor += cgst.minor + sgst.minor + igst.minor;
    let tax = ChargeTax { code: "996812".to_owned(), gst_basis_points: 1_800, cgst, sgst, igst };
    invoice.totals.shipping_tax = Some(Box::new(tax));
}

prop_compose! {
    fn documents()(sales in prop::collection::vec((
        prop::sample::select(vec!["27", "29", "07"]),
        any::<bool>(),
        prop::collection::vec((0..3usize, 1..20i32, 1..20_000_000i64, prop::sample::select(vec![0, 500, 1_800])), 1..4),
        any::<bool>(),
        any::<bool>(),
    ), 0..20)) -> (Vec<Invoice>, Vec<CreditNote>) {
        let mut notes = Vec::new();
        let sale = |(number, (state, registered, lines, credited, carriage_taxed)): (u32, Sale)| {
            let gstin = if registered { format!("{state}AAPFU0939F1ZV") } else { String::new() };
            let line = |(hsn, quantity, taxable, rate)| {
                let code: &str = ["87083000", "8421", WITH_CESS][hsn];
                line(code, quantity, taxable, rate, state == "27")
            };
            let mut invoice = invoice(number, state, &gstin, lines.into_iter().map(line).collect());
            if carriage_taxed {
                tax_carriage(&mut invoice, state == "27");
            }
            if credited {
                notes.push(credit_note(number, &invoice));
            }
            invoice
        };
        ((1..).zip(sales).map(sale).collect(), notes)
    }
}

fn sum<'a>(lines: impl Iterator<Item = &'a OrderLine>) -> Sums {
    lines.fold(Sums::default(), |mut sum, line| {
        sum += Sums::of(line);
        sum
    })
}

proptest! {
    #[test]
    fn the_tables_come_to_what_the_documents_come_to((invoices, notes) in documents()) {
        let (listed, summary) = tables_of(&invoices, &notes);
        let mut documents = sum(invoices.iter().flat_map(|invoice| &invoice.lines));
        documents -= sum(notes.iter().flat_map(|note| &note.lines));
        for (carriage, tax) in invoices.iter().filter_map(|i| Some((i.totals.shipping, i.totals.shipping_tax.as_ref()?))) {
            documents += Sums::of_charge(carriage, tax);
        }

        let mut tables = Sums::default();
        for document in &listed {
            let is_note = matches!(document.table, Table::Cdnr | Table::Cdnur);
            for (_, sums) in &document.by_rate {
                if is_note { tables -= *sums } else { tables += *sums }
            }
        }
        summary.b2cs.values().for_each(|(_, sums)| tables += *sums);
        tables.taxable += summary.nil.values().sum::<i128>();
        prop_assert_eq!(tables, documents);

        let mut goods = Sums::default();
        summary.hsn.values().for_each(|of_code| goods += of_code.sums);
        prop_assert_eq!(goods, documents);

        let used: usize = summary.runs().map(|run| run.total).sum();
        prop_assert_eq!(used, invoices.len() + notes.len());
    }

    #[test]
    fn no_sheet_has_a_line_that_came_to_nothing((invoices, notes) in documents()) {
        let (listed, summary) = tables_of(&invoices, &notes);
        for section in Section::ALL.into_iter().filter(|section| *section != Section::Docs) {
            for line in sheet(section, &listed, &summary) {
                let amounts = line.split(',').filter_map(|field| field.parse::<f64>().ok());
                prop_assert!(amounts.filter(|amount| *amount != 0.0).count() > 0, "{section:?} {line}");
            }
        }
    }

    #[test]
    fn documents_may_come_in_any_order((invoices, notes) in documents()) {
        let (_, summary) = tables_of(&invoices, &notes);
        let backwards = notes.iter().rev().map(Paper::from).chain(invoices.iter().rev().map(Paper::from));
        prop_assert_eq!(tables(backwards).1, summary);
    }

    #[test]
    fn within_a_table_taxes_are_of_the_kind_that_the_place_of_supply_asks_for((invoices, notes) in documents()) {
        let (listed, summary) = tables_of(&invoices, &notes);
        let listed = listed.iter().flat_map(|document| {
            document.by_rate.iter().map(|(_, sums)| (document.place_of_supply == "27", *sums))
        });
        for (within_state, sums) in listed.chain(summary.b2cs.values().copied()) {
            let of_its_kind = if within_state { sums.igst == 0 } else { sums.cgst == 0 && sums.sgst == 0 };
            prop_assert!(of_its_kind, "{sums:?}");
        }
        let known = |(kind, series): &(Kind, String)| match kind {
            Kind::Invoice => series == "INV2627-",
            Kind::CreditNote => series == "CRN2627-",
        };
        prop_assert!(summary.docs.keys().all(known), "{:?}", summary.docs);
    }
}
