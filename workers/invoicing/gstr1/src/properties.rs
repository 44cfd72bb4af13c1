//! What holds for every month: nothing is left out, nothing counted twice.

use proptest::prelude::*;
use schemas::{
    documents::{CreditNote, Invoice, Seller},
    ids::{OrderId, ProductId},
    types::{Address, ChargeTax, Money, OrderLine, PaymentMethod, PriceList, Timestamp, Totals},
};
use serde_json::json as value;
use shared::id::Uuid;

use crate::{Kind, Listed, Month, Paper, Section, Summary, Sums, Table, head, json};

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
    }
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

/// A month with one document in each table.
fn month() -> (Vec<Invoice>, Vec<CreditNote>) {
    let pads = |quantity, taxable, within| vec![line("87083000", quantity, taxable, 2_800, within)];
    let invoices = vec![
        invoice(1, "27", "27AAPFU0939F1ZV", pads(2, 240_000, true)),
        invoice(2, "29", "", pads(100, 12_000_000, false)),
        invoice(3, "29", "", pads(1, 120_000, false)),
        invoice(4, "27", "", pads(1, 120_000, true)),
        invoice(6, "27", "", pads(1, 120_000, true)),
    ];
    let notes = [0, 1, 3].iter().zip(1..).map(|(index, number)| credit_note(number, &invoices[*index])).collect();
    (invoices, notes)
}

fn tables_of(invoices: &[Invoice], notes: &[CreditNote]) -> (Vec<Listed>, Summary) {
    tables(invoices.iter().map(Paper::from).chain(notes.iter().map(Paper::from)))
}

#[test]
fn every_document_stands_in_the_table_of_its_kind() {
    let (invoices, notes) = month();
    let (listed, summary) = tables_of(&invoices, &notes);
    assert_eq!(of(Table::B2b, &listed), ["INV2627-00000001"]);
    assert_eq!(of(Table::B2cl, &listed), ["INV2627-00000002"]);
    assert_eq!(of(Table::Cdnr, &listed), ["CRN2627-00000001"]);
    assert_eq!(of(Table::Cdnur, &listed), ["CRN2627-00000002"]);
    let places: Vec<_> = summary.b2cs.iter().map(|((state, _), (_, sums))| (state.as_str(), sums.taxable)).collect();
    assert_eq!(places, [("27", 120_000), ("29", 120_000)], "a consumer's credit note lowers what was sold there");
}

#[test]
fn sheets_have_the_columns_of_their_heads() {
    let (invoices, notes) = month();
    let (listed, summary) = tables_of(&invoices, &notes);
    for section in Section::ALL {
        let documents = listed.iter().filter(|document| section.lists() == Some(document.table));
        let lines = documents.map(Listed::lines).chain([summary.lines(section)]).collect::<String>();
        let commas = head(section).matches(',').count();
        assert!(!lines.is_empty() && lines.ends_with("\r\n"), "{section:?}");
        assert!(lines.lines().all(|line| line.matches(',').count() == commas), "{section:?}: {lines}");
    }
    let b2b = listed[0].lines();
    let expected = "27AAPFU0939F1ZV,Ravindra Motors,INV2627-00000001,05-Apr-2026,3122.00,27-Maharashtra,N,,Regular B2B,,28,2400.00,0.00\r\n";
    assert_eq!(b2b, expected);
    let docs = "Invoices for outward supply,INV2627-00000001,INV2627-00000004,4,0\r\n\
                Invoices for outward supply,INV2627-00000006,INV2627-00000006,1,0\r\n\
                Credit Note,CRN2627-00000001,CRN2627-00000003,3,0\r\n";
    assert_eq!(summary.lines(Section::Docs), docs);
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
    assert_eq!(whole["b2b"], value!([{ "ctin": "27AAPFU0939F1ZV", "inv": [invoice] }]));
    assert_eq!(whole["b2cl"][0]["inv"][0]["itms"][0]["itm_det"]["iamt"], value!(33_600.0));
    assert_eq!(whole["cdnur"][0]["typ"], "B2CL");
    assert_eq!(whole["hsn"]["hsn_b2b"][0]["qty"], 0, "what was sold to the registered buyer has come back");
    assert_eq!(whole["doc_issue"]["doc_det"][0]["docs"][0]["totnum"], 4);
}

#[test]
fn at_the_bound_a_sale_to_another_state_is_not_large() {
    let mut invoice = invoice(1, "29", "", vec![line("87083000", 1, 100, 0, false)]);
    for (value, table) in [(10_000_000, Table::B2cs), (10_000_001, Table::B2cl)] {
        invoice.totals.grand_total = Money::inr(value);
        assert_eq!(Paper::from(&invoice).table(), table);
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
        prop_assert_eq!(tables, documents);

        let mut goods = Sums::default();
        summary.hsn.values().for_each(|of_code| goods += of_code.sums);
        prop_assert_eq!(goods, documents);

        let used: u32 = summary.runs().map(|(.., count)| count).sum();
        prop_assert_eq!(used as usize, invoices.len() + notes.len());
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
