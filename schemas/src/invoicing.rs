//! `invoicing.inbox`: documents to issue. Keyed by series and financial year, so each series has one writer.

use apache_avro::AvroSchema;
use serde::{Deserialize, Serialize};
use shared::{body, topic};

use crate::{
    ids::{OrderId, Sku},
    types::{Address, Money, OrderLine, PaymentMethod, Timestamp, Totals},
};

topic! {
    /// Everything that can happen to a series of documents.
    pub enum InvoicingMessage = "invoicing.inbox" {
        /// An order needs its invoice.
        IssueInvoice,
        /// An invoice is taken back.
        IssueCreditNote,
        /// A part of an invoice is taken back, or what is left of it.
        CreditInvoice,
        /// An invoice names the wrong buyer.
        ReplaceInvoice,
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
    /// The buyer's GSTIN; empty for a buyer who is not registered.
    #[avro(default = r#""""#)]
    pub buyer_gstin: String,
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

/// Take back a part of an order's invoice, or what is left of it. Answered by `InvoiceCredited`.
///
/// An order's credit notes are asked for one after another, each once the one before it is answered: two at once could
/// each take what the other has taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct CreditInvoice {
    /// The order.
    pub order_id: OrderId,
    /// The invoice.
    pub invoice_number: String,
    /// How many credit notes the invoice has already. This one is the next, and is known again by it.
    pub earlier: i32,
    /// Units that come back and prices that go down; none if `amount` says it all.
    pub lines: Vec<CreditedLine>,
    /// What the credit note comes to, tax included, out of all that is left, charges too; zero if `lines` say it all.
    pub amount: Money,
    /// Why, in a few words; may be empty.
    pub reason: String,
    /// The date of the credit note; its financial year is the one in the key.
    pub issued_at: Timestamp,
}

/// An order's invoice names the wrong buyer: it is void from now on, and another one with the right buyer stands for it, with the
/// same lines, totals and place of supply. Answered by `InvoiceReplaced` or `ReplacementRefused`.
///
/// While it is not answered, nothing of the order is credited, and no other replacement is asked for: credit notes have a
/// series of their own, and so another writer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct ReplaceInvoice {
    /// The order.
    pub order_id: OrderId,
    /// Names this replacement: made once, however often it is asked for.
    pub replacement_id: String,
    /// The invoice that is to be void; its series is the one in the key.
    pub invoice_number: String,
    /// The right buyer, in the same state.
    pub address: Address,
    /// The right GSTIN; empty for a buyer who is not registered.
    pub buyer_gstin: String,
    /// Why, in the words of whoever decided it.
    pub reason: String,
    /// The date of the new invoice.
    pub issued_at: Timestamp,
}

/// What is credited of one line of an invoice: units, an amount, or units at an amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct CreditedLine {
    /// The part.
    pub sku: Sku,
    /// How many units come back; zero if only the price goes down.
    pub quantity: i32,
    /// What the units come to, or by how much the price of the line goes down, tax included; zero if units come back at
    /// their share of the line.
    pub amount: Money,
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

body!(IssueInvoice: "../avro/IssueInvoice.v1.avsc", "../avro/IssueInvoice.v2.avsc", "../avro/IssueInvoice.v3.avsc");
body!(
    IssueCreditNote: "../avro/IssueCreditNote.v1.avsc",
    "../avro/IssueCreditNote.v2.avsc",
    "../avro/IssueCreditNote.v3.avsc"
);
body!(CreditInvoice: "../avro/CreditInvoice.v1.avsc");
body!(ReplaceInvoice: "../avro/ReplaceInvoice.v1.avsc");

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
