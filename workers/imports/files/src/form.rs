//! What the header of a file makes of its rows.

use std::collections::{BTreeSet, HashMap, HashSet};

use schemas::{
    catalog::CategoryTree,
    documents::Product,
    ids::{ProductId, Sku},
    imports::rows::{ImportKind, RowCommand, RowProblem},
    types::PriceList,
};

use crate::{
    columns::{ColumnDoc, columns},
    forms,
    limits::MOST_COLUMNS,
    problem::{FileProblem, quoted},
    sheet::RawRow,
};

/// The columns of a file of a kind, in its own order.
#[derive(Debug, Clone)]
pub struct Form {
    kind: ImportKind,
    columns: Vec<ColumnDoc>,
}

/// What a row asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "most rows are good")]
pub enum Checked {
    /// Something that may be done.
    Good {
        /// What.
        command: RowCommand,
        /// Whether it makes something that was not there.
        is_new: bool,
    },
    /// Nothing that is not so already.
    Unchanged,
    /// Nothing that may be done: all that is wrong with it.
    Bad(Vec<RowProblem>),
}

/// What must be known to check rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
    /// The products of these SKUs.
    pub skus: BTreeSet<Sku>,
    /// Which products have these SKUs, and no more of them.
    pub related: BTreeSet<Sku>,
    /// The products that have these slugs.
    pub slugs: BTreeSet<String>,
    /// The accounts of these addresses.
    pub emails: BTreeSet<String>,
}

impl Keys {
    /// Adds what other rows need.
    pub fn extend(&mut self, other: Self) {
        self.skus.extend(other.skus);
        self.related.extend(other.related);
        self.slugs.extend(other.slugs);
        self.emails.extend(other.emails);
    }
}

/// What is known.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Products by their SKUs.
    pub products: HashMap<Sku, Product>,
    /// Other products that rows lead to, by their SKUs.
    pub related: HashMap<Sku, ProductId>,
    /// Who has a slug.
    pub slugs: HashMap<String, ProductId>,
    /// Accounts by their addresses.
    pub accounts: HashMap<String, KnownAccount>,
    /// The categories.
    pub categories: CategoryTree,
}

/// What is known of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownAccount {
    /// The customer's name.
    pub name: String,
    /// `+91` and ten digits, or nothing.
    pub phone: String,
    /// At which prices they buy.
    pub price_list: PriceList,
    /// Whether it is somebody's who operates the shop: no file changes those.
    pub is_operators: bool,
}

/// What stood in the rows before.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    rows: HashMap<String, u32>,
    new: HashSet<Sku>,
}

impl Seen {
    /// Notes what a row names. Returns the row that named it first, if this one does not.
    pub(crate) fn note(&mut self, name: String, row: u32) -> Option<u32> {
        let first = *self.rows.entry(name).or_insert(row);
        (first != row).then_some(first)
    }

    /// Notes that a row makes a product.
    pub(crate) fn makes(&mut self, sku: &Sku) {
        self.new.insert(sku.clone());
    }

    /// Whether a row before makes this product.
    pub(crate) fn has_made(&self, sku: &Sku) -> bool {
        self.new.contains(sku)
    }
}

impl Form {
    /// The form of a file with these names above its columns.
    ///
    /// # Errors
    /// [`FileProblem`] that names the column which is unknown, missing, or there twice.
    pub fn new(kind: ImportKind, header: &[String]) -> Result<Self, FileProblem> {
        let named = header.iter().rposition(|name| !name.trim().is_empty()).map_or(0, |last| last + 1);
        if named > MOST_COLUMNS {
            return Err(FileProblem::new("too_many_columns", format!("at most {MOST_COLUMNS} columns")));
        }
        let known = columns(kind);
        let mut form = Self { kind, columns: Vec::with_capacity(named) };
        for name in &header[..named] {
            let name = name.trim().to_lowercase();
            let column = known.iter().find(|column| column.name == name).ok_or_else(|| unknown(&name, &known))?;
            if form.place(column.name).is_some() {
                return Err(FileProblem::new("column_twice", format!("{name}: once is enough")));
            }
            form.columns.push(*column);
        }
        match known.iter().find(|column| column.is_needed && form.place(column.name).is_none()) {
            Some(missing) => Err(FileProblem::new("missing_column", format!("{}: {}", missing.name, missing.holds))),
            None => Ok(form),
        }
    }

    /// The form that has every column.
    #[must_use]
    pub fn whole(kind: ImportKind) -> Self {
        Self { kind, columns: columns(kind) }
    }

    /// What the rows of the file are.
    #[must_use]
    pub const fn kind(&self) -> ImportKind {
        self.kind
    }

    /// How many columns the file has.
    #[must_use]
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// The names of its columns.
    #[must_use]
    pub fn header(&self) -> Vec<&'static str> {
        self.columns.iter().map(|column| column.name).collect()
    }

    /// The name of a column.
    pub(crate) fn column(&self, place: usize) -> Option<&'static str> {
        self.columns.get(place).map(|column| column.name)
    }

    /// Where a column stands.
    fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The columns that are looked at, with their cells in a row.
    pub(crate) fn cells<'a>(&'a self, row: &'a RawRow) -> impl Iterator<Item = (&'static str, &'a str)> {
        let cells = self.columns.iter().zip(&row.cells);
        cells.filter(|(column, _)| !column.is_told).map(|(column, cell)| (column.name, cell.as_str()))
    }

    /// What stands in a column of a row, without blanks around it; nothing where the file has no such column.
    pub(crate) fn cell<'a>(&self, row: &'a RawRow, name: &str) -> Option<&'a str> {
        Some(row.cells.get(self.place(name)?)?.trim())
    }

    /// What must be known to check a row.
    #[must_use]
    pub fn keys(&self, row: &RawRow) -> Keys {
        match self.kind {
            ImportKind::Products | ImportKind::Prices => forms::products::keys(self, row),
            ImportKind::Stock | ImportKind::Fitments => forms::of_sku(self, row),
            ImportKind::Customers => forms::customers::keys(self, row),
        }
    }

    /// What a row asks for. Rows are checked in the order of the file.
    #[must_use]
    pub fn check(&self, row: &RawRow, known: &Known, seen: &mut Seen) -> Checked {
        let checked = match self.kind {
            ImportKind::Products | ImportKind::Prices => forms::products::check(self, row, known, seen),
            ImportKind::Stock => forms::stock::check(self, row, known, seen),
            ImportKind::Fitments => forms::fitments::check(self, row, known, seen),
            ImportKind::Customers => forms::customers::check(self, row, known, seen),
        };
        checked.unwrap_or_else(Checked::Bad)
    }
}

fn unknown(name: &str, known: &[ColumnDoc]) -> FileProblem {
    let names: Vec<&str> = known.iter().map(|column| column.name).collect();
    FileProblem::new("unknown_column", format!("{:?}: must be one of {}", quoted(name), names.join(", ")))
}
