//! The catalog: the products that the shop sells, and the tool that loads them from a file.
//!
//! The worker checks a product and stores it; whoever reads products (the ingress) reads the collection `products`.

pub mod answer;
pub mod categories;
pub mod change;
pub mod fit;
pub mod handler;
pub mod history;
pub mod load;
pub mod projection;
pub mod put;
pub mod rebuild;
pub mod replacement;
pub mod review;
pub mod rows;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at what cannot happen")]
mod testing;

use schemas::{
    catalog::{CatalogEvent, CatalogMessage, Review, changes::ProductChange},
    documents::Product,
    imports::ImportsMessage,
};
use serde::Deserialize;
use shared::{
    config::Section,
    daemon::{Context, StartError},
    engine::{Index, State, Worker},
    message::Topic,
};

/// `[catalog]`: nothing to set beyond what all daemons share.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {}

impl Section for Settings {}

/// What the ingress looks products up by.
const INDEXES: &[Index] = &[
    Index { collection: Product::COLLECTION, keys: &[("state.slug", 1)], unique: true },
    Index { collection: Product::COLLECTION, keys: &[("state.sku", 1)], unique: true },
    Index { collection: Product::COLLECTION, keys: &[("state.active", 1), ("_id", 1)], unique: false },
    Index { collection: Product::COLLECTION, keys: &[("state.category", 1), ("_id", 1)], unique: false },
    Index { collection: Product::COLLECTION, keys: &[("state.brand", 1), ("_id", 1)], unique: false },
    Index { collection: Product::COLLECTION, keys: &[("state.former_slugs", 1)], unique: false },
    Index { collection: Product::COLLECTION, keys: &[("state.numbers", 1), ("_id", 1)], unique: false },
    Index { collection: Product::COLLECTION, keys: &[("state.relations.group", 1), ("_id", 1)], unique: false },
    Index {
        collection: ProductChange::COLLECTION,
        keys: &[("row.product_id", 1), ("row.at", -1), ("_id", -1)],
        unique: false,
    },
    Index {
        collection: Review::COLLECTION,
        keys: &[("row.product_id", 1), ("row.shown", 1), ("row.at", -1), ("_id", -1)],
        unique: false,
    },
    Index { collection: Review::COLLECTION, keys: &[("row.shown", 1), ("row.at", -1), ("_id", -1)], unique: false },
];

/// Works on `catalog.inbox` until told to stop.
///
/// # Errors
/// [`StartError`] when the broker or the database refuses what the worker needs.
pub async fn start(context: Context<Settings>) -> Result<(), StartError> {
    let versions = projection::ProductVersions::connect(&context.redis.url, &context.kafka.topic_prefix)
        .map_err(|error| StartError::Other(format!("{error}; set SPAREPARTS_REDIS__URL to redis://host:port")))?;
    // The topic of the events is nobody's inbox: nobody else creates it.
    Worker::new(&context, handler::Catalog)
        .projects_to(versions)
        .indexes(INDEXES)
        .sends_to(&[CatalogEvent::TOPIC, CatalogMessage::TOPIC, ImportsMessage::TOPIC])
        .run()
        .await
}
