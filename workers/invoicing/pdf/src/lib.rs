//! Renders GST tax invoices and credit notes as PDF.
//!
//! A pure library: [`render`] turns an [`Invoice`] into bytes and touches neither disk, clock nor
//! network, so the same invoice always gives the same bytes, whichever process prints it.
//!
//! The content follows the Central Goods and Services Tax Rules, 2017: Rule 46 for a tax invoice and
//! Rule 53(1A) for a credit note. The fields of [`Invoice`] name the clause they answer to.
//!
//! The files are PDF/A-2b with embedded, subset fonts: section 36 of the CGST Act asks to keep them for
//! 72 months, and an archive must not depend on the fonts of whoever opens it.
//!
//! Text is set glyph by glyph: left to right, without shaping. A character that Noto Sans lacks (the
//! font covers Latin, Greek and Cyrillic) is drawn as a visible replacement mark and stays copyable.

#![allow(
    clippy::inconsistent_digit_grouping,
    reason = "amounts read as rupees_paise with lakh grouping: 1_23_456_78 is ₹1,23,456.78"
)]
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test may stop at what cannot happen"))]

mod canvas;
mod date;
mod error;
mod font;
mod grouping;
mod layout;
mod model;
mod paint;
mod qr;
#[cfg(test)]
mod samples;
mod text;
mod verify;
mod words;

pub use date::{Date, InvalidDate};
pub use error::RenderError;
pub use grouping::{amount, rupees};
pub use model::{Buyer, Delivery, DocumentKind, Invoice, Line, Payment, Seller, State, Totals};
pub use verify::verify;
pub use words::amount_in_words;

/// Renders `invoice` as a PDF/A-2b file.
///
/// # Errors
///
/// [`RenderError::Field`], [`RenderError::Mismatch`] and [`RenderError::Tax`] when the document is not
/// one that may be issued (see [`verify`]): nothing is drawn then, for an invoice that does not add up
/// must never print. The other variants are faults of the machinery, not of the document.
pub fn render(invoice: &Invoice) -> Result<Vec<u8>, RenderError> {
    verify(invoice)?;
    let fonts = font::fonts()?;
    let pages = layout::lay_out(invoice, fonts)?;
    paint::paint(invoice, &pages, fonts)
}
