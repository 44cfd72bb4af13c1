//! GSTR-1, the monthly return of outward supplies (CGST Act, section 37; CGST Rules, rule 59), from invoices and credit
//! notes: a pure function of the documents.
//!
//! The tables are those of the portal's offline tool, with its columns and, in [`json`], its names:
//!
//! - `b2b` invoices to registered buyers (table 4), `b2cl` large ones to consumers in other states (table 5), `b2cs` all
//!   other sales to consumers, summed by place of supply and rate (table 7);
//! - `cdnr` credit notes to registered buyers, `cdnur` those against what stands in `b2cl` (table 9B); any other credit note
//!   to a consumer lowers `b2cs`;
//! - `hsn_b2b`, `hsn_b2c` what was sold by HSN code and rate, less what was credited, apart for registered buyers and
//!   consumers (table 12);
//! - `docs` the numbers that were used (table 13). None is cancelled: what is wrong is taken back by a credit note.
//!
//! Carriage and the fee for cash are supplies of their own where they are taxed; where they are not, they are part of a
//! document's value and of no taxable value.
//!
//! Of a month of any size only the sums are kept ([`Summary`]); what is listed document by document ([`Listed`]) is written
//! as it comes.

mod json;
mod listed;
mod month;
mod numbers;
mod paper;
#[cfg(test)]
mod properties;
mod sheet;
mod summary;
mod sums;

pub use json::json;
pub use listed::Listed;
pub use month::{InvalidMonth, Month};
pub use numbers::Runs;
pub use paper::{Kind, Paper, Supply, Table};
pub use sheet::{Section, head};
pub use summary::Summary;
pub use sums::Sums;
