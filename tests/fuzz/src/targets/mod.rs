//! The targets: one function that tries an input and one that gives the samples, for each parser.

mod avro;
mod catalog_file;
mod http;
mod import_file;
mod tokens;

use crate::Target;

/// All of them.
#[must_use]
pub fn all() -> Vec<Target> {
    let mut all =
        vec![tokens::target(), avro::envelopes(), avro::bodies(), catalog_file::target(), import_file::target()];
    all.extend(http::targets());
    all
}

/// The one with this name.
#[must_use]
pub fn named(name: &str) -> Option<Target> {
    all().into_iter().find(|target| target.name == name)
}
