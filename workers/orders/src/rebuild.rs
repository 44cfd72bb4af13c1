//! `rebuild-statuses`: compares the statuses in Redis with the orders in the record and puts right what differs, while
//! orders run.
//!
//! Of each batch the cache is read before the record: the record is written first, so an entry can at that moment never be
//! ahead of it. One that is behind may be on its way, and is looked at once more before it counts.

mod compare;

use std::{collections::BTreeMap, time::Duration};

use clap::Parser;
use futures::TryStreamExt;
use mongodb::{
    Collection,
    bson::{Document, doc},
};
use schemas::documents::Order;
use serde::Deserialize;
use shared::{
    daemon::{Context, StartError},
    diff::Diff,
    engine::State,
    versioned_cache::{CacheEntry, CacheError, Cached, Ticket, VersionedCache},
};

use self::compare::{Standing, compare};
use crate::{Policy, projection::status_cache};

/// Orders looked at together.
const BATCH: i64 = 500;
/// Long enough for a projection that is on its way.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// Orders between two lines of progress.
const TELL_EVERY: u64 = 10_000;

/// Compares the statuses in Redis with the record. Without --apply nothing is changed, and the exit code is 1 if any differs.
/// A status that Redis does not hold is no difference, because it keeps each for a minute only and readers find the record;
/// --apply puts it there all the same, some seconds after Redis was started or flushed.
#[derive(Debug, Clone, Copy, Parser)]
#[command(name = "rebuild-statuses", version)]
pub struct Arguments {
    /// Put right what differs.
    #[arg(long)]
    pub apply: bool,
    /// How many lines of differences are printed.
    #[arg(long, default_value_t = 50, value_name = "LINES")]
    pub show: usize,
}

/// Why the statuses could not be compared.
#[derive(Debug, thiserror::Error)]
enum RebuildError {
    #[error("MongoDB: {0}")]
    Mongo(#[from] mongodb::error::Error),
    #[error(transparent)]
    Cache(#[from] CacheError),
    #[error("a status cannot be encoded: {0}")]
    Encoding(#[from] serde_json::Error),
    #[error("{0} statuses differ from the record; --apply puts them right")]
    Different(u64),
}

impl From<RebuildError> for StartError {
    fn from(error: RebuildError) -> Self {
        Self::Other(format!("rebuild-statuses: {error}"))
    }
}

#[derive(Deserialize)]
struct Stored {
    #[serde(rename = "_id")]
    id: String,
    version: i64,
    state: Order,
}

#[derive(Deserialize)]
struct Named {
    #[serde(rename = "_id")]
    id: String,
}

/// An order whose entry is not what it should be.
struct Found {
    entry: CacheEntry,
    kept: Option<Cached>,
    standing: Standing,
    ticket: Ticket,
}

/// Runs the tool.
///
/// # Errors
/// [`StartError`] when a store does not answer, or when statuses differ and were not to be put right.
pub async fn statuses(context: Context<Policy>, arguments: Arguments) -> Result<(), StartError> {
    let cache = status_cache(&context.redis.url, &context.kafka.topic_prefix).map_err(RebuildError::from)?;
    let tool = Tool { orders: context.mongo.collection(Order::COLLECTION), cache };
    Ok(tool.run(arguments).await?)
}

struct Tool {
    orders: Collection<Document>,
    cache: VersionedCache,
}

impl Tool {
    async fn run(&self, arguments: Arguments) -> Result<(), RebuildError> {
        if arguments.apply {
            self.cache.settled().await?;
        }
        let mut diff = Diff::new("orders", arguments.show);
        let (mut absent, mut after, mut next_line) = (0, String::new(), TELL_EVERY);
        loop {
            let ids = self.ids_after(&after).await?;
            let Some(last) = ids.last() else { break };
            after.clone_from(last);
            diff.looked_at(ids.len());
            let found = self.surely(self.look(&ids).await?).await?;
            for found in &found {
                match &found.standing {
                    Standing::Absent => absent += 1,
                    Standing::Different(fields) => diff.differs(&found.entry.id, fields),
                }
                if arguments.apply {
                    self.put_right(found).await?;
                }
            }
            if diff.total() >= next_line {
                eprintln!("{} orders", diff.total());
                next_line += TELL_EVERY;
            }
        }
        diff.end();
        eprintln!("{absent} statuses were not in Redis{}", if arguments.apply { "; they were put there" } else { "" });
        if arguments.apply || diff.count() == 0 { Ok(()) } else { Err(RebuildError::Different(diff.count())) }
    }

    async fn ids_after(&self, after: &str) -> Result<Vec<String>, RebuildError> {
        let named = self.orders.clone_with_type::<Named>();
        let found = named.find(doc! { "_id": { "$gt": after } }).sort(doc! { "_id": 1 }).limit(BATCH);
        let ids = found.projection(doc! { "_id": 1 }).await?.map_ok(|named| named.id).try_collect().await?;
        Ok(ids)
    }

    /// Those of these orders whose entry is not what it should be.
    async fn look(&self, ids: &[String]) -> Result<Vec<Found>, RebuildError> {
        let names: Vec<&str> = ids.iter().map(String::as_str).collect();
        let kept = self.cache.get_many(&names).await?;
        let ticket = self.cache.ticket();
        let stored = self.orders.clone_with_type::<Stored>();
        let found = stored.find(doc! { "_id": { "$in": ids } }).projection(doc! { "version": 1, "state": 1 });
        let orders: Vec<Stored> = found.await?.try_collect().await?;
        let mut orders: BTreeMap<String, Stored> = orders.into_iter().map(|order| (order.id.clone(), order)).collect();
        let mut differing = Vec::new();
        for (id, kept) in ids.iter().zip(kept) {
            let Some(Stored { id, version, state }) = orders.remove(id) else { continue };
            let view = state.status_view();
            if let Some(standing) = compare(version, &view, kept.as_ref()) {
                let entry = CacheEntry { id, version, body: serde_json::to_vec(&view)? };
                differing.push(Found { entry, kept, standing, ticket: ticket.clone() });
            }
        }
        Ok(differing)
    }

    /// Those that still are so after a moment, with the very same entry.
    async fn surely(&self, found: Vec<Found>) -> Result<Vec<Found>, RebuildError> {
        let (absent, doubtful): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|found| matches!(found.standing, Standing::Absent));
        if doubtful.is_empty() {
            return Ok(absent);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
        let ids: Vec<String> = doubtful.iter().map(|found| found.entry.id.clone()).collect();
        let mut again = self.look(&ids).await?;
        again.retain(|now| doubtful.iter().any(|then| then.entry.id == now.entry.id && then.kept == now.kept));
        Ok(absent.into_iter().chain(again).collect())
    }

    /// What has changed meanwhile was changed by the worker, and is left alone.
    async fn put_right(&self, found: &Found) -> Result<(), RebuildError> {
        match &found.kept {
            Some(kept) => drop(self.cache.replace(kept, &found.entry).await?),
            None => self.cache.put(std::slice::from_ref(&found.entry), &found.ticket).await?,
        }
        Ok(())
    }
}
