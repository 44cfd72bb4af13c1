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
            replaces: Some(&invoice.replaces).filter(|number| !number.is_empty()),
            replaced_by: invoice.void.as_ref().map(|void| &void.replaced_by),
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
            replaces: None,
            replaced_by: None,
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
    /// The number of the void one that it stands for.
    replaces: Option<&'a String>,
    /// The number of the one that stands for it, if it is void.
    replaced_by: Option<&'a String>,
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
        replaces: paper.replaces.cloned(),
        replaced_by: paper.replaced_by.cloned(),
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
mod tests;
