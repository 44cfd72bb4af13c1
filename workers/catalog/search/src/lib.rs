//! The search index over the catalog: text with typos, part numbers in any spelling and by fragment, vehicles, facets.
//!
//! What is pure lies in [`words`], [`numbers`], [`phrase`] and [`vehicle`]; [`Writer`] takes products, each under its
//! revision, and [`SearchIndex`] answers. The index is derived from the products alone and may be thrown away at any time.

mod attribute;
mod collect;
mod counts;
mod cursor;
mod document;
mod facets;
mod index;
pub mod numbers;
pub mod phrase;
mod query;
mod snapshot;
#[cfg(test)]
mod tests;
pub mod vehicle;
pub mod words;

pub use cursor::{Cursor, InvalidCursor};
pub use facets::{BANDS, Band, Dimension, Facets, ranked};
pub use index::{Found, Page, Place, SearchError, SearchIndex, Writer};
pub use query::{Sort, Wanted};
pub use schemas::search::Fingerprint;
pub use vehicle::Vehicle;
