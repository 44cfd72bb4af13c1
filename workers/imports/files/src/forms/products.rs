//! Products, and how they are priced.

use schemas::{
    catalog::{
        ProductStatus, PutProduct,
        rules::{self, MOST_ALTERNATIVES, Misfit},
    },
    documents::Product,
    ids::{ProductId, Sku},
    imports::rows::{ImportKind, RowCommand, RowProblem},
    texts,
};

use super::{Problems, known_product, product_id, sku};
use crate::{
    columns::{
        Fault, Names,
        product::{COLUMNS, Column, named},
    },
    form::{Checked, Form, Keys, Known, Seen},
    lists::{UNCHANGED, items},
    problem::quoted,
    sheet::RawRow,
};

/// The columns that name other products.
const RELATIONS: [&str; 2] = ["replaced_by", "alternatives"];

/// What must be known.
pub(crate) fn keys(form: &Form, row: &RawRow) -> Keys {
    let cells = RELATIONS.iter().filter_map(|column| form.cell(row, column));
    // A cell that names more than a product may lead to is refused for that.
    let related = cells.flat_map(|cell| items(cell).into_iter().take(MOST_ALTERNATIVES));
    Keys {
        skus: sku(form, row).into_iter().collect(),
        related: related.filter_map(|text| text.parse().ok()).collect(),
        slugs: form.cell(row, "slug").map(ToOwned::to_owned).into_iter().collect(),
        ..Keys::default()
    }
}

/// What a row asks for: the product with what the row says of it, and the rest as it is.
pub(crate) fn check(form: &Form, row: &RawRow, known: &Known, seen: &mut Seen) -> Result<Checked, Vec<RowProblem>> {
    let mut problems = Problems::new(form, row, "sku");
    let (sku, before) = match form.kind() {
        ImportKind::Products => {
            let Some(sku) = problems.value("sku", sku(form, row)) else { return Err(problems.all()) };
            let before = known.products.get(&sku);
            (sku, before)
        }
        _ => {
            let product = known_product(form, row, known, &mut problems);
            let Some(product) = product else { return Err(problems.all()) };
            (product.sku.clone(), Some(product))
        }
    };
    problems.once("sku", format!("sku:{sku}"), seen);
    let now = before.map_or_else(|| PutProduct::blank(product_id(&sku), sku.clone()), Product::as_put);
    let mut product = now.clone();
    let related = Related { known, seen, now: &now };
    if before.is_none() {
        check_given(form, row, &mut problems);
    }
    for (column, cell) in form.cells(row).filter_map(|(name, cell)| Some((named(name)?, cell))) {
        put(&mut product, &now, column, cell, &related, &mut problems);
    }
    problems.none()?;
    let mut problems = Problems::new(form, row, "sku");
    product.active = product.status == Some(ProductStatus::Active);
    if let Err(invalid) = rules::check(&product) {
        problems.add(invalid.whole_field(), invalid.code, &detail(&invalid));
    }
    let definitions = known.categories.definitions(&product.category);
    if let Err(misfit) = rules::attributes(&definitions, before.is_some().then_some(&now), &product) {
        problems.add("attributes", Misfit::CODE, &misfit.problem);
    }
    check_slug(&now, &product, known, seen, &mut problems);
    if before.is_some() && product == now {
        return Ok(Checked::Unchanged);
    }
    problems.none()?;
    if before.is_none() {
        seen.makes(&sku);
    }
    let revision = before.map_or(0, |before| before.revision);
    Ok(Checked::Good { command: RowCommand::Product { revision, product }, is_new: before.is_none() })
}

/// A new product has more columns than one that is there.
fn check_given(form: &Form, row: &RawRow, problems: &mut Problems<'_>) {
    let is_given =
        |column: &Column| form.cell(row, column.name).is_some_and(|cell| !cell.is_empty() && cell != UNCHANGED);
    for column in COLUMNS.iter().filter(|column| column.is_needed && !is_given(column)) {
        problems.add(column.name, "missing_for_new", "a new product has one");
    }
}

/// The product becomes what one cell says.
fn put(
    product: &mut PutProduct,
    now: &PutProduct,
    column: &Column,
    cell: &str,
    related: &Related<'_>,
    problems: &mut Problems<'_>,
) {
    let cell = if column.is_verbatim { cell } else { cell.trim() };
    let is_new = related.is_of_new();
    if cell == UNCHANGED || is_new && cell.is_empty() && column.is_needed {
        return;
    }
    problems.value(column.name, (column.field)(product).put(cell, related));
    // Besides what the rules say, so that each such cell is told at once.
    if column.name != "barcode" && texts::holds_card_number(cell) && differs(column, product, now, related) {
        problems.add(column.name, "card_number", "must not contain a card number");
    }
}

fn differs(column: &Column, product: &mut PutProduct, now: &PutProduct, related: &Related<'_>) -> bool {
    (column.field)(product).show(related) != (column.field)(&mut now.clone()).show(related)
}

/// A column has the whole of a list: which of it is wrong must be told.
fn detail(invalid: &rules::Invalid) -> String {
    if invalid.field == invalid.whole_field() { invalid.problem.clone() } else { invalid.to_string() }
}

/// Two products do not have one name in addresses, neither in the catalog nor in the file.
fn check_slug(now: &PutProduct, product: &PutProduct, known: &Known, seen: &mut Seen, problems: &mut Problems<'_>) {
    if product.slug == now.slug {
        return;
    }
    if known.slugs.get(&product.slug).is_some_and(|owner| *owner != product.product_id) {
        problems.add("slug", "slug_taken", "is that of another product");
    }
    problems.once("slug", format!("slug:{}", product.slug), seen);
}

/// The products that a row leads to.
struct Related<'a> {
    known: &'a Known,
    seen: &'a Seen,
    now: &'a PutProduct,
}

impl Related<'_> {
    fn is_of_new(&self) -> bool {
        !self.known.products.contains_key(&self.now.sku)
    }

    fn leads_to(&self, id: ProductId) -> bool {
        let relations = &self.now.relations;
        relations.replaced_by == Some(id) || relations.alternatives.contains(&id)
    }
}

impl Names for Related<'_> {
    fn sku_of(&self, id: ProductId) -> Option<Sku> {
        let Known { products, related, .. } = self.known;
        let mut all = products.values().map(|product| (&product.sku, product.product_id));
        let found = all.find(|(_, known)| *known == id).map(|(sku, _)| sku);
        found.or_else(|| related.iter().find(|(_, known)| **known == id).map(|(sku, _)| sku)).cloned()
    }

    fn id_of(&self, text: &str) -> Result<ProductId, Fault> {
        let unknown = || Fault {
            code: Some("unknown_product"),
            detail: format!("{}: must be the SKU of a product, or of one further up in the file", quoted(text)),
        };
        if let Ok(sku) = text.parse::<Sku>() {
            let product = self.known.products.get(&sku).map(|product| product.product_id);
            let product = product.or_else(|| self.known.related.get(&sku).copied());
            return product.or_else(|| self.seen.has_made(&sku).then(|| product_id(&sku))).ok_or_else(unknown);
        }
        // A product that is gone is named by its id, for as long as another leads to it.
        text.parse().ok().filter(|id| self.leads_to(*id)).ok_or_else(unknown)
    }
}
