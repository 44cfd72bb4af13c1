//! An order's invoice and credit notes as the PDF library wants them: made of the invoicing worker's documents and of nothing
//! else, so that they say for ever what they said when they were issued.

use invoice_pdf as pdf;
use schemas::{
    documents::{CreditNote, Invoice, Seller},
    gst_states,
    ids::OrderId,
    pricing::tax,
    types::{Address, ChargeTax, Money, OrderLine, PaymentMethod, Timestamp, Totals},
};

/// A document that cannot be printed: data that no worker of ours should have written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("document {number}: {fault}")]
pub struct Unprintable {
    /// The document.
    pub number: String,
    /// What is wrong with it.
    pub fault: &'static str,
}

/// The invoice as it is printed.
///
/// # Errors
/// [`Unprintable`].
pub fn printable(invoice: &Invoice) -> Result<pdf::Invoice, Unprintable> {
    paper(
        pdf::DocumentKind::TaxInvoice,
        Paper {
            number: &invoice.number,
            issued_at: invoice.issued_at,
            order: invoice.order_id,
            payment: payment(invoice.payment_method, &invoice.payment_ref),
            seller: &invoice.seller,
            address: &invoice.address,
            buyer_gstin: &invoice.buyer_gstin,
            lines: lines(&invoice.lines, &invoice.totals, line),
            totals: &invoice.totals,
        },
    )
}

/// The credit note as it is printed.
///
/// # Errors
/// [`Unprintable`].
pub fn printable_credit_note(note: &CreditNote) -> Result<pdf::Invoice, Unprintable> {
    let undated = || Unprintable { number: note.number.clone(), fault: "the invoice's date is out of range" };
    let cites_date = date(note.invoice_issued_at).ok_or_else(undated)?;
    paper(
        pdf::DocumentKind::CreditNote { cites: note.invoice_number.clone(), cites_date },
        Paper {
            number: &note.number,
            issued_at: note.issued_at,
            order: note.order_id,
            payment: payment(note.payment_method, &note.payment_ref),
            seller: &note.seller,
            address: &note.address,
            buyer_gstin: &note.buyer_gstin,
            lines: lines(&note.lines, &note.totals, credited_line),
            totals: &note.totals,
        },
    )
}

/// What an invoice and a credit note have in common.
struct Paper<'a> {
    number: &'a str,
    issued_at: Timestamp,
    order: OrderId,
    payment: pdf::Payment,
    seller: &'a Seller,
    address: &'a Address,
    buyer_gstin: &'a str,
    /// `None` where a line has an amount or a rate that no line has.
    lines: Option<Vec<pdf::Line>>,
    totals: &'a Totals,
}

fn paper(kind: pdf::DocumentKind, paper: Paper<'_>) -> Result<pdf::Invoice, Unprintable> {
    let broken = |fault| Unprintable { number: paper.number.to_owned(), fault };
    let buyer = buyer(paper.address, paper.buyer_gstin).ok_or_else(|| broken("the buyer's state is unknown"))?;
    Ok(pdf::Invoice {
        kind,
        number: paper.number.to_owned(),
        date: date(paper.issued_at).ok_or_else(|| broken("the date is out of range"))?,
        order: paper.order.to_string(),
        payment: paper.payment,
        seller: seller(paper.seller).ok_or_else(|| broken("the seller's state is unknown"))?,
        delivery: None,
        place_of_supply: buyer.state.clone(),
        buyer,
        reverse_charge: false,
        lines: paper.lines.ok_or_else(|| broken("an amount or a rate that no line has"))?,
        totals: totals(paper.totals),
        irn: None,
    })
}

fn seller(seller: &Seller) -> Option<pdf::Seller> {
    Some(pdf::Seller {
        legal_name: seller.legal_name.clone(),
        address: seller.address_lines.clone(),
        state: state(&seller.state_code)?,
        gstin: seller.gstin.clone(),
        email: seller.email.clone(),
        phone: seller.phone.clone(),
    })
}

fn buyer(address: &Address, gstin: &str) -> Option<pdf::Buyer> {
    let town = format!("{} {}", address.city, address.pincode);
    let lines = [&address.line1, &address.line2, &town];
    Some(pdf::Buyer {
        name: address.name.clone(),
        address: lines.into_iter().filter(|line| !line.is_empty()).cloned().collect(),
        state: state(&address.state_code)?,
        gstin: Some(gstin.to_owned()).filter(|gstin| !gstin.is_empty()),
        phone: Some(address.phone.clone()),
    })
}

fn state(code: &str) -> Option<pdf::State> {
    let name = gst_states::state_name(code)?;
    Some(pdf::State { name: name.to_owned(), code: code.to_owned() })
}

fn date(at: Timestamp) -> Option<pdf::Date> {
    let date = at.date_in_india();
    let part = |number: i8| u8::try_from(number).ok();
    pdf::Date::new(u16::try_from(date.year()).ok()?, part(date.month())?, part(date.day())?).ok()
}

fn payment(method: PaymentMethod, reference: &str) -> pdf::Payment {
    match method {
        PaymentMethod::Cod => pdf::Payment::CashOnDelivery,
        PaymentMethod::Stripe => pdf::Payment::Settled(format!("Stripe {reference}").trim_end().to_owned()),
        PaymentMethod::Razorpay => pdf::Payment::Settled(format!("Razorpay {reference}").trim_end().to_owned()),
    }
}

/// The goods, and the charges that are taxed: those are supplies of their own.
fn lines(goods: &[OrderLine], totals: &Totals, line: fn(&OrderLine) -> Option<pdf::Line>) -> Option<Vec<pdf::Line>> {
    let shipping = totals.shipping_tax.as_ref().map(|tax| charge("Carriage", totals.shipping, tax));
    let cod_fee = totals.cod_fee_tax.as_ref().map(|tax| charge("Fee for cash on delivery", totals.cod_fee, tax));
    goods.iter().map(line).chain(shipping).chain(cod_fee).collect()
}

fn charge(name: &str, amount: Money, tax: &ChargeTax) -> Option<pdf::Line> {
    Some(pdf::Line {
        description: name.to_owned(),
        sku: String::new(),
        hsn: tax.code.clone(),
        quantity: 1,
        unit: "OTH".to_owned(),
        unit_price: amount.minor,
        discount: 0,
        taxable: amount.minor,
        gst_rate: u32::try_from(tax.gst_basis_points).ok()?,
        cgst: tax.cgst.minor,
        sgst: tax.sgst.minor,
        igst: tax.igst.minor,
        cess_rate: 0,
        cess: 0,
        total: Money::sum([amount, tax.cgst, tax.sgst, tax.igst]).ok()?.minor,
    })
}

fn line(line: &OrderLine) -> Option<pdf::Line> {
    let shown = tax::without_tax(line).ok()?;
    Some(pdf::Line {
        description: line.name.clone(),
        sku: line.sku.to_string(),
        hsn: line.hsn.clone(),
        quantity: u32::try_from(line.quantity).ok()?,
        unit: Invoice::UNIT.to_owned(),
        unit_price: shown.unit_price.minor,
        discount: shown.discount.minor,
        taxable: line.taxable.minor,
        gst_rate: u32::try_from(line.gst_basis_points).ok()?,
        cgst: line.cgst.minor,
        sgst: line.sgst.minor,
        igst: line.igst.minor,
        cess_rate: u32::try_from(line.cess_basis_points).ok()?,
        cess: line.cess.minor,
        total: line.total.minor,
    })
}

/// A part of a line: units, or a lower price without any, which is printed as one lump. What an earlier credit note took off
/// the price of the units is printed as a discount.
fn credited_line(credited: &OrderLine) -> Option<pdf::Line> {
    let mut line = line(credited)?;
    if line.quantity == 0 {
        let description = format!("Price reduction: {}", line.description);
        return Some(pdf::Line {
            description,
            quantity: 1,
            unit: "OTH".to_owned(),
            unit_price: line.taxable,
            discount: 0,
            ..line
        });
    }
    let full = line.unit_price.checked_mul(i64::from(line.quantity))?;
    line.discount = full.checked_sub(line.taxable)?.max(0);
    Some(line)
}

fn totals(totals: &Totals) -> pdf::Totals {
    let charges = [(totals.shipping, &totals.shipping_tax), (totals.cod_fee, &totals.cod_fee_tax)];
    let taxed = || charges.iter().filter_map(|(charge, tax)| Some((charge, tax.as_ref()?)));
    let with_charges =
        |goods: Money, of: fn(&ChargeTax) -> Money| goods.minor + taxed().map(|(_, tax)| of(tax).minor).sum::<i64>();
    let untaxed = |charge: Money, tax: &Option<Box<ChargeTax>>| if tax.is_some() { 0 } else { charge.minor };
    pdf::Totals {
        taxable: totals.taxable.minor + taxed().map(|(charge, _)| charge.minor).sum::<i64>(),
        cgst: with_charges(totals.cgst, |tax| tax.cgst),
        sgst: with_charges(totals.sgst, |tax| tax.sgst),
        igst: with_charges(totals.igst, |tax| tax.igst),
        cess: totals.cess.minor,
        shipping: untaxed(totals.shipping, &totals.shipping_tax),
        cod_fee: untaxed(totals.cod_fee, &totals.cod_fee_tax),
        round_off: totals.round_off.minor,
        grand_total: totals.grand_total.minor,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use schemas::{
        catalog::{Labels, PartKind, PriceTier, SaleTerms},
        documents::Product,
        ids::ProductId,
        pricing::{Item, Policy, Sale, carriage::ChargesTax, price, rate::GstRates},
        types::{PriceList, Timestamp},
    };

    use super::*;
    use crate::testing;

    fn product(paise: i64, rate: i32, grams: i32) -> Product {
        Product {
            product_id: ProductId::generate(),
            sku: "BRK-PAD-001".parse().unwrap(),
            slug: "brake-pad".to_owned(),
            name: "Brake pad".to_owned(),
            description: String::new(),
            category: "Brakes".to_owned(),
            brand: "Bosch".to_owned(),
            kind: PartKind::Aftermarket,
            oem_number: String::new(),
            hsn: "87083000".to_owned(),
            gst_basis_points: Some(rate),
            price: Money::inr(paise),
            weight_grams: grams,
            active: true,
            fitment: Vec::new(),
            revision: 1,
            terms: SaleTerms::default(),
            labels: Labels::default(),
            listed_at: Timestamp::from_millis(0),
            status: None,
            page: Default::default(),
            relations: Default::default(),
            former_slugs: Vec::new(),
            numbers: Vec::new(),
            rating: Default::default(),
        }
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
}
