//! The contents page: which message is answered where.

use schemas::{ids::Sku, inventory::InventoryMessage};
use shared::{
    engine::{Handler, NoEffect, Outbox, Refusal, RowKey},
    message::Delivery,
};

use crate::{
    receive::receive,
    recount::recount,
    reserve::{commit, release, reserve},
    returns::take_back,
    rows::{InventoryRow, Reservation, StockReturn, receipt_key},
    step::Cause,
    stock::Stock,
};

/// The rules of the inventory.
#[derive(Debug, Clone, Copy, Default)]
pub struct Inventory;

impl Handler for Inventory {
    type State = Stock;
    type Message = InventoryMessage;
    type Effect = NoEffect;
    type Row = InventoryRow;

    fn rows(&self, delivery: &Delivery<InventoryMessage>) -> Vec<RowKey> {
        let reservation = |order_id, sku| vec![Reservation::row_key(order_id, sku)];
        match &delivery.message {
            InventoryMessage::ReceiveStock(command) => vec![receipt_key(&command.sku, &command.receipt)],
            InventoryMessage::ReserveStock(command) => reservation(command.order_id, &command.sku),
            InventoryMessage::ReleaseStock(command) => reservation(command.order_id, &command.sku),
            InventoryMessage::CommitStock(command) => reservation(command.order_id, &command.sku),
            InventoryMessage::ReturnStock(command) => vec![
                StockReturn::row_key(&command.return_id, &command.sku),
                Reservation::row_key(command.order_id, &command.sku),
            ],
            InventoryMessage::RecountStock(_) => Vec::new(),
        }
    }

    fn handle(
        &self,
        state: Option<Stock>,
        delivery: &Delivery<InventoryMessage>,
        out: &mut Outbox<'_, NoEffect, InventoryRow>,
    ) -> Result<Option<Stock>, Refusal> {
        let sku = sku_of(&delivery.message);
        if delivery.aggregate_id != sku.as_str() {
            let detail = format!("a message about {sku} came under the key {}", delivery.aggregate_id);
            return Err(Refusal::new("key_mismatch", detail));
        }
        let cause = Cause::from(delivery);
        let known = |state: Option<Stock>| state.unwrap_or_else(|| Stock::none_of(sku.clone()));
        match &delivery.message {
            InventoryMessage::ReceiveStock(command) => receive(state, cause, command, out),
            InventoryMessage::ReserveStock(command) => reserve(known(state), cause, command, out).map(Some),
            InventoryMessage::ReleaseStock(command) => release(known(state), cause, command, out).map(Some),
            InventoryMessage::CommitStock(command) => commit(known(state), cause, command, out).map(Some),
            InventoryMessage::ReturnStock(command) => take_back(known(state), cause, command, out).map(Some),
            InventoryMessage::RecountStock(command) => recount(known(state), cause, command, out).map(Some),
        }
    }
}

fn sku_of(message: &InventoryMessage) -> &Sku {
    match message {
        InventoryMessage::ReceiveStock(command) => &command.sku,
        InventoryMessage::ReserveStock(command) => &command.sku,
        InventoryMessage::ReleaseStock(command) => &command.sku,
        InventoryMessage::CommitStock(command) => &command.sku,
        InventoryMessage::ReturnStock(command) => &command.sku,
        InventoryMessage::RecountStock(command) => &command.sku,
    }
}
