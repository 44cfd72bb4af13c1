//! The broker as an operator sees it: topics, how much stands in them, who reads how far.

use std::{collections::BTreeMap, time::Duration};

use rdkafka::{
    ClientConfig, Offset, TopicPartitionList,
    admin::{AdminClient, AdminOptions},
    client::DefaultClientContext,
    consumer::{BaseConsumer, Consumer},
    error::KafkaResult,
    message::{BorrowedMessage, Headers, Message},
    metadata::MetadataTopic,
    producer::{BaseProducer, BaseRecord, Producer},
};

use crate::{checker::Partition, environment::Environment};

const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// How many records each topic with the prefix has, by its name without the prefix. Blocking.
///
/// # Panics
/// When the broker does not answer.
#[must_use]
pub fn records(prefix: &str) -> BTreeMap<String, i64> {
    let consumer = consumer(None);
    let mut records = BTreeMap::new();
    for (topic, partitions) in topics(&consumer, prefix) {
        let sum: i64 = (0..partitions).map(|partition| high_watermark(&consumer, &topic, partition)).sum();
        records.insert(topic[prefix.len()..].to_owned(), sum);
    }
    records
}

/// How many records a daemon has still to read from its inbox. Blocking.
///
/// # Panics
/// When the broker does not answer.
#[must_use]
pub fn lag(prefix: &str, daemon: &str) -> i64 {
    let left = |partition: &Partition| partition.end - partition.committed.unwrap_or_default();
    progress(prefix, daemon).iter().map(left).sum()
}

/// How far each partition of a daemon's inbox goes, and how far the daemon has come. Blocking.
///
/// # Panics
/// When the broker does not answer.
#[must_use]
pub fn progress(prefix: &str, daemon: &str) -> Vec<Partition> {
    let group = format!("{prefix}{daemon}");
    let topic = format!("{prefix}{daemon}.inbox");
    let consumer = consumer(Some(&group));
    let partitions = topics(&consumer, &topic).get(&topic).copied().unwrap_or_default();
    let mut wanted = TopicPartitionList::new();
    wanted.add_partition_range(&topic, 0, partitions - 1);
    let committed = consumer.committed_offsets(wanted, ANSWER_WITHIN).expect("committed offsets");
    let progress_of = |element: &rdkafka::topic_partition_list::TopicPartitionListElem<'_>| {
        let number = element.partition();
        let (begin, end) = consumer.fetch_watermarks(&topic, number, ANSWER_WITHIN).expect("watermarks");
        let committed = match element.offset() {
            Offset::Offset(next) => Some(next),
            _ => None,
        };
        Partition { number, begin, end, committed }
    };
    committed.elements().iter().map(progress_of).collect()
}

/// How many processes work in a daemon's pool, as the broker sees it. Blocking.
///
/// # Panics
/// When the broker does not answer.
#[must_use]
pub fn members(prefix: &str, daemon: &str) -> usize {
    let group = format!("{prefix}{daemon}");
    let groups = consumer(None).fetch_group_list(Some(&group), ANSWER_WITHIN).expect("the group list");
    groups.groups().iter().find(|found| found.name() == group).map_or(0, |found| found.members().len())
}

/// Every topic with the prefix, with its number of partitions, from a broker that may be away. Blocking.
///
/// # Errors
/// It does not answer in time.
pub fn try_topics(prefix: &str, within: Duration) -> Result<BTreeMap<String, i32>, String> {
    topics_within(&consumer(None), prefix, within).map_err(|error| error.to_string())
}

/// Every topic with the prefix, with its number of partitions.
fn topics(consumer: &BaseConsumer, prefix: &str) -> BTreeMap<String, i32> {
    topics_within(consumer, prefix, ANSWER_WITHIN).expect("the topics")
}

fn topics_within(consumer: &BaseConsumer, prefix: &str, within: Duration) -> KafkaResult<BTreeMap<String, i32>> {
    let metadata = consumer.fetch_metadata(None, within)?;
    let ours = metadata.topics().iter().filter(|topic| topic.name().starts_with(prefix));
    let named =
        |topic: &MetadataTopic| (topic.name().to_owned(), i32::try_from(topic.partitions().len()).unwrap_or(i32::MAX));
    Ok(ours.map(named).collect())
}

fn high_watermark(consumer: &BaseConsumer, topic: &str, partition: i32) -> i64 {
    consumer.fetch_watermarks(topic, partition, ANSWER_WITHIN).expect("watermarks").1
}

fn consumer(group: Option<&str>) -> BaseConsumer {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &Environment::get().brokers);
    config.set("group.id", group.unwrap_or("e2e-observer"));
    config.create().expect("a consumer")
}

/// The names of all topics that begin so. Blocking.
///
/// # Panics
/// When the broker does not answer.
#[must_use]
pub fn topic_names(prefix: &str) -> Vec<String> {
    topics(&consumer(None), prefix).into_keys().collect()
}

/// Deletes topics; one that is gone already does no harm.
pub async fn delete_topics(names: &[String]) {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &Environment::get().brokers);
    let Ok(admin) = config.create::<AdminClient<DefaultClientContext>>() else { return };
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let options = AdminOptions::new().request_timeout(Some(ANSWER_WITHIN));
    let _ = admin.delete_topics(&names, &options).await;
}

/// Appends a record to a topic. Blocking.
///
/// # Panics
/// When the broker does not acknowledge it.
pub fn append(topic: &str, key: &str, payload: &[u8]) {
    append_all(topic, key, &[payload.to_vec()]);
}

/// Appends records of one key, one behind the other. Blocking.
///
/// # Panics
/// When the broker does not acknowledge them.
pub fn append_all(topic: &str, key: &str, payloads: &[Vec<u8>]) {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &Environment::get().brokers);
    let producer: BaseProducer = config.create().expect("a producer");
    for payload in payloads {
        producer.send(BaseRecord::to(topic).key(key).payload(payload)).map_err(|(error, _)| error).expect("room");
    }
    producer.flush(ANSWER_WITHIN).expect("an acknowledgement");
}

/// Every record of a topic, oldest first within its partition: key and headers as text. Blocking.
///
/// # Panics
/// When the broker does not answer.
#[must_use]
pub fn read_all(topic: &str) -> Vec<Record> {
    let mut records = Vec::new();
    each(topic, |message| {
        let headers = message.headers().into_iter().flat_map(Headers::iter);
        records.push(Record {
            key: text(message.key()),
            headers: headers.map(|header| (header.key.to_owned(), text(header.value))).collect(),
        });
    });
    records
}

/// Goes through a topic, oldest record first within its partition. Blocking.
///
/// # Panics
/// When the broker does not answer.
pub fn each(topic: &str, mut look: impl FnMut(&BorrowedMessage<'_>)) {
    let consumer = consumer(None);
    let partitions = topics(&consumer, topic).get(topic).copied().unwrap_or_default();
    let mut assignment = TopicPartitionList::new();
    let mut left = 0;
    for partition in 0..partitions {
        let (low, high) = consumer.fetch_watermarks(topic, partition, ANSWER_WITHIN).expect("watermarks");
        left += high - low;
        assignment.add_partition_offset(topic, partition, Offset::Beginning).expect("an offset");
    }
    consumer.assign(&assignment).expect("an assignment");
    while left > 0 {
        let message = consumer.poll(ANSWER_WITHIN).expect("a record").expect("a record");
        look(&message);
        left -= 1;
    }
}

/// Bytes as text.
#[must_use]
pub fn text(bytes: Option<&[u8]>) -> String {
    String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned()
}

/// A record, as far as tests look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The key.
    pub key: String,
    /// The headers.
    pub headers: BTreeMap<String, String>,
}
