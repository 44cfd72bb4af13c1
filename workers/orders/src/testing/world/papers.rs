//! The invoicing worker, simulated: numbers without holes, each document once.

use std::collections::BTreeMap;

use schemas::{
    ids::OrderId,
    invoicing::InvoicingMessage,
    orders::{CreditNoteIssued, InvoiceCredited, InvoiceIssued, OrdersMessage},
};

#[derive(Debug, Default)]
pub(in crate::testing) struct Papers {
    pub(super) invoices: BTreeMap<OrderId, String>,
    /// The number, and the invoice that is taken back.
    pub(super) credit_notes: BTreeMap<OrderId, (String, String)>,
}

impl Papers {
    pub(super) fn obey(&mut self, series: &str, message: &InvoicingMessage) -> Vec<(OrderId, OrdersMessage)> {
        match message {
            InvoicingMessage::IssueInvoice(issue) => {
                let order_id = issue.order_id;
                let next = format!("{series}/{:06}", self.invoices.len() + 1);
                let number = self.invoices.entry(order_id).or_insert(next).clone();
                vec![(order_id, InvoiceIssued { order_id, number }.into())]
            }
            InvoicingMessage::IssueCreditNote(issue) => {
                let order_id = issue.order_id;
                let next = format!("{series}/{:06}", self.credit_notes.len() + 1);
                let of = issue.invoice_number.clone();
                let number = self.credit_notes.entry(order_id).or_insert((next, of)).0.clone();
                vec![(order_id, CreditNoteIssued { order_id, number }.into())]
            }
            InvoicingMessage::CreditInvoice(credit) => {
                let (order_id, earlier, total) = (credit.order_id, credit.earlier, credit.amount);
                let next = format!("{series}/{:06}", self.credit_notes.len() + 1);
                let of = credit.invoice_number.clone();
                let number = self.credit_notes.entry(order_id).or_insert((next, of)).0.clone();
                let issued_at = credit.issued_at;
                vec![(order_id, InvoiceCredited { order_id, number, earlier, total, issued_at }.into())]
            }
        }
    }
}
