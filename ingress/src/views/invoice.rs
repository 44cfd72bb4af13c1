//! Invoices.

use schemas::{
    documents::Invoice,
    types::{Money, Timestamp},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::MoneyDoc;

/// An order's invoices.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvoiceList {
    /// The invoices, the oldest first.
    items: Vec<InvoiceView>,
}

/// An invoice.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Invoice)]
pub struct InvoiceView {
    /// Its number, under which it is printed.
    number: String,
    /// When it was issued.
    #[serde(serialize_with = "super::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    issued_at: Timestamp,
    /// Whether it counts.
    state: InvoiceState,
    /// What it comes to.
    #[schema(value_type = MoneyDoc)]
    total: Money,
    /// The void invoice that it stands for, if there is one.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    replaces: String,
    /// The invoice that stands for it, if it is void.
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced_by: Option<String>,
}

/// Whether an invoice counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceState {
    /// It does.
    InForce,
    /// Another stands for it.
    Void,
}

impl From<Vec<Invoice>> for InvoiceList {
    fn from(invoices: Vec<Invoice>) -> Self {
        Self { items: invoices.into_iter().map(InvoiceView::from).collect() }
    }
}

impl From<Invoice> for InvoiceView {
    fn from(invoice: Invoice) -> Self {
        Self {
            number: invoice.number,
            issued_at: invoice.issued_at,
            state: if invoice.void.is_some() { InvoiceState::Void } else { InvoiceState::InForce },
            total: invoice.totals.grand_total,
            replaces: invoice.replaces,
            replaced_by: invoice.void.map(|void| void.replaced_by),
        }
    }
}
