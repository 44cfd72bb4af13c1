//! Units arrive from a supplier.

use schemas::{documents::StockReceipt, inventory::ReceiveStock};
use shared::engine::Refusal;

use crate::{
    rows::{InventoryRow, receipt_key},
    step::{Cause, Out, at_least_one, post},
    stock::{Change, Stock},
};

/// Counts a delivery note, once however often it is reported.
///
/// # Errors
/// `quantity_out_of_range`, `receipt_without_name`, `receipt_quantity_changed` when a counted delivery note comes again
/// with another quantity, and those of [`Stock::moved`].
pub fn receive(stock: Stock, cause: Cause, command: &ReceiveStock, out: &mut Out<'_>) -> Result<Stock, Refusal> {
    let quantity = at_least_one(command.quantity)?;
    if command.receipt.is_empty() {
        return Err(Refusal::new("receipt_without_name", format!("a delivery of {quantity} {}", command.sku)));
    }
    if let Some(InventoryRow::Receipt(counted)) = out.row(&receipt_key(&command.sku, &command.receipt)) {
        return same_delivery(counted, quantity).map(|()| stock);
    }
    let moved = post(&stock, cause, None, (Change::Received, quantity), out)?;
    out.save(InventoryRow::Receipt(StockReceipt {
        sku: command.sku.clone(),
        receipt: command.receipt.clone(),
        quantity,
        at: cause.at,
    }));
    Ok(moved)
}

fn same_delivery(counted: &StockReceipt, quantity: i64) -> Result<(), Refusal> {
    if counted.quantity == quantity {
        return Ok(());
    }
    let detail = format!(
        "{}: delivery note {} was counted with {} units and now says {quantity}",
        counted.sku, counted.receipt, counted.quantity
    );
    Err(Refusal::new("receipt_quantity_changed", detail))
}
