//! When a shop has nothing left to do.

use std::{collections::BTreeMap, time::Duration};

use mongodb::bson::{Document, doc};
use tokio::time::{Instant, sleep};

use crate::{stack::Stack, store::Store};

/// Waits until a shop has nothing left to do.
///
/// # Panics
/// When it does not come to rest in time, with what is left.
pub async fn at_rest(shop: &Stack, limit: Duration) {
    rest_within(shop, limit).await.unwrap_or_else(|left| panic!("{left}"));
}

/// Waits until a shop has nothing left to do: every inbox is read to its end, nothing waits for an answer or a deadline,
/// and that for a while, for a message may be on its way.
///
/// # Errors
/// What is left, when it does not come to rest in time.
///
/// # Panics
/// When a store does not answer.
pub async fn rest_within(shop: &Stack, limit: Duration) -> Result<(), String> {
    const CALM: u32 = 5;
    let (store, until) = (shop.store(), Instant::now() + limit);
    let mut calm = 0;
    loop {
        let left = unfinished(&store).await;
        calm = if left.is_empty() { calm + 1 } else { 0 };
        if calm >= CALM {
            return Ok(());
        }
        if Instant::now() > until {
            return Err(format!("not at rest after {limit:?}: {left:?}"));
        }
        sleep(Duration::from_millis(500)).await;
    }
}

/// What is left to do, by name.
async fn unfinished(store: &Store) -> BTreeMap<String, i64> {
    let mut left = BTreeMap::new();
    left.insert("records to read".to_owned(), store.lag().await);
    for collection in ["orders", "payments", "shipments"] {
        let open = doc! { "$or": [{ "due_at": { "$exists": true } }, { "pending.0": { "$exists": true } }] };
        let open: Vec<Document> = store.find(collection, open).await;
        left.insert(collection.to_owned(), i64::try_from(open.len()).unwrap_or(i64::MAX));
    }
    left.retain(|_, count| *count != 0);
    left
}
