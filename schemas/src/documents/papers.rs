//! Invoices and credit notes, as they were issued.

use serde::{Deserialize, Serialize};

use crate::{
    ids::OrderId,
    replacements::Void,
    types::{Address, Money, OrderLine, PaymentMethod, Timestamp, Totals},
};

/// Who sells, as a document says it (CGST Rules, rules 46(a) and 53(1A)(a)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seller {
    /// Legal name as registered.
    pub legal_name: String,
    /// Goods and Services Tax Identification Number.
    pub gstin: String,
    /// The address, one string a printed line.
    pub address_lines: Vec<String>,
    /// The two-digit GST code of the state of registration.
    pub state_code: String,
    /// E-mail address to print.
    pub email: Option<String>,
    /// Telephone number to print.
    pub phone: Option<String>,
}

/// An invoice, in the collection [`Invoice::COLLECTION`]: written by the invoicing worker alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    /// The order.
    pub order_id: OrderId,
    /// Its number.
    pub number: String,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// The seller as of then: what was issued never changes.
    pub seller: Seller,
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
    /// The buyer's GSTIN; empty for a buyer who is not registered.
    #[serde(default)]
    pub buyer_gstin: String,
    /// The number of the void invoice that it stands for; empty for an order's first.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub replaces: String,
    /// Set once another stands for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub void: Option<Void>,
}

impl Invoice {
    /// Where the documents are.
    pub const COLLECTION: &'static str = "invoices";

    /// The document's id: an order's first invoice stands under the order's own.
    #[must_use]
    pub fn document_id(&self) -> String {
        if self.replaces.is_empty() {
            self.order_id.to_string()
        } else {
            Self::replacement_id(self.order_id, &self.number)
        }
    }

    /// The document's id of an invoice that stands for an earlier one.
    #[must_use]
    pub fn replacement_id(order: OrderId, number: &str) -> String {
        format!("{order}-{number}")
    }

    /// The Unique Quantity Code of what the shop sells: parts are counted.
    pub const UNIT: &'static str = "NOS";
}

/// A credit note, in the collection [`CreditNote::COLLECTION`]: written by the invoicing worker alone. It takes the whole
/// invoice back or a part of it (CGST Act, section 34; its particulars: CGST Rules, rule 53(1A)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditNote {
    /// The order.
    pub order_id: OrderId,
    /// Its number.
    pub number: String,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// The invoice it takes back.
    pub invoice_number: String,
    /// The date of that invoice.
    pub invoice_issued_at: Timestamp,
    /// The seller of that invoice.
    pub seller: Seller,
    /// What is credited.
    pub lines: Vec<OrderLine>,
    /// What that comes to.
    pub totals: Totals,
    /// The buyer.
    pub address: Address,
    /// How it was paid.
    pub payment_method: PaymentMethod,
    /// The gateway's name for the payment; empty for cash on delivery.
    pub payment_ref: String,
    /// The buyer's GSTIN; empty for a buyer who is not registered.
    #[serde(default)]
    pub buyer_gstin: String,
    /// How many credit notes the invoice had before.
    #[serde(default)]
    pub earlier: i32,
    /// Why, in a few words; may be empty.
    #[serde(default)]
    pub reason: String,
    /// What the invoice came to; not known of credit notes that were issued when all took the whole invoice back.
    #[serde(default)]
    pub invoice_total: Option<Money>,
}

impl CreditNote {
    /// Where the documents are.
    pub const COLLECTION: &'static str = "credit_notes";

    /// The document's id: the first of an order stands under the order's own.
    #[must_use]
    pub fn document_id(order: OrderId, earlier: i32) -> String {
        if earlier == 0 { order.to_string() } else { format!("{order}-{earlier}") }
    }
}
