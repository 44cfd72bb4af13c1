//! Units are held for an order, sold to it, and given back.
//!
//! What an order has of a part is one row with four states. Any of the messages may come twice, and a release may
//! overtake the reserve that it undoes, so each decision looks at the row first:
//!
//! | the row is | reserve | commit | release |
//! | --- | --- | --- | --- |
//! | missing | held or refused | dead letter | released |
//! | held | reserved again | sold | released, units come free |
//! | sold | reserved again | nothing | released, units that were not returned come free |
//! | refused | refused again | dead letter | released |
//! | released | refused | dead letter, unless a repetition | nothing |

use schemas::{
    inventory::{CommitStock, InventoryMessage, ReleaseStock, ReserveStock, UnitsOfPart},
    orders::{OrdersMessage, StockRefused, StockReserved},
};
use shared::engine::Refusal;

use crate::{
    rows::{InventoryRow, Reservation, ReservationState},
    step::{Cause, Out, at_least_one, post, reservation},
    stock::{Change, Stock},
};

/// Holds all the units that an order asks for, or none. Passes the order on to its next part, or tells it after the last.
///
/// # Errors
/// `quantity_out_of_range`, `reservation_quantity_changed` when an order asks again for another quantity.
pub fn reserve(stock: Stock, cause: Cause, command: &ReserveStock, out: &mut Out<'_>) -> Result<Stock, Refusal> {
    at_least_one(command.quantity)?;
    match reservation(command.order_id, &command.sku, out) {
        None => decide(stock, cause, command, out),
        Some(row) => answer_again(&row, &stock, command, out).map(|()| stock),
    }
}

/// Gives back what an order holds or has bought. An order that has none yet will get none: its reserve may still be on
/// the way when a restarted sender repeats itself.
///
/// # Errors
/// Those of [`Stock::moved`].
pub fn release(stock: Stock, cause: Cause, command: &ReleaseStock, out: &mut Out<'_>) -> Result<Stock, Refusal> {
    let Some(row) = reservation(command.order_id, &command.sku, out) else {
        save(none_ever(command, cause), out);
        return Ok(stock);
    };
    let moved = match row.state {
        ReservationState::Released => return Ok(stock),
        ReservationState::Refused => stock,
        ReservationState::Held => post(&stock, cause, Some(row.order_id), (Change::Released, row.quantity), out)?,
        ReservationState::Sold if row.units() == 0 => stock, // the customer has returned all of them
        ReservationState::Sold => post(&stock, cause, Some(row.order_id), (Change::Returned, row.units()), out)?,
    };
    save(Reservation { state: ReservationState::Released, at: cause.at, ..row }, out);
    Ok(moved)
}

/// Sells what an order holds.
///
/// # Errors
/// `commit_without_reservation` when the order was never granted any, `commit_of_released` when it has given them back:
/// the sender and the books disagree, and a person must look.
pub fn commit(stock: Stock, cause: Cause, command: &CommitStock, out: &mut Out<'_>) -> Result<Stock, Refusal> {
    let refuse = |code| Refusal::new(code, format!("order {}, {}", command.order_id, command.sku));
    let row = reservation(command.order_id, &command.sku, out).ok_or_else(|| refuse("commit_without_reservation"))?;
    match row.state {
        ReservationState::Held => {
            let moved = post(&stock, cause, Some(row.order_id), (Change::Sold, row.quantity), out)?;
            let sold = Reservation { state: ReservationState::Sold, sold_by: Some(cause.message), at: cause.at, ..row };
            save(sold, out);
            Ok(moved)
        }
        ReservationState::Sold => Ok(stock),
        ReservationState::Released if row.sold_by == Some(cause.message) => Ok(stock),
        ReservationState::Released => Err(refuse("commit_of_released")),
        ReservationState::Refused => Err(refuse("commit_without_reservation")),
    }
}

/// The first time an order asks: it is granted if it fits.
fn decide(stock: Stock, cause: Cause, command: &ReserveStock, out: &mut Out<'_>) -> Result<Stock, Refusal> {
    let row = Reservation {
        order_id: command.order_id,
        sku: command.sku.clone(),
        quantity: command.quantity,
        state: ReservationState::Held,
        available_at_refusal: None,
        sold_by: None,
        returned: 0,
        at: cause.at,
    };
    if command.quantity > stock.available {
        let available = stock.available;
        save(Reservation { state: ReservationState::Refused, available_at_refusal: Some(available), ..row }, out);
        tell_refused(command, available, out);
        return Ok(stock);
    }
    let moved = post(&stock, cause, Some(command.order_id), (Change::Reserved, command.quantity), out)?;
    save(row, out);
    go_on(command, out);
    Ok(moved)
}

/// Every other time: it is told the same, unless it has given the units back in between.
fn answer_again(row: &Reservation, stock: &Stock, command: &ReserveStock, out: &mut Out<'_>) -> Result<(), Refusal> {
    if row.quantity != command.quantity && row.state != ReservationState::Released {
        let detail =
            format!("order {}, {}: asked for {} and now for {}", row.order_id, row.sku, row.quantity, command.quantity);
        return Err(Refusal::new("reservation_quantity_changed", detail));
    }
    match row.state {
        ReservationState::Held | ReservationState::Sold => go_on(command, out),
        ReservationState::Refused | ReservationState::Released => {
            tell_refused(command, row.available_at_refusal.unwrap_or(stock.available), out);
        }
    }
    Ok(())
}

fn none_ever(command: &ReleaseStock, cause: Cause) -> Reservation {
    Reservation {
        order_id: command.order_id,
        sku: command.sku.clone(),
        quantity: 0,
        state: ReservationState::Released,
        available_at_refusal: None,
        sold_by: None,
        returned: 0,
        at: cause.at,
    }
}

fn save(row: Reservation, out: &mut Out<'_>) {
    out.save(InventoryRow::Reservation(row));
}

/// The parts are asked one after another, each by the one before: the order hears of the last.
fn go_on(command: &ReserveStock, out: &mut Out<'_>) {
    let order_id = command.order_id;
    match command.then.split_first() {
        Some((UnitsOfPart { sku, quantity }, then)) => {
            let next = ReserveStock { order_id, sku: sku.clone(), quantity: *quantity, then: then.to_vec() };
            out.send::<InventoryMessage>(sku.as_str(), next);
        }
        None => {
            let answer = StockReserved { order_id, sku: command.sku.clone() };
            out.send::<OrdersMessage>(&order_id.to_string(), answer);
        }
    }
}

fn tell_refused(command: &ReserveStock, available: i64, out: &mut Out<'_>) {
    let answer = StockRefused { order_id: command.order_id, sku: command.sku.clone(), available };
    out.send::<OrdersMessage>(&command.order_id.to_string(), answer);
}
