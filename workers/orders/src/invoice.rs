//! The invoice, the credit notes over parts of it, and the one that takes it back.

use schemas::{
    documents::{Credit, DocumentRef, Order},
    invoicing::{CREDIT_NOTES, CreditInvoice, INVOICES, InvoicingMessage, IssueCreditNote, IssueInvoice, series_key},
    orders::{CreditNoteIssued, InvoiceCredited, InvoiceIssued},
    types::{Money, OrderStatus as S, Timestamp},
};
use shared::engine::Refusal;

use crate::{cancel, draft::Draft, ship};

/// Has the invoice issued.
pub(crate) fn ask(draft: &mut Draft<'_>) {
    let order = &draft.order;
    let issued_at = sold_at(order);
    let command = IssueInvoice {
        order_id: order.order_id,
        lines: order.lines.clone(),
        totals: order.totals.clone(),
        address: order.address.clone(),
        payment_method: order.payment_method,
        payment_ref: payment_ref(order),
        issued_at,
        buyer_gstin: order.buyer_gstin.clone(),
    };
    draft.tell_invoicing(series_key(INVOICES, issued_at), command);
}

/// The date of the invoice: when the goods were sold, which is when they were paid for or, for cash on delivery,
/// confirmed.
fn sold_at(order: &Order) -> Timestamp {
    let sale = order.history.iter().find(|step| matches!(step.status, S::Paid | S::Confirmed));
    sale.map_or(order.placed_at, |step| step.at)
}

fn payment_ref(order: &Order) -> String {
    order.payment.as_ref().map(|payment| payment.gateway_ref.clone()).unwrap_or_default()
}

/// The invoice exists: the parcel may go, or, if the order was cancelled meanwhile, the invoice is taken back.
pub(crate) fn invoice_issued(draft: &mut Draft<'_>, message: &InvoiceIssued) -> Result<(), Refusal> {
    if draft.order.invoice.is_some() {
        return Ok(()); // a repetition
    }
    let invoice = DocumentRef { number: message.number.clone(), issued_at: sold_at(&draft.order) };
    match draft.status() {
        S::Paid => {
            draft.order.invoice = Some(invoice);
            draft.move_to(S::Confirmed, "")?;
            ship::book(draft);
        }
        S::Confirmed => {
            draft.order.invoice = Some(invoice);
            ship::book(draft);
        }
        S::Cancelling => {
            draft.order.invoice = Some(invoice);
            take_back(draft);
        }
        // Not asked for yet, or asked for and answered.
        S::Accepted | S::Reserving | S::AwaitingPayment | S::Packed | S::Shipped | S::Delivered => {}
        S::Rejected | S::Expired | S::PaymentFailed | S::Cancelled | S::Refunded => {}
    }
    Ok(())
}

/// Has the credit note issued, if there is an invoice to take back; if not, the invoice's arrival comes here again.
pub(crate) fn take_back(draft: &mut Draft<'_>) {
    let order = &mut draft.order;
    let (Some(invoice), Some(cancellation)) = (&order.invoice, &mut order.cancellation) else { return };
    if cancellation.credit_note_dated.is_some() {
        return;
    }
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
        earlier: i32::try_from(order.credits.len()).unwrap_or(i32::MAX),
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
    let credit = Credit { number: message.number.clone(), issued_at: message.issued_at, total: message.total };
    draft.order.credits.push(credit);
    match draft.status() {
        S::Cancelling if draft.order.credit_note.is_none() && rest(&draft.order).minor <= 0 => {
            draft.order.credit_note =
                Some(DocumentRef { number: message.number.clone(), issued_at: message.issued_at });
            cancel::finish_if_undone(draft)
        }
        S::Cancelling | S::Cancelled | S::Refunded => Ok(()),
        S::Accepted | S::Reserving | S::AwaitingPayment | S::Paid | S::Confirmed => Ok(()),
        S::Packed | S::Shipped | S::Delivered | S::Rejected | S::Expired | S::PaymentFailed => Ok(()),
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
