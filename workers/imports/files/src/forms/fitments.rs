//! Vehicles that products fit.

use schemas::{
    catalog::{Fitment, rules},
    imports::rows::{RowCommand, RowProblem},
};

use super::{Problems, known_product};
use crate::{
    columns::{flag, integer},
    form::{Checked, Form, Known, Seen},
    lists::item,
    sheet::RawRow,
};

/// What a row asks for: nothing, where the product fits the vehicle, or does not, as it says.
pub(crate) fn check(form: &Form, row: &RawRow, known: &Known, seen: &mut Seen) -> Result<Checked, Vec<RowProblem>> {
    let mut problems = Problems::new(form, row, "sku");
    let product = known_product(form, row, known, &mut problems);
    let remove = problems.value("remove", flag(form.cell(row, "remove").unwrap_or_default()));
    let fitment = vehicle(form, row, &mut problems);
    if let (Some(product), Some(fitment)) = (product, &fitment) {
        problems.once("sku", name(product.sku.as_str(), fitment), seen);
    }
    let (Some(product), Some(remove), Some(fitment)) = (product, remove, fitment) else { return Err(problems.all()) };
    problems.none()?;
    if product.fitment.contains(&fitment) != remove {
        return Ok(Checked::Unchanged);
    }
    let (product_id, sku) = (product.product_id, product.sku.clone());
    Ok(Checked::Good { command: RowCommand::Fitment { product_id, sku, fitment, remove }, is_new: !remove })
}

fn vehicle(form: &Form, row: &RawRow, problems: &mut Problems<'_>) -> Option<Fitment> {
    let cell = |name| form.cell(row, name).unwrap_or_default();
    let year_from = problems.value("year_from", integer(cell("year_from")));
    let year_to = problems.value("year_to", integer(cell("year_to")));
    let variant = Some(cell("variant").to_owned()).filter(|variant| !variant.is_empty());
    let (make, model) = (cell("make").to_owned(), cell("model").to_owned());
    let fitment = Fitment { make, model, year_from: year_from?, year_to: year_to?, variant };
    match rules::vehicle(&fitment) {
        Ok(()) => Some(fitment),
        Err((column, right)) => problems.value(column, Err(right)),
    }
}

fn name(sku: &str, fitment: &Fitment) -> String {
    let Fitment { make, model, year_from, year_to, variant } = fitment;
    let named = [sku, make, model, &year_from.to_string(), &year_to.to_string()].map(ToOwned::to_owned);
    item(named.into_iter().chain(variant.clone()))
}
