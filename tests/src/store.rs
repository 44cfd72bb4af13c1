//! What a shop stored: documents, records, cache keys, and how many there are of each.

use std::{collections::BTreeMap, time::Duration};

use futures::{StreamExt, TryStreamExt};
use mongodb::{
    Client, Database,
    bson::{Document, doc},
    options::ClientOptions,
};
use redis::{AsyncCommands, aio::MultiplexedConnection};
use schemas::documents::Order;
use serde::{Deserialize, de::DeserializeOwned};
use tokio::sync::OnceCell;

use crate::{client::PlacedOrder, environment::Environment, eventually, kafka};

/// A shop's stores.
#[derive(Debug, Clone)]
pub struct Store {
    /// The database.
    pub database: Database,
    prefix: String,
}

/// An aggregate as stored.
#[derive(Debug, Clone, Deserialize)]
pub struct Stored<S> {
    /// Counts the changes.
    pub version: i64,
    /// The aggregate.
    pub state: S,
}

/// How much there is of everything: two equal counts mean that nothing was stored in between.
pub type Counts = BTreeMap<String, i64>;

impl Store {
    pub(crate) fn new(database: Database, prefix: &str) -> Self {
        Self { database, prefix: prefix.to_owned() }
    }

    /// What stands in front of every topic, group and cache key.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// How many documents each collection has, records each topic, and keys the cache.
    ///
    /// # Panics
    /// When a store does not answer.
    pub async fn counts(&self) -> Counts {
        let mut counts = Counts::new();
        for name in self.database.list_collection_names().await.expect("the collections") {
            let collection = self.database.collection::<Document>(&name);
            let count = collection.count_documents(doc! {}).await.expect("a count");
            counts.insert(format!("collection {name}"), i64::try_from(count).unwrap_or(i64::MAX));
        }
        let prefix = self.prefix.clone();
        let records = blocking(move || kafka::records(&prefix)).await;
        counts.extend(records.into_iter().map(|(topic, records)| (format!("topic {topic}"), records)));
        let keys = cache_keys(&self.prefix).await.len();
        counts.insert("cache".to_owned(), i64::try_from(keys).unwrap_or(i64::MAX));
        counts
    }

    /// The state of an aggregate.
    ///
    /// # Panics
    /// When the database does not answer, or it is not of that shape.
    pub async fn state<S>(&self, collection: &str, id: &str) -> Option<S>
    where
        S: DeserializeOwned + Send + Sync,
    {
        let found = self.database.collection::<Stored<S>>(collection).find_one(doc! { "_id": id }).await;
        found.expect("a document").map(|stored| stored.state)
    }

    /// Every document that matches.
    ///
    /// # Panics
    /// When the database does not answer, or one is not of that shape.
    pub async fn find<D>(&self, collection: &str, filter: Document) -> Vec<D>
    where
        D: DeserializeOwned + Send + Sync + Unpin,
    {
        self.try_find(collection, filter).await.unwrap_or_else(|error| panic!("{collection}: {error}"))
    }

    /// Every document that matches, from a database that may be away.
    ///
    /// # Errors
    /// It does not answer, or a document is not of that shape.
    pub async fn try_find<D>(&self, collection: &str, filter: Document) -> Result<Vec<D>, mongodb::error::Error>
    where
        D: DeserializeOwned + Send + Sync + Unpin,
    {
        self.database.collection::<D>(collection).find(filter).await?.try_collect().await
    }

    /// An order, as the record has it.
    ///
    /// # Panics
    /// When there is none.
    pub async fn order(&self, id: &str) -> Order {
        self.state("orders", id).await.unwrap_or_else(|| panic!("no order {id} in the record"))
    }

    /// What became of the units of a part that an order asked for: `held`, `sold`, `released` or `refused`.
    ///
    /// # Panics
    /// When it never asked.
    pub async fn reservation(&self, order: &str, sku: &str) -> String {
        let id = format!("{order}:{sku}");
        let found = self.find::<Document>("reservations", doc! { "_id": &id }).await;
        let row = found.first().and_then(|found| found.get_document("row").ok());
        let state = row.and_then(|row| row.get_str("state").ok());
        state.unwrap_or_else(|| panic!("no reservation {id}")).to_owned()
    }

    /// How many records each pool has still to read, all pools together.
    ///
    /// # Panics
    /// When the broker does not answer.
    pub async fn lag(&self) -> i64 {
        let prefix = self.prefix.clone();
        blocking(move || crate::stack::POOLS.iter().map(|pool| kafka::lag(&prefix, pool)).sum()).await
    }

    /// The cache.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn cache(&self) -> MultiplexedConnection {
        cache().await
    }

    /// Forgets every status, as a cache that was flushed.
    ///
    /// # Panics
    /// When the cache does not answer.
    pub async fn flush_cache(&self) {
        let keys = cache_keys(&self.prefix).await;
        if !keys.is_empty() {
            let _: i64 = cache().await.del(keys).await.expect("keys deleted");
        }
    }

    /// The cache's entry of an order's status, as soon as there is one that readers believe. Reading it puts it there.
    ///
    /// # Panics
    /// When there is none in time.
    pub async fn status_entry(&self, order: &PlacedOrder) -> String {
        let (key, mut cache) = (self.status_key(&order.id).await, cache().await);
        eventually("the status is cached", async || {
            order.status().await;
            let entry: Option<String> = cache.get(&key).await.map_err(|error| error.to_string())?;
            entry.filter(|entry| !entry.ends_with(':')).ok_or_else(|| "it is not".to_owned())
        })
        .await
    }

    /// The cache's key of an order's status; it names the run of the server.
    ///
    /// # Panics
    /// When the cache does not answer.
    pub async fn status_key(&self, order: &str) -> String {
        let server: String = redis::cmd("INFO").arg("server").query_async(&mut cache().await).await.expect("INFO");
        let run = server.lines().find_map(|line| line.strip_prefix("run_id:")).expect("a run");
        format!("{}status:{}:{order}", self.prefix, run.trim())
    }
}

/// Does something that blocks.
///
/// # Panics
/// When it does.
pub async fn blocking<T: Send + 'static>(task: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(task).await.unwrap_or_else(|error| panic!("{error}"))
}

/// The database's client of this process.
///
/// # Panics
/// When the connection string is none.
pub async fn client() -> Client {
    static CLIENT: OnceCell<Client> = OnceCell::const_new();
    let connect = || async {
        let mut options = ClientOptions::parse(&Environment::get().mongo_uri).await.expect("a connection string");
        options.app_name = Some("e2e".to_owned());
        options.server_selection_timeout = Some(Duration::from_secs(20));
        Client::with_options(options).expect("a client")
    };
    CLIENT.get_or_init(connect).await.clone()
}

async fn cache() -> MultiplexedConnection {
    let client = redis::Client::open(Environment::get().redis_url.as_str()).expect("the cache's address");
    client.get_multiplexed_async_connection().await.expect("the cache answers")
}

/// Every key of the cache that begins so.
pub(crate) async fn cache_keys(prefix: &str) -> Vec<String> {
    let mut connection = cache().await;
    let keys = connection.scan_match::<_, String>(format!("{prefix}*")).await.expect("a scan");
    keys.filter_map(async |key| key.ok()).collect().await
}

/// Deletes these keys of the cache.
pub(crate) async fn delete_cache_keys(keys: Vec<String>) {
    if !keys.is_empty() {
        let _: Result<i64, _> = cache().await.del(keys).await;
    }
}
