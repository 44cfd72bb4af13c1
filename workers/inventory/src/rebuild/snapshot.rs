//! Counters and records as they were at one moment, while the workers go on.

use std::collections::{BTreeMap, HashMap};

use mongodb::{
    ClientSession, Database,
    bson::{Document as Bson, doc},
    error::Error,
};
use schemas::{documents::StockReceipt, inventory::UnitsByState};
use serde::{Deserialize, de::DeserializeOwned};
use shared::engine::{Document, NoEffect, Row, RowKey, State};

use super::books::Books;
use crate::{
    rows::{InventoryRow, StockReturn},
    stock::Stock,
};

/// A part's document, with the records that its last messages led to and that may not be saved yet.
type StockDocument = Document<Stock, NoEffect, InventoryRow>;

/// Parts whose unsaved records are looked up together.
const BATCH: usize = 200;

/// One part and the sums over its records.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its counters.
    pub stock: Stock,
    /// The sums.
    pub books: Books,
}

/// Reads at one moment. The sums are made by the database; here they take memory by the parts, not by the orders.
pub struct Snapshot<'a> {
    database: &'a Database,
    session: ClientSession,
}

#[derive(Deserialize)]
struct Sum<I> {
    #[serde(rename = "_id")]
    id: I,
    units: i64,
}

#[derive(Deserialize)]
struct SkuAndState {
    sku: String,
    state: String,
}

#[derive(Deserialize)]
struct LedgerSum {
    #[serde(rename = "_id")]
    sku: String,
    #[serde(flatten)]
    units: UnitsByState,
}

#[derive(Deserialize)]
struct StoredRow {
    #[serde(rename = "_id")]
    id: String,
    version: i64,
    row: InventoryRow,
}

impl<'a> Snapshot<'a> {
    /// The moment is that of the first read.
    ///
    /// # Errors
    /// What the database says.
    pub async fn begin(database: &'a Database) -> Result<Self, Error> {
        let session = database.client().start_session().snapshot(true).await?;
        Ok(Self { database, session })
    }

    /// Calls `look` with every part.
    ///
    /// # Errors
    /// What the database says.
    pub async fn parts(mut self, mut look: impl FnMut(Part)) -> Result<(), Error> {
        let mut books = self.sums().await?;
        let stock = self.database.collection::<StockDocument>(Stock::COLLECTION);
        let mut cursor = stock.find(doc! {}).sort(doc! { "_id": 1 }).session(&mut self.session).await?;
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            let next = cursor.next(&mut self.session).await.transpose()?;
            let is_over = next.is_none();
            batch.extend(next);
            if batch.len() >= BATCH || is_over {
                for part in self.complete(std::mem::take(&mut batch), &mut books).await? {
                    look(part);
                }
            }
            if is_over {
                return Ok(());
            }
        }
    }

    async fn sums(&mut self) -> Result<BTreeMap<String, Books>, Error> {
        let mut books: BTreeMap<String, Books> = BTreeMap::new();
        let by_state = doc! { "sku": "$row.sku", "state": "$row.state" };
        let reservations = [
            doc! { "$match": { "row.state": { "$in": ["held", "sold"] } } },
            doc! { "$group": { "_id": by_state, "units": { "$sum": { "$subtract": [
                "$row.quantity", { "$ifNull": ["$row.returned", 0_i64] },
            ] } } } },
        ];
        for Sum { id, units } in self.aggregate::<Sum<SkuAndState>>("reservations", reservations).await? {
            let books = books.entry(id.sku).or_default();
            if id.state == "held" { books.held = units } else { books.sold = units }
        }
        let receipts = [doc! { "$group": { "_id": "$row.sku", "units": { "$sum": "$row.quantity" } } }];
        for Sum { id, units } in self.aggregate::<Sum<String>>(StockReceipt::COLLECTION, receipts).await? {
            books.entry(id).or_default().received = units;
        }
        let returns = [doc! { "$group": { "_id": "$row.sku", "units": { "$sum": "$row.written_off" } } }];
        for Sum { id, units } in self.aggregate::<Sum<String>>(StockReturn::COLLECTION, returns).await? {
            books.entry(id).or_default().written_off = units;
        }
        let sum = |part: &str| doc! { "$sum": format!("$row.delta.{part}") };
        let ledger = [doc! { "$group": {
            "_id": "$row.sku", "received": sum("received"), "available": sum("available"),
            "reserved": sum("reserved"), "sold": sum("sold"), "written_off": sum("written_off"),
        } }];
        for LedgerSum { sku, units } in self.aggregate::<LedgerSum>("stock_ledger", ledger).await? {
            books.entry(sku).or_default().ledger = units;
        }
        Ok(books)
    }

    async fn aggregate<T: DeserializeOwned + Unpin + Send + Sync>(
        &mut self,
        collection: &str,
        stages: impl IntoIterator<Item = Bson>,
    ) -> Result<Vec<T>, Error> {
        let collection = self.database.collection::<Bson>(collection);
        let asked = collection.aggregate(stages).allow_disk_use(true).session(&mut self.session).with_type::<T>();
        let mut cursor = asked.await?;
        let mut all = Vec::new();
        while let Some(one) = cursor.next(&mut self.session).await {
            all.push(one?);
        }
        Ok(all)
    }

    /// Counts the records that are in the parts' journals and not saved yet.
    async fn complete(
        &mut self,
        documents: Vec<StockDocument>,
        books: &mut BTreeMap<String, Books>,
    ) -> Result<Vec<Part>, Error> {
        let mut saved = self.saved(&documents).await?;
        let mut parts = Vec::with_capacity(documents.len());
        for document in documents {
            let mut books = books.remove(&document.id).unwrap_or_default();
            for (version, row) in
                document.journal.iter().flat_map(|entry| entry.rows.iter().map(|row| (entry.version, row)))
            {
                let before = saved.insert(row.key(), (version, row.clone()));
                match before {
                    // It is saved, or something newer is.
                    Some((there, newer)) if there >= version => drop(saved.insert(row.key(), (there, newer))),
                    before => books.replace(before.as_ref().map(|(_, row)| row), row),
                }
            }
            parts.push(Part { stock: document.state, books });
        }
        Ok(parts)
    }

    /// What is saved under the keys of the journals' records, each with its version.
    async fn saved(&mut self, documents: &[StockDocument]) -> Result<HashMap<RowKey, (i64, InventoryRow)>, Error> {
        let mut ids: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
        for row in documents.iter().flat_map(|document| &document.journal).flat_map(|entry| &entry.rows) {
            let RowKey { collection, id } = row.key();
            ids.entry(collection).or_default().push(id);
        }
        let mut saved = HashMap::new();
        for (collection, ids) in ids {
            let rows = self.database.collection::<StoredRow>(collection);
            let mut cursor = rows.find(doc! { "_id": { "$in": ids } }).session(&mut self.session).await?;
            while let Some(found) = cursor.next(&mut self.session).await {
                let StoredRow { id, version, row } = found?;
                saved.insert(RowKey { collection, id }, (version, row));
            }
        }
        Ok(saved)
    }
}
