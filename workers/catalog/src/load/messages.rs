//! What loading a file tells the workers. Ids are made of what is said, so the same file twice says the same thing twice
//! and nothing counts double.

use schemas::{
    catalog::{CatalogMessage, PutProduct},
    inventory::{InventoryMessage, ReceiveStock},
    types::Timestamp,
};
use shared::{
    avro::AvroError,
    id::{CorrelationId, MessageId},
    message::{Origin, Outgoing, Topic},
    trace::TraceContext,
};

use super::file::CatalogFile;

/// When and on whose behalf a file is loaded.
#[derive(Debug, Clone, Copy)]
pub struct Occasion {
    /// The run of the tool.
    pub correlation: CorrelationId,
    /// When.
    pub at: Timestamp,
    /// Its trace.
    pub trace: TraceContext,
}

/// The deliveries in a file; with `stock`, that many of every product under a delivery note of its own.
#[must_use]
pub fn deliveries(file: &CatalogFile, stock: Option<i64>) -> Vec<ReceiveStock> {
    let receipt = stock.map_or_else(|| file.receipt.clone(), |units| format!("load-{units}"));
    let all = file.products.iter().map(|(product, in_file)| ReceiveStock {
        sku: product.sku.clone(),
        quantity: stock.unwrap_or(*in_file),
        receipt: receipt.clone(),
        answer_to: None,
    });
    all.filter(|delivery| delivery.quantity > 0).collect()
}

/// The messages for the catalog and the inventory.
///
/// # Errors
/// [`AvroError`] when a value does not fit its schema.
pub fn messages(
    products: &[PutProduct],
    deliveries: &[ReceiveStock],
    occasion: Occasion,
) -> Result<Vec<Outgoing>, AvroError> {
    let products = products.iter().map(|product| {
        let key = product.product_id.to_string();
        message(&key, &CatalogMessage::from(product.clone()), occasion)
    });
    let deliveries = deliveries
        .iter()
        .map(|delivery| message(delivery.sku.as_str(), &InventoryMessage::from(delivery.clone()), occasion));
    products.chain(deliveries).collect()
}

fn message<T: Topic>(key: &str, message: &T, occasion: Occasion) -> Result<Outgoing, AvroError> {
    let (_, body) = message.encode()?;
    let id = MessageId::of_fact(&format!("load-catalog/{}/{key}/{}", message.name(), hex::encode(body)));
    let origin = Origin::first(id, occasion.correlation, occasion.at, occasion.trace);
    Outgoing::new(key, message, origin)
}

#[cfg(test)]
mod tests {
    use shared::message::{Delivery, Position};

    use super::*;
    use crate::testing::brake_pads;

    fn occasion() -> Occasion {
        Occasion { correlation: CorrelationId::generate(), at: Timestamp::now(), trace: TraceContext::start() }
    }

    fn file(stock: i64) -> CatalogFile {
        CatalogFile { receipt: "demo-1".to_owned(), products: vec![(brake_pads(), stock)] }
    }

    fn ids(file: &CatalogFile, stock: Option<i64>) -> (MessageId, Option<MessageId>) {
        let products: Vec<_> = file.products.iter().map(|(product, _)| product.clone()).collect();
        let sent = messages(&products, &deliveries(file, stock), occasion()).unwrap();
        let position = Position { partition: 0, offset: 0 };
        let at = Timestamp::from_millis(0);
        let product = Delivery::<CatalogMessage>::decode(&sent[0].payload, position, at, None).unwrap();
        let delivery = sent
            .get(1)
            .map(|message| Delivery::<InventoryMessage>::decode(&message.payload, position, at, None).unwrap());
        (product.id, delivery.map(|delivery| delivery.id))
    }

    #[test]
    fn the_same_file_says_the_same_messages_at_every_load() {
        assert_eq!(ids(&file(5), None), ids(&file(5), None));
    }

    #[test]
    fn a_changed_product_is_a_new_message() {
        let mut changed = file(5);
        changed.products[0].0.price.minor += 1;
        assert_ne!(ids(&file(5), None).0, ids(&changed, None).0);
        assert_eq!(ids(&file(5), None).1, ids(&changed, None).1);
    }

    #[test]
    fn a_product_that_is_out_of_stock_has_no_delivery() {
        assert!(deliveries(&file(0), None).is_empty());
    }

    #[test]
    fn asked_for_stock_replaces_that_of_the_file_under_a_receipt_of_its_own() {
        let asked = deliveries(&file(0), Some(500));
        assert_eq!((asked[0].quantity, asked[0].receipt.as_str()), (500, "load-500"));
    }
}
