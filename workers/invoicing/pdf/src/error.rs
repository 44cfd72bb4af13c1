//! Why a document was not rendered.

/// Why [`crate::render`] refused or failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// A field breaks a rule of form, for example an invoice number longer than 16 characters.
    #[error("{field} is {value:?}: {rule}; correct the document before printing it")]
    Field {
        /// The field, as a path from the invoice, for example `lines[2].hsn`.
        field: String,
        /// What it held.
        value: String,
        /// The rule it breaks.
        rule: &'static str,
    },
    /// An amount differs from what the other amounts add up to.
    #[error(
        "{field} says {stated} paise where the other amounts give {computed}; recompute the document before printing it"
    )]
    Mismatch {
        /// The amount, as a path from the invoice.
        field: String,
        /// What it says, in paise.
        stated: i64,
        /// What follows from the other amounts, in paise.
        computed: i128,
    },
    /// The kind or amount of tax does not follow from rate and place of supply.
    #[error("{field}: {rule}; recompute the tax before printing")]
    Tax {
        /// The line, as a path from the invoice.
        field: String,
        /// The rule it breaks.
        rule: &'static str,
    },
    /// The QR code could not be made.
    #[error("the QR code cannot be made: {0}")]
    Qr(String),
    /// A font that is compiled into this library cannot be read: the build is broken.
    #[error("an embedded font cannot be read; rebuild from an intact checkout")]
    Font,
    /// The PDF writer refused the document.
    #[error("the PDF cannot be written: {0}")]
    Pdf(String),
}
