//! Replacements of invoices as answers show them.

use schemas::{
    ids::UserId,
    replacements::{InvoiceReplacement, ReplacementState},
    types::{Address, Timestamp},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::views::{AddressDoc, ReplacementStateDoc, rfc3339};

/// The replacements of an order's invoice.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReplacementList {
    /// The oldest first.
    pub items: Vec<ReplacementView>,
}

/// One replacement.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InvoiceReplacement)]
pub struct ReplacementView {
    /// Its name.
    replacement_id: String,
    /// How far it has come.
    #[schema(value_type = ReplacementStateDoc)]
    state: ReplacementState,
    /// Why it was refused, such as `credited`; empty otherwise.
    code: String,
    /// The invoice that is void once it is made.
    invoice_number: String,
    /// The invoice that stands for it; empty until it is made.
    number: String,
    /// The right buyer.
    #[schema(value_type = AddressDoc)]
    address: Address,
    /// The right GSTIN; empty for a buyer who is not registered.
    buyer_gstin: String,
    /// Why.
    reason: String,
    /// The operator who asked for it.
    #[schema(value_type = String, format = Uuid)]
    by: UserId,
    /// When.
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    asked_at: Timestamp,
}

impl From<InvoiceReplacement> for ReplacementView {
    fn from(replacement: InvoiceReplacement) -> Self {
        Self {
            replacement_id: replacement.replacement_id,
            state: replacement.state,
            code: replacement.code,
            invoice_number: replacement.invoice_number,
            number: replacement.number,
            address: replacement.address,
            buyer_gstin: replacement.buyer_gstin,
            reason: replacement.reason,
            by: replacement.by,
            asked_at: replacement.asked_at,
        }
    }
}
