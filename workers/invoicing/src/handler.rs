//! What the worker does with each message.

use schemas::{documents::Seller, invoicing::InvoicingMessage};
use shared::{
    engine::{Handler, NoEffect, Outbox, Refusal, RowKey},
    message::Delivery,
};

use crate::{
    document::{Document, invoice_of},
    issue, replace,
    series::Series,
};

/// The rules of the invoicing worker.
#[derive(Debug, Clone)]
pub struct Invoicing {
    /// Who sells, on every invoice issued from now on.
    pub seller: Seller,
}

impl Handler for Invoicing {
    type State = Series;
    type Message = InvoicingMessage;
    type Effect = NoEffect;
    type Row = Document;

    fn rows(&self, delivery: &Delivery<InvoicingMessage>) -> Vec<RowKey> {
        match &delivery.message {
            InvoicingMessage::IssueInvoice(command) => vec![invoice_of(command.order_id)],
            InvoicingMessage::IssueCreditNote(command) => issue::rows_of(command.order_id, &command.invoice_number, 0),
            InvoicingMessage::CreditInvoice(command) => {
                issue::rows_of(command.order_id, &command.invoice_number, command.earlier)
            }
            InvoicingMessage::ReplaceInvoice(command) => issue::rows_of(command.order_id, &command.invoice_number, 0),
        }
    }

    fn handle(
        &self,
        state: Option<Series>,
        delivery: &Delivery<InvoicingMessage>,
        out: &mut Outbox<'_, NoEffect, Document>,
    ) -> Result<Option<Series>, Refusal> {
        let mut series = state.unwrap_or_default();
        let key = &delivery.aggregate_id;
        match &delivery.message {
            InvoicingMessage::IssueInvoice(command) => issue::invoice(&mut series, key, command, &self.seller, out)?,
            InvoicingMessage::IssueCreditNote(command) => issue::credit_note(&mut series, key, command, out)?,
            InvoicingMessage::CreditInvoice(command) => issue::credit(&mut series, key, command, out)?,
            InvoicingMessage::ReplaceInvoice(command) => replace::replace(&mut series, key, command, out)?,
        }
        Ok(Some(series))
    }
}
