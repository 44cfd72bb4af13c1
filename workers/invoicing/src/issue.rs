//! Issuing a document and taking it back.

use schemas::{
    documents::{CreditNote, Invoice, Seller},
    invoicing::{self, IssueCreditNote, IssueInvoice},
    orders::{CreditNoteIssued, InvoiceIssued, OrdersMessage},
};
use shared::engine::{NoEffect, Outbox, Refusal};

use crate::{
    document::{Document, credit_note_of, invoice_of},
    series::{Series, check_key},
    sums,
};

/// Where the worker's answers and documents go.
pub type Out<'a> = Outbox<'a, NoEffect, Document>;

/// Gives an order its invoice, or tells again which one it has: an order has one invoice, in whichever year.
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
    }));
    Ok(number)
}

/// Takes an order's invoice back with a credit note, or tells again which one did.
///
/// # Errors
/// `wrong_series`, `lines_do_not_add_up`, `series_exhausted`, `unknown_invoice`, `not_the_whole_invoice`.
pub fn credit_note(
    series: &mut Series,
    key: &str,
    command: &IssueCreditNote,
    out: &mut Out<'_>,
) -> Result<(), Refusal> {
    check_key(key, invoicing::CREDIT_NOTES, command.issued_at)?;
    let number = match out.row(&credit_note_of(command.order_id)) {
        Some(issued) => issued.number().to_owned(),
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
    let invoice = cited_invoice(command, out)?.clone();
    let number = series.take(key)?;
    out.save(Document::CreditNote(CreditNote {
        order_id: command.order_id,
        number: number.clone(),
        issued_at: command.issued_at,
        // Cited from the invoice itself: what stands in the books is what is taken back.
        invoice_number: invoice.number,
        invoice_issued_at: invoice.issued_at,
        // Only who issued an invoice can take it back, whoever sells by now.
        seller: invoice.seller,
        lines: command.lines.clone(),
        totals: command.totals.clone(),
        address: command.address.clone(),
        payment_method: command.payment_method,
        payment_ref: command.payment_ref.clone(),
        buyer_gstin: invoice.buyer_gstin,
    }));
    Ok(number)
}

/// The invoice that the credit note takes back. It was durable before the order learnt its number, so a missing one was
/// never issued.
fn cited_invoice<'a>(command: &IssueCreditNote, out: &'a Out<'_>) -> Result<&'a Invoice, Refusal> {
    let invoice = out
        .row(&invoice_of(command.order_id))
        .and_then(Document::as_invoice)
        .filter(|invoice| invoice.number == command.invoice_number)
        .ok_or_else(|| {
            Refusal::new("unknown_invoice", format!("the order has no invoice {}", command.invoice_number))
        })?;
    if invoice.totals == command.totals && invoice.lines == command.lines {
        return Ok(invoice);
    }
    Err(Refusal::new("not_the_whole_invoice", format!("{} has other lines or totals", invoice.number)))
}
