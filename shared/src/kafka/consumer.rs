//! Reading an inbox: batches as they come, offsets stored by hand, rebalances as events with a name.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::{FutureExt, StreamExt, future::BoxFuture};
use metrics::gauge;
use rdkafka::{
    ClientContext, Message, Offset, Statistics, TopicPartitionList,
    consumer::{BaseConsumer, Consumer as _, ConsumerContext, Rebalance, StreamConsumer},
    error::{KafkaError, RDKafkaErrorCode},
    message::{BorrowedMessage, Headers},
};

use super::{KafkaSetupError, client};
use tokio::time::{Instant, timeout, timeout_at};

use crate::{
    config::KafkaSettings,
    engine::{ATTEMPTS, Held, Offsets, PLACE, Past, Place},
    message::Position,
    ops::Health,
    time::Timestamp,
    trace::TRACEPARENT,
};

/// One record, as the broker gave it.
#[derive(Debug, Clone)]
pub struct Received {
    /// Where it stands.
    pub position: Position,
    /// When it was appended.
    pub at: Timestamp,
    /// Its key.
    pub key: Vec<u8>,
    /// Its payload.
    pub payload: Vec<u8>,
    /// Its `traceparent` header.
    pub traceparent: Option<String>,
    /// What became of it before, if it was sent again.
    pub past: Option<Past>,
    /// Keeps its offset, and later ones, from being stored until it is released: from the moment on that the library gave
    /// the record away, whatever becomes of it here.
    pub held: Held,
}

/// The most payload taken at once: what a batch writes is a small multiple of it.
const MOST_BYTES: usize = 2 * 1024 * 1024;

/// How long a batch waits for further records: what a batch costs beside its records is saved many times over when there
/// are more of them.
const GATHER: Duration = Duration::from_millis(5);

/// A member of a worker's consumer group on its inbox.
pub struct Consumer {
    consumer: Arc<StreamConsumer<Events>>,
    topic: String,
    offsets: Offsets,
}

struct Events {
    name: &'static str,
    topic: String,
    offsets: Offsets,
    health: Health,
    joined: AtomicBool,
}

impl Consumer {
    /// Joins the group `<prefix><name>` on an inbox.
    ///
    /// # Errors
    /// [`KafkaSetupError`] when the client library refuses the settings.
    pub fn join(
        settings: &KafkaSettings,
        name: &'static str,
        topic: &str,
        offsets: Offsets,
        health: Health,
    ) -> Result<Self, KafkaSetupError> {
        let topic = settings.topic(topic);
        health.report("inbox", Err("has not joined its group yet".to_owned()));
        let joined = AtomicBool::new(false);
        let events = Events { name, topic: topic.clone(), offsets: offsets.clone(), health, joined };
        let mut config = client(settings);
        config
            .set("group.id", settings.topic(name))
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("session.timeout.ms", settings.session_timeout_ms.to_string())
            .set("heartbeat.interval.ms", (settings.session_timeout_ms / 4).to_string())
            .set("auto.offset.reset", "earliest")
            // The library commits what we stored; we store only what is done.
            .set("enable.auto.offset.store", "false")
            .set("auto.commit.interval.ms", "500")
            .set("fetch.wait.max.ms", "250")
            // While there is something to work on, nothing is fetched: many small fetches cost the broker more than the
            // batch they bring. Then the library looks again soon; left to itself it would rest for a second.
            .set("queued.min.messages", "1")
            .set("fetch.queue.backoff.ms", "10")
            // Bounded read-ahead: the backlog belongs in the broker.
            .set("queued.max.messages.kbytes", "16384")
            .set("statistics.interval.ms", "2000");
        if !settings.instance.is_empty() {
            config.set("group.instance.id", format!("{name}-{}", settings.instance));
        }
        let consumer: StreamConsumer<Events> =
            config.create_with_context(events).map_err(|error| KafkaSetupError::new(settings, error))?;
        consumer.subscribe(&[&topic]).map_err(|error| KafkaSetupError::new(settings, error))?;
        Ok(Self { consumer: Arc::new(consumer), topic, offsets })
    }

    /// Waits for at least one record, for as long as `patience`, and takes what else is there or comes at once, up to `most`.
    ///
    /// To be waited for to the end: what was taken is held, and so lost with the future until the next start.
    ///
    /// # Errors
    /// What the library reports; it recovers by itself, so the caller notes it and asks again.
    pub fn next_batch(&self, most: usize, patience: Duration) -> BoxFuture<'_, Result<Vec<Received>, KafkaError>> {
        Box::pin(async move {
            let mut stream = self.consumer.stream();
            let (mut batch, mut bytes) = (Vec::new(), 0);
            let mut next = timeout(patience, stream.next()).await.ok().flatten();
            let until = Instant::now() + GATHER;
            while let Some(received) = next {
                match received {
                    Ok(message) => batch.push(self.receive(&message)),
                    // What was read before the error stays good; the error will be met again if it lasts.
                    Err(_) if !batch.is_empty() => break,
                    Err(error) if error.rdkafka_error_code() == Some(RDKafkaErrorCode::Fatal) => return Err(error),
                    // An outage leaves a heap of reports behind. Only the last of them may still be true: a worker that
                    // rested at each would be away long after the broker is back.
                    Err(error) => match stream.next().now_or_never() {
                        Some(later) => {
                            next = later;
                            continue;
                        }
                        None => return Err(error),
                    },
                }
                bytes += batch.last().map_or(0, |record: &Received| record.payload.len());
                if batch.len() >= most || bytes >= MOST_BYTES {
                    break;
                }
                next = match stream.next().now_or_never() {
                    Some(next) => next,
                    None => timeout_at(until, stream.next()).await.ok().flatten(),
                };
            }
            Ok(batch)
        })
    }

    fn receive(&self, message: &BorrowedMessage<'_>) -> Received {
        let header = |key: &str| {
            let header = message.headers()?.iter().find(|header| header.key == key)?;
            String::from_utf8(header.value?.to_vec()).ok()
        };
        let past = header(ATTEMPTS).map(|attempts| Past {
            attempts: attempts.parse().unwrap_or_default(),
            place: header(PLACE).as_deref().and_then(Place::parse),
        });
        let position = Position { partition: message.partition(), offset: message.offset() };
        Received {
            position,
            at: Timestamp::from_millis(message.timestamp().to_millis().unwrap_or_default()),
            key: message.key().unwrap_or_default().to_vec(),
            payload: message.payload().unwrap_or_default().to_vec(),
            traceparent: header(TRACEPARENT),
            past,
            held: self.offsets.take(position),
        }
    }

    /// Marks everything before `next` in each partition as done.
    pub fn store(&self, done: &[(i32, i64)]) {
        let mut list = TopicPartitionList::new();
        for (partition, next) in done {
            if let Err(error) = list.add_partition_offset(&self.topic, *partition, Offset::Offset(*next)) {
                tracing::warn!(partition, %error, "offset not stored");
            }
        }
        // A partition that was just taken from us refuses: its new owner repeats what we did, and finds it done.
        if let Err(error) = self.consumer.store_offsets(&list) {
            tracing::debug!(%error, "offsets not stored: the partition belongs to another worker now");
        }
    }

    /// Commits what is stored and leaves the group.
    pub fn leave(self) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            let consumer = self.consumer;
            let left = tokio::task::spawn_blocking(move || {
                let _ = consumer.commit_consumer_state(rdkafka::consumer::CommitMode::Sync);
                consumer.unsubscribe();
                drop(consumer);
            });
            let _ = left.await;
        })
    }
}

impl ClientContext for Events {
    fn stats(&self, statistics: Statistics) {
        let Some(topic) = statistics.topics.get(&self.topic) else { return };
        for (partition, numbers) in topic.partitions.iter().filter(|(partition, _)| **partition >= 0) {
            // A partition that belongs to another worker keeps its last numbers here; only its owner reports it.
            let is_ours = numbers.fetch_state == "active";
            let committed = if numbers.committed_offset >= 0 { numbers.committed_offset } else { numbers.lo_offset };
            let lag = if is_ours { (numbers.hi_offset - committed).max(0) } else { 0 };
            #[allow(clippy::cast_precision_loss, reason = "a gauge")]
            gauge!("engine_lag", "worker" => self.name, "partition" => partition.to_string()).set(lag as f64);
        }
    }
}

impl ConsumerContext for Events {
    fn pre_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        let (what, partitions) = match rebalance {
            Rebalance::Assign(partitions) => ("gained", partitions),
            Rebalance::Revoke(partitions) => ("lost", partitions),
            Rebalance::Error(_) => return,
        };
        let numbers: Vec<i32> = partitions.elements().iter().map(|element| element.partition()).collect();
        tracing::info!(worker = self.name, partitions = ?numbers, "partitions {what}");
        self.offsets.forget(&numbers);
    }

    fn post_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        match rebalance {
            Rebalance::Assign(_) => {
                if !self.joined.swap(true, Ordering::Relaxed) {
                    self.health.report("inbox", Ok(()));
                }
            }
            Rebalance::Revoke(_) => {}
            Rebalance::Error(error) => tracing::warn!(worker = self.name, %error, "rebalance failed"),
        }
    }
}
