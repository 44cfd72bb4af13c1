//! An invoice that names the wrong buyer is void, and another stands for it: in one step of their series, so that there is no
//! hole in it, and at any time exactly one of an order's invoices is in force.

use schemas::{
    documents::Invoice,
    invoicing::{INVOICES, ReplaceInvoice},
    orders::{InvoiceReplaced, OrdersMessage, ReplacementRefused},
    replacements::{Irreplaceable, Void},
};
use shared::engine::Refusal;

use crate::{
    document::{Document, credit_note_of},
    issue::{Out, invoice_numbered},
    series::{Series, check_key},
};

/// Replaces an order's invoice, or tells again which one stands for it. Where it may not be replaced, the order is told so.
///
/// # Errors
/// `wrong_series`, `series_exhausted`, `unknown_invoice`.
pub fn replace(series: &mut Series, key: &str, command: &ReplaceInvoice, out: &mut Out<'_>) -> Result<(), Refusal> {
    let invoice = invoice_numbered(command.order_id, &command.invoice_number, out)?.clone();
    check_key(key, INVOICES, invoice.issued_at)?;
    let is_credited = out.row(&credit_note_of(command.order_id, 0)).is_some();
    let answer: OrdersMessage = match decide(&invoice, is_credited, command) {
        Ok(Decision::Made(number)) => replaced(command, number).into(),
        Ok(Decision::Make) => {
            let number = series.take(key)?;
            let (void, valid) = pair(invoice, number.clone(), command);
            out.save(Document::Invoice(void));
            out.save(Document::Invoice(valid));
            replaced(command, number).into()
        }
        Err(why) => {
            let (replacement_id, code) = (command.replacement_id.clone(), why.code().to_owned());
            ReplacementRefused { order_id: command.order_id, replacement_id, code }.into()
        }
    };
    out.send::<OrdersMessage>(&command.order_id.to_string(), answer);
    Ok(())
}

/// What is to become of a replacement.
enum Decision {
    /// It has the next number.
    Make,
    /// It was made before, with this number.
    Made(String),
}

fn decide(invoice: &Invoice, is_credited: bool, command: &ReplaceInvoice) -> Result<Decision, Irreplaceable> {
    if let Some(void) = invoice.void.as_ref().filter(|void| void.replacement_id == command.replacement_id) {
        return Ok(Decision::Made(void.replaced_by.clone()));
    }
    if is_credited {
        return Err(Irreplaceable::Credited);
    }
    invoice.may_be_replaced(command.issued_at, &command.address, &command.buyer_gstin)?;
    Ok(Decision::Make)
}

/// The invoice, void, and the one of this number that stands for it. They differ in date and buyer and in nothing else.
fn pair(invoice: Invoice, number: String, command: &ReplaceInvoice) -> (Invoice, Invoice) {
    let valid = Invoice {
        number: number.clone(),
        issued_at: command.issued_at,
        address: command.address.clone(),
        buyer_gstin: command.buyer_gstin.clone(),
        replaces: invoice.number.clone(),
        ..invoice.clone()
    };
    let void = Void {
        at: command.issued_at,
        reason: command.reason.clone(),
        replacement_id: command.replacement_id.clone(),
        replaced_by: number,
    };
    (Invoice { void: Some(void), ..invoice }, valid)
}

fn replaced(command: &ReplaceInvoice, number: String) -> InvoiceReplaced {
    let ReplaceInvoice { order_id, replacement_id, issued_at, .. } = command.clone();
    InvoiceReplaced { order_id, replacement_id, number, issued_at }
}
