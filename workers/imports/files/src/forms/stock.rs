//! Units that came in.

use schemas::{
    imports::rows::{RowCommand, RowProblem},
    texts,
};

use super::{Problems, known_product};
use crate::{
    columns::integer,
    form::{Checked, Form, Known, Seen},
    sheet::RawRow,
};

/// More of a part do not come at once.
const MOST_UNITS: i64 = 10_000_000;

/// What a row asks for: nothing, where it names neither a quantity nor a delivery note.
pub(crate) fn check(form: &Form, row: &RawRow, known: &Known, seen: &mut Seen) -> Result<Checked, Vec<RowProblem>> {
    let cell = |name| form.cell(row, name).unwrap_or_default();
    let (quantity, receipt) = (cell("quantity"), cell("receipt"));
    if quantity.is_empty() && receipt.is_empty() {
        return Ok(Checked::Unchanged);
    }
    let mut problems = Problems::new(form, row, "sku");
    let product = known_product(form, row, known, &mut problems);
    let quantity = problems.value("quantity", units(quantity));
    let receipt = problems.value("receipt", texts::line(receipt, 1, 100));
    if let (Some(product), Some(receipt)) = (product, &receipt) {
        problems.once("receipt", format!("{}:{receipt}", product.sku), seen);
    }
    let (Some(product), Some(quantity), Some(receipt)) = (product, quantity, receipt) else {
        return Err(problems.all());
    };
    problems.none()?;
    Ok(Checked::Good { command: RowCommand::Stock { sku: product.sku.clone(), quantity, receipt }, is_new: true })
}

fn units(text: &str) -> Result<i64, String> {
    let units = integer(text).ok().filter(|units| (1..=MOST_UNITS).contains(units));
    units.ok_or_else(|| format!("must be a whole number from 1 to {MOST_UNITS}"))
}
