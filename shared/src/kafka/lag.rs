//! How far the workers are behind their inboxes, seen from outside: by a client that reads the groups' committed offsets
//! and never joins one.

use std::{collections::BTreeMap, time::Duration};

use rdkafka::{
    ClientContext, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer as _, ConsumerContext},
    error::{KafkaError, RDKafkaErrorCode},
};

use super::{KafkaSetupError, client};
use crate::config::KafkaSettings;

/// How long the broker may take to answer one question.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// After so many looks the topics' partitions are counted again: they may have become more.
const COUNT_AGAIN: u32 = 60;

/// A worker pool and its inbox, by their names without the deployment's prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inbox {
    /// The pool: the name of its consumer group.
    pub pool: &'static str,
    /// The topic.
    pub topic: &'static str,
}

/// One partition of an inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The offset that the next record gets.
    pub end: i64,
    /// The first offset that the pool has not done; 0 where it never committed.
    pub committed: i64,
}

/// The partitions of each inbox, in the order of the inboxes that are watched.
pub type Look = Vec<Vec<Progress>>;

/// The ends of all partitions, by topic and number.
pub type Ends = BTreeMap<(String, i32), i64>;

/// Watches inboxes. One client for each pool, because the library asks for the offsets of the client's own group alone; none
/// of them ever fetches a record or joins its group. Every call blocks: to be used on a thread of its own.
pub struct LagProbe {
    pools: Vec<Pool>,
    looks: u32,
}

struct Pool {
    topic: String,
    partitions: i32,
    consumer: BaseConsumer<Quiet>,
}

/// Says nothing about a broker that is away: whoever looks is told by the look.
struct Quiet;

impl ClientContext for Quiet {
    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "the lag probe");
    }
}

impl ConsumerContext for Quiet {}

impl LagProbe {
    /// A probe for these inboxes.
    ///
    /// # Errors
    /// [`KafkaSetupError`] when the client library refuses the settings.
    pub fn new(settings: &KafkaSettings, inboxes: &[Inbox]) -> Result<Self, KafkaSetupError> {
        let pool = |inbox: &Inbox| {
            let mut config = client(settings);
            config.set("group.id", settings.topic(inbox.pool)).set("enable.auto.commit", "false");
            let consumer = config.create_with_context(Quiet).map_err(|error| KafkaSetupError::new(settings, error))?;
            Ok(Pool { topic: settings.topic(inbox.topic), partitions: 0, consumer })
        };
        Ok(Self { pools: inboxes.iter().map(pool).collect::<Result<_, _>>()?, looks: 0 })
    }

    /// Asks for the ends of all inboxes, which only a working broker answers. To ask for the offset at the time "end" is to
    /// ask for the newest, and is one request for each broker, however many partitions it leads.
    ///
    /// # Errors
    /// What the broker says, or that it says nothing.
    pub fn ends(&mut self) -> Result<Ends, KafkaError> {
        self.pools.iter().for_each(Pool::attend);
        if self.looks.is_multiple_of(COUNT_AGAIN) || self.pools.iter().any(|pool| pool.partitions == 0) {
            self.pools.iter_mut().try_for_each(Pool::count)?;
        }
        self.looks = self.looks.wrapping_add(1);
        let mut list = TopicPartitionList::new();
        for pool in &self.pools {
            for partition in 0..pool.partitions {
                list.add_partition_offset(&pool.topic, partition, Offset::End)?;
            }
        }
        let Some(pool) = self.pools.first().filter(|_| list.count() > 0) else { return Ok(BTreeMap::new()) };
        let answer = pool.consumer.offsets_for_times(list, ANSWER_WITHIN)?;
        let end = |element: &rdkafka::topic_partition_list::TopicPartitionListElem<'_>| {
            element.error()?;
            Ok(((element.topic().to_owned(), element.partition()), element.offset().to_raw().unwrap_or_default()))
        };
        answer.elements().iter().map(end).collect()
    }

    /// Asks how far each pool has come: one question for each.
    ///
    /// # Errors
    /// What the groups' coordinators say, or that they say nothing; the broker may well take records all the same.
    pub fn look(&self, ends: &Ends) -> Result<Look, KafkaError> {
        self.pools.iter().map(|pool| pool.progress(ends)).collect()
    }
}

impl Pool {
    /// Hands what the library has to say to [`Quiet`]: left alone it would pile up.
    fn attend(&self) {
        while self.consumer.poll(Duration::ZERO).is_some() {}
    }

    /// Counts the partitions; none while the topic does not exist.
    fn count(&mut self) -> Result<(), KafkaError> {
        let metadata = self.consumer.fetch_metadata(Some(&self.topic), ANSWER_WITHIN)?;
        let topic = metadata.topics().iter().find(|topic| topic.name() == self.topic);
        let partitions = topic.map_or(0, |topic| topic.partitions().len());
        self.partitions =
            i32::try_from(partitions).map_err(|_| KafkaError::MetadataFetch(RDKafkaErrorCode::InvalidPartitions))?;
        Ok(())
    }

    fn progress(&self, ends: &Ends) -> Result<Vec<Progress>, KafkaError> {
        if self.partitions == 0 {
            return Ok(Vec::new());
        }
        let mut list = TopicPartitionList::new();
        list.add_partition_range(&self.topic, 0, self.partitions - 1);
        let committed = self.consumer.committed_offsets(list, ANSWER_WITHIN)?;
        let progress = |element: &rdkafka::topic_partition_list::TopicPartitionListElem<'_>| {
            element.error()?;
            let end = ends.get(&(self.topic.clone(), element.partition())).copied().unwrap_or_default();
            // "No offset" is a negative one.
            let committed = element.offset().to_raw().filter(|offset| *offset >= 0).unwrap_or_default();
            Ok(Progress { end, committed })
        };
        committed.elements().iter().map(progress).collect()
    }
}
