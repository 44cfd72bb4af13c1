//! The documents as rows: an order's invoices, of which one is in force, and its credit notes.

use schemas::{
    documents::{CreditNote, Invoice},
    ids::OrderId,
};
use serde::{Deserialize, Serialize};
use shared::engine::{Row, RowKey};

/// The collection of the invoices.
pub const INVOICES: &str = Invoice::COLLECTION;
/// The collection of the credit notes.
pub const CREDIT_NOTES: &str = CreditNote::COLLECTION;

/// What a number was given to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Document {
    /// An invoice, in `invoices`.
    Invoice(Invoice),
    /// A credit note, in `credit_notes`.
    CreditNote(CreditNote),
}

impl Row for Document {
    fn key(&self) -> RowKey {
        match self {
            Self::Invoice(invoice) => RowKey { collection: INVOICES, id: invoice.document_id() },
            Self::CreditNote(note) => credit_note_of(note.order_id, note.earlier),
        }
    }
}

impl Document {
    /// The invoice, if it is one.
    #[must_use]
    pub const fn as_invoice(&self) -> Option<&Invoice> {
        match self {
            Self::Invoice(invoice) => Some(invoice),
            Self::CreditNote(_) => None,
        }
    }

    /// The credit note, if it is one.
    #[must_use]
    pub const fn as_credit_note(&self) -> Option<&CreditNote> {
        match self {
            Self::CreditNote(note) => Some(note),
            Self::Invoice(_) => None,
        }
    }

    /// The document's number.
    #[must_use]
    pub fn number(&self) -> &str {
        match self {
            Self::Invoice(invoice) => &invoice.number,
            Self::CreditNote(note) => &note.number,
        }
    }
}

/// Where an order's first invoice stands.
#[must_use]
pub fn invoice_of(order: OrderId) -> RowKey {
    RowKey { collection: INVOICES, id: order.to_string() }
}

/// Where an order's invoice of this number stands: the one place if it is its first, the other if it replaced one.
#[must_use]
pub fn places_of(order: OrderId, number: &str) -> [RowKey; 2] {
    [invoice_of(order), RowKey { collection: INVOICES, id: Invoice::replacement_id(order, number) }]
}

/// Where an order's credit note stands that has so many before it.
#[must_use]
pub fn credit_note_of(order: OrderId, earlier: i32) -> RowKey {
    RowKey { collection: CREDIT_NOTES, id: CreditNote::document_id(order, earlier) }
}
