//! Credit notes: those over parts of the invoice, as money goes back while the order stands, and the one over all that is
//! left, which takes the sale back.
//!
//! An order's credit notes are asked for one after another, in the order in which money went back.

use schemas::{
    documents::{Credit, DocumentRef, Order, ToCredit},
    invoicing::{CREDIT_NOTES, CreditInvoice, CreditedLine, InvoicingMessage, IssueCreditNote, series_key},
    orders::{CreditNoteIssued, InvoiceCredited},
    refunds::RefundedLine,
    types::{Money, OrderStatus as S, Timestamp},
};
use shared::engine::Refusal;

use crate::{cancel, draft::Draft, invoice::payment_ref};

/// Money went back, for these units or for nothing in particular: the invoice is to say so too.
pub(crate) fn part(draft: &mut Draft<'_>, amount: Money, lines: Vec<RefundedLine>, reason: &str) {
    draft.order.to_credit.push(ToCredit { amount, lines, reason: reason.to_owned(), is_asked: false });
    ask_next(draft);
}

/// Asks for the next credit note over a part, if there is an invoice that stays in force and the one before was answered. When the sale is
/// taken back, the credit note over the rest covers what was not asked for yet.
pub(crate) fn ask_next(draft: &mut Draft<'_>) {
    let order = &mut draft.order;
    if order.awaits_replacement() {
        return; // the answer comes here again
    }
    let (Some(invoice), Some(next)) = (&order.invoice, order.to_credit.first_mut()) else { return };
    if next.is_asked || order.cancellation.as_ref().is_some_and(|undone| undone.credit_note_dated.is_some()) {
        return;
    }
    next.is_asked = true;
    // What is left of a line is known only while all credits before were for units.
    let by_units = !next.lines.is_empty() && order.credits.iter().all(|credit| credit.by_units);
    let credit = CreditInvoice {
        order_id: order.order_id,
        invoice_number: invoice.number.clone(),
        earlier: count(&order.credits),
        lines: if by_units { next.lines.iter().map(credited).collect() } else { Vec::new() },
        amount: if by_units { next.amount.zero() } else { next.amount },
        reason: next.reason.clone(),
        issued_at: draft.at.max(invoice.issued_at),
    };
    draft.tell_invoicing(series_key(CREDIT_NOTES, credit.issued_at), credit);
}

fn credited(line: &RefundedLine) -> CreditedLine {
    CreditedLine { sku: line.sku.clone(), quantity: line.quantity, amount: line.amount }
}

fn count(credits: &[Credit]) -> i32 {
    i32::try_from(credits.len()).unwrap_or(i32::MAX)
}

/// Has the credit note issued, if there is an invoice to take back; if not, the invoice's arrival comes here again.
pub(crate) fn take_back(draft: &mut Draft<'_>) {
    let order = &mut draft.order;
    if order.awaits_replacement() {
        return; // the answer comes here again
    }
    let (Some(invoice), Some(cancellation)) = (&order.invoice, &mut order.cancellation) else { return };
    // What is left is known once the part that was asked for is answered; then it comes here again.
    if cancellation.credit_note_dated.is_some() || order.to_credit.iter().any(|part| part.is_asked) {
        return;
    }
    order.to_credit.clear();
    let issued_at = draft.at.max(invoice.issued_at);
    cancellation.credit_note_dated = Some(issued_at);
    let invoice = invoice.clone();
    if let Some(command) = credit_of_rest(order, invoice, issued_at) {
        draft.tell_invoicing(series_key(CREDIT_NOTES, issued_at), command);
    }
}

/// The command for the credit note that takes back what is left of the invoice; none where parts of it came to the whole.
fn credit_of_rest(order: &mut Order, invoice: DocumentRef, issued_at: Timestamp) -> Option<InvoicingMessage> {
    let Some(last) = order.credits.last() else {
        return Some(credit_of_all(order, invoice, issued_at).into());
    };
    let rest = rest(order);
    if rest.minor <= 0 {
        order.credit_note = Some(DocumentRef { number: last.number.clone(), issued_at: last.issued_at });
        return None;
    }
    let credit = CreditInvoice {
        order_id: order.order_id,
        invoice_number: invoice.number,
        earlier: count(&order.credits),
        lines: Vec::new(),
        amount: rest,
        reason: String::new(),
        issued_at,
    };
    Some(credit.into())
}

fn credit_of_all(order: &Order, invoice: DocumentRef, issued_at: Timestamp) -> IssueCreditNote {
    IssueCreditNote {
        order_id: order.order_id,
        invoice_number: invoice.number,
        invoice_issued_at: invoice.issued_at,
        lines: order.lines.clone(),
        totals: order.totals.clone(),
        address: order.address.clone(),
        payment_method: order.payment_method,
        payment_ref: payment_ref(order),
        issued_at,
    }
}

/// What of the invoice is not credited.
fn rest(order: &Order) -> Money {
    let credited: i64 = order.credits.iter().map(|credit| credit.total.minor).sum();
    Money { minor: order.totals.grand_total.minor - credited, ..order.totals.grand_total }
}

/// A part of the invoice is credited; while the order is cancelled it was the rest, and the cancellation is one step
/// nearer its end.
///
/// # Errors
/// `not_invoiced`.
pub(crate) fn invoice_credited(draft: &mut Draft<'_>, message: &InvoiceCredited) -> Result<(), Refusal> {
    if draft.order.credits.iter().any(|credit| credit.number == message.number) {
        return Ok(()); // a repetition
    }
    if draft.order.invoice.is_none() {
        return Err(Refusal::new("not_invoiced", "a part of an invoice is credited that the order does not have"));
    }
    let answered = draft.order.to_credit.first().is_some_and(|part| part.is_asked);
    let part = answered.then(|| draft.order.to_credit.remove(0));
    let (number, issued_at) = (message.number.clone(), message.issued_at);
    let by_units = part.is_some_and(|part| !part.lines.is_empty()) && draft.order.credits.iter().all(|c| c.by_units);
    draft.order.credits.push(Credit { number: number.clone(), issued_at, total: message.total, by_units });
    match draft.status() {
        // The sale may yet stand.
        S::Cancelling if cancel::awaits_parcel(draft) => {
            ask_next(draft);
            Ok(())
        }
        S::Cancelling if draft.order.credit_note.is_none() => {
            if rest(&draft.order).minor <= 0 {
                draft.order.credit_note = Some(DocumentRef { number, issued_at });
            } else {
                take_back(draft);
            }
            cancel::finish_if_undone(draft)
        }
        S::Cancelling | S::Cancelled | S::Refunded => Ok(()),
        S::Accepted
        | S::Reserving
        | S::AwaitingPayment
        | S::Paid
        | S::Confirmed
        | S::Packed
        | S::Shipped
        | S::Delivered => {
            ask_next(draft);
            Ok(())
        }
        S::Rejected | S::Expired | S::PaymentFailed => Ok(()),
    }
}

/// The credit note exists: the cancellation is one step nearer its end.
pub(crate) fn credit_note_issued(draft: &mut Draft<'_>, message: &CreditNoteIssued) -> Result<(), Refusal> {
    let dated = draft.order.cancellation.as_ref().and_then(|cancellation| cancellation.credit_note_dated);
    match (draft.status(), dated) {
        (S::Cancelling, Some(issued_at)) if draft.order.credit_note.is_none() => {
            draft.order.credit_note = Some(DocumentRef { number: message.number.clone(), issued_at });
            cancel::finish_if_undone(draft)
        }
        // A repetition, or not asked for.
        (S::Cancelling | S::Refunded | S::Cancelled, _) => Ok(()),
        (S::Accepted | S::Reserving | S::AwaitingPayment | S::Paid | S::Confirmed, _) => Ok(()),
        (S::Packed | S::Shipped | S::Delivered | S::Rejected | S::Expired | S::PaymentFailed, _) => Ok(()),
    }
}
