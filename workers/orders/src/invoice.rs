//! The invoice.

use schemas::{
    documents::{DocumentRef, Order},
    invoicing::{INVOICES, IssueInvoice, series_key},
    orders::InvoiceIssued,
    types::{OrderStatus as S, PaymentMethod, Timestamp},
};
use shared::engine::Refusal;

use crate::{credit, draft::Draft, ship};

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

pub(crate) fn payment_ref(order: &Order) -> String {
    let payment = order.payment.as_ref().filter(|_| order.payment_method != PaymentMethod::Cod);
    payment.map(|payment| payment.gateway_ref.clone()).unwrap_or_default()
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
            credit::ask_next(draft);
        }
        S::Confirmed => {
            draft.order.invoice = Some(invoice);
            ship::book(draft);
            credit::ask_next(draft);
        }
        S::Cancelling => {
            draft.order.invoice = Some(invoice);
            credit::take_back(draft);
        }
        // Not asked for yet, or asked for and answered.
        S::Accepted | S::Reserving | S::AwaitingPayment | S::Packed | S::Shipped | S::Delivered => {}
        S::Rejected | S::Expired | S::PaymentFailed | S::Cancelled | S::Refunded => {}
    }
    Ok(())
}
