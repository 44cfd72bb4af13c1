//! How long an order would wait in the workers' inboxes, from what the broker tells of them.
//!
//! An inbox makes a record wait for lag / drain rate (Little's law). An order passes some inboxes more than once, so what
//! it has to expect is the sum over its path. A pool that is slow or stands still dominates the sum.

use std::time::Duration;

use schemas::{
    inventory::InventoryMessage, invoicing::InvoicingMessage, orders::OrdersMessage, payments::PaymentsMessage,
    shipping::ShippingMessage,
};
use shared::{
    kafka::{Inbox, Progress},
    message::Topic,
};

/// One pool on the way of an order.
#[derive(Debug, Clone, Copy)]
pub struct Stage {
    /// The pool and its inbox.
    pub inbox: Inbox,
    /// How often an order of two lines that is paid online passes it, until it is booked with the carrier.
    passes: f64,
    /// What a pass seems to take, in seconds, where nothing waits: workers commit twice a second, and a record whose call
    /// to the outside is open is not committed before its answer.
    usual: f64,
    /// Whether an open call to the outside may hold a partition's offset, though the work behind it goes on.
    calls_outside: bool,
}

/// A number of its own: an optimised build cannot know the path's length before it knows the type that is as long.
const STAGES: usize = 5;

/// The way of an order.
pub const PATH: [Stage; STAGES] = [
    stage("orders", OrdersMessage::TOPIC, 5.0),
    stage("inventory", InventoryMessage::TOPIC, 4.0),
    calling(stage("payments", PaymentsMessage::TOPIC, 2.0)),
    stage("invoicing", InvoicingMessage::TOPIC, 1.0),
    calling(stage("shipping", ShippingMessage::TOPIC, 2.0)),
];

const fn stage(pool: &'static str, topic: &'static str, passes: f64) -> Stage {
    Stage { inbox: Inbox { pool, topic }, passes, usual: 0.5, calls_outside: false }
}

const fn calling(stage: Stage) -> Stage {
    Stage { usual: 2.0, calls_outside: true, ..stage }
}

/// So many records are the work of a moment: with no more than these a pool is not behind. What it does then is what there
/// was to do, and says nothing about what it could do.
const MOMENTS_WORK: f64 = 100.0;
/// A pool that does more than before is believed within this time, one that does less within the other: what it could do a
/// moment ago it can most likely still do.
const FASTER_WITHIN: f64 = 1.0;
const SLOWER_WITHIN: f64 = 10.0;

/// What is known about one inbox.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Queue {
    /// The topic.
    pub topic: &'static str,
    /// Records that wait.
    pub lag: f64,
    /// How long a record has to wait for them.
    pub wait: Duration,
}

/// What is known about all inboxes on an order's way.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    /// Each inbox.
    pub queues: Vec<Queue>,
    /// How long an order has to wait on its way, beyond what it usually takes.
    pub wait: Duration,
}

/// Follows the inboxes from look to look.
#[derive(Debug, Default)]
pub struct Backlog {
    pools: [Pool; STAGES],
}

#[derive(Debug, Default)]
struct Pool {
    seen: Vec<Progress>,
    /// Whether it was behind at the last look, and so had enough to do ever since.
    was_behind: bool,
    /// Records done per second, smoothed; none before the second look.
    drain: Option<f64>,
}

impl Backlog {
    /// Takes in a look, so long after the one before. No wait is longer than `most`.
    pub fn observe(&mut self, look: &[Vec<Progress>], elapsed: Duration, most: Duration) -> Expected {
        let mut expected = Expected { queues: Vec::with_capacity(PATH.len()), wait: Duration::ZERO };
        for ((stage, pool), partitions) in PATH.iter().zip(&mut self.pools).zip(look) {
            let lag = pool.observe(stage, partitions, elapsed.as_secs_f64());
            let wait = pool.wait(lag).min(most.as_secs_f64());
            pool.was_behind = lag > MOMENTS_WORK;
            let excess = (wait - stage.usual).max(0.0) * stage.passes;
            expected.queues.push(Queue { topic: stage.inbox.topic, lag, wait: Duration::from_secs_f64(wait) });
            expected.wait = (expected.wait + Duration::from_secs_f64(excess)).min(most);
        }
        expected
    }
}

impl Pool {
    /// Takes in the partitions and gives the records that wait.
    fn observe(&mut self, stage: &Stage, partitions: &[Progress], elapsed: f64) -> f64 {
        let known = self.seen.len() == partitions.len();
        let moves: Vec<i64> =
            self.seen.iter().zip(partitions).map(|(then, now)| (now.committed - then.committed).max(0)).collect();
        let done = count(moves.iter().sum());
        if known && elapsed > 0.0 {
            self.learn(done / elapsed, elapsed);
        }
        // While others of its pool move, one that stands still is held by a call, not by too much work.
        let is_held = |index: usize| stage.calls_outside && known && done > 0.0 && moves[index] == 0;
        let waiting = partitions.iter().enumerate().filter(|(index, _)| !is_held(*index));
        let lag = waiting.map(|(_, now)| count(now.end - now.committed)).sum();
        self.seen = partitions.to_vec();
        lag
    }

    fn learn(&mut self, rate: f64, elapsed: f64) {
        let drain = self.drain.unwrap_or(rate);
        let within = match rate > drain {
            true => FASTER_WITHIN,
            false if self.was_behind => SLOWER_WITHIN,
            false => f64::INFINITY,
        };
        self.drain = Some(drain + (rate - drain) * (1.0 - (-elapsed / within).exp()));
    }

    /// In seconds. A pool that has just come to be behind may have made up for it at the next look.
    fn wait(&self, lag: f64) -> f64 {
        let excess = (lag - MOMENTS_WORK).max(0.0);
        match self.drain {
            Some(drain) if excess > 0.0 && self.was_behind => excess / drain.max(f64::MIN_POSITIVE),
            _ => 0.0,
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "no inbox holds so many records")]
fn count(records: i64) -> f64 {
    records.max(0) as f64
}

#[cfg(test)]
mod tests;
