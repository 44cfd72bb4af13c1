//! The table of goods: one row a line, with the columns that the kind of supply calls for.

use crate::{
    Invoice, Line,
    grouping::{amount, percent},
};

use super::grid::{Align, Cell, Table};

/// The description never gets narrower than this; the print gets smaller instead.
const DESCRIPTION_WIDTH: f32 = 120.0;

/// A column: its heading, side, and what stands in a row (numbered from 1) and in the total.
struct Column {
    title: String,
    align: Align,
    cell: fn(usize, &Line) -> Cell,
    total: String,
}

/// The table for `invoice`.
pub(super) fn table(invoice: &Invoice) -> Table {
    let columns = columns(invoice);
    let row = |(index, line)| {
        let cells = columns.iter().map(|column| (column.cell)(index + 1, line));
        cells.collect()
    };
    Table {
        flexible: 1,
        flexible_width: DESCRIPTION_WIDTH,
        rows: invoice.lines.iter().enumerate().map(row).collect(),
        total: columns.iter().map(|column| Cell::new(column.total.clone())).collect(),
        columns: columns.into_iter().map(|column| (column.title, column.align)).collect(),
    }
}

fn columns(invoice: &Invoice) -> Vec<Column> {
    let totals = &invoice.totals;
    let discount: i64 = invoice.lines.iter().map(|line| line.discount).sum();
    let total: i64 = invoice.lines.iter().map(|line| line.total).sum();
    let mut columns = vec![
        text("#", |number, _| Cell::new(number.to_string()), ""),
        text("Description", |_, line| Cell::with_note(&line.description, &line.sku), "Total"),
        text("HSN/SAC", |_, line| Cell::new(&line.hsn), ""),
        number("Qty", |_, line| Cell::with_note(line.quantity.to_string(), &line.unit), None),
        number("Unit price", |_, line| money(line.unit_price), None),
    ];
    if discount != 0 {
        columns.push(number("Discount", |_, line| money(line.discount), Some(discount)));
    }
    columns.push(number("Taxable", |_, line| money(line.taxable), Some(totals.taxable)));
    if invoice.is_intra_state() {
        columns.push(number("CGST", |_, line| half(line.cgst, line), Some(totals.cgst)));
        let name = invoice.state_tax_name();
        columns.push(number(name, |_, line| half(line.sgst, line), Some(totals.sgst)));
    } else {
        columns.push(number("IGST", |_, line| igst(line), Some(totals.igst)));
    }
    if invoice.lines.iter().any(|line| line.cess_rate != 0) {
        columns.push(number("Cess", |_, line| cess(line), Some(totals.cess)));
    }
    columns.push(number("Amount", |_, line| money(line.total), Some(total)));
    columns
}

fn text(title: &str, cell: fn(usize, &Line) -> Cell, total: &str) -> Column {
    Column { title: title.to_owned(), align: Align::Left, cell, total: total.to_owned() }
}

fn number(title: &str, cell: fn(usize, &Line) -> Cell, total: Option<i64>) -> Column {
    Column { title: title.to_owned(), align: Align::Right, cell, total: total.map(amount).unwrap_or_default() }
}

fn money(paise: i64) -> Cell {
    Cell::new(amount(paise))
}

fn half(paise: i64, line: &Line) -> Cell {
    Cell::with_note(amount(paise), percent(u64::from(line.gst_rate) * 5))
}

fn cess(line: &Line) -> Cell {
    Cell::with_note(amount(line.cess), percent(u64::from(line.cess_rate) * 10))
}

fn igst(line: &Line) -> Cell {
    Cell::with_note(amount(line.igst), percent(u64::from(line.gst_rate) * 10))
}
