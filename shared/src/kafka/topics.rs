//! Creating topics that do not exist yet.

use std::{collections::BTreeSet, time::Duration};

use futures::future::BoxFuture;
use rdkafka::{
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
    types::RDKafkaErrorCode,
};

use super::{KafkaSetupError, client};
use crate::{clock, config::KafkaSettings, retry::Patience};

const THIRTY_DAYS_MS: &str = "2592000000";
const ANY_TIME: &str = "9223372036854775807";
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// A broker that is just starting is waited for.
const START_PATIENCE: Patience = Patience {
    first: Duration::from_millis(200),
    longest: Duration::from_secs(2),
    total: Some(Duration::from_secs(60)),
};

/// Creates those of the topics (names without prefix) that do not exist.
///
/// # Errors
/// [`KafkaSetupError`] when the broker cannot be reached within a minute or refuses.
pub fn ensure_topics<'a>(
    settings: &'a KafkaSettings,
    names: &'a [&'a str],
) -> BoxFuture<'a, Result<(), KafkaSetupError>> {
    Box::pin(async move {
        let admin: AdminClient<DefaultClientContext> =
            client(settings).create().map_err(|error| KafkaSetupError::new(settings, error))?;
        let mut waits = START_PATIENCE.waits();
        loop {
            match create(&admin, settings, names).await {
                Ok(()) => return Ok(()),
                Err(problem) => match waits.next() {
                    Some(wait) => tokio::time::sleep(wait).await,
                    None => return Err(KafkaSetupError::new(settings, problem)),
                },
            }
        }
    })
}

async fn create(
    admin: &AdminClient<DefaultClientContext>,
    settings: &KafkaSettings,
    names: &[&str],
) -> Result<(), String> {
    // Each once: a broker refuses a list that names one twice, as that of a worker does which sends to itself.
    let full: BTreeSet<String> = names.iter().map(|name| settings.topic(name)).collect();
    let topics: Vec<_> = full.iter().map(|name| topic(settings, name)).collect();
    let options = AdminOptions::new().request_timeout(Some(ANSWER_WITHIN));
    let results = admin.create_topics(&topics, &options).await.map_err(|error| error.to_string())?;
    for result in results {
        match result {
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((topic, code)) => return Err(format!("creating topic {topic}: {code}")),
        }
    }
    Ok(())
}

/// The broker's clock stamps the records: it is the one clock that handlers know. Where a test may shift the clock, the
/// producers stamp them, however far ahead. What is accepted must outlive any outage of a worker, and a dead letter waits
/// for a person.
fn topic<'a>(settings: &KafkaSettings, name: &'a str) -> NewTopic<'a> {
    let topic = NewTopic::new(name, settings.partitions, TopicReplication::Fixed(settings.replication))
        .set("message.timestamp.type", if clock::may_be_shifted() { "CreateTime" } else { "LogAppendTime" })
        .set("retention.ms", if name.ends_with(".dead") { "-1" } else { THIRTY_DAYS_MS });
    let topic = if clock::may_be_shifted() { topic.set("message.timestamp.after.max.ms", ANY_TIME) } else { topic };
    if settings.replication >= 3 { topic.set("min.insync.replicas", "2") } else { topic }
}
