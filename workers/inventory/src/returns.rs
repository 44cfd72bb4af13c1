//! Units that were sold come back from a customer.

use schemas::inventory::ReturnStock;
use shared::engine::Refusal;

use crate::{
    rows::{InventoryRow, Reservation, ReservationState, StockReturn},
    step::{Cause, Out, enter, reservation},
    stock::{Change, Delta, Stock},
};

/// Takes back what a return brought of a part, once however often it is told. What can be sold again is available, the rest
/// is written off; neither is sold any more.
///
/// # Errors
/// `quantity_out_of_range`, `return_quantity_changed` when a return that was counted comes again with other quantities,
/// `return_of_unsold` when the order has not bought that many or has given them back already, and those of
/// [`Stock::moved`].
pub fn take_back(stock: Stock, cause: Cause, command: &ReturnStock, out: &mut Out<'_>) -> Result<Stock, Refusal> {
    let ReturnStock { order_id, sku, return_id, restock, write_off } = command;
    if let Some(InventoryRow::Return(counted)) = out.row(&StockReturn::row_key(return_id, sku)) {
        return same_return(counted, command).map(|()| stock);
    }
    let units = units(*restock, *write_off)?;
    let sold = sold_to(command, units, out)?;
    let delta = Delta { available: *restock, sold: -units, written_off: *write_off, ..Delta::NOTHING };
    let moved = enter(&stock, cause, Some(*order_id), (Change::TakenBack, delta), out)?;
    out.save(InventoryRow::Reservation(Reservation { returned: sold.returned + units, ..sold }));
    out.save(InventoryRow::Return(StockReturn {
        return_id: return_id.clone(),
        order_id: *order_id,
        sku: sku.clone(),
        restocked: *restock,
        written_off: *write_off,
        at: cause.at,
    }));
    Ok(moved)
}

/// Both kinds together: at least one.
fn units(restock: i64, write_off: i64) -> Result<i64, Refusal> {
    let units = restock.checked_add(write_off).filter(|units| restock >= 0 && write_off >= 0 && *units > 0);
    let detail = || format!("{restock} units to sell again and {write_off} to write off; it takes at least 1");
    units.ok_or_else(|| Refusal::new("quantity_out_of_range", detail()))
}

/// The sale of as many units, at least, as come back.
fn sold_to(command: &ReturnStock, units: i64, out: &Out<'_>) -> Result<Reservation, Refusal> {
    let sale = reservation(command.order_id, &command.sku, out).filter(|row| row.state == ReservationState::Sold);
    sale.filter(|row| units <= row.units()).ok_or_else(|| {
        let detail = format!("{units} {} by return {} of order {}", command.sku, command.return_id, command.order_id);
        Refusal::new("return_of_unsold", detail)
    })
}

fn same_return(counted: &StockReturn, command: &ReturnStock) -> Result<(), Refusal> {
    let StockReturn { order_id, restocked, written_off, .. } = counted;
    if (*order_id, *restocked, *written_off) == (command.order_id, command.restock, command.write_off) {
        return Ok(());
    }
    let detail = format!(
        "{}: return {} was counted with {restocked} to sell again and {written_off} written off, and now comes with {} and {}",
        command.sku, command.return_id, command.restock, command.write_off
    );
    Err(Refusal::new("return_quantity_changed", detail))
}
