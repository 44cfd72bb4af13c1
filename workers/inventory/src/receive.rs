//! Units arrive from a supplier.

use schemas::{
    documents::StockReceipt,
    imports::{ImportsMessage, RowApplied, RowRefused},
    inventory::ReceiveStock,
};
use shared::engine::Refusal;

use crate::{
    rows::{InventoryRow, receipt_key},
    step::{Cause, Out, at_least_one, post},
    stock::{Change, Stock},
};

/// Counts a delivery note, once however often it is reported. A row of a file is told how it ended.
///
/// # Errors
/// Where no row waits for the answer: `quantity_out_of_range`, `receipt_without_name`, `receipt_quantity_changed` when a
/// counted delivery note comes again with another quantity, and those of [`Stock::moved`].
pub fn receive(
    before: Option<Stock>,
    cause: Cause,
    command: &ReceiveStock,
    out: &mut Out<'_>,
) -> Result<Option<Stock>, Refusal> {
    let stock = before.clone().unwrap_or_else(|| Stock::none_of(command.sku.clone()));
    let counted = count(&stock, cause, command, out);
    let Some(row) = command.answer_to else { return counted.map(|moved| Some(moved.unwrap_or(stock))) };
    let key = row.import_id.to_string();
    match counted {
        Ok(moved) => {
            out.send::<ImportsMessage>(&key, RowApplied { row, changed: moved.is_some() });
            Ok(Some(moved.unwrap_or(stock)))
        }
        Err(Refusal { code, detail }) => {
            out.send::<ImportsMessage>(&key, RowRefused { row, code: code.into_owned(), detail });
            Ok(before)
        }
    }
}

/// The stock with what came in; `None` if it was counted before.
fn count(stock: &Stock, cause: Cause, command: &ReceiveStock, out: &mut Out<'_>) -> Result<Option<Stock>, Refusal> {
    let quantity = at_least_one(command.quantity)?;
    if command.receipt.is_empty() {
        return Err(Refusal::new("receipt_without_name", format!("a delivery of {quantity} {}", command.sku)));
    }
    if let Some(InventoryRow::Receipt(counted)) = out.row(&receipt_key(&command.sku, &command.receipt)) {
        return same_delivery(counted, quantity).map(|()| None);
    }
    let moved = post(stock, cause, None, (Change::Received, quantity), out)?;
    out.save(InventoryRow::Receipt(StockReceipt {
        sku: command.sku.clone(),
        receipt: command.receipt.clone(),
        quantity,
        at: cause.at,
    }));
    Ok(Some(moved))
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

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;
    use schemas::{
        ids::{ImportId, Sku},
        imports::ImportRow,
        inventory::InventoryMessage,
        types::Timestamp,
    };
    use shared::{
        engine::{Handler, Outbox, Row, RowKey},
        id::{CorrelationId, MessageId, Uuid},
        message::{Delivery, Position},
        trace::TraceContext,
    };

    use super::*;
    use crate::handler::Inventory;

    const START: Position = Position { partition: 0, offset: 0 };

    /// The shelf of one part.
    #[derive(Default)]
    struct Shelf {
        stock: Option<Stock>,
        rows: HashMap<RowKey, InventoryRow>,
    }

    impl Shelf {
        /// Receives units as a row of a file; the code of the refusal or whether it changed anything.
        fn receive(&mut self, quantity: i64, receipt: &str) -> Result<bool, String> {
            let row = ImportRow { import_id: ImportId::from_uuid(Uuid::nil()), chunk: 1, place: 2, row: 3 };
            let sku: Sku = "BRK-1".parse().unwrap();
            let answer_to = Some(row);
            let id = MessageId::generate();
            let delivery: Delivery<InventoryMessage> = Delivery {
                id,
                causation: id,
                correlation: CorrelationId::generate(),
                aggregate_id: sku.to_string(),
                at: Timestamp::from_millis(1),
                position: START,
                trace: TraceContext::start(),
                message: ReceiveStock { sku, quantity, receipt: receipt.to_owned(), answer_to }.into(),
            };
            let mut out = Outbox::new(&delivery, &self.rows);
            self.stock = Inventory.handle(self.stock.clone(), &delivery, &mut out).unwrap();
            let (sent, _, rows) = out.contents();
            let [sent] = sent else { panic!("one answer, and not {}", sent.len()) };
            assert_eq!(sent.key, row.import_id.to_string());
            let answer = Delivery::<ImportsMessage>::decode(&sent.payload, START, delivery.at, None).unwrap().message;
            let rows: Vec<InventoryRow> = rows.to_vec();
            self.rows.extend(rows.into_iter().map(|row| (row.key(), row)));
            match answer {
                ImportsMessage::RowApplied(answer) => Ok(answer.changed),
                ImportsMessage::RowRefused(answer) => Err(answer.code),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn a_row_that_cannot_be_counted_leaves_no_trace_of_a_part() {
        let mut shelf = Shelf::default();
        assert_eq!(shelf.receive(0, "note"), Err("quantity_out_of_range".to_owned()));
        assert_eq!(shelf.receive(1, ""), Err("receipt_without_name".to_owned()));
        assert_eq!((shelf.stock, shelf.rows.len()), (None, 0));
    }

    proptest! {
        #[test]
        fn a_delivery_note_counts_once_and_every_row_is_answered(
            sent in proptest::collection::vec((0..4_u8, 1..4_i64), 1..30),
        ) {
            let (mut shelf, mut notes) = (Shelf::default(), HashMap::new());
            for (note, quantity) in sent {
                let expected = match notes.get(&note) {
                    None => Ok(true),
                    Some(counted) if *counted == quantity => Ok(false),
                    Some(_) => Err("receipt_quantity_changed".to_owned()),
                };
                prop_assert_eq!(shelf.receive(quantity, &note.to_string()), expected);
                notes.entry(note).or_insert(quantity);
                prop_assert_eq!(shelf.stock.as_ref().unwrap().available, notes.values().sum::<i64>());
            }
        }
    }
}
