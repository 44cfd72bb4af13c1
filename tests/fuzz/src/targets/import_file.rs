//! The files that operators import: the first byte says of which kind and in which format the rest is.

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    ops::ControlFlow,
    path::PathBuf,
};

use import_files::{Checked, Form, Known, Seen, Writer, columns, read};
use schemas::{
    documents::Product,
    imports::rows::{FileFormat, ImportKind, RowProblem},
    types::PriceList,
};
use serde_json::json;

use crate::{Target, Try};

/// Reading and checking together.
pub(super) fn target() -> Target {
    Target {
        name: "import-file",
        samples,
        prepare: || {
            let name = format!("fuzz-import-{}-{:?}", std::process::id(), std::thread::current().id());
            let product = product();
            let known = Known {
                slugs: [(product.slug.clone(), product.product_id)].into(),
                products: [(product.sku.clone(), product)].into(),
                ..Known::default()
            };
            Box::new(ImportFile { path: std::env::temp_dir().join(name), known })
        },
    }
}

/// A file of each kind in each format.
fn samples() -> Vec<Vec<u8>> {
    let kinds = (0_u8..).zip(ImportKind::ALL);
    let both =
        |(place, kind)| (0_u8..).zip(FileFormat::ALL).map(move |(format, of)| sample(place + 5 * format, kind, of));
    kinds.flat_map(both).collect()
}

fn sample(first: u8, kind: ImportKind, format: FileFormat) -> Vec<u8> {
    let (form, product) = (Form::whole(kind), product());
    let rows = match kind {
        ImportKind::Products | ImportKind::Prices => vec![form.product_cells(&product, &HashMap::new())],
        ImportKind::Stock => vec![form.stock_cells(&product.sku, "Pads", 3)],
        ImportKind::Fitments => product.fitment.iter().map(|it| form.fitment_cells(&product.sku, it)).collect(),
        ImportKind::Customers => {
            vec![form.customer_cells("asha@example.in", "Asha", "+919812345678", PriceList::Wholesale)]
        }
    };
    let mut bytes = vec![first];
    let mut writer = Writer::new(&form, format).unwrap();
    rows.iter().for_each(|row| writer.row(row).unwrap());
    writer.finish(&mut bytes).unwrap();
    bytes
}

fn product() -> Product {
    serde_json::from_value(json!({
        "product_id": "0192c1de-7a4c-7b6e-8f3a-2d1c0b9a8e7f", "sku": "BRK-1", "slug": "pads", "name": "Pads", "description": "",
        "category": "Brakes", "brand": "Bosch", "kind": "aftermarket", "oem_number": "", "hsn": "87083000",
        "gst_basis_points": 2800, "price": { "minor": 120_050, "currency": "INR" }, "weight_grams": 10, "active": true,
        "fitment": [{ "make": "Tata", "model": "Nexon", "year_from": 2020, "year_to": 2024, "variant": "XZ" }], "revision": 1,
        "terms": { "retail_tiers": [{ "from_quantity": 10, "price": { "minor": 100, "currency": "INR" } }] },
        "page": { "attributes": [{ "name": "Bore", "number": "12.5", "unit": "mm" }] },
    }))
    .unwrap()
}

/// The file that is read again and again.
struct ImportFile {
    path: PathBuf,
    known: Known,
}

impl Try for ImportFile {
    fn outcome(&self, input: &[u8]) -> String {
        let Some((first, bytes)) = input.split_first() else { return "nothing".to_owned() };
        let kind = ImportKind::ALL[usize::from(*first) % 5];
        let format = FileFormat::ALL[usize::from(*first) / 5 % 2];
        fs::write(&self.path, bytes).unwrap();
        let (mut seen, mut outcomes) = (Seen::default(), BTreeSet::new());
        let end = read(&self.path, format, kind, &mut |form, row| {
            let checked = row.map(|row| form.check(&row, &self.known, &mut seen));
            outcomes.insert(match checked {
                Ok(Checked::Good { .. }) => "good".to_owned(),
                Ok(Checked::Unchanged) => "unchanged".to_owned(),
                Ok(Checked::Bad(problems)) => told(kind, &problems, true),
                Err(problem) => told(kind, &[problem], false),
            });
            ControlFlow::Continue(())
        });
        let end = end.map_or_else(|problem| problem.code, |_| "read");
        format!("{} {end} {}", kind.as_str(), outcomes.into_iter().collect::<Vec<_>>().join(" "))
    }
}

/// What is wrong with a row, which is in a column that there is, and is said.
fn told(kind: ImportKind, problems: &[RowProblem], is_in_a_column: bool) -> String {
    let columns = columns(kind);
    for RowProblem { column, detail, .. } in problems {
        let is_there = column.as_ref().is_none_or(|name| columns.iter().any(|column| column.name == name));
        assert!(is_there && (column.is_some() || !is_in_a_column) && !detail.is_empty(), "{problems:?}");
    }
    problems.first().map(|first| first.code.clone()).unwrap_or_default()
}

impl Drop for ImportFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}
