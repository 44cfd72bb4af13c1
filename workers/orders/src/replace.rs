//! Replacing an invoice that names the wrong buyer.
//!
//! Credit notes have a series of their own, and so another writer than the invoice they cite. That none ever cites a void
//! invoice is therefore seen to here, where everything about an order passes: while a replacement is under way nothing is
//! credited, and what was credited, or is about to be, is not replaced.

use schemas::{
    documents::DocumentRef,
    invoicing::{INVOICES, ReplaceInvoice, series_key},
    orders::{CorrectInvoice, InvoiceReplaced, ReplacementRefused},
    replacements::{InvoiceReplacement, ReplacementState},
    types::OrderStatus as S,
};
use shared::engine::Refusal;

use crate::{cancel, credit, draft::Draft};

/// Somebody of the shop corrects the buyer. What cannot be replaced is written down as refused, so that whoever asked finds
/// out.
pub(crate) fn correct_invoice(draft: &mut Draft<'_>, message: &CorrectInvoice) -> Result<(), Refusal> {
    if replacement_of(draft, &message.replacement_id).is_some() {
        return Ok(()); // a repetition
    }
    let (state, code) = match draft.order.may_replace_invoice(&message.invoice_number) {
        Ok(()) => (ReplacementState::Asked, String::new()),
        Err(why) => (ReplacementState::Refused, why.code().to_owned()),
    };
    if state == ReplacementState::Asked {
        tell(draft, message);
    }
    let CorrectInvoice { replacement_id, invoice_number, address, buyer_gstin, reason, admin_id, .. } = message.clone();
    draft.order.replacements.push(InvoiceReplacement {
        replacement_id,
        invoice_number,
        address,
        buyer_gstin,
        reason,
        by: admin_id,
        asked_at: draft.at,
        state,
        code,
        number: String::new(),
    });
    Ok(())
}

/// Tells the one writer of the invoice's series. Its replacement has the next number of the same one, or is refused.
fn tell(draft: &mut Draft<'_>, message: &CorrectInvoice) {
    let Some(dated) = draft.order.invoice.as_ref().map(|invoice| invoice.issued_at) else { return };
    let CorrectInvoice { order_id, replacement_id, invoice_number, address, buyer_gstin, reason, .. } = message.clone();
    let issued_at = draft.at.max(dated);
    let command = ReplaceInvoice { order_id, replacement_id, invoice_number, address, buyer_gstin, reason, issued_at };
    draft.tell_invoicing(series_key(INVOICES, dated), command);
}

/// Another invoice stands for the order's.
pub(crate) fn invoice_replaced(draft: &mut Draft<'_>, message: &InvoiceReplaced) -> Result<(), Refusal> {
    let Some(replacement) = awaited(draft, &message.replacement_id) else { return Ok(()) };
    replacement.state = ReplacementState::Made;
    replacement.number.clone_from(&message.number);
    draft.order.invoice = Some(DocumentRef { number: message.number.clone(), issued_at: message.issued_at });
    credit_what_waited(draft)
}

/// The invoice stays in force.
pub(crate) fn replacement_refused(draft: &mut Draft<'_>, message: &ReplacementRefused) -> Result<(), Refusal> {
    let Some(replacement) = awaited(draft, &message.replacement_id) else { return Ok(()) };
    replacement.state = ReplacementState::Refused;
    replacement.code.clone_from(&message.code);
    credit_what_waited(draft)
}

fn credit_what_waited(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    match draft.status() {
        S::Cancelling if !cancel::awaits_parcel(draft) => {
            credit::take_back(draft);
            cancel::finish_if_undone(draft)
        }
        _ => {
            credit::ask_next(draft);
            Ok(())
        }
    }
}

/// The replacement, unless it is answered.
fn awaited<'a>(draft: &'a mut Draft<'_>, id: &str) -> Option<&'a mut InvoiceReplacement> {
    replacement_of(draft, id).filter(|replacement| replacement.state == ReplacementState::Asked)
}

fn replacement_of<'a>(draft: &'a mut Draft<'_>, id: &str) -> Option<&'a mut InvoiceReplacement> {
    draft.order.replacements.iter_mut().find(|replacement| replacement.replacement_id == id)
}
