//! `invoicing.inbox`: documents to issue. Keyed by series and financial year, so each series has one writer.

use apache_avro::AvroSchema;
use serde::{Deserialize, Serialize};
use shared::{body, topic};

use crate::{
    ids::OrderId,
    types::{Address, OrderLine, PaymentMethod, Timestamp, Totals},
};

topic! {
    /// Everything that can happen to a series of documents.
    pub enum InvoicingMessage = "invoicing.inbox" {
        /// An order needs its invoice.
        IssueInvoice,
        /// An invoice is taken back.
        IssueCreditNote,
    }
}

/// Issue the invoice of an order. Answered by `InvoiceIssued`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct IssueInvoice {
    /// The order.
    pub order_id: OrderId,
    /// What was bought.
    pub lines: Vec<OrderLine>,
    /// What it came to.
    pub totals: Totals,
    /// The buyer.
    pub address: Address,
    /// How it is paid.
    pub payment_method: PaymentMethod,
    /// The gateway's name for the payment; empty for cash on delivery.
    pub payment_ref: String,
    /// The date of the document; its financial year is the one in the key.
    pub issued_at: Timestamp,
}

/// Take back the whole invoice of an order. Answered by `CreditNoteIssued`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct IssueCreditNote {
    /// The order.
    pub order_id: OrderId,
    /// The invoice it takes back.
    pub invoice_number: String,
    /// The date of that invoice.
    pub invoice_issued_at: Timestamp,
    /// What was bought.
    pub lines: Vec<OrderLine>,
    /// What it came to.
    pub totals: Totals,
    /// The buyer.
    pub address: Address,
    /// How it was paid.
    pub payment_method: PaymentMethod,
    /// The gateway's name for the payment.
    pub payment_ref: String,
    /// The date of the credit note; its financial year is the one in the key.
    pub issued_at: Timestamp,
}

/// The key of a series in a financial year, for example `INV/26-27`: what `invoicing.inbox` is keyed by.
///
/// India's financial year turns on 1 April, India time.
#[must_use]
pub fn series_key(series: &str, at: Timestamp) -> String {
    let date = at.date_in_india();
    let first = if date.month() >= 4 { date.year() } else { date.year() - 1 };
    format!("{series}/{:02}-{:02}", first.rem_euclid(100), (first + 1).rem_euclid(100))
}

/// The series of invoices.
pub const INVOICES: &str = "INV";
/// The series of credit notes.
pub const CREDIT_NOTES: &str = "CRN";

body!(IssueInvoice: "../avro/IssueInvoice.v1.avsc", "../avro/IssueInvoice.v2.avsc");
body!(IssueCreditNote: "../avro/IssueCreditNote.v1.avsc", "../avro/IssueCreditNote.v2.avsc");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_financial_year_turns_on_the_first_of_april_in_india() {
        // 2027-03-31T18:29:59Z is one second before midnight in India.
        let last_second = Timestamp::from_millis(1_806_517_799_000);
        assert_eq!(series_key(INVOICES, last_second), "INV/26-27");
        assert_eq!(series_key(INVOICES, last_second.plus(std::time::Duration::from_secs(1))), "INV/27-28");
    }
}
