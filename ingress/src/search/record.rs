//! What the index is made of, and where it is told of.

use futures::TryStreamExt;
use mongodb::{
    Collection, Database,
    bson::{Document, deserialize_from_document, doc, serialize_to_document},
    error::Error,
};
use schemas::{
    documents::Product,
    ids::ProductId,
    search::{SearchOrder, SearchReport},
};
use shared::engine::State;

/// The products in the record, sold or not, and the reports of all indexes.
#[derive(Clone)]
pub struct Record {
    products: Collection<Document>,
    reports: Collection<Document>,
    /// The shop, for whoever keeps an index of it.
    pub database: String,
}

impl Record {
    /// The record in this database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self {
            products: database.collection(Product::COLLECTION),
            reports: database.collection(SearchReport::COLLECTION),
            database: database.name().to_owned(),
        }
    }

    /// Up to `limit` products in the order of their ids, from after `after` on, and the id of the last; none after the last.
    pub async fn page(&self, after: &str, limit: i64) -> Result<Option<(Vec<Product>, String)>, Error> {
        let found = self.products.find(doc! { "_id": { "$gt": after } }).sort(doc! { "_id": 1 }).limit(limit);
        let found: Vec<Document> = found.projection(doc! { "state": 1 }).await?.try_collect().await?;
        let last = found.last().and_then(|document| document.get_str("_id").ok()).map(str::to_owned);
        Ok(last.map(|last| (understood(found), last)))
    }

    /// These products.
    pub async fn by_ids(&self, ids: &[ProductId]) -> Result<Vec<Product>, Error> {
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let found = self.products.find(doc! { "_id": { "$in": ids } }).projection(doc! { "state": 1 });
        Ok(understood(found.await?.try_collect().await?))
    }

    /// The last order to make all indexes anew; 0 if there was none.
    pub async fn generation(&self) -> Result<i64, Error> {
        let order = self.reports.find_one(doc! { "_id": SearchOrder::ID }).await?;
        let order = order.and_then(|document| deserialize_from_document::<SearchOrder>(document).ok());
        Ok(order.map_or(0, |order| order.generation))
    }

    /// Tells of the index of this name.
    pub async fn report(&self, name: &str, report: &SearchReport) -> Result<(), Error> {
        let id = doc! { "_id": format!("{}{name}", SearchReport::PREFIX) };
        self.reports.replace_one(id, serialize_to_document(report)?).upsert(true).await.map(drop)
    }

    /// The index of this name is no more.
    pub async fn withdraw(&self, name: &str) -> Result<(), Error> {
        self.reports.delete_one(doc! { "_id": format!("{}{name}", SearchReport::PREFIX) }).await.map(drop)
    }
}

/// A product that cannot be read is one that cannot be sold either; it keeps no other from being found.
fn understood(documents: Vec<Document>) -> Vec<Product> {
    let understand = |mut document: Document| {
        let state = document.get_document_mut("state").map(std::mem::take).unwrap_or_default();
        let id = document.get_str("_id").unwrap_or_default().to_owned();
        let product = deserialize_from_document::<Product>(state);
        product.inspect_err(|error| tracing::error!(id, %error, "a product cannot be searched for")).ok()
    };
    documents.into_iter().filter_map(understand).collect()
}
