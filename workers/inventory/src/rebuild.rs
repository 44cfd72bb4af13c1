//! `rebuild-stock`: compares the counters of every part with its records and has the difference put right.
//!
//! The one writer of a part is the inventory worker, so the tool changes no counter: it sends the difference to
//! `inventory.inbox` as `RecountStock`. The difference is read at one moment, and whatever happens to the part afterwards
//! moves counters and records alike. Before that moment each part that differs is given a new version: a worker that
//! remembers counters from before somebody changed them behind its back then has to read them again.

mod books;
mod snapshot;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use clap::Parser;
use futures::TryStreamExt;
use mongodb::{
    Collection, Database,
    bson::{Document, doc},
};
use schemas::inventory::{InventoryMessage, RecountStock};
use serde::Deserialize;
use shared::{
    avro::AvroError,
    daemon::{Context, StartError},
    diff::Diff,
    engine::State,
    id::{CorrelationId, MessageId},
    kafka::{KafkaSetupError, PublishError, ensure_topics},
    message::{Origin, Outgoing, Topic},
    time::Timestamp,
    trace::TraceContext,
};

use self::{books::correction, snapshot::Snapshot};
use crate::{Settings, stock::Stock};

/// Messages handed to the producer together, and parts touched or asked about together.
const AT_ONCE: usize = 1_000;
/// Parts between two lines of progress.
const TELL_EVERY: u64 = 10_000;
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Compares the stock counters with reservations, delivery notes and the ledger. Without --apply nothing is changed, and the
/// exit code is 1 if any differs. The daemon inventory must run to put them right; orders may go on meanwhile.
#[derive(Debug, Clone, Copy, Parser)]
#[command(name = "rebuild-stock", version)]
pub struct Arguments {
    /// Have the inventory worker put right what differs.
    #[arg(long)]
    pub apply: bool,
    /// How many lines of differences are printed.
    #[arg(long, default_value_t = 50, value_name = "LINES")]
    pub show: usize,
    /// How long to wait for the worker, in seconds.
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    pub timeout: u64,
}

/// Why the counters were not compared or not put right.
#[derive(Debug, thiserror::Error)]
enum RebuildError {
    #[error("MongoDB: {0}")]
    Mongo(#[from] mongodb::error::Error),
    #[error("a message cannot be encoded: {0}")]
    Encoding(#[from] AvroError),
    #[error(transparent)]
    Setup(#[from] KafkaSetupError),
    #[error("{0}; run it again, nothing is put right twice")]
    Unpublished(#[from] PublishError),
    #[error("{0} parts differ from their records; --apply has them put right")]
    Different(u64),
    #[error(
        "after {} s {missing} parts are not put right. Is the daemon inventory running? What it refused is in \
         inventory.inbox.dead", .patience.as_secs()
    )]
    NotDone { missing: usize, patience: Duration },
}

impl From<RebuildError> for StartError {
    fn from(error: RebuildError) -> Self {
        Self::Other(format!("rebuild-stock: {error}"))
    }
}

/// Runs the tool.
///
/// # Errors
/// [`StartError`] when a store does not answer, when counters differ and were not to be put right, or when the worker did not
/// do so in time.
pub async fn stock(context: Context<Settings>, arguments: Arguments) -> Result<(), StartError> {
    Ok(run(&context, arguments).await?)
}

async fn run(context: &Context<Settings>, arguments: Arguments) -> Result<(), RebuildError> {
    let mut diff = Diff::new("parts", arguments.show);
    let found = differences(&context.mongo, Some(&mut diff)).await?;
    diff.end();
    match (found.is_empty(), arguments.apply) {
        (true, _) => Ok(()),
        (false, false) => Err(RebuildError::Different(diff.count())),
        (false, true) => put_right(context, &found, Duration::from_secs(arguments.timeout)).await,
    }
}

/// What puts right each part that differs.
async fn differences(database: &Database, mut diff: Option<&mut Diff>) -> Result<Vec<RecountStock>, RebuildError> {
    let mut found = Vec::new();
    let look = |part: snapshot::Part| {
        let correction = correction(&part.stock, &part.books);
        if let Some(diff) = &mut diff {
            diff.looked_at(1);
            if correction.is_some() {
                diff.differs(part.stock.sku.as_str(), &books::differing(&part.stock, &part.books));
            }
            if diff.total().is_multiple_of(TELL_EVERY) {
                eprintln!("{} parts", diff.total());
            }
        }
        found.extend(correction);
    };
    Snapshot::begin(database).await?.parts(look).await?;
    Ok(found)
}

async fn put_right(
    context: &Context<Settings>,
    found: &[RecountStock],
    patience: Duration,
) -> Result<(), RebuildError> {
    let parts: Collection<Document> = context.mongo.collection(Stock::COLLECTION);
    let skus: Vec<&str> = found.iter().map(|recount| recount.sku.as_str()).collect();
    for some in skus.chunks(AT_ONCE) {
        parts.update_many(doc! { "_id": { "$in": some } }, doc! { "$inc": { "version": 1 } }).await?;
    }
    // Found once more: only what is read after the new version is what the worker will read.
    let mut recounts = differences(&context.mongo, None).await?;
    recounts.retain(|recount| skus.contains(&recount.sku.as_str()));
    eprintln!("sending {} corrections to {}", recounts.len(), InventoryMessage::TOPIC);
    send(context, &recounts).await?;
    wait(&parts, &recounts, patience).await?;
    eprintln!("put right: {} parts", recounts.len());
    Ok(())
}

async fn send(context: &Context<Settings>, recounts: &[RecountStock]) -> Result<(), RebuildError> {
    ensure_topics(&context.kafka, &[InventoryMessage::TOPIC]).await?;
    let publisher = context.publisher()?;
    let (correlation, at, trace) = (CorrelationId::generate(), Timestamp::now(), TraceContext::start());
    let message = |recount: &RecountStock| {
        let id = MessageId::of_fact(&format!("recount/{}/{}", recount.sku, recount.recounts));
        let message = InventoryMessage::from(recount.clone());
        Outgoing::new(recount.sku.as_str(), &message, Origin::first(id, correlation, at, trace))
    };
    for some in recounts.chunks(AT_ONCE) {
        let messages = some.iter().map(message).collect::<Result<Vec<_>, _>>()?;
        publisher.publish(&messages).await?;
    }
    Ok(())
}

#[derive(Deserialize)]
struct Recounted {
    #[serde(rename = "_id")]
    id: String,
    state: Recounts,
}

#[derive(Deserialize)]
struct Recounts {
    #[serde(default)]
    recounts: i64,
}

/// Waits until the worker has put right every part.
async fn wait(parts: &Collection<Document>, recounts: &[RecountStock], patience: Duration) -> Result<(), RebuildError> {
    let start = Instant::now();
    let parts = parts.clone_with_type::<Recounted>();
    let mut left: BTreeMap<String, i64> =
        recounts.iter().map(|recount| (recount.sku.to_string(), recount.recounts)).collect();
    while !left.is_empty() {
        if start.elapsed() > patience {
            return Err(RebuildError::NotDone { missing: left.len(), patience });
        }
        let some: Vec<String> = left.keys().take(AT_ONCE).cloned().collect();
        let found = parts.find(doc! { "_id": { "$in": some } }).projection(doc! { "state.recounts": 1 }).await?;
        let found: Vec<Recounted> = found.try_collect().await?;
        let before = left.len();
        left.retain(|sku, seen| !found.iter().any(|part| part.id == *sku && part.state.recounts > *seen));
        if left.len() == before {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
    Ok(())
}
