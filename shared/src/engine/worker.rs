//! The loop: poll, load, plan, write, publish, call, store the offsets.

use std::{
    collections::{HashMap, HashSet},
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use metrics::{counter, gauge, histogram};
use rdkafka::types::RDKafkaErrorCode;
use tokio_util::sync::CancellationToken;

use super::{
    Caller, Handler, Held, Index, Loaded, NoCalls, NoEffect, NoProjection, Offsets, Plan, Projection, Refusal,
    calls::Calls,
    dead_letter, plan,
    projection::Projector,
    store::{Store, Unwritten},
    sweeper::Sweeper,
};
use crate::{
    config::{EngineSettings, KafkaSettings},
    daemon::{Context, StartError},
    kafka::{Consumer, Publisher, Received, ensure_topics},
    message::{Delivery, Outgoing, Topic},
    ops::Health,
    retry::Patience,
    time::Timestamp,
};

/// A worker daemon: a handler on its inbox.
pub struct Worker<H: Handler, C, P> {
    name: &'static str,
    handler: H,
    caller: C,
    projection: P,
    indexes: Vec<Index>,
    topics: Vec<&'static str>,
    settings: EngineSettings,
    kafka: KafkaSettings,
    database: mongodb::Database,
    shutdown: CancellationToken,
    health: Health,
}

impl<H: Handler<Effect = NoEffect>> Worker<H, NoCalls, NoProjection> {
    /// A worker that makes no calls and feeds no projection.
    pub fn new<S>(context: &Context<S>, handler: H) -> Self {
        Self::with_calls(context, handler, NoCalls)
    }
}

impl<H: Handler, C: Caller<H>> Worker<H, C, NoProjection> {
    /// A worker that makes calls to the outside.
    pub fn with_calls<S>(context: &Context<S>, handler: H, caller: C) -> Self {
        Self {
            name: context.name,
            handler,
            caller,
            projection: NoProjection,
            indexes: Vec::new(),
            topics: Vec::new(),
            settings: context.engine.clone(),
            kafka: context.kafka.clone(),
            database: context.mongo.clone(),
            shutdown: context.shutdown.clone(),
            health: context.health.clone(),
        }
    }

    /// Feeds a projection with every new version.
    pub fn projects_to<P: Projection<H::State>>(self, projection: P) -> Worker<H, C, P> {
        Worker {
            projection,
            name: self.name,
            handler: self.handler,
            caller: self.caller,
            indexes: self.indexes,
            topics: self.topics,
            settings: self.settings,
            kafka: self.kafka,
            database: self.database,
            shutdown: self.shutdown,
            health: self.health,
        }
    }
}

impl<H: Handler, C: Caller<H>, P: Projection<H::State>> Worker<H, C, P> {
    /// The indexes that readers of this worker's collections rely on.
    #[must_use]
    pub fn indexes(mut self, indexes: &[Index]) -> Self {
        self.indexes.extend_from_slice(indexes);
        self
    }

    /// Topics besides the inbox that must exist before the worker starts: those it sends to.
    #[must_use]
    pub fn sends_to(mut self, topics: &[&'static str]) -> Self {
        self.topics.extend_from_slice(topics);
        self
    }

    /// Works until shutdown.
    ///
    /// # Errors
    /// [`StartError`] when the broker or the database refuses what the worker needs in order to start.
    pub async fn run(self) -> Result<(), StartError> {
        let (shutdown, name) = (self.shutdown.clone(), self.name);
        let Some(mut running) = self.start().await? else { return Ok(()) };
        while !shutdown.is_cancelled() {
            if running.calls.is_full() {
                tokio::time::sleep(IDLE).await;
                running.store_offsets();
                continue;
            }
            let batch = tokio::select! {
                batch = running.consumer.next_batch(running.batch_size) => batch,
                () = tokio::time::sleep(IDLE) => Ok(Vec::new()),
                () = shutdown.cancelled() => break,
            };
            match batch {
                Ok(batch) => running.take(batch).await,
                Err(error) if error.rdkafka_error_code() == Some(RDKafkaErrorCode::Fatal) => {
                    running.finish().await;
                    return Err(StartError::Other(format!("the inbox is lost for this process: {error}")));
                }
                Err(error) => {
                    tracing::warn!(worker = name, %error, "inbox not readable; trying again");
                    tokio::time::sleep(UNREADABLE_REST).await;
                }
            }
        }
        running.finish().await;
        Ok(())
    }

    async fn start(self) -> Result<Option<Running<H, C, P>>, StartError> {
        let inbox = H::Message::TOPIC;
        let dead = dead_letter::topic_of(inbox);
        let mut topics = vec![inbox, dead.as_str()];
        topics.extend(self.topics);
        let store = Store::new(self.database.clone());
        tokio::select! {
            made = ensure_topics(&self.kafka, &topics) => made?,
            () = self.shutdown.cancelled() => return Ok(None),
        }
        store.ensure_indexes::<H::State>(&self.indexes).await?;
        let publisher = Publisher::new(&self.kafka)?;
        let offsets = Offsets::default();
        let handler = Arc::new(self.handler);
        let sweeper = Sweeper {
            worker: self.name,
            handler: Arc::clone(&handler),
            database: self.database,
            publisher: publisher.clone(),
            every: Duration::from_millis(self.settings.sweep_interval_ms),
            health: self.health.clone(),
            shutdown: self.shutdown.clone(),
        };
        let patience = Patience {
            first: Duration::from_millis(100),
            longest: Duration::from_secs(5),
            total: Some(Duration::from_secs(self.settings.call_patience_seconds)),
        };
        let limits = (self.settings.max_calls, patience);
        let shutdown = self.shutdown.clone();
        let calls = Calls::new(self.name, self.caller, publisher.clone(), offsets.clone(), limits, shutdown.clone());
        let consumer = Consumer::join(&self.kafka, self.name, inbox, offsets.clone(), self.health.clone())?;
        self.health.started();
        Ok(Some(Running {
            name: self.name,
            consumer,
            batch_size: self.settings.batch_size,
            desk: Desk { name: self.name, handler, store, publisher, shutdown, health: self.health.clone() },
            calls,
            offsets,
            projector: Projector::new(self.name, self.projection),
            sweeper: tokio::spawn(sweeper.run()),
        }))
    }
}

/// How long the loop waits for records before it looks after what else is due: offsets, a projection that is behind.
const IDLE: Duration = Duration::from_millis(250);
/// How long a step (a read, a bulk write, a batch of messages) may take before it is taken again.
const STEP_WITHIN: Duration = Duration::from_secs(20);
const UNREADABLE_REST: Duration = Duration::from_millis(500);

struct Running<H: Handler, C, P> {
    name: &'static str,
    consumer: Consumer,
    batch_size: usize,
    desk: Desk<H>,
    calls: Calls<H, C>,
    offsets: Offsets,
    projector: Projector<H::State, P>,
    sweeper: tokio::task::JoinHandle<()>,
}

impl<H: Handler, C: Caller<H>, P: Projection<H::State>> Running<H, C, P> {
    /// Takes one batch all the way. If the daemon stops half-way, its offsets are not stored and it is taken again.
    async fn take(&mut self, records: Vec<Received>) {
        if !records.is_empty() {
            let held: Vec<Held> = records.iter().map(|record| self.offsets.take(record.position)).collect();
            if self.process(&records, &held).await.is_some() {
                held.into_iter().for_each(|held| self.offsets.release(held));
            }
        } else if self.projector.is_behind() {
            self.projector.offer(HashMap::new()).await;
        }
        self.store_offsets();
    }

    fn store_offsets(&self) {
        let advanced = self.offsets.advanced();
        if !advanced.is_empty() {
            self.consumer.store(&advanced);
        }
    }

    /// `None` when the daemon stopped before the batch was through.
    async fn process(&mut self, records: &[Received], held: &[Held]) -> Option<()> {
        observe(self.name, records);
        let (batch, kept) = self.desk.decode(records).await?;
        let mut plan = self.desk.plan_and_write(&batch).await?;
        self.desk.save_rows(&plan).await?;
        self.projector.offer(std::mem::take(&mut plan.touched)).await;
        let messages: Vec<Outgoing> = plan.messages.drain(..).map(|(_, message)| message).collect();
        self.desk.publish(&messages).await?;
        for dead in &plan.dead {
            self.desk.bury(&records[kept[dead.delivery]], &dead.refusal).await?;
        }
        let done = (batch.len() - plan.dead.len()) as u64;
        for call in plan.calls {
            let cause = &batch[call.delivery];
            self.calls.start(call.aggregate_id, call.effect, cause, held[kept[call.delivery]]);
        }
        counter!("engine_records_total", "worker" => self.name, "outcome" => "done").increment(done);
        Some(())
    }

    async fn finish(self) {
        self.sweeper.abort();
        self.calls.finish().await;
        self.store_offsets();
        self.consumer.leave().await;
        self.desk.publisher.flush().await;
        tracing::info!(worker = self.name, "left the group");
    }
}

/// Where a batch is worked on: each step is repeated until it succeeds or the daemon stops.
struct Desk<H> {
    name: &'static str,
    handler: Arc<H>,
    store: Store,
    publisher: Publisher,
    shutdown: CancellationToken,
    health: Health,
}

type DecodedBatch<M> = (Vec<Delivery<M>>, Vec<usize>);

impl<H: Handler> Desk<H> {
    /// The records that can be understood, each with its index; the others become dead letters.
    async fn decode(&self, records: &[Received]) -> Option<DecodedBatch<H::Message>> {
        let (mut batch, mut kept) = (Vec::with_capacity(records.len()), Vec::with_capacity(records.len()));
        for (index, record) in records.iter().enumerate() {
            match Delivery::decode(&record.payload, record.position, record.at, record.traceparent.as_deref()) {
                Ok(delivery) => {
                    batch.push(delivery);
                    kept.push(index);
                }
                Err(error) => self.bury(record, &Refusal::new("undecodable", error.to_string())).await?,
            }
        }
        Some((batch, kept))
    }

    /// Loads, plans and writes; what meets another writer is loaded, planned and written again.
    async fn plan_and_write(&self, batch: &[Delivery<H::Message>]) -> Option<Plan<H>> {
        let mut which: Vec<usize> = (0..batch.len()).collect();
        let mut total: Option<Plan<H>> = None;
        loop {
            let loaded = self.retry("load", || self.load(batch, &which)).await?;
            let started = Instant::now();
            let mut next = plan::plan(&*self.handler, batch, &which, loaded);
            histogram!("engine_stage_seconds", "worker" => self.name, "stage" => "plan").record(started.elapsed());
            let unwritten = self.retry("write", || self.store.write::<H>(&next.writes)).await?;
            let again = self.withdraw(&mut next, unwritten, batch);
            which.retain(|index| again.contains(&batch[*index].aggregate_id));
            match &mut total {
                Some(total) => total.absorb(next),
                None => total = Some(next),
            }
            if which.is_empty() {
                return total;
            }
            counter!("engine_conflicts_total", "worker" => self.name).increment(which.len() as u64);
        }
    }

    async fn load(&self, batch: &[Delivery<H::Message>], which: &[usize]) -> Result<Loaded<H>, mongodb::error::Error> {
        let ids: HashSet<&str> = which.iter().map(|index| batch[*index].aggregate_id.as_str()).collect();
        let keys: HashSet<_> = which.iter().flat_map(|index| self.handler.rows(&batch[*index])).collect();
        let (documents, rows) = futures::join!(self.store.load::<H>(&ids), self.store.load_rows(&keys));
        let ((documents, mut unreadable), (rows, damaged)) = (documents?, rows?);
        for delivery in which.iter().map(|index| &batch[*index]).filter(|_| !damaged.is_empty()) {
            for key in self.handler.rows(delivery) {
                if let Some(reason) = damaged.get(&key) {
                    unreadable.insert(delivery.aggregate_id.clone(), format!("{}: {reason}", key.id));
                }
            }
        }
        Ok(Loaded { documents, rows, unreadable })
    }

    /// Takes what could not be written out of the plan. Returns the aggregates to be planned again.
    fn withdraw(&self, plan: &mut Plan<H>, unwritten: Unwritten, batch: &[Delivery<H::Message>]) -> HashSet<String> {
        let Unwritten { conflicts, refused } = unwritten;
        if conflicts.is_empty() && refused.is_empty() {
            return conflicts;
        }
        let all: HashSet<String> = conflicts.iter().chain(refused.keys()).cloned().collect();
        plan.withdraw(&all, batch);
        for (index, delivery) in batch.iter().enumerate() {
            if let Some(reason) = refused.get(&delivery.aggregate_id) {
                plan.dead.push(super::Dead { delivery: index, refusal: Refusal::new("write_refused", reason.clone()) });
            }
        }
        conflicts
    }

    async fn save_rows(&self, plan: &Plan<H>) -> Option<()> {
        self.retry("rows", || self.store.save_rows(&plan.rows)).await
    }

    async fn publish(&self, messages: &[Outgoing]) -> Option<()> {
        self.retry("publish", || self.publisher.publish(messages)).await
    }

    async fn bury(&self, record: &Received, refusal: &Refusal) -> Option<()> {
        counter!("engine_records_total", "worker" => self.name, "outcome" => "dead").increment(1);
        let inbox = H::Message::TOPIC;
        self.retry("dead_letter", || dead_letter::send(&self.publisher, self.name, inbox, record, refusal)).await
    }

    /// Repeats a step until it succeeds. `None` when the daemon stops first.
    async fn retry<T, E, F, Fut>(&self, stage: &'static str, mut step: F) -> Option<T>
    where
        E: std::fmt::Display,
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        let mut failed = false;
        for wait in Patience::STORES.waits() {
            let started = Instant::now();
            // Every step may be taken again, so one that hangs is given up and taken again.
            let taken = tokio::time::timeout(STEP_WITHIN, step()).await;
            match taken.map_err(|_| "no answer in time".to_owned()).and_then(|r| r.map_err(|error| error.to_string())) {
                Ok(value) => {
                    if failed {
                        self.health.report(stage, Ok(()));
                    }
                    histogram!("engine_stage_seconds", "worker" => self.name, "stage" => stage)
                        .record(started.elapsed());
                    return Some(value);
                }
                Err(error) => {
                    counter!("engine_retries_total", "worker" => self.name, "stage" => stage).increment(1);
                    tracing::warn!(worker = self.name, stage, error, "trying again");
                    self.health.report(stage, Err(error));
                    failed = true;
                }
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.shutdown.cancelled() => return None,
            }
        }
        None
    }
}

fn observe(worker: &'static str, records: &[Received]) {
    #[allow(clippy::cast_precision_loss, reason = "a histogram of small counts")]
    histogram!("engine_batch_size", "worker" => worker).record(records.len() as f64);
    if let Some(oldest) = records.iter().map(|record| record.at).min() {
        gauge!("engine_oldest_record_age_seconds", "worker" => worker)
            .set(Timestamp::now().since(oldest).as_secs_f64());
    }
}
