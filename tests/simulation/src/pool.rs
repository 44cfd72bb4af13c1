//! A worker pool: its store, the process that has the partition, and perhaps one that had it before and does not know yet.

use std::collections::HashSet;

use shared::{
    engine::Handler,
    id::{CorrelationId, MessageId},
    message::{Origin, Outgoing, Topic},
    time::Timestamp,
};

use crate::{
    broker::Broker,
    outside::Caller,
    process::Process,
    store::Store,
    world::{Surroundings, a_trace},
};

/// One pool.
pub struct Pool<H: Handler, C> {
    name: &'static str,
    handler: H,
    caller: C,
    /// What it keeps.
    pub store: Store<H>,
    process: Process<H>,
    zombie: Option<Process<H>>,
    announced: HashSet<MessageId>,
}

/// What the world does with any pool.
pub trait Actor {
    /// Takes a step; false if there is nothing to do.
    fn act(&mut self, around: &mut Surroundings) -> bool;
    /// The process dies and starts again.
    fn crash(&mut self, broker: &Broker);
    /// The partition goes to another process; the one that had it goes on for a while.
    fn rebalance(&mut self, broker: &Broker);
    /// The process that had the partition dies, or gets it back.
    fn end_zombie(&mut self, comes_back: bool, broker: &Broker);
    /// Announces the deadlines that were reached; false if there are none to announce.
    fn sweep(&mut self, around: &mut Surroundings) -> bool;
    /// The next deadline.
    fn next_due(&self) -> Option<Timestamp>;
    /// What is unfinished, for a person.
    fn unfinished(&self) -> Vec<String>;
}

impl<H: Handler, C: Caller<H>> Pool<H, C> {
    /// A pool with nothing done yet.
    pub fn new(name: &'static str, handler: H, caller: C) -> Self {
        let process = Process::start(&Broker::default());
        Self { name, handler, caller, store: Store::default(), process, zombie: None, announced: HashSet::new() }
    }
}

impl<H: Handler, C: Caller<H>> Actor for Pool<H, C> {
    fn act(&mut self, around: &mut Surroundings) -> bool {
        if let Some(zombie) = &mut self.zombie
            && around.chance.one_in(3)
            && zombie.advance(&self.handler, &mut self.store, self.caller, around)
        {
            return true;
        }
        self.process.advance(&self.handler, &mut self.store, self.caller, around)
    }

    fn crash(&mut self, broker: &Broker) {
        self.process = Process::start(broker);
    }

    fn rebalance(&mut self, broker: &Broker) {
        let mut before = std::mem::replace(&mut self.process, Process::start(broker));
        before.lose_partition();
        self.zombie = Some(before);
    }

    fn end_zombie(&mut self, comes_back: bool, broker: &Broker) {
        match self.zombie.take() {
            Some(zombie) if comes_back && !zombie.is_busy() => self.process = zombie.gain_partition(broker),
            _ => {}
        }
    }

    fn sweep(&mut self, around: &mut Surroundings) -> bool {
        let mut swept = false;
        for (id, due_at) in self.store.due(around.now) {
            let Some(message) = self.handler.deadline_reached(&id, due_at) else { continue };
            let fact = MessageId::of_fact(&format!("{}/deadline/{id}/{}", self.name, due_at.as_millis()));
            if self.announced.insert(fact) || around.chance.fault(4) {
                let origin = Origin::first(fact, CorrelationId::from_uuid(fact.as_uuid()), around.now, a_trace());
                let message = Outgoing::new(&id, &message, origin).expect("a deadline fits its schema");
                around.broker.append(message, around.now);
                swept = true;
            }
        }
        swept
    }

    fn next_due(&self) -> Option<Timestamp> {
        self.store.next_due()
    }

    fn unfinished(&self) -> Vec<String> {
        let open = self.store.open_calls();
        let mut all: Vec<String> =
            open.map(|(id, count)| format!("{}: {id} has {count} calls open", self.name)).collect();
        if self.process.is_busy() {
            all.push(format!("{}: {} has a batch or a call under way", self.name, H::Message::TOPIC));
        }
        all
    }
}
