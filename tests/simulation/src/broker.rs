//! The broker: for each topic some logs, its partitions, each with the offset that its group has committed.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use shared::{
    message::{Delivery, Outgoing, Position, Topic},
    time::Timestamp,
};

/// The partitions of a topic: enough for a batch to hold records of several, few enough for orders to meet in one.
pub const PARTITIONS: usize = 3;

/// All topics.
#[derive(Debug, Default)]
pub struct Broker {
    logs: BTreeMap<String, [Log; PARTITIONS]>,
    /// How many records were appended.
    pub appended: u64,
}

#[derive(Debug, Default)]
struct Log {
    records: Vec<(Outgoing, Timestamp)>,
    committed: i64,
}

impl Broker {
    /// Appends a message to the partition of its key.
    pub fn append(&mut self, message: Outgoing, now: Timestamp) {
        self.appended += 1;
        // The facts for whoever wants them: nobody here does.
        if !message.topic.ends_with(".events") {
            let partition = partition_of(&message.key);
            self.logs.entry(message.topic.clone()).or_default()[partition].records.push((message, now));
        }
    }

    /// The records of a partition from an offset on.
    ///
    /// # Panics
    /// When a record cannot be read: everything in here was written by the workers.
    #[must_use]
    pub fn read<M: Topic>(&self, partition: usize, from: i64, most: usize) -> Vec<Delivery<M>> {
        let records = self.logs.get(M::TOPIC).map_or(&[][..], |logs| &logs[partition].records);
        let from = usize::try_from(from).unwrap_or_default().min(records.len());
        let delivery = |(index, (message, at)): (usize, &(Outgoing, Timestamp))| {
            let position = Position { partition: partition as i32, offset: (from + index) as i64 };
            Delivery::decode(&message.payload, position, *at, Some(&message.trace)).expect("what a worker sent")
        };
        records[from..].iter().take(most).enumerate().map(delivery).collect()
    }

    /// Where a group goes on in a partition that changes hands.
    #[must_use]
    pub fn committed(&self, topic: &str, partition: usize) -> i64 {
        self.logs.get(topic).map_or(0, |logs| logs[partition].committed)
    }

    /// Commits what is done.
    pub fn commit(&mut self, topic: &str, partition: usize, next: i64) {
        if let Some(logs) = self.logs.get_mut(topic) {
            logs[partition].committed = next;
        }
    }

    /// The topics in which something is not committed yet, with how much.
    #[must_use]
    pub fn lag(&self) -> Vec<(&str, i64)> {
        let lag = |logs: &[Log]| logs.iter().map(|log| log.records.len() as i64 - log.committed).sum();
        self.logs.iter().map(|(topic, logs)| (topic.as_str(), lag(logs))).filter(|(_, lag)| *lag > 0).collect()
    }
}

fn partition_of(key: &str) -> usize {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish() as usize % PARTITIONS
}
