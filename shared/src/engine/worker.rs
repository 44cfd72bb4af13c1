//! The loop: poll, load, plan, write, publish, call, store the offsets.

use std::{sync::Arc, time::Duration};

use metrics::{counter, gauge, histogram};
use rdkafka::types::RDKafkaErrorCode;
use tokio_util::sync::CancellationToken;

use super::{
    ById, Caller, Dead, DeadLetter, Handler, Held, Index, NoCalls, NoEffect, NoProjection, Offsets, Projection,
    calls::Calls,
    dead_letters::{self, LetterStore},
    desk::{Desk, Places},
    known::Known,
    numbers,
    parked_keys::ParkedKeys,
    projection::Projector,
    store::{Commands, Store},
    sweeper::Sweeper,
};
use crate::{
    config::{EngineSettings, KafkaSettings},
    daemon::{Context, StartError},
    fault_points::{Step, crash_around},
    kafka::{Consumer, Publisher, Received, ensure_topics},
    message::{Outgoing, Topic},
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
                batch = running.consumer.next_batch(running.batch_size, IDLE) => batch,
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
        let dead = dead_letters::topic_of(inbox);
        let mut topics = vec![inbox, dead.as_str()];
        topics.extend(self.topics);
        let (store, letters) = (Store::new(self.database.clone()), LetterStore::new(&self.database));
        tokio::select! {
            made = ensure_topics(&self.kafka, &topics) => made?,
            () = self.shutdown.cancelled() => return Ok(None),
        }
        store.ensure_indexes::<H::State>(&self.indexes).await?;
        letters.create_indexes().await?;
        let publisher = Publisher::new(&self.kafka)?;
        let offsets = Offsets::default();
        let handler = Arc::new(self.handler);
        let sweeper = Sweeper {
            worker: self.name,
            handler: Arc::clone(&handler),
            commands: Commands::new(self.database),
            letters: letters.clone(),
            publisher: publisher.clone(),
            every: Duration::from_millis(self.settings.sweep_interval_ms),
            grace: Duration::from_secs(self.settings.stuck_grace_seconds),
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
        let answers = Publisher::for_single_messages(&self.kafka)?;
        let calls = Calls::new(self.name, self.caller, answers, offsets.clone(), limits, shutdown.clone());
        let consumer = Consumer::join(&self.kafka, self.name, inbox, offsets.clone(), self.health.clone())?;
        self.health.started();
        numbers::begin(self.name);
        Ok(Some(Running {
            name: self.name,
            consumer,
            batch_size: self.settings.batch_size,
            desk: Desk {
                name: self.name,
                handler,
                store,
                parked: ParkedKeys::new(inbox, letters.clone()),
                letters,
                known: Known::default(),
                publisher,
                shutdown,
                health: self.health.clone(),
            },
            calls,
            offsets,
            projector: Projector::new(self.name, self.projection),
            sweeper: tokio::spawn(sweeper.run()),
        }))
    }
}

/// How long the loop waits for records before it looks after what else is due: offsets, a projection that is behind.
const IDLE: Duration = Duration::from_millis(250);
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
            let held: Vec<Held> = records.iter().map(|record| record.held).collect();
            if self.process(&records, &held).await.is_some() {
                held.into_iter().for_each(|held| self.offsets.release(held));
            }
        } else if self.projector.is_behind() {
            self.projector.offer(ById::default()).await;
        }
        self.store_offsets();
    }

    fn store_offsets(&self) {
        let advanced = self.offsets.advanced();
        if !advanced.is_empty() {
            crash_around(Step::Offsets, || self.consumer.store(&advanced));
        }
    }

    /// `None` when the daemon stopped before the batch was through.
    async fn process(&mut self, records: &[Received], held: &[Held]) -> Option<()> {
        observe(self.name, records);
        let (batch, kept) = self.desk.decode(records).await?;
        let place = |record: &Received| Some((record.position, record.past.clone()?.place?));
        let places: Places = records.iter().filter_map(place).collect();
        let plan = loop {
            self.desk.look_up_parked(records, &batch).await?;
            let mut plan = self.desk.plan_and_write(&batch, &places).await?;
            self.desk.save_rows(&plan).await?;
            self.projector.offer(std::mem::take(&mut plan.touched)).await;
            let messages: Vec<Outgoing> = plan.messages.drain(..).map(|(_, message)| message).collect();
            self.desk.publish(&messages).await?;
            let letter = |dead: &Dead| {
                let (record, delivery) = (&records[kept[dead.delivery]], &batch[dead.delivery]);
                DeadLetter::of(record, delivery, &dead.refusal, dead.place.clone(), Timestamp::now())
            };
            self.desk.keep_aside(&plan.dead.iter().map(letter).collect::<Vec<_>>()).await?;
            if self.desk.park(&plan).await? {
                break plan;
            }
        };
        self.desk.send_on(&plan).await;
        let done = (batch.len() - plan.dead.len()) as u64;
        for call in plan.calls {
            let cause = &batch[call.delivery];
            self.calls.start(call.aggregate_id, (call.effect, call.tried), cause, held[kept[call.delivery]]);
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

fn observe(worker: &'static str, records: &[Received]) {
    #[allow(clippy::cast_precision_loss, reason = "a histogram of small counts")]
    histogram!("engine_batch_size", "worker" => worker).record(records.len() as f64);
    if let Some(oldest) = records.iter().map(|record| record.at).min() {
        gauge!("engine_oldest_record_age_seconds", "worker" => worker)
            .set(Timestamp::now().since(oldest).as_secs_f64());
    }
}
