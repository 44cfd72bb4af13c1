//! The counters of a part are put right by its records.

use schemas::inventory::RecountStock;
use shared::engine::Refusal;

use crate::{
    rows::{InventoryRow, LedgerEntry},
    step::{Cause, Out},
    stock::{Change, Stock},
};

/// Corrects the counters, once for each difference that was found, and writes it into the ledger with its cause.
///
/// # Errors
/// Those of [`Stock::moved`]: a correction after which the units would not add up is none.
pub fn recount(stock: Stock, cause: Cause, command: &RecountStock, out: &mut Out<'_>) -> Result<Stock, Refusal> {
    if stock.recounts != command.recounts {
        return Ok(stock);
    }
    let moved = stock.moved(command.counters.into())?;
    let (sku, delta) = (stock.sku, command.ledger.into());
    let entry =
        LedgerEntry { sku, cause: cause.message, order_id: None, change: Change::Recounted, delta, at: cause.at };
    out.save(InventoryRow::LedgerEntry(entry));
    Ok(Stock { recounts: moved.recounts + 1, ..moved })
}
