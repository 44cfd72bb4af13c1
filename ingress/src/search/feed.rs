//! Keeps the index fresh: makes it from the record, then follows the catalog's events. Each is only a reason to read the
//! product again, so it does no harm to hear one twice or out of order; an older revision never replaces a newer one.

use std::{
    collections::HashMap,
    convert::Infallible,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use metrics::gauge;
use schemas::{catalog::CatalogEvent, documents::Product, ids::ProductId, search::SearchReport};
use shared::{
    config::KafkaSettings,
    kafka::{Followed, Follower, ensure_topics},
    message::{Delivery, Topic},
    ops::Health,
    retry::Patience,
    time::Timestamp,
};
use tokio_util::sync::CancellationToken;

use super::{
    Record, Search, Shelf,
    mark::{Lag, Mark},
    volume::{FeedError, Volume},
};
use crate::{directory::Directory, read_models::Counter};

/// The part of the daemon's health that is told here.
pub const PART: &str = "search";
/// Products that are read at once.
const AT_ONCE: i64 = 500;
/// Products that are taken before they are written, when all are.
const BETWEEN_COMMITS: u64 = 20_000;
/// How long a change waits for others that are made findable together with it.
const COMMIT_EVERY: Duration = Duration::from_millis(500);
/// How long events are waited for.
const LISTEN: Duration = Duration::from_millis(200);
/// How often it is looked how far behind the index is.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A database that does not answer keeps no process from ending.
const WITHDRAW_WITHIN: Duration = Duration::from_secs(1);
/// After what went wrong.
const TRY_AGAIN: Duration = Duration::from_secs(2);
/// The record may answer from before the change that was just announced, while the database has a new primary.
const READ_AGAIN: Patience = Patience {
    first: Duration::from_millis(100),
    longest: Duration::from_millis(500),
    total: Some(Duration::from_secs(3)),
};

/// What feeds the index.
pub struct Feed {
    /// What answers from it.
    pub search: Arc<Search>,
    /// What is counted of them.
    pub directory: Arc<Directory>,
    /// Where products are kept at hand until they are announced.
    pub counter: Arc<Counter>,
    /// The broker.
    pub kafka: KafkaSettings,
    /// The products.
    pub record: Record,
    /// Where the index is kept.
    pub shelf: Shelf,
    /// The process, in its reports.
    pub name: String,
    /// Where it is told that the first index is not made yet.
    pub health: Health,
}

/// Why following ended.
enum Turn {
    /// An order came to make the index anew.
    Ordered(i64),
    /// Events were missed.
    Missed,
}

impl Feed {
    /// Feeds the index until shutdown.
    pub async fn keep(self, shutdown: CancellationToken) {
        self.health.report(PART, Err("the index is not made yet".to_owned()));
        let feeding = async {
            loop {
                let Err(error) = self.run().await;
                tracing::warn!(%error, "the search index is not being kept fresh");
                // Orders come first: they do not wait for an index that cannot be made.
                self.health.report(PART, Ok(()));
                tokio::time::sleep(TRY_AGAIN).await;
            }
        };
        shutdown.run_until_cancelled(feeding).await;
        let _ = tokio::time::timeout(WITHDRAW_WITHIN, self.record.withdraw(&self.name)).await;
    }

    async fn run(&self) -> Result<Infallible, FeedError> {
        ensure_topics(&self.kafka, &[CatalogEvent::TOPIC]).await.map_err(kafka)?;
        let follower = Follower::new(&self.kafka, CatalogEvent::TOPIC).map_err(kafka)?;
        let mut volume = self.first_volume(&follower).await?;
        self.directory.complete();
        loop {
            self.search.serve(volume.index.clone());
            self.health.report(PART, Ok(()));
            let turn = self.follow(&follower, &mut volume, true).await?;
            let generation = match turn {
                Turn::Ordered(generation) => generation,
                Turn::Missed => volume.mark.generation,
            };
            tracing::info!(generation, "the search index is made anew");
            let anew = self.anew(&follower, &mut volume, generation).await?;
            self.search.serve(anew.index.clone());
            volume.retire().await?;
            volume = anew;
        }
    }

    async fn first_volume(&self, follower: &Follower) -> Result<Volume, FeedError> {
        let generation = self.record.generation().await?;
        let extents = follower.extents().await.map_err(kafka)?;
        let (shelf, source) = (self.shelf.clone(), self.source());
        let kept = tokio::task::spawn_blocking(move || shelf.kept(|mark| mark.goes_on(&source, generation, &extents)))
            .await??;
        match kept {
            Some((writer, mark)) => {
                self.count_all().await?;
                Ok(Volume::new(writer, mark))
            }
            None => self.build(follower, generation).await,
        }
    }

    /// Counts all products, for an index that need not read them. What changes meanwhile is announced behind its mark.
    async fn count_all(&self) -> Result<(), FeedError> {
        let mut after = String::new();
        while let Some((products, last)) = patiently(|| self.record.page(&after, AT_ONCE)).await? {
            self.directory.take(&products);
            after = last;
        }
        Ok(())
    }

    /// Builds a new index while the old one is still kept fresh, as long as that can be.
    async fn anew(&self, follower: &Follower, old: &mut Volume, generation: i64) -> Result<Volume, FeedError> {
        let mut building = pin!(self.build(follower, generation));
        tokio::select! {
            built = &mut building => built,
            ended = self.follow(follower, old, false) => {
                ended?;
                building.await
            }
        }
    }

    /// Reads all products. What changes meanwhile is announced after the offsets that are noted before.
    async fn build(&self, follower: &Follower, generation: i64) -> Result<Volume, FeedError> {
        let (begun, extents) = (Instant::now(), follower.extents().await.map_err(kafka)?);
        let shelf = self.shelf.clone();
        let writer = tokio::task::spawn_blocking(move || shelf.empty()).await??;
        let mut volume = Volume::new(writer, Mark::at_the_end(self.source(), generation, &extents));
        let (mut after, mut count, mut written) = (String::new(), 0, 0);
        while let Some((products, last)) = patiently(|| self.record.page(&after, AT_ONCE)).await? {
            count += products.len() as u64;
            self.directory.take(&products);
            volume.take(products).await?;
            if count - written >= BETWEEN_COMMITS {
                volume.commit(String::new()).await?;
                written = count;
            }
            if !self.search.is_ready() {
                self.health.report(PART, Err(format!("the index is being made: {count} products")));
            }
            after = last;
        }
        volume.commit(volume.mark.note()).await?;
        tracing::info!(
            products = count,
            seconds = begun.elapsed().as_secs_f64(),
            generation,
            "the search index is made"
        );
        Ok(volume)
    }

    /// Takes what is announced, until that is not enough any more.
    async fn follow(&self, follower: &Follower, volume: &mut Volume, heeds_orders: bool) -> Result<Turn, FeedError> {
        self.counter.missed();
        follower.begin(&volume.mark.next).map_err(kafka)?;
        let (mut lag, mut looked, mut reported) = (Lag::default(), None::<Instant>, None::<Instant>);
        let is_due = |last: Option<Instant>, every| last.is_none_or(|last| last.elapsed() >= every);
        loop {
            match follower.next_batch(AT_ONCE as usize, LISTEN).await {
                Ok(Some(batch)) => self.hear(follower, volume, &mut lag, &batch).await?,
                Ok(None) => return Ok(Turn::Missed),
                Err(error) => {
                    tracing::warn!(%error, "the catalog's events cannot be followed");
                    tokio::time::sleep(LOOK_EVERY).await;
                }
            }
            if volume.dirty && volume.committed.elapsed() >= COMMIT_EVERY {
                volume.commit(volume.mark.note()).await?;
            }
            if is_due(looked, LOOK_EVERY) {
                looked = Some(Instant::now());
                if self.look(follower, volume, &mut lag).await? {
                    return Ok(Turn::Missed);
                }
            }
            if is_due(reported, SearchReport::EVERY) {
                reported = Some(Instant::now());
                match self.report(volume).await {
                    Ok(generation) if heeds_orders && generation > volume.mark.generation => {
                        return Ok(Turn::Ordered(generation));
                    }
                    Ok(_) => {}
                    Err(error) => tracing::warn!(%error, "nothing is reported of the search index"),
                }
            }
        }
    }

    /// Reads the products that were announced and takes them.
    async fn hear(
        &self,
        follower: &Follower,
        volume: &mut Volume,
        lag: &mut Lag,
        batch: &[Followed],
    ) -> Result<(), FeedError> {
        let announced = announced(batch);
        if !announced.is_empty() {
            self.counter.announced(announced.keys().copied());
            let products = measuring(follower, volume, lag, self.read(&announced)).await?;
            self.directory.take(&products);
            volume.take(products).await?;
            volume.taken = batch.iter().map(|record| record.at).max().max(volume.taken);
        }
        volume.mark.advance(batch);
        Ok(())
    }

    /// The products as of the revisions that were announced, or later ones.
    async fn read(&self, announced: &HashMap<ProductId, i64>) -> Result<Vec<Product>, FeedError> {
        let ids: Vec<ProductId> = announced.keys().copied().collect();
        let mut waits = READ_AGAIN.waits();
        loop {
            let products = patiently(|| self.record.by_ids(&ids)).await?;
            let fresh = |product: &&Product| announced.get(&product.product_id).is_some_and(|r| product.revision >= *r);
            let missing = ids.len() - products.iter().filter(fresh).count();
            match waits.next().filter(|_| missing > 0) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => {
                    if missing > 0 {
                        tracing::warn!(missing, "products are not in the record as they were announced");
                    }
                    return Ok(products);
                }
            }
        }
    }

    /// Measures how far behind the index is; whether events were missed.
    async fn look(&self, follower: &Follower, volume: &mut Volume, lag: &mut Lag) -> Result<bool, FeedError> {
        let asked = Instant::now();
        let Ok(extents) = follower.extents().await else { return Ok(false) };
        if volume.mark.missed(&extents) {
            return Ok(true);
        }
        volume.measure(&extents, lag);
        if volume.mark.behind(&extents) == 0 {
            self.counter.heard_all(asked);
        }
        if volume.mark.add_partitions(&extents) {
            follower.begin(&volume.mark.next).map_err(kafka)?;
        }
        Ok(false)
    }

    /// Tells what the index holds, and hears of the last order to make it anew.
    async fn report(&self, volume: &mut Volume) -> Result<i64, FeedError> {
        let held = volume.fingerprint().await?;
        gauge!("search_products").set(held.products as f64);
        let generation = volume.mark.generation;
        let report = SearchReport { generation, products: held.to_string(), at: Timestamp::now() };
        self.record.report(&self.name, &report).await?;
        Ok(self.record.generation().await?)
    }

    /// What tells the shop's index from that of another shop on the same shelf.
    fn source(&self) -> String {
        format!("{}{}", self.kafka.topic_prefix, self.record.database)
    }
}

/// Waits for this, and measures meanwhile how far behind the index is: while the database is away, nobody else does.
async fn measuring<T>(follower: &Follower, volume: &Volume, lag: &mut Lag, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    loop {
        match tokio::time::timeout(LOOK_EVERY, &mut work).await {
            Ok(done) => return done,
            Err(_) => {
                if let Ok(extents) = follower.extents().await {
                    volume.measure(&extents, lag);
                }
            }
        }
    }
}

/// The newest revision that was announced of each product.
fn announced(batch: &[Followed]) -> HashMap<ProductId, i64> {
    let mut announced = HashMap::new();
    for record in batch {
        match Delivery::<CatalogEvent>::decode(&record.payload, record.position, record.at, None) {
            Ok(Delivery { message: CatalogEvent::ProductChanged(changed), .. }) => {
                let newest = announced.entry(changed.product_id).or_insert(changed.version);
                *newest = changed.version.max(*newest);
            }
            Err(error) => {
                tracing::error!(position = ?record.position, %error, "an event of the catalog makes no sense")
            }
        }
    }
    announced
}

/// The database is waited for.
async fn patiently<T, F>(ask: impl Fn() -> F) -> Result<T, mongodb::error::Error>
where
    F: Future<Output = Result<T, mongodb::error::Error>>,
{
    let mut waits = Patience::STORES.waits();
    loop {
        match (ask().await, waits.next()) {
            (Err(error), Some(wait)) => {
                tracing::warn!(%error, "the products cannot be read");
                tokio::time::sleep(wait).await;
            }
            (answer, _) => return answer,
        }
    }
}

fn kafka(error: impl ToString) -> FeedError {
    FeedError::Kafka(error.to_string())
}
