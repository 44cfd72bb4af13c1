//! A worker with no domain: adds up amounts, tells `toy.told` of each, asks the outside about negative ones.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::TryStreamExt;
use mongodb::bson::{Document, doc};
use rdkafka::{
    ClientConfig, Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
};
use serde::{Deserialize, Serialize};
use shared::{
    avro::{AvroError, Fingerprint},
    config::{EngineSettings, Environment, KafkaSettings, RedisSettings},
    daemon::Context,
    engine::{Caller, Handler, NoRow, Outbox, PendingEffect, Projection, Refusal, State, Tried, Unanswered, Worker},
    id::{CorrelationId, MessageId},
    kafka::{Publisher, Raw, ensure_topics},
    message::{Delivery, Envelope, Origin, Outgoing, Topic},
    ops::Health,
    time::Timestamp,
    trace::TraceContext,
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// What the toy is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Toy {
    /// Adds so much; 13 is refused, 14 meets a bug, less than nothing asks the outside.
    Add(i64),
    /// The outside answered.
    Answered {
        /// What it was asked about.
        amount: i64,
        /// Whether it did answer.
        known: bool,
    },
    /// Sets the deadline.
    RemindAt(Timestamp),
    /// Of a deadline that the handler will refuse.
    RemindInVain,
    /// The deadline is reached.
    Due,
}

impl Topic for Toy {
    const TOPIC: &'static str = "toy.inbox";

    fn name(&self) -> &'static str {
        "Toy"
    }

    fn encode(&self) -> Result<(Fingerprint, Vec<u8>), AvroError> {
        Ok(([0; 8], serde_json::to_vec(self).expect("plain data")))
    }

    fn decode(_: Fingerprint, body: &[u8]) -> Result<Self, AvroError> {
        serde_json::from_slice(body).map_err(|error| AvroError::UnknownSchema(error.to_string()))
    }
}

/// What the toy tells others.
pub struct Told;

impl Topic for Told {
    const TOPIC: &'static str = "toy.told";

    fn name(&self) -> &'static str {
        "Told"
    }

    fn encode(&self) -> Result<(Fingerprint, Vec<u8>), AvroError> {
        Ok(([0; 8], Vec::new()))
    }

    fn decode(_: Fingerprint, _: &[u8]) -> Result<Self, AvroError> {
        Ok(Self)
    }
}

/// What the toy keeps.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// What was added, together.
    pub sum: i64,
    /// What the outside answered, together.
    pub answered: i64,
    /// How many calls had no answer.
    pub unknown: i64,
    /// The deadline.
    pub due: Option<Timestamp>,
    /// How often it was reached.
    pub reminded: u32,
    /// What was added, in order.
    pub added: Vec<i64>,
}

impl State for Tally {
    const COLLECTION: &'static str = "tallies";

    fn deadline(&self) -> Option<Timestamp> {
        self.due
    }
}

/// The rules of the toy.
#[derive(Default)]
pub struct Adder {
    /// Whether the bug is mended.
    pub mended: bool,
}

/// A deadline that the handler refuses.
const IN_VAIN: Timestamp = Timestamp::from_millis(1);

impl Handler for Adder {
    type State = Tally;
    type Message = Toy;
    type Effect = i64;
    type Row = NoRow;

    fn handle(
        &self,
        state: Option<Tally>,
        delivery: &Delivery<Toy>,
        out: &mut Outbox<'_, i64, NoRow>,
    ) -> Result<Option<Tally>, Refusal> {
        let mut tally = state.unwrap_or_default();
        match delivery.message {
            Toy::Add(13) => return Err(Refusal::new("unlucky", "13")),
            Toy::Add(14) if !self.mended => panic!("a bug in a handler"),
            Toy::Add(amount) => {
                tally.sum += amount;
                tally.added.push(amount);
                out.send::<Told>(&delivery.aggregate_id, Told);
                if amount < 0 {
                    out.call(amount);
                }
            }
            Toy::Answered { amount, known: true } => tally.answered += amount,
            Toy::Answered { known: false, .. } => tally.unknown += 1,
            Toy::RemindAt(due) => tally.due = Some(due),
            Toy::RemindInVain => tally.due = Some(IN_VAIN),
            Toy::Due if tally.due == Some(IN_VAIN) => return Err(Refusal::new("in_vain", "always")),
            Toy::Due => {
                tally.due = None;
                tally.reminded += 1;
            }
        }
        Ok(Some(tally))
    }

    fn deadline_reached(&self, _: &str, _: Timestamp) -> Option<Toy> {
        Some(Toy::Due)
    }
}

/// The outside: fails as often as told before it answers, and keeps a ledger by idempotency key.
#[derive(Clone, Default)]
pub struct Outside {
    /// How often each key was asked for.
    pub ledger: Arc<Mutex<BTreeMap<MessageId, u32>>>,
    /// How often it fails before it answers.
    pub failures: u32,
    /// How long it takes.
    pub delay: Duration,
}

impl Caller<Adder> for Outside {
    async fn call(&self, _: &str, effect: &PendingEffect<i64>, _: Tried) -> Result<Toy, Unanswered> {
        tokio::time::sleep(self.delay).await;
        let mut ledger = self.ledger.lock().expect("no panic while held");
        let asked = ledger.entry(effect.id).or_default();
        *asked += 1;
        if *asked <= self.failures {
            return Err(Unanswered("the outside is down".to_owned()));
        }
        Ok(Toy::Answered { amount: effect.effect, known: true })
    }

    fn unanswered(&self, _: &str, effect: &i64, _: &Unanswered) -> Toy {
        Toy::Answered { amount: *effect, known: false }
    }
}

/// An outside that keeps its ledger in the database, where it outlives the worker: how often each key was asked for.
#[derive(Clone)]
pub struct Ledger(mongodb::Collection<Document>);

impl Ledger {
    /// That of a world.
    #[must_use]
    pub fn of(world: &World) -> Self {
        Self(world.database.collection("outside"))
    }

    /// How many keys were asked for.
    pub async fn keys(&self) -> u64 {
        self.0.count_documents(doc! {}).await.expect("a count")
    }
}

impl Caller<Adder> for Ledger {
    async fn call(&self, _: &str, effect: &PendingEffect<i64>, _: Tried) -> Result<Toy, Unanswered> {
        let asked = doc! { "$inc": { "asked": 1 }, "$set": { "amount": effect.effect } };
        let noted = self.0.update_one(doc! { "_id": effect.id.to_string() }, asked).upsert(true).await;
        noted.map_err(|error| Unanswered(error.to_string()))?;
        Ok(Toy::Answered { amount: effect.effect, known: true })
    }

    fn unanswered(&self, _: &str, effect: &i64, _: &Unanswered) -> Toy {
        Toy::Answered { amount: *effect, known: false }
    }
}

/// A broker prefix and a database of the test's own.
pub struct World {
    /// Names topics and database.
    pub name: String,
    /// The broker.
    pub kafka: KafkaSettings,
    /// The database.
    pub database: mongodb::Database,
    /// How the workers work.
    pub engine: EngineSettings,
    publisher: Publisher,
}

fn part(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| panic!("{variable} is not set: run `cargo xtask test`"))
}

/// Where Redis is.
pub fn redis_url() -> String {
    part("SPAREPARTS_REDIS__URL")
}

impl World {
    /// A world of its own.
    pub async fn new() -> Self {
        Self::named(&Uuid::now_v7().simple().to_string()).await
    }

    /// The world of this name, which another process may be in already.
    pub async fn named(unique: &str) -> Self {
        let kafka = KafkaSettings {
            brokers: part("SPAREPARTS_KAFKA__BROKERS"),
            topic_prefix: format!("t{unique}."),
            partitions: 4,
            replication: 1,
            session_timeout_ms: 6000,
            instance: String::new(),
        };
        let client = mongodb::Client::with_uri_str(part("SPAREPARTS_MONGO__URI")).await.expect("a valid URI");
        let engine = EngineSettings {
            batch_size: 50,
            max_calls: 8,
            call_patience_seconds: 20,
            sweep_interval_ms: 100,
            stuck_grace_seconds: 300,
        };
        ensure_topics(&kafka, &[Toy::TOPIC, Told::TOPIC]).await.expect("topics");
        let publisher = Publisher::new(&kafka).expect("a producer");
        Self { name: unique.to_owned(), kafka, database: client.database(&format!("t{unique}")), engine, publisher }
    }

    fn context(&self) -> Context<()> {
        Context {
            name: "toy",
            environment: Environment::Development,
            settings: (),
            kafka: self.kafka.clone(),
            mongo: self.database.clone(),
            redis: RedisSettings { url: redis_url() },
            engine: self.engine.clone(),
            shutdown: CancellationToken::new(),
            health: Health::default(),
        }
    }

    /// Starts a worker.
    pub fn start<C: Caller<Adder>>(&self, outside: C) -> Running {
        let context = self.context();
        let shutdown = context.shutdown.clone();
        let worker = Worker::with_calls(&context, Adder::default(), outside).sends_to(&[Told::TOPIC]);
        Running { shutdown, task: tokio::spawn(async move { worker.run().await.expect("a worker that starts") }) }
    }

    /// A worker without the bug.
    pub fn start_mended(&self) -> Running {
        let context = self.context();
        let shutdown = context.shutdown.clone();
        let worker = Worker::with_calls(&context, Adder { mended: true }, Outside::default()).sends_to(&[Told::TOPIC]);
        Running { shutdown, task: tokio::spawn(async move { worker.run().await.expect("a worker that starts") }) }
    }

    /// A producer to this world's topics.
    pub fn publisher(&self) -> Publisher {
        self.publisher.clone()
    }

    /// Starts a worker that projects.
    pub fn start_projecting<P: Projection<Tally>>(&self, projection: P) -> Running {
        let context = self.context();
        let shutdown = context.shutdown.clone();
        let worker = Worker::with_calls(&context, Adder::default(), Outside::default()).projects_to(projection);
        Running { shutdown, task: tokio::spawn(async move { worker.run().await.expect("a worker that starts") }) }
    }

    /// Sends messages: id, aggregate and content.
    pub async fn send(&self, messages: &[(&str, &str, Toy)]) {
        let outgoing: Vec<Outgoing> = messages
            .iter()
            .map(|(id, aggregate, message)| {
                let id = MessageId::of_fact(id);
                let origin = Origin::first(id, CorrelationId::generate(), Timestamp::now(), TraceContext::start());
                Outgoing::new(aggregate, message, origin).expect("plain data")
            })
            .collect();
        self.publisher.publish(&outgoing).await.expect("an acknowledgement");
    }

    /// Sends what no worker can decode.
    pub async fn send_garbage(&self, key: &str) {
        let garbage =
            Raw { topic: Toy::TOPIC.to_owned(), key: key.as_bytes(), payload: b"garbage", headers: Vec::new() };
        self.publisher.publish_all(&[garbage]).await.expect("an acknowledgement");
    }

    /// Sends `count` amounts of 1, spread over ten aggregates.
    pub async fn send_ones(&self, from: usize, count: usize) {
        let names: Vec<(String, String)> =
            (from..from + count).map(|index| (format!("one/{index}"), format!("tally-{}", index % 10))).collect();
        let messages: Vec<_> =
            names.iter().map(|(id, aggregate)| (id.as_str(), aggregate.as_str(), Toy::Add(1))).collect();
        self.send(&messages).await;
    }

    /// What the store has.
    pub async fn tallies(&self) -> HashMap<String, Tally> {
        #[derive(Deserialize)]
        struct Stored {
            #[serde(rename = "_id")]
            id: String,
            state: Tally,
        }
        let all = self.database.collection::<Document>(Tally::COLLECTION).clone_with_type::<Stored>();
        let stored: Vec<Stored> = all.find(doc! {}).await.expect("a read").try_collect().await.expect("a read");
        stored.into_iter().map(|stored| (stored.id, stored.state)).collect()
    }

    /// Waits until the tallies are as wanted; the last ones seen are shown if they never are.
    pub async fn until(&self, wanted: impl Fn(&HashMap<String, Tally>) -> bool) {
        let mut seen = HashMap::new();
        for _ in 0..600 {
            seen = self.tallies().await;
            if wanted(&seen) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("not so within a minute: {seen:?}");
    }

    /// Waits until all sums together are as wanted.
    pub async fn until_sum(&self, wanted: i64) {
        self.until(|tallies| tallies.values().map(|tally| tally.sum).sum::<i64>() == wanted).await;
    }

    /// Everything in a topic: the records' payloads and headers.
    pub fn read(&self, topic: &str) -> Vec<(Vec<u8>, HashMap<String, String>)> {
        use rdkafka::message::Headers;
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", &self.kafka.brokers)
            .set("group.id", "reader")
            .create()
            .expect("a consumer");
        let topic = self.kafka.topic(topic);
        let (mut list, mut left) = (TopicPartitionList::new(), 0);
        for partition in 0..self.kafka.partitions {
            let (low, high) =
                consumer.fetch_watermarks(&topic, partition, Duration::from_secs(10)).expect("watermarks");
            left += high - low;
            list.add_partition_offset(&topic, partition, Offset::Beginning).expect("a partition");
        }
        consumer.assign(&list).expect("an assignment");
        let mut records = Vec::new();
        while left > 0 {
            let message = consumer.poll(Duration::from_secs(10)).expect("a record in time").expect("a record");
            let headers = message.headers().map(|headers| {
                let text = |value: Option<&[u8]>| String::from_utf8_lossy(value.unwrap_or_default()).into_owned();
                headers.iter().map(|header| (header.key.to_owned(), text(header.value))).collect()
            });
            records.push((message.payload().unwrap_or_default().to_vec(), headers.unwrap_or_default()));
            left -= 1;
        }
        records
    }

    /// The ids of the messages told, each with how often.
    pub fn told(&self) -> BTreeMap<MessageId, u32> {
        let mut told = BTreeMap::new();
        for (payload, _) in self.read(Told::TOPIC) {
            *told.entry(Envelope::decode(&payload).expect("an envelope").message_id).or_default() += 1;
        }
        told
    }

    /// Removes what the test left in the database.
    pub async fn end(self) {
        self.database.drop().await.expect("a dropped database");
    }
}

/// A worker at work.
pub struct Running {
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    /// Works for as long as the process lives.
    pub async fn work(self) {
        self.task.await.expect("a worker that works");
    }

    /// As SIGTERM would.
    pub async fn stop(self) {
        self.shutdown.cancel();
        self.task.await.expect("an orderly end");
    }

    /// As near to kill -9 as it gets within a process: the loop is dropped wherever it is.
    pub fn kill(self) {
        self.task.abort();
    }
}
