//! Appending to topics: a message counts as sent when the broker has acknowledged it on all in-sync replicas.

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;
use rdkafka::{
    error::{KafkaError, RDKafkaErrorCode},
    message::{Header, OwnedHeaders},
    producer::{BaseRecord, Producer as _},
};

use super::{
    KafkaSetupError, client,
    producer::{Acknowledgements, PolledProducer},
};
use crate::{
    config::KafkaSettings,
    fault_points::{Fault, Step, around},
    message::Outgoing,
    time::Timestamp,
    trace::TRACEPARENT,
};

/// How long the broker may take to acknowledge before the fate of a message counts as unknown.
const ACKNOWLEDGED_WITHIN: Duration = Duration::from_secs(10);
/// How long a message waits for others to share its request. Each partition is a request of its own, and a request costs
/// the broker as much as dozens of messages.
const BATCH_LINGER: Duration = Duration::from_millis(1);
const SINGLES_LINGER: Duration = Duration::from_millis(20);
/// How long to wait for room when the local queue is full.
const ROOM_AGAIN: Duration = Duration::from_millis(5);
const FLUSH_WITHIN: Duration = Duration::from_secs(5);

/// A message whose fate is unknown: it may or may not be in the topic. Sending it again is safe, its id is the same.
#[derive(Debug, thiserror::Error)]
#[error("Kafka did not acknowledge: {0}")]
pub struct PublishError(String);

impl From<Fault> for PublishError {
    fn from(fault: Fault) -> Self {
        Self(fault.to_string())
    }
}

/// A record as it is, with headers of its own.
#[derive(Debug, Clone)]
pub struct Raw<'a> {
    /// The topic, without the deployment's prefix.
    pub topic: String,
    /// The key.
    pub key: &'a [u8],
    /// The payload.
    pub payload: &'a [u8],
    /// The headers.
    pub headers: Vec<(&'static str, String)>,
}

/// An idempotent producer. Cheap to clone; concurrent callers share batches on the wire.
#[derive(Clone)]
pub struct Publisher {
    producer: Arc<PolledProducer>,
    prefix: String,
}

impl Publisher {
    /// A producer for whole batches: acks=all, and the idempotence that keeps retries from reordering or doubling.
    ///
    /// # Errors
    /// [`KafkaSetupError`] when the client library refuses the settings.
    pub fn new(settings: &KafkaSettings) -> Result<Self, KafkaSetupError> {
        Self::lingering(settings, BATCH_LINGER)
    }

    /// A producer for many senders with one message each, who are kept waiting a little so that they share requests.
    ///
    /// # Errors
    /// [`KafkaSetupError`] when the client library refuses the settings.
    pub fn for_single_messages(settings: &KafkaSettings) -> Result<Self, KafkaSetupError> {
        Self::lingering(settings, SINGLES_LINGER)
    }

    fn lingering(settings: &KafkaSettings, linger: Duration) -> Result<Self, KafkaSetupError> {
        let mut config = client(settings);
        config
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("linger.ms", linger.as_millis().to_string())
            .set("message.timeout.ms", ACKNOWLEDGED_WITHIN.as_millis().to_string())
            // Whoever sends more waits for room: see `enqueue`.
            .set("queue.buffering.max.messages", "50000")
            .set("queue.buffering.max.kbytes", "65536");
        let producer = PolledProducer::start(&config).map_err(|error| KafkaSetupError::new(settings, error))?;
        Ok(Self { producer: Arc::new(producer), prefix: settings.topic_prefix.clone() })
    }

    /// Appends messages, in order, and returns once all are acknowledged.
    ///
    /// # Errors
    /// [`PublishError`] when the fate of at least one is unknown. Send all again: the receivers know repetitions.
    pub fn publish<'a>(&'a self, batch: &'a [Outgoing]) -> BoxFuture<'a, Result<(), PublishError>> {
        Box::pin(around(Step::Publish, async move {
            let awaited = Acknowledgements::of(batch.len());
            for message in batch {
                let trace = message.trace.to_string();
                let headers = OwnedHeaders::new().insert(Header { key: TRACEPARENT, value: Some(&trace) });
                self.enqueue(&message.topic, &message.key, &message.payload, headers, &awaited).await?;
            }
            awaited.all().await.map_err(PublishError)
        }))
    }

    /// Appends records with headers of their own, in order, for dead letters; returns once all are acknowledged.
    ///
    /// # Errors
    /// [`PublishError`] when the fate of at least one is unknown.
    pub fn publish_all<'a>(&'a self, records: &'a [Raw<'a>]) -> BoxFuture<'a, Result<(), PublishError>> {
        Box::pin(around(Step::Publish, async move {
            let awaited = Acknowledgements::of(records.len());
            for record in records {
                let headers = record.headers.iter().fold(OwnedHeaders::new(), |all, (key, value)| {
                    all.insert(Header { key, value: Some(value.as_str()) })
                });
                self.enqueue(&record.topic, record.key, record.payload, headers, &awaited).await?;
            }
            awaited.all().await.map_err(PublishError)
        }))
    }

    /// Waits until nothing is left in the local queue; for an orderly end.
    pub fn flush(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            let producer = Arc::clone(&self.producer);
            let flushed = tokio::task::spawn_blocking(move || producer.client.flush(FLUSH_WITHIN)).await;
            if !matches!(flushed, Ok(Ok(()))) {
                tracing::warn!("messages were left unacknowledged at the end; their senders were told so");
            }
        })
    }

    async fn enqueue<K: rdkafka::message::ToBytes + ?Sized>(
        &self,
        topic: &str,
        key: &K,
        payload: &[u8],
        headers: OwnedHeaders,
        awaited: &Arc<Acknowledgements>,
    ) -> Result<(), PublishError> {
        let topic = format!("{}{topic}", self.prefix);
        let record = BaseRecord::with_opaque_to(&topic, Arc::clone(awaited));
        // The broker puts its own time in its place, unless the clock may be shifted: see `topics`.
        let now = Timestamp::now().as_millis();
        let mut record = record.key(key).payload(payload).headers(headers).timestamp(now);
        loop {
            match self.producer.client.send(record) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), refused)) => {
                    record = refused;
                    tokio::time::sleep(ROOM_AGAIN).await;
                }
                Err((error, _)) => return Err(PublishError(error.to_string())),
            }
        }
    }
}
