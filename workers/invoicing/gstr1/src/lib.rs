//! GSTR-1, the monthly return of outward supplies (CGST Act, section 37; CGST Rules, rule 59), from invoices and credit
//! notes: a pure function of the documents.
//!
//! The tables are those of the portal's offline tool, with its columns and, in [`json`], its names:
//!
//! - `b2b` invoices to registered buyers (table 4), `b2cl` large ones to consumers in other states (table 5: what is large is
//!   in [`dates::large`]), `b2cs` all other sales to consumers, summed by place of supply and rate (table 7);
//! - `cdnr` credit notes to registered buyers, `cdnur` those against what stands in `b2cl` (table 9B); any other credit note
//!   to a consumer lowers `b2cs`;
//! - `nil` what is sold at 0 %, less what was credited of it, within the state and beyond, to registered buyers and consumers
//!   (table 8). Tables 4, 5, 7 and 9B are headed "taxable" supplies (form GSTR-1): they leave it out. The shop knows rates and not
//!   their reasons, so what a notification exempts is here as nil-rated;
//! - `hsn_b2b`, `hsn_b2c` what was sold by HSN code and rate, less what was credited, apart for registered buyers and
//!   consumers (table 12, in two tabs since the return of May 2025);
//! - `docs` the numbers that were used, and how many of them are of cancelled documents (table 13: total, cancelled, net).
//!
//! A void invoice is such a cancelled document and in no other table: the one that stands for it, of the same month, is. What
//! came to nothing in a month is left out; a document in `docs` alone. A credit note that comes after the 30 November behind its
//! sale's financial year lowers no tax and is in `docs` alone ([`dates::last_credit`]).
//!
//! Carriage and the fee for cash are supplies of their own where they are taxed; where they are not, they are part of a
//! document's value and of no taxable value.
//!
//! Of a month of any size only the sums are kept ([`Summary`]); what is listed document by document ([`Listed`]) is written
//! as it comes.

pub mod dates;
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
pub use summary::{Goods, Numbers, Summary};
pub use sums::Sums;
