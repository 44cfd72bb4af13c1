//! What every message's step works with: its cause, the part's counters and the outbox.

use schemas::{
    ids::{OrderId, Sku},
    types::Timestamp,
};
use shared::{
    engine::{NoEffect, Outbox, Refusal},
    id::MessageId,
    message::Delivery,
};

use crate::{
    rows::{InventoryRow, LedgerEntry, Reservation},
    stock::{Change, Delta, Stock},
};

/// What a step sets in motion.
pub type Out<'a> = Outbox<'a, NoEffect, InventoryRow>;

/// The message that causes a step.
#[derive(Debug, Clone, Copy)]
pub struct Cause {
    /// Its id.
    pub message: MessageId,
    /// When it arrived.
    pub at: Timestamp,
}

impl<M> From<&Delivery<M>> for Cause {
    fn from(delivery: &Delivery<M>) -> Self {
        Self { message: delivery.id, at: delivery.at }
    }
}

/// Moves the counters and writes the movement into the ledger: the one without the other does not happen.
///
/// # Errors
/// Those of [`Stock::moved`].
pub fn post(
    stock: &Stock,
    cause: Cause,
    order_id: Option<OrderId>,
    (change, quantity): (Change, i64),
    out: &mut Out<'_>,
) -> Result<Stock, Refusal> {
    enter(stock, cause, order_id, (change, change.of(quantity)), out)
}

/// As [`post`], for a change that is not one quantity.
///
/// # Errors
/// Those of [`Stock::moved`].
pub fn enter(
    stock: &Stock,
    cause: Cause,
    order_id: Option<OrderId>,
    (change, delta): (Change, Delta),
    out: &mut Out<'_>,
) -> Result<Stock, Refusal> {
    let moved = stock.moved(delta)?;
    let entry = LedgerEntry { sku: stock.sku.clone(), cause: cause.message, order_id, change, delta, at: cause.at };
    out.save(InventoryRow::LedgerEntry(entry));
    Ok(moved)
}

/// What the order has of the part by now.
#[must_use]
pub fn reservation(order_id: OrderId, sku: &Sku, out: &Out<'_>) -> Option<Reservation> {
    match out.row(&Reservation::row_key(order_id, sku)) {
        Some(InventoryRow::Reservation(row)) => Some(row.clone()),
        _ => None,
    }
}

/// A quantity that can be received or reserved: at least 1.
///
/// # Errors
/// `quantity_out_of_range`.
pub fn at_least_one(quantity: i64) -> Result<i64, Refusal> {
    if quantity >= 1 {
        return Ok(quantity);
    }
    Err(Refusal::new("quantity_out_of_range", format!("{quantity} units; it takes at least 1")))
}
