//! What a row of a file is told that waits for the outcome of its command.

use schemas::{
    catalog::changes::ProductChange,
    documents::Product,
    imports::{ImportRow, ImportsMessage, RowApplied, RowRefused},
};
use shared::engine::Refusal;

use crate::handler::Out;

/// The command was carried out; whether that changed anything.
pub fn carried_out(row: Option<ImportRow>, changed: bool, out: &mut Out<'_>) {
    let Some(row) = row else { return };
    out.send::<ImportsMessage>(&row.import_id.to_string(), RowApplied { row, changed });
}

/// The command cannot be carried out.
pub fn refused(row: Option<ImportRow>, why: &Refusal, out: &mut Out<'_>) {
    tell_refused(row, &why.code, &why.detail, out);
}

/// The command cannot be carried out, and there is no product that could remember it: it goes aside, unless a row waits. Delivered
/// again after a crash it is decided again, and may turn out otherwise if the tree of categories or another product's name has changed
/// in between: the row then counts as it was told first.
///
/// # Errors
/// The refusal, where no row waits.
pub fn refused_or_aside(row: Option<ImportRow>, why: Refusal, out: &mut Out<'_>) -> Result<Option<Product>, Refusal> {
    if row.is_none() {
        return Err(why);
    }
    refused(row, &why, out);
    Ok(None)
}

/// What the row was told before.
pub fn told_again(row: Option<ImportRow>, change: &ProductChange, out: &mut Out<'_>) {
    match &change.refused {
        Some(why) => tell_refused(row, &why.code, &why.detail, out),
        None => carried_out(row, !change.fields.is_empty(), out),
    }
}

fn tell_refused(row: Option<ImportRow>, code: &str, detail: &str, out: &mut Out<'_>) {
    let Some(row) = row else { return };
    let (code, detail) = (code.to_owned(), detail.to_owned());
    out.send::<ImportsMessage>(&row.import_id.to_string(), RowRefused { row, code, detail });
}
