//! The broker: for each topic some logs, its partitions, each with the offset that its group has committed.

use std::{
    borrow::Cow,
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
    inboxes: Vec<Inbox>,
    /// How many records were appended.
    pub appended: u64,
}

#[derive(Debug)]
struct Inbox {
    topic: Cow<'static, str>,
    logs: [Log; PARTITIONS],
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
            let known = self.inboxes.iter().position(|inbox| inbox.topic == message.topic);
            let inbox = known.unwrap_or_else(|| {
                self.inboxes.push(Inbox { topic: message.topic.clone(), logs: Default::default() });
                self.inboxes.len() - 1
            });
            self.inboxes[inbox].logs[partition].records.push((message, now));
        }
    }

    /// The records of a partition from an offset on.
    ///
    /// # Panics
    /// When a record cannot be read: everything in here was written by the workers.
    pub fn read<M: Topic>(&self, partition: usize, from: i64, most: usize) -> impl Iterator<Item = Delivery<M>> {
        let records = self.logs(M::TOPIC).map_or(&[][..], |logs| &logs[partition].records);
        let from = usize::try_from(from).unwrap_or_default().min(records.len());
        let delivery = move |(index, (message, at)): (usize, &(Outgoing, Timestamp))| {
            let position = Position { partition: partition as i32, offset: (from + index) as i64 };
            Delivery::decode(&message.payload, position, *at, Some(message.trace)).expect("what a worker sent")
        };
        records[from..].iter().take(most).enumerate().map(delivery)
    }

    /// Where a group goes on in a partition that changes hands.
    #[must_use]
    pub fn committed(&self, topic: &str, partition: usize) -> i64 {
        self.logs(topic).map_or(0, |logs| logs[partition].committed)
    }

    /// Commits what is done.
    pub fn commit(&mut self, topic: &str, partition: usize, next: i64) {
        if let Some(inbox) = self.inboxes.iter_mut().find(|inbox| inbox.topic == topic) {
            inbox.logs[partition].committed = next;
        }
    }

    /// The topics in which something is not committed yet, with how much.
    #[must_use]
    pub fn lag(&self) -> Vec<(&str, i64)> {
        let lag = |logs: &[Log]| logs.iter().map(|log| log.records.len() as i64 - log.committed).sum();
        self.inboxes.iter().map(|inbox| (&*inbox.topic, lag(&inbox.logs))).filter(|(_, lag)| *lag > 0).collect()
    }

    /// There are a handful: looking at one after the other is the quickest.
    fn logs(&self, topic: &str) -> Option<&[Log; PARTITIONS]> {
        self.inboxes.iter().find(|inbox| inbox.topic == topic).map(|inbox| &inbox.logs)
    }
}

fn partition_of(key: &str) -> usize {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish() as usize % PARTITIONS
}
