//! The columns of each kind of file.

pub(crate) mod product;
mod values;

use schemas::imports::rows::ImportKind;

pub(crate) use self::values::{Fault, Names, Value, flag, integer, spelled};

/// A column, and what stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnDoc {
    /// Its name in the header.
    pub name: &'static str,
    /// What stands in its cells.
    pub holds: &'static str,
    /// Whether a file must have it.
    pub is_needed: bool,
    /// Whether it only tells something, and is not looked at when it is read.
    pub is_told: bool,
}

impl ColumnDoc {
    const fn optional(name: &'static str, holds: &'static str) -> Self {
        Self { name, holds, is_needed: false, is_told: false }
    }

    const fn needed(name: &'static str, holds: &'static str) -> Self {
        Self { name, holds, is_needed: true, is_told: false }
    }

    const fn told(name: &'static str, holds: &'static str) -> Self {
        Self { name, holds, is_needed: false, is_told: true }
    }
}

const SKU: ColumnDoc = ColumnDoc::needed("sku", "the product's SKU");
const NAME: ColumnDoc = ColumnDoc::told("name", "the product's name, for who reads the file");

const STOCK: [ColumnDoc; 5] = [
    SKU,
    NAME,
    ColumnDoc::told("available", "how many could be had when the file was written"),
    ColumnDoc::needed("quantity", "how many came in; with an empty `receipt`, empty for a row that asks for nothing"),
    ColumnDoc::needed("receipt", "the delivery note; the same one counts once for each product"),
];

const FITMENTS: [ColumnDoc; 7] = [
    SKU,
    ColumnDoc::needed("make", "the vehicle's maker"),
    ColumnDoc::needed("model", "its model"),
    ColumnDoc::needed("year_from", "the first model year that the product fits"),
    ColumnDoc::needed("year_to", "the last one"),
    ColumnDoc::optional("variant", "the variant that alone it fits; empty for all"),
    ColumnDoc::optional("remove", "`true` takes the vehicle away"),
];

const CUSTOMERS: [ColumnDoc; 4] = [
    ColumnDoc::needed("email", "the account's address"),
    ColumnDoc::optional("name", "the customer's name; a new account has one, an empty cell leaves it"),
    ColumnDoc::optional("phone", "`+91` and ten digits; an empty cell leaves it"),
    ColumnDoc::optional("price_list", "`retail` or `wholesale`; an empty cell leaves it"),
];

/// The columns that a file of this kind may have, in the order in which they are written.
#[must_use]
pub fn columns(kind: ImportKind) -> Vec<ColumnDoc> {
    let of_products = |keep: fn(&product::Column) -> bool| {
        product::COLUMNS
            .iter()
            .filter(move |column| keep(column))
            .map(|column| ColumnDoc::optional(column.name, column.holds))
    };
    match kind {
        ImportKind::Products => std::iter::once(SKU).chain(of_products(|_| true)).collect(),
        ImportKind::Prices => [SKU, NAME].into_iter().chain(of_products(|column| column.is_price)).collect(),
        ImportKind::Stock => STOCK.to_vec(),
        ImportKind::Fitments => FITMENTS.to_vec(),
        ImportKind::Customers => CUSTOMERS.to_vec(),
    }
}
