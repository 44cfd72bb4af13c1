//! Credit notes.

use schemas::{
    documents::CreditNote,
    types::{Money, Timestamp},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::MoneyDoc;

/// What was taken back of an order's invoice.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreditNoteList {
    /// The credit notes, the oldest first.
    items: Vec<CreditNoteView>,
}

/// A credit note.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CreditNote)]
pub struct CreditNoteView {
    /// Its number, under which it is printed.
    number: String,
    /// When it was issued.
    #[serde(serialize_with = "super::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    issued_at: Timestamp,
    /// The invoice of which it takes back a part or all.
    invoice_number: String,
    /// What it comes to.
    #[schema(value_type = MoneyDoc)]
    total: Money,
    /// Why, where that was said.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    reason: String,
}

impl From<Vec<CreditNote>> for CreditNoteList {
    fn from(notes: Vec<CreditNote>) -> Self {
        Self { items: notes.into_iter().map(CreditNoteView::from).collect() }
    }
}

impl From<CreditNote> for CreditNoteView {
    fn from(note: CreditNote) -> Self {
        Self {
            number: note.number,
            issued_at: note.issued_at,
            invoice_number: note.invoice_number,
            total: note.totals.grand_total,
            reason: note.reason,
        }
    }
}
