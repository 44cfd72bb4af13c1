//! Waiting until what was sent can be read: asked of the record itself, where clients will read it.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use futures::TryStreamExt;
use mongodb::{
    Collection, Database,
    bson::{Document, doc},
};
use schemas::{
    catalog::PutProduct,
    documents::{Product, StockReceipt},
    inventory::ReceiveStock,
};
use serde::{Deserialize, de::DeserializeOwned};
use shared::engine::State;

use super::LoadError;
use crate::put;

const ASK_AGAIN: Duration = Duration::from_millis(250);
const TELL_AGAIN: Duration = Duration::from_secs(2);
/// Named in the complaint about what did not arrive; the rest is counted.
const NAMED: usize = 5;

/// What must become readable.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The products, as they were sent.
    pub products: &'a [PutProduct],
    /// The deliveries.
    pub deliveries: &'a [ReceiveStock],
}

/// What is not readable yet.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// SKUs of products that are absent or not as they were sent.
    pub products: Vec<String>,
    /// SKUs whose delivery was not counted.
    pub deliveries: Vec<String>,
}

/// An aggregate as the engine stores it.
#[derive(Deserialize)]
struct Aggregate {
    #[serde(rename = "_id")]
    id: String,
    state: Product,
}

/// A row as the engine stores it.
#[derive(Deserialize)]
struct Counted {
    #[serde(rename = "_id")]
    id: String,
    row: StockReceipt,
}

/// Asks until everything is there, telling how far it is.
///
/// # Errors
/// [`LoadError::NotArrived`] when the time is over, [`LoadError::ReceiptTaken`] when a delivery note was counted before
/// with another quantity, [`LoadError::Mongo`] when the database does not answer.
pub async fn wait(
    mongo: &Database,
    expected: Expected<'_>,
    patience: Duration,
    tell: impl Fn(String),
) -> Result<(), LoadError> {
    let start = Instant::now();
    let mut told = start;
    loop {
        let missing =
            expected.missing(&found_products(mongo, expected).await?, &found_receipts(mongo, expected).await?)?;
        if missing.is_empty() {
            return Ok(());
        }
        if start.elapsed() >= patience {
            return Err(LoadError::NotArrived { missing: missing.describe(), patience });
        }
        if told.elapsed() >= TELL_AGAIN {
            told = Instant::now();
            tell(expected.progress(&missing));
        }
        tokio::time::sleep(ASK_AGAIN).await;
    }
}

async fn found_products(mongo: &Database, expected: Expected<'_>) -> Result<HashMap<String, Product>, LoadError> {
    let ids: Vec<String> = expected.products.iter().map(|product| product.product_id.to_string()).collect();
    let found: Vec<Aggregate> = find(mongo, Product::COLLECTION, ids).await?;
    Ok(found.into_iter().map(|aggregate| (aggregate.id, aggregate.state)).collect())
}

async fn found_receipts(mongo: &Database, expected: Expected<'_>) -> Result<HashMap<String, StockReceipt>, LoadError> {
    let ids = expected.deliveries.iter().map(document_id).collect();
    let found: Vec<Counted> = find(mongo, StockReceipt::COLLECTION, ids).await?;
    Ok(found.into_iter().map(|counted| (counted.id, counted.row)).collect())
}

async fn find<T>(mongo: &Database, collection: &str, ids: Vec<String>) -> Result<Vec<T>, LoadError>
where
    T: DeserializeOwned + Unpin + Send + Sync,
{
    let collection: Collection<T> = mongo.collection(collection);
    let wanted: Document = doc! { "_id": { "$in": ids } };
    Ok(collection.find(wanted).await?.try_collect().await?)
}

fn document_id(delivery: &ReceiveStock) -> String {
    StockReceipt::document_id(&delivery.sku, &delivery.receipt)
}

impl Expected<'_> {
    fn missing(
        &self,
        products: &HashMap<String, Product>,
        receipts: &HashMap<String, StockReceipt>,
    ) -> Result<Missing, LoadError> {
        let as_sent = |sent: &PutProduct| {
            let found = products.get(&sent.product_id.to_string());
            found.is_some_and(|found| *found == put::product(sent, Some(found), found.listed_at))
        };
        let products = self.products.iter().filter(|product| !as_sent(product)).map(|product| product.sku.to_string());
        let mut missing = Missing { products: products.collect(), deliveries: Vec::new() };
        for delivery in self.deliveries {
            match receipts.get(&document_id(delivery)) {
                None => missing.deliveries.push(delivery.sku.to_string()),
                Some(counted) if counted.quantity == delivery.quantity => {}
                Some(counted) => return Err(LoadError::receipt_taken(delivery, counted.quantity)),
            }
        }
        Ok(missing)
    }

    fn progress(&self, missing: &Missing) -> String {
        format!(
            "waiting: {} of {} products readable, {} of {} deliveries counted",
            self.products.len() - missing.products.len(),
            self.products.len(),
            self.deliveries.len() - missing.deliveries.len(),
            self.deliveries.len()
        )
    }
}

impl Missing {
    fn is_empty(&self) -> bool {
        self.products.is_empty() && self.deliveries.is_empty()
    }

    fn describe(&self) -> String {
        let part = |what: &str, skus: &[String]| {
            let named = skus.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
            let more = skus.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            (!skus.is_empty()).then(|| format!("{what} ({}): {named}{more}", skus.len()))
        };
        let parts = [part("products", &self.products), part("deliveries", &self.deliveries)];
        parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }
}

#[cfg(test)]
mod tests {
    use schemas::types::Timestamp;

    use super::*;
    use crate::testing::brake_pads;

    fn delivery() -> ReceiveStock {
        ReceiveStock { sku: brake_pads().sku, quantity: 5, receipt: "demo-1".to_owned(), answer_to: None }
    }

    fn counted(quantity: i64) -> HashMap<String, StockReceipt> {
        let delivery = delivery();
        let receipt = StockReceipt {
            sku: delivery.sku.clone(),
            receipt: delivery.receipt.clone(),
            quantity,
            at: Timestamp::from_millis(0),
        };
        HashMap::from([(document_id(&delivery), receipt)])
    }

    fn stored(product: &PutProduct, revision: i64) -> HashMap<String, Product> {
        let stored = Product { revision, ..put::product(product, None, Timestamp::from_millis(1)) };
        HashMap::from([(product.product_id.to_string(), stored)])
    }

    fn missing(
        products: &HashMap<String, Product>,
        receipts: &HashMap<String, StockReceipt>,
    ) -> Result<Missing, LoadError> {
        Expected { products: &[brake_pads()], deliveries: &[delivery()] }.missing(products, receipts)
    }

    #[test]
    fn a_product_at_any_revision_and_its_counted_delivery_are_all_there_is_to_wait_for() {
        assert!(missing(&stored(&brake_pads(), 4), &counted(5)).unwrap().is_empty());
    }

    #[test]
    fn an_older_version_of_a_product_is_waited_for() {
        let older = PutProduct { name: "Old name".to_owned(), ..brake_pads() };
        let missing = missing(&stored(&older, 1), &HashMap::new()).unwrap();
        assert_eq!(missing.describe(), "products (1): BRK-1; deliveries (1): BRK-1");
    }

    #[test]
    fn a_receipt_that_was_counted_with_another_quantity_is_not_waited_for() {
        let error = missing(&stored(&brake_pads(), 1), &counted(4)).unwrap_err();
        assert!(matches!(error, LoadError::ReceiptTaken { .. }), "{error}");
    }

    #[test]
    fn a_long_list_of_missing_products_is_shortened() {
        let skus = (0..9).map(|n| format!("P-{n}")).collect();
        let missing = Missing { products: skus, deliveries: vec![] };
        assert_eq!(missing.describe(), "products (9): P-0, P-1, P-2, P-3, P-4 and 4 more");
    }
}
