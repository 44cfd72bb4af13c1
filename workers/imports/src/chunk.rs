//! A few chunks are under way at a time; one that is answered lets the next begin.

use schemas::{
    catalog::{CatalogMessage, ChangeProduct, FitProduct},
    imports::{
        ApplyChunk, Import, ImportChunk, ImportRow, ImportStatus, ImportsMessage, OpenChunk, Places,
        rows::{CheckedRow, ImportKind, RowCommand},
    },
    inventory::{InventoryMessage, ReceiveStock},
    types::Timestamp,
};
use shared::engine::Refusal;

use crate::{
    handler::Out,
    life::{customers, end},
    rows::{KeptRow, chunk_key},
};

/// So many chunks are under way at once: enough for catalog and inventory to work in batches, little enough to be stopped soon.
pub const WINDOW: usize = 8;

/// Begins as many chunks as may be under way, and ends the file when none is left.
pub fn advance(mut import: Import, at: Timestamp, out: &mut Out<'_>) -> Import {
    let chunks = import.checked.as_ref().map_or(0, |file| file.chunks);
    while import.status == ImportStatus::Running && import.open.len() < WINDOW && import.next_chunk < chunks {
        let (import_id, check, chunk) = (import.import_id, import.check.clone(), import.next_chunk);
        out.send::<ImportsMessage>(&import_id.to_string(), ApplyChunk { import_id, check, chunk });
        import.open.push(OpenChunk { number: chunk, rows: None, answered: Places::default() });
        import.next_chunk += 1;
    }
    match import.status {
        ImportStatus::Running if import.open.is_empty() => end(import, ImportStatus::Finished, at, out),
        ImportStatus::Cancelling if import.open.is_empty() => end(import, ImportStatus::Cancelled, at, out),
        _ => import,
    }
}

/// It is a chunk's turn: the command of every row is sent to whoever carries it out. A repetition sends none, and a cancelled
/// file neither.
///
/// # Errors
/// `chunk_missing`, where its rows are not stored though the file was checked.
pub fn apply(mut import: Import, turn: &ApplyChunk, at: Timestamp, out: &mut Out<'_>) -> Result<Import, Refusal> {
    let is_turn = |open: &OpenChunk| open.number == turn.chunk && open.rows.is_none();
    let Some(place) = import.open.iter().position(is_turn) else { return Ok(import) };
    if import.status == ImportStatus::Cancelling {
        import.open.remove(place);
        return Ok(advance(import, at, out));
    }
    let chunk = stored(&import, turn.chunk, out)?;
    if import.kind == ImportKind::Customers {
        out.call(customers(&import, turn.chunk));
    } else {
        (0..).zip(&chunk.rows).for_each(|(place, row)| send(&import, (turn.chunk, place), row, out));
    }
    import.open[place].rows = i32::try_from(chunk.rows.len()).ok();
    Ok(Import { moved_at: at, stuck: false, ..import })
}

fn stored(import: &Import, number: i32, out: &Out<'_>) -> Result<ImportChunk, Refusal> {
    match out.row(&chunk_key(import.import_id, &import.check, number)) {
        Some(KeptRow::Chunk(chunk)) => Ok(chunk.clone()),
        _ => Err(Refusal::new("chunk_missing", format!("chunk {number} of {} is not stored", import.import_id))),
    }
}

fn send(import: &Import, (chunk, place): (i32, i32), row: &CheckedRow, out: &mut Out<'_>) {
    let import_id = import.import_id;
    let answer_to = Some(ImportRow { import_id, chunk, place, row: row.row.into() });
    let change_id = format!("{import_id}:{}", row.row);
    let admin_id = import.started.unwrap_or(import.uploaded).user;
    match row.command.clone() {
        RowCommand::Product { revision, product } => {
            let key = product.product_id.to_string();
            out.send::<CatalogMessage>(&key, ChangeProduct { change_id, admin_id, revision, product, answer_to });
        }
        RowCommand::Fitment { product_id, fitment, remove, .. } => {
            let key = product_id.to_string();
            let command = FitProduct { product_id, change_id, admin_id, fitment, remove, answer_to };
            out.send::<CatalogMessage>(&key, command);
        }
        RowCommand::Stock { sku, quantity, receipt } => {
            let key = sku.to_string();
            out.send::<InventoryMessage>(&key, ReceiveStock { sku, quantity, receipt, answer_to });
        }
        // Accounts have no inbox: a chunk of them is one call.
        RowCommand::Customer(_) => {}
    }
}
