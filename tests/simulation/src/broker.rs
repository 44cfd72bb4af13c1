//! The broker: one log for each topic, one partition each, and the offset that its group has committed.

use std::collections::BTreeMap;

use shared::{
    message::{Delivery, Outgoing, Position, Topic},
    time::Timestamp,
};

/// One partition: all topics have one, so a zombie and its successor always meet.
pub const PARTITION: i32 = 0;

/// All topics.
#[derive(Debug, Default)]
pub struct Broker {
    logs: BTreeMap<String, Log>,
    /// How many records were appended.
    pub appended: u64,
}

#[derive(Debug, Default)]
struct Log {
    records: Vec<(Outgoing, Timestamp)>,
    committed: i64,
}

impl Broker {
    /// Appends a message.
    pub fn append(&mut self, message: Outgoing, now: Timestamp) {
        self.appended += 1;
        // The facts for whoever wants them: nobody here does.
        if !message.topic.ends_with(".events") {
            self.logs.entry(message.topic.clone()).or_default().records.push((message, now));
        }
    }

    /// The records of an inbox from an offset on.
    ///
    /// # Panics
    /// When a record cannot be read: everything in here was written by the workers.
    #[must_use]
    pub fn read<M: Topic>(&self, from: i64, most: usize) -> Vec<Delivery<M>> {
        let records = self.logs.get(M::TOPIC).map_or(&[][..], |log| &log.records);
        let from = usize::try_from(from).unwrap_or_default().min(records.len());
        let delivery = |(index, (message, at)): (usize, &(Outgoing, Timestamp))| {
            let position = Position { partition: PARTITION, offset: (from + index) as i64 };
            Delivery::decode(&message.payload, position, *at, Some(&message.trace)).expect("what a worker sent")
        };
        records[from..].iter().take(most).enumerate().map(delivery).collect()
    }

    /// Where a group goes on after a restart.
    #[must_use]
    pub fn committed(&self, topic: &str) -> i64 {
        self.logs.get(topic).map_or(0, |log| log.committed)
    }

    /// Commits what is done.
    pub fn commit(&mut self, topic: &str, next: i64) {
        if let Some(log) = self.logs.get_mut(topic) {
            log.committed = next;
        }
    }

    /// The topics in which something is not committed yet, with how much.
    #[must_use]
    pub fn lag(&self) -> Vec<(&str, i64)> {
        let lag = |log: &Log| log.records.len() as i64 - log.committed;
        self.logs.iter().map(|(topic, log)| (topic.as_str(), lag(log))).filter(|(_, lag)| *lag > 0).collect()
    }
}
