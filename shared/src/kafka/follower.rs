//! Reading all of a topic without a group: every process that follows has all records, and keeps its place itself.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures::{FutureExt, StreamExt, future::BoxFuture};
use rdkafka::{
    ClientContext, Message, Offset, TopicPartitionList,
    consumer::{Consumer as _, ConsumerContext, StreamConsumer},
    error::{KafkaError, RDKafkaErrorCode},
};
use tokio::time::timeout;

use super::{KafkaSetupError, client};
use crate::{config::KafkaSettings, message::Position, time::Timestamp};

/// How long the broker may take to answer one question.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// What the broker holds of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// The first offset that is still there.
    pub begin: i64,
    /// The offset that the next record gets.
    pub end: i64,
}

/// One record of a topic that is followed.
#[derive(Debug, Clone)]
pub struct Followed {
    /// Where it stands.
    pub position: Position,
    /// When it was appended.
    pub at: Timestamp,
    /// Its payload.
    pub payload: Vec<u8>,
}

/// A reader of all partitions of a topic.
pub struct Follower {
    consumer: Arc<StreamConsumer<Quiet>>,
    topic: String,
}

/// Says nothing about a broker that is away: whoever reads is told by the read.
struct Quiet;

impl ClientContext for Quiet {
    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "the follower");
    }
}

impl ConsumerContext for Quiet {}

impl Follower {
    /// A reader of this topic.
    ///
    /// # Errors
    /// [`KafkaSetupError`] when the client library refuses the settings.
    pub fn new(settings: &KafkaSettings, topic: &str) -> Result<Self, KafkaSetupError> {
        let mut config = client(settings);
        config
            // The library wants a name; nothing joins a group of that name, and nothing is committed.
            .set("group.id", settings.topic("followers"))
            .set("enable.auto.commit", "false")
            // What is not there any more was missed, and whoever follows must hear of it.
            .set("auto.offset.reset", "error")
            .set("fetch.wait.max.ms", "250")
            .set("queued.max.messages.kbytes", "4096");
        let consumer = config.create_with_context(Quiet).map_err(|error| KafkaSetupError::new(settings, error))?;
        Ok(Self { consumer: Arc::new(consumer), topic: settings.topic(topic) })
    }

    /// What the broker holds of each partition.
    ///
    /// # Errors
    /// What the broker says, or that it says nothing.
    pub fn extents(&self) -> BoxFuture<'static, Result<BTreeMap<i32, Extent>, KafkaError>> {
        let (consumer, topic) = (Arc::clone(&self.consumer), self.topic.clone());
        Box::pin(async move {
            let asked = tokio::task::spawn_blocking(move || extents(&consumer, &topic));
            asked.await.unwrap_or(Err(KafkaError::Canceled))
        })
    }

    /// Reads on from these offsets, in these partitions alone.
    ///
    /// # Errors
    /// What the library says of the offsets.
    pub fn begin(&self, next: &BTreeMap<i32, i64>) -> Result<(), KafkaError> {
        let mut list = TopicPartitionList::new();
        for (partition, offset) in next {
            list.add_partition_offset(&self.topic, *partition, Offset::Offset(*offset))?;
        }
        self.consumer.assign(&list)
    }

    /// Waits for at least one record, for as long as `patience`, and takes what else is there, up to `most`. `None` if
    /// records were missed: they are not there any more.
    ///
    /// # Errors
    /// What the library reports; it recovers by itself, so the caller notes it and asks again.
    pub fn next_batch(
        &self,
        most: usize,
        patience: Duration,
    ) -> BoxFuture<'_, Result<Option<Vec<Followed>>, KafkaError>> {
        Box::pin(async move {
            let mut stream = self.consumer.stream();
            let mut batch = Vec::new();
            let mut next = timeout(patience, stream.next()).await.ok().flatten();
            while let Some(received) = next {
                match received {
                    Ok(message) => batch.push(Followed {
                        position: Position { partition: message.partition(), offset: message.offset() },
                        at: Timestamp::from_millis(message.timestamp().to_millis().unwrap_or_default()),
                        payload: message.payload().unwrap_or_default().to_vec(),
                    }),
                    Err(error) if error.rdkafka_error_code() == Some(RDKafkaErrorCode::AutoOffsetReset) => {
                        return Ok(None);
                    }
                    // What was read before the error stays good; the error will be met again if it lasts.
                    Err(_) if !batch.is_empty() => break,
                    Err(error) => return Err(error),
                }
                if batch.len() >= most {
                    break;
                }
                next = stream.next().now_or_never().flatten();
            }
            Ok(Some(batch))
        })
    }
}

fn extents(consumer: &StreamConsumer<Quiet>, topic: &str) -> Result<BTreeMap<i32, Extent>, KafkaError> {
    let metadata = consumer.fetch_metadata(Some(topic), ANSWER_WITHIN)?;
    let partitions =
        metadata.topics().iter().filter(|found| found.name() == topic).flat_map(|topic| topic.partitions());
    let extent = |partition: i32| {
        let (begin, end) = consumer.fetch_watermarks(topic, partition, ANSWER_WITHIN)?;
        Ok((partition, Extent { begin, end }))
    };
    partitions.map(|partition| extent(partition.id())).collect()
}
