//! The invoicing worker, simulated: numbers without holes, each document once.

use std::collections::BTreeMap;

use schemas::{
    ids::OrderId,
    invoicing::{CreditInvoice, InvoicingMessage, ReplaceInvoice},
    orders::{CreditNoteIssued, InvoiceCredited, InvoiceIssued, InvoiceReplaced, OrdersMessage, ReplacementRefused},
    types::Money,
};

#[derive(Debug, Default)]
pub(in crate::testing) struct Papers {
    /// Those in force.
    pub(super) invoices: BTreeMap<OrderId, String>,
    /// Those that stand for others, by the name of the replacement.
    replaced: BTreeMap<(OrderId, String), String>,
    /// In their order.
    pub(super) credit_notes: BTreeMap<OrderId, Vec<Note>>,
    issued: usize,
}

#[derive(Debug, Clone)]
pub(super) struct Note {
    pub(super) number: String,
    pub(super) of_invoice: String,
    pub(super) total: Money,
}

impl Papers {
    pub(super) fn obey(&mut self, series: &str, message: &InvoicingMessage) -> Vec<(OrderId, OrdersMessage)> {
        match message {
            InvoicingMessage::IssueInvoice(issue) => {
                let order_id = issue.order_id;
                let next = self.next_invoice(series);
                let number = self.invoices.entry(order_id).or_insert(next).clone();
                vec![(order_id, InvoiceIssued { order_id, number }.into())]
            }
            InvoicingMessage::ReplaceInvoice(replace) => vec![(replace.order_id, self.replace(series, replace))],
            InvoicingMessage::IssueCreditNote(issue) => {
                let order_id = issue.order_id;
                let number = self.note(series, order_id, 0, &issue.invoice_number, issue.totals.grand_total).number;
                vec![(order_id, CreditNoteIssued { order_id, number }.into())]
            }
            InvoicingMessage::CreditInvoice(credit) => {
                let CreditInvoice { order_id, earlier, issued_at, .. } = *credit;
                let of_lines = Money::sum(credit.lines.iter().map(|line| line.amount)).unwrap_or(credit.amount);
                let total = if credit.lines.is_empty() { credit.amount } else { of_lines };
                let Note { number, total, .. } = self.note(series, order_id, earlier, &credit.invoice_number, total);
                vec![(order_id, InvoiceCredited { order_id, number, earlier, total, issued_at }.into())]
            }
        }
    }

    fn next_invoice(&self, series: &str) -> String {
        format!("{series}/{:06}", self.invoices.len() + self.replaced.len() + 1)
    }

    /// Replaces the invoice in force, the same however often it is asked for; refuses every third one.
    fn replace(&mut self, series: &str, command: &ReplaceInvoice) -> OrdersMessage {
        let ReplaceInvoice { order_id, replacement_id, invoice_number, issued_at, .. } = command.clone();
        let key = (order_id, replacement_id.clone());
        if let Some(number) = self.replaced.get(&key).cloned() {
            return InvoiceReplaced { order_id, replacement_id, number, issued_at }.into();
        }
        if replacement_id.ends_with(['2', '5', '8']) {
            return ReplacementRefused { order_id, replacement_id, code: "month_over".to_owned() }.into();
        }
        assert!(self.credit_notes.get(&order_id).is_none_or(Vec::is_empty), "what is credited is not replaced");
        assert_eq!(self.invoices.get(&order_id), Some(&invoice_number), "only what is in force is replaced");
        let number = self.next_invoice(series);
        self.invoices.insert(order_id, number.clone());
        self.replaced.insert(key, number.clone());
        InvoiceReplaced { order_id, replacement_id, number, issued_at }.into()
    }

    /// The credit note after so many earlier ones: the same, however often it is asked for.
    fn note(&mut self, series: &str, order: OrderId, earlier: i32, of_invoice: &str, total: Money) -> Note {
        let notes = self.credit_notes.entry(order).or_default();
        let place = usize::try_from(earlier).unwrap();
        assert!(place <= notes.len(), "a credit note is asked for before the one before it is there");
        if place == notes.len() {
            self.issued += 1;
            let number = format!("{series}/{:06}", self.issued);
            notes.push(Note { number, of_invoice: of_invoice.to_owned(), total });
        }
        notes[place].clone()
    }
}
