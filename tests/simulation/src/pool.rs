//! A worker pool: its store, its members, and which of them has which partition.

use std::collections::HashSet;

use shared::{
    engine::Handler,
    id::{CorrelationId, MessageId},
    message::{Origin, Outgoing, Topic},
    time::Timestamp,
};

use crate::{
    broker::{Broker, PARTITIONS},
    chance::Chance,
    outside::Caller,
    process::Process,
    store::Store,
    world::{Surroundings, a_trace},
};

/// The processes of a pool.
pub const MEMBERS: usize = 2;

/// One pool.
pub struct Pool<H: Handler, C> {
    name: &'static str,
    handler: H,
    caller: C,
    /// What it keeps.
    pub store: Store<H>,
    members: [Process<H>; MEMBERS],
    /// Who has each partition, as the group's coordinator sees it.
    owners: [usize; PARTITIONS],
    announced: HashSet<MessageId>,
}

/// What the world does with any pool.
pub trait Actor {
    /// A member takes a step; false if there is nothing to do.
    fn act(&mut self, around: &mut Surroundings) -> bool;
    /// Something happens to a member or its partitions.
    fn suffer(&mut self, trouble: Trouble, around: &mut Surroundings);
    /// Announces the deadlines that were reached; false if there are none to announce.
    fn sweep(&mut self, around: &mut Surroundings) -> bool;
    /// The next deadline.
    fn next_due(&self) -> Option<Timestamp>;
    /// What is unfinished, for a person.
    fn unfinished(&self) -> Vec<String>;
}

/// What may happen to a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// A member dies and starts again at once, with the partitions that it had.
    Crash,
    /// A partition goes to another member. Who had it knows, but may be in the middle of a batch of it.
    Move,
    /// A member is silent for so long that its partitions go to the others. It does not know, and goes on with what it has.
    Stall,
    /// A member that was silent finds out, and keeps what it remembers; or it dies.
    EndOfStall,
}

impl<H: Handler, C: Caller<H>> Pool<H, C> {
    /// A pool with nothing done yet.
    pub fn new(name: &'static str, handler: H, caller: C) -> Self {
        let mut owners = [0; PARTITIONS];
        owners.iter_mut().enumerate().for_each(|(partition, owner)| *owner = partition % MEMBERS);
        let mut pool = Self {
            name,
            handler,
            caller,
            store: Store::default(),
            members: std::array::from_fn(|_| Process::default()),
            owners,
            announced: HashSet::new(),
        };
        (0..MEMBERS).for_each(|member| pool.start(member, &Broker::default()));
        pool
    }

    /// A new process in a member's place, with the partitions that the coordinator gave it.
    fn start(&mut self, member: usize, broker: &Broker) {
        self.members[member] = Process::default();
        for partition in 0..PARTITIONS {
            if self.owners[partition] == member {
                self.members[member].gain(partition, broker);
            }
        }
    }

    fn give(&mut self, partition: usize, to: usize, broker: &Broker) {
        self.owners[partition] = to;
        self.members[to].gain(partition, broker);
    }

    fn move_partition(&mut self, around: &mut Surroundings) {
        let partition = around.chance.pick(PARTITIONS);
        let (from, to) = (self.owners[partition], self.another(self.owners[partition]));
        if !self.members[to].is_stalled() {
            around.tell(|| format!("{}: partition {partition} goes from member {from} to {to}", self.name));
            self.members[from].lose(partition);
            self.give(partition, to, &around.broker);
        }
    }

    /// With all others silent there would be nobody to take the partitions.
    fn stall(&mut self, around: &mut Surroundings) {
        let member = around.chance.pick(MEMBERS);
        let other = self.another(member);
        if self.members[other].is_stalled() || self.members[member].is_stalled() {
            return;
        }
        around.tell(|| format!("{}: member {member} is silent, its partitions go to {other}", self.name));
        self.members[member].stall();
        for partition in 0..PARTITIONS {
            if self.owners[partition] == member {
                self.give(partition, other, &around.broker);
            }
        }
    }

    fn end_stall(&mut self, around: &mut Surroundings) {
        let Some(member) = self.members.iter().position(Process::is_stalled) else { return };
        if around.chance.one_in(2) {
            around.tell(|| format!("{}: member {member} learns that it was silent", self.name));
            self.members[member].wake();
        } else {
            around.tell(|| format!("{}: member {member} dies after its silence", self.name));
            self.start(member, &around.broker);
        }
    }

    fn crash(&mut self, around: &mut Surroundings) {
        let member = around.chance.pick(MEMBERS);
        around.tell(|| format!("{}: member {member} crashes {}", self.name, self.members[member].place()));
        self.start(member, &around.broker);
    }

    const fn another(&self, member: usize) -> usize {
        (member + 1) % MEMBERS
    }
}

impl<H: Handler, C: Caller<H>> Actor for Pool<H, C> {
    fn act(&mut self, around: &mut Surroundings) -> bool {
        let first = around.chance.pick(MEMBERS);
        (0..MEMBERS).any(|turn| {
            let member = (first + turn) % MEMBERS;
            self.members[member].advance(&self.handler, &mut self.store, self.caller, around)
        })
    }

    fn suffer(&mut self, trouble: Trouble, around: &mut Surroundings) {
        match trouble {
            Trouble::Crash => self.crash(around),
            Trouble::Move => self.move_partition(around),
            Trouble::Stall => self.stall(around),
            Trouble::EndOfStall => self.end_stall(around),
        }
    }

    fn sweep(&mut self, around: &mut Surroundings) -> bool {
        let mut swept = false;
        for (id, due_at) in self.store.due(around.now) {
            let Some(message) = self.handler.deadline_reached(&id, due_at) else { continue };
            let fact = MessageId::of_fact(&format!("{}/deadline/{id}/{}", self.name, due_at.as_millis()));
            if self.announced.insert(fact) || repeats(&mut around.chance) {
                let origin = Origin::first(fact, CorrelationId::from_uuid(fact.as_uuid()), around.now, a_trace());
                let message = Outgoing::new(&id, &message, origin).expect("a deadline fits its schema");
                around.tell(|| format!("{}: the time of {id} is up", self.name));
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
        if self.members.iter().any(Process::is_busy) {
            all.push(format!("{}: {} has a batch or a call under way", self.name, H::Message::TOPIC));
        }
        all
    }
}

/// Every member sweeps, so a deadline may be announced more than once.
fn repeats(chance: &mut Chance) -> bool {
    chance.fault(4)
}
