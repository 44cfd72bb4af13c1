//! From a row to what it asks for, one file a kind.

pub(crate) mod customers;
pub(crate) mod fitments;
pub(crate) mod products;
pub(crate) mod stock;

use schemas::{
    documents::Product,
    ids::{ProductId, Sku},
    imports::rows::RowProblem,
};
use shared::id::MessageId;

use crate::{
    columns::Fault,
    form::{Form, Keys, Known, Seen},
    problem::row_problem,
    sheet::RawRow,
};

/// What a file calls a product that is new: the same SKU is the same product, however often the file comes.
#[must_use]
pub fn product_id(sku: &Sku) -> ProductId {
    ProductId::from_uuid(MessageId::of_fact(&format!("product/of-sku/{sku}")).as_uuid())
}

/// Collects what is wrong with a row.
pub(crate) struct Problems<'a> {
    form: &'a Form,
    row: u32,
    /// Named where what is wrong is in no column of the file.
    key: &'static str,
    found: Vec<RowProblem>,
}

impl<'a> Problems<'a> {
    pub(crate) fn new(form: &'a Form, row: &RawRow, key: &'static str) -> Self {
        Self { form, row: row.number, key, found: Vec::new() }
    }

    /// Notes what is wrong with a column; if the file does not have it, with the one that names the row.
    pub(crate) fn add(&mut self, column: &str, code: &str, detail: &str) {
        let (column, detail) = match self.form.header().contains(&column) {
            true => (column, detail.to_owned()),
            false => (self.key, format!("{column}: {detail}")),
        };
        self.found.push(row_problem(self.row, Some(column), code, detail));
    }

    /// The value, if there was a right one.
    pub(crate) fn value<T>(&mut self, column: &str, read: Result<T, impl Into<Fault>>) -> Option<T> {
        read.map_err(|fault| {
            let Fault { code, detail } = fault.into();
            self.add(column, code.map_or_else(|| format!("invalid_{column}"), ToOwned::to_owned).as_str(), &detail);
        })
        .ok()
    }

    /// Notes that a row before named the same.
    pub(crate) fn once(&mut self, column: &str, name: String, seen: &mut Seen) {
        if let Some(first) = seen.note(name, self.row) {
            self.add(column, "named_twice", &format!("stands in row {first} already"));
        }
    }

    /// What was found, unless it is nothing.
    pub(crate) fn none(self) -> Result<(), Vec<RowProblem>> {
        if self.found.is_empty() { Ok(()) } else { Err(self.found) }
    }

    /// What was found, after something was.
    pub(crate) fn all(self) -> Vec<RowProblem> {
        self.found
    }
}

/// The SKU that a row names.
pub(crate) fn sku(form: &Form, row: &RawRow) -> Result<Sku, String> {
    let text = form.cell(row, "sku").unwrap_or_default();
    text.parse().map_err(|_| "must be 1 to 32 upper-case letters, digits and '-'".to_owned())
}

/// What rows need that are about a product.
pub(crate) fn of_sku(form: &Form, row: &RawRow) -> Keys {
    Keys { skus: sku(form, row).into_iter().collect(), ..Keys::default() }
}

/// The product that a row names, which must exist.
pub(crate) fn known_product<'a>(
    form: &Form,
    row: &RawRow,
    known: &'a Known,
    problems: &mut Problems<'_>,
) -> Option<&'a Product> {
    let sku = problems.value("sku", sku(form, row))?;
    let product = known.products.get(&sku);
    if product.is_none() {
        problems.add("sku", "unknown_product", "must be the SKU of a product");
    }
    product
}
