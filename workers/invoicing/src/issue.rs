//! Issuing a document and taking it back.

use schemas::{
    documents::{CreditNote, Invoice, Seller},
    ids::OrderId,
    invoicing::{self, CreditInvoice, IssueCreditNote, IssueInvoice},
    orders::{CreditNoteIssued, InvoiceCredited, InvoiceIssued, OrdersMessage},
    types::{OrderLine, Timestamp, Totals},
};
use shared::engine::{NoEffect, Outbox, Refusal, RowKey};

use crate::{
    credit::{self, Left},
    document::{Document, credit_note_of, invoice_of, places_of},
    series::{Series, check_key},
    sums,
};

/// Where the worker's answers and documents go.
pub type Out<'a> = Outbox<'a, NoEffect, Document>;

/// Gives an order its first invoice, or tells again which one that is: an order has one, in whichever year.
///
/// # Errors
/// `wrong_series`, `lines_do_not_add_up`, `series_exhausted`.
pub fn invoice(
    series: &mut Series,
    key: &str,
    command: &IssueInvoice,
    seller: &Seller,
    out: &mut Out<'_>,
) -> Result<(), Refusal> {
    check_key(key, invoicing::INVOICES, command.issued_at)?;
    let number = match out.row(&invoice_of(command.order_id)) {
        Some(issued) => issued.number().to_owned(),
        None => issue_invoice(series, key, command, seller, out)?,
    };
    let issued = InvoiceIssued { order_id: command.order_id, number };
    out.send::<OrdersMessage>(&command.order_id.to_string(), issued);
    Ok(())
}

fn issue_invoice(
    series: &mut Series,
    key: &str,
    command: &IssueInvoice,
    seller: &Seller,
    out: &mut Out<'_>,
) -> Result<String, Refusal> {
    sums::check(&command.lines, &command.totals)?;
    let number = series.take(key)?;
    out.save(Document::Invoice(Invoice {
        order_id: command.order_id,
        number: number.clone(),
        issued_at: command.issued_at,
        seller: seller.clone(),
        lines: command.lines.clone(),
        totals: command.totals.clone(),
        address: command.address.clone(),
        payment_method: command.payment_method,
        payment_ref: command.payment_ref.clone(),
        buyer_gstin: command.buyer_gstin.clone(),
        replaces: String::new(),
        void: None,
    }));
    Ok(number)
}

/// Takes an order's whole invoice back with a credit note, or tells again which one did.
///
/// # Errors
/// `wrong_series`, `lines_do_not_add_up`, `series_exhausted`, `unknown_invoice`, `void_invoice`, `not_the_whole_invoice`,
/// `partly_credited`.
pub fn credit_note(
    series: &mut Series,
    key: &str,
    command: &IssueCreditNote,
    out: &mut Out<'_>,
) -> Result<(), Refusal> {
    check_key(key, invoicing::CREDIT_NOTES, command.issued_at)?;
    let issued = out.row(&credit_note_of(command.order_id, 0)).and_then(Document::as_credit_note);
    let number = match issued {
        Some(note) if note.totals == command.totals && note.lines == command.lines => note.number.clone(),
        Some(note) => {
            return Err(Refusal::new(
                "partly_credited",
                format!("{} has taken back a part: credit the rest", note.number),
            ));
        }
        None => issue_credit_note(series, key, command, out)?,
    };
    let issued = CreditNoteIssued { order_id: command.order_id, number };
    out.send::<OrdersMessage>(&command.order_id.to_string(), issued);
    Ok(())
}

fn issue_credit_note(
    series: &mut Series,
    key: &str,
    command: &IssueCreditNote,
    out: &mut Out<'_>,
) -> Result<String, Refusal> {
    sums::check(&command.lines, &command.totals)?;
    let invoice = cited_invoice(command.order_id, &command.invoice_number, out)?;
    if invoice.totals != command.totals || invoice.lines != command.lines {
        let detail = format!("{} has other lines or totals", invoice.number);
        return Err(Refusal::new("not_the_whole_invoice", detail));
    }
    let (lines, totals) = (command.lines.clone(), command.totals.clone());
    let note = note_over(invoice, lines, totals, command.issued_at);
    let number = series.take(key)?;
    out.save(Document::CreditNote(CreditNote { number: number.clone(), ..note }));
    Ok(number)
}

/// The most credit notes of an invoice.
const MOST_NOTES: i32 = 100;

/// Takes back a part of an order's invoice, or all that is left of it, or tells again which credit note did.
///
/// # Errors
/// `wrong_series`, `series_exhausted`, `unknown_invoice`, `void_invoice`, `missing_credit_note`, `too_many_credit_notes`,
/// `another_credit_note`, and those of [`credit::credit`].
pub fn credit(series: &mut Series, key: &str, command: &CreditInvoice, out: &mut Out<'_>) -> Result<(), Refusal> {
    check_key(key, invoicing::CREDIT_NOTES, command.issued_at)?;
    let invoice = cited_invoice(command.order_id, &command.invoice_number, out)?;
    let (lines, totals) = credit::credit(Left::of(invoice, earlier_notes(command, out)?)?, command)?;
    let issued = out.row(&credit_note_of(command.order_id, command.earlier)).and_then(Document::as_credit_note);
    let note = match issued {
        Some(note) if note.lines == lines && note.totals == totals => note.clone(),
        Some(note) => {
            return Err(Refusal::new("another_credit_note", format!("{} says something else", note.number)));
        }
        None => {
            let (earlier, reason) = (command.earlier, command.reason.clone());
            let note = note_over(invoice, lines, totals, command.issued_at);
            let note = CreditNote { number: series.take(key)?, earlier, reason, ..note };
            out.save(Document::CreditNote(note.clone()));
            note
        }
    };
    let credited = InvoiceCredited {
        order_id: note.order_id,
        number: note.number.clone(),
        earlier: note.earlier,
        total: note.totals.grand_total,
        issued_at: note.issued_at,
    };
    out.send::<OrdersMessage>(&command.order_id.to_string(), credited);
    Ok(())
}

/// The rows that whoever credits or replaces an invoice looks at: the invoice and its credit notes up to the one behind so
/// many.
#[must_use]
pub fn rows_of(order: OrderId, number: &str, earlier: i32) -> Vec<RowKey> {
    let notes = (0..=earlier.min(MOST_NOTES)).map(|earlier| credit_note_of(order, earlier));
    places_of(order, number).into_iter().chain(notes).collect()
}

fn earlier_notes<'a>(command: &CreditInvoice, out: &'a Out<'_>) -> Result<Vec<&'a CreditNote>, Refusal> {
    if !(0..MOST_NOTES).contains(&command.earlier) {
        let detail = format!("{} credit notes before this one", command.earlier);
        return Err(Refusal::new("too_many_credit_notes", detail));
    }
    let note = |earlier| {
        let found = out.row(&credit_note_of(command.order_id, earlier)).and_then(Document::as_credit_note);
        found.ok_or_else(|| Refusal::new("missing_credit_note", format!("credit note {} is not issued", earlier + 1)))
    };
    (0..command.earlier).map(note).collect()
}

/// A credit note without its number. Cited from the invoice itself: what stands in the books is what is taken back, by
/// whom it was sold, whoever sells by now.
fn note_over(invoice: &Invoice, lines: Vec<OrderLine>, totals: Totals, issued_at: Timestamp) -> CreditNote {
    CreditNote {
        order_id: invoice.order_id,
        number: String::new(),
        issued_at,
        invoice_number: invoice.number.clone(),
        invoice_issued_at: invoice.issued_at,
        seller: invoice.seller.clone(),
        lines,
        totals,
        address: invoice.address.clone(),
        payment_method: invoice.payment_method,
        payment_ref: invoice.payment_ref.clone(),
        buyer_gstin: invoice.buyer_gstin.clone(),
        earlier: 0,
        reason: String::new(),
        invoice_total: Some(invoice.totals.grand_total),
    }
}

/// The invoice that a credit note takes back.
fn cited_invoice<'a>(order: OrderId, number: &str, out: &'a Out<'_>) -> Result<&'a Invoice, Refusal> {
    let invoice = invoice_numbered(order, number, out)?;
    match &invoice.void {
        Some(void) => Err(Refusal::new("void_invoice", format!("{} stands for {number}", void.replaced_by))),
        None => Ok(invoice),
    }
}

/// An order's invoice of this number. It was durable before the order learnt its number, so a missing one was never issued.
///
/// # Errors
/// `unknown_invoice`.
pub fn invoice_numbered<'a>(order: OrderId, number: &str, out: &'a Out<'_>) -> Result<&'a Invoice, Refusal> {
    let places = places_of(order, number);
    let mut invoices = places.iter().filter_map(|place| out.row(place)?.as_invoice());
    let invoice = invoices.find(|invoice| invoice.number == number);
    invoice.ok_or_else(|| Refusal::new("unknown_invoice", format!("the order has no invoice {number}")))
}
