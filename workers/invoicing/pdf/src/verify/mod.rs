//! Whether a document may be issued.

mod form;
mod sums;

use crate::{Invoice, RenderError};

/// Checks that `invoice` has the form that Rule 46 asks for and that it adds up to the paisa.
///
/// # Errors
///
/// The first breach found: [`RenderError::Field`] for form, [`RenderError::Mismatch`] for a sum,
/// [`RenderError::Tax`] for a tax that does not follow from rate and place of supply.
pub fn verify(invoice: &Invoice) -> Result<(), RenderError> {
    form::check(invoice)?;
    sums::check(invoice)
}
