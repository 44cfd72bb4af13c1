//! The broker: producing with acknowledgement, consuming by hand-stored offsets, creating topics.

mod consumer;
mod follower;
mod lag;
mod producer;
mod publisher;
mod topics;

pub use consumer::{Consumer, Received};
pub use follower::{Extent, Followed, Follower};
pub use lag::{Ends, Inbox, LagProbe, Look, Progress};
pub use publisher::{PublishError, Publisher, Raw};
use rdkafka::ClientConfig;
pub use topics::ensure_topics;

use crate::config::KafkaSettings;

/// The client library or the broker refused what a daemon needs in order to start.
#[derive(Debug, thiserror::Error)]
#[error("Kafka at {brokers}: {problem}")]
pub struct KafkaSetupError {
    brokers: String,
    problem: String,
}

impl KafkaSetupError {
    fn new(settings: &KafkaSettings, problem: impl ToString) -> Self {
        Self { brokers: settings.brokers.clone(), problem: problem.to_string() }
    }
}

fn client(settings: &KafkaSettings) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &settings.brokers);
    // A broker that restarts is looked for again quickly.
    config.set("reconnect.backoff.ms", "50").set("reconnect.backoff.max.ms", "1000");
    config
}
