//! Invoices and credit notes of ours, printed.

use proptest::prelude::*;
use schemas::{
    catalog::{PriceTier, PutProduct},
    documents::Product,
    ids::ProductId,
    pricing::{Item, Policy, Sale, carriage::ChargesTax, price, rate::GstRates},
    replacements::Void,
    types::{PriceList, Timestamp},
};

use super::*;
use crate::testing;

fn product(paise: i64, rate: i32, grams: i32) -> Product {
    let put = PutProduct {
        slug: "brake-pad".to_owned(),
        name: "Brake pad".to_owned(),
        category: "Brakes".to_owned(),
        brand: "Bosch".to_owned(),
        hsn: "87083000".to_owned(),
        gst_basis_points: Some(rate),
        price: Money::inr(paise),
        weight_grams: grams,
        active: true,
        ..PutProduct::blank(ProductId::generate(), "BRK-PAD-001".parse().unwrap())
    };
    Product::new(put, Timestamp::from_millis(0))
}

fn invoice(
    product: &Product,
    quantity: u32,
    state_code: &str,
    method: PaymentMethod,
    charges_tax: ChargesTax,
) -> Invoice {
    let address = Address {
        name: "Asha Kulkarni".to_owned(),
        phone: "+919876543210".to_owned(),
        line1: "12 MG Road".to_owned(),
        line2: String::new(),
        city: "Pune".to_owned(),
        state_code: state_code.to_owned(),
        pincode: "411001".to_owned(),
    };
    let (list, at) = (PriceList::Retail, Timestamp::from_millis(0));
    let sale = Sale { destination: &address, method, list, coupon: None, at };
    let policy = Policy { charges_tax, ..testing::settings().policy() };
    let priced = price(&[Item { product, quantity }], &sale, &GstRates::default(), &policy).unwrap();
    Invoice {
        order_id: OrderId::generate(),
        number: "INV/26-27/00001".to_owned(),
        issued_at: Timestamp::from_millis(1_790_000_000_000),
        seller: testing::seller(),
        lines: priced.lines,
        totals: priced.totals,
        address,
        payment_method: method,
        payment_ref: "pi_1".to_owned(),
        buyer_gstin: String::new(),
        replaces: String::new(),
        void: None,
    }
}

#[test]
fn an_invoice_of_ours_is_printed() {
    let invoice = invoice(&product(120_000, 2_800, 1_500), 2, "27", PaymentMethod::Stripe, ChargesTax::Untaxed);
    let printable = printable(&invoice).unwrap();
    assert_eq!(printable.seller.legal_name, invoice.seller.legal_name);
    assert_eq!(printable.buyer.address, ["12 MG Road", "Pune 411001"]);
    assert_eq!(printable.payment, pdf::Payment::Settled("Stripe pi_1".to_owned()));
    assert!(pdf::render(&printable).unwrap().starts_with(b"%PDF-"));
}

#[test]
fn a_registered_buyers_gstin_is_printed_and_a_consumer_has_none() {
    let mut invoice = invoice(&product(120_000, 2_800, 1_500), 2, "29", PaymentMethod::Stripe, ChargesTax::Untaxed);
    assert_eq!(printable(&invoice).unwrap().buyer.gstin, None);
    invoice.buyer_gstin = "29AAGCB7383J1Z4".to_owned();
    let printable = printable(&invoice).unwrap();
    assert_eq!(printable.buyer.gstin.as_deref(), Some("29AAGCB7383J1Z4"));
    assert_eq!(printable.place_of_supply.code, "29");
}

#[test]
fn a_void_invoice_and_the_one_that_stands_for_it_cite_each_other_and_are_printed_alike_every_time() {
    let first = invoice(&product(120_000, 2_800, 1_500), 2, "27", PaymentMethod::Stripe, ChargesTax::Untaxed);
    let second = Invoice { number: "INV/26-27/00002".to_owned(), replaces: first.number.clone(), ..first.clone() };
    let replaced_by = second.number.clone();
    let (at, reason, replacement_id) = (first.issued_at, "the company".to_owned(), "r".to_owned());
    let void = Invoice { void: Some(Void { at, reason, replacement_id, replaced_by }), ..first.clone() };
    let [first, void, second] = [first, void, second].map(|invoice| printable(&invoice).unwrap());
    assert_eq!((&void.replaced_by, &second.replaces), (&Some(second.number.clone()), &Some(first.number.clone())));
    let bytes = [&first, &void, &second].map(|document| pdf::render(document).unwrap());
    assert!(bytes[0] != bytes[1] && bytes[0] != bytes[2], "a void one says so");
    assert_eq!(bytes, [&first, &void, &second].map(|document| pdf::render(document).unwrap()));
}

/// A credit note over one line of an invoice, with so many units and paise of it.
fn credit_note(invoice: &Invoice, quantity: i32, taxable: i64, half: i64) -> CreditNote {
    let sold = &invoice.lines[0];
    let (none, total) = (Money::inr(0), Money::inr(taxable + 2 * half));
    let (taxable, half) = (Money::inr(taxable), Money::inr(half));
    let line = OrderLine { quantity, taxable, cgst: half, sgst: half, igst: none, total, ..sold.clone() };
    CreditNote {
        order_id: invoice.order_id,
        number: "CRN2627-00000007".to_owned(),
        issued_at: invoice.issued_at,
        invoice_number: invoice.number.clone(),
        invoice_issued_at: invoice.issued_at,
        seller: invoice.seller.clone(),
        lines: vec![line],
        totals: Totals {
            taxable,
            cgst: half,
            sgst: half,
            igst: none,
            shipping: none,
            cod_fee: none,
            grand_total: total,
            discount: none,
            cess: none,
            shipping_tax: None,
            cod_fee_tax: None,
            round_off: none,
        },
        address: invoice.address.clone(),
        payment_method: invoice.payment_method,
        payment_ref: invoice.payment_ref.clone(),
        buyer_gstin: String::new(),
        earlier: 0,
        reason: String::new(),
        invoice_total: Some(invoice.totals.grand_total),
    }
}

#[test]
fn a_credit_note_over_a_part_is_printed_and_cites_its_invoice() {
    let invoice = invoice(&product(120_000, 2_800, 1_500), 2, "27", PaymentMethod::Stripe, ChargesTax::Untaxed);
    let unit = printable_credit_note(&credit_note(&invoice, 1, 120_000, 16_800)).unwrap();
    let pdf::DocumentKind::CreditNote { cites, .. } = &unit.kind else { panic!("{:?}", unit.kind) };
    assert_eq!((cites, unit.lines[0].quantity, unit.lines[0].discount), (&invoice.number, 1, 0));
    assert!(pdf::render(&unit).unwrap().starts_with(b"%PDF-"));
}

#[test]
fn a_lower_price_is_printed_as_one_lump_and_units_of_a_lowered_price_with_their_discount() {
    let invoice = invoice(&product(120_000, 2_800, 1_500), 2, "27", PaymentMethod::Stripe, ChargesTax::Untaxed);
    let lump = printable_credit_note(&credit_note(&invoice, 0, 10_000, 1_400)).unwrap();
    assert_eq!((lump.lines[0].quantity, lump.lines[0].unit_price, lump.lines[0].unit.as_str()), (1, 10_000, "OTH"));
    assert_eq!(pdf::verify(&lump), Ok(()));
    let lowered = printable_credit_note(&credit_note(&invoice, 1, 115_000, 16_100)).unwrap();
    assert_eq!(lowered.lines[0].discount, 5_000);
    assert_eq!(pdf::verify(&lowered), Ok(()));
}

proptest! {
    #[test]
    fn whatever_is_priced_may_be_issued(
        paise in 0i64..10_000_000, rate in 0i32..=4_000, grams in 0i32..50_000, quantity in 1u32..=1_000, within: bool,
        tax_inclusive: bool, tier in 0i64..10_000_000, taxed in 0usize..3, cess in prop_oneof![Just(0), 0i32..=2_200],
    ) {
        let state = if within { "27" } else { "29" };
        let own = ChargesTax::Own { gst_basis_points: 1_800, sac: "996812".to_owned() };
        let charges_tax = [ChargesTax::Untaxed, ChargesTax::AsGoods, own].into_iter().nth(taxed).unwrap();
        let mut product = product(paise, rate, grams);
        product.terms.tax_inclusive = tax_inclusive;
        product.terms.cess_basis_points = cess;
        product.terms.retail_tiers = vec![PriceTier { from_quantity: 100, price: Money::inr(tier) }];
        let invoice = invoice(&product, quantity, state, PaymentMethod::Cod, charges_tax);
        let printable = printable(&invoice).unwrap();
        prop_assert_eq!(pdf::verify(&printable), Ok(()));
    }
}
