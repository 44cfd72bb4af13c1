//! One process of a worker, one step at a time: what `shared::engine::worker` does, with a place to crash between any two.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use shared::{
    engine::{ById, Call, Handler, Held, Known, Offsets, PendingEffect, Plan, Tried, plan},
    id::{CorrelationId, MessageId},
    message::{Delivery, Origin, Outgoing, Topic},
    trace::TraceContext,
};

use crate::{
    broker::Broker,
    outside::Caller,
    store::{DocumentOf, Store},
    world::Surroundings,
};

/// The most records of a batch.
const MOST_RECORDS: usize = 8;
/// So often a call is made again before its fate is called unknown.
const MOST_ATTEMPTS: u32 = 3;

/// A process: everything in here is lost in a crash.
pub struct Process<H: Handler> {
    offsets: Offsets,
    /// The partitions that it believes it has, each with the next offset to take.
    next: BTreeMap<usize, i64>,
    known: Known<DocumentOf<H>>,
    batch: Vec<Delivery<H::Message>>,
    held: Vec<Held>,
    unproven: HashSet<String>,
    plan: Option<Plan<H>>,
    step: Step,
    calls: Vec<OpenCall<H::Effect>>,
    /// Others have its partitions and it does not know: it goes on with what it has, but commits nothing.
    is_stalled: bool,
}

/// A mistake in the engine: an invariant is worth something only if it finds one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Planted {
    /// Offsets are stored when a batch is taken, not when it is done.
    OffsetsFirst,
    /// Writes do not ask what stands there.
    BlindWrites,
    /// The journal is not kept: what was written is taken for published.
    NoJournal,
    /// What a process wrote last is trusted without proof.
    TrustedMemory,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Poll,
    Write,
    SaveRows,
    Publish,
    Call,
    StoreOffsets,
}

struct OpenCall<E> {
    aggregate_id: String,
    effect: PendingEffect<E>,
    correlation: CorrelationId,
    trace: TraceContext,
    held: Held,
    tried: Tried,
    attempts: u32,
}

impl<H: Handler> Default for Process<H> {
    fn default() -> Self {
        Self {
            offsets: Offsets::default(),
            next: BTreeMap::new(),
            known: Known::default(),
            batch: Vec::new(),
            held: Vec::new(),
            unproven: HashSet::new(),
            plan: None,
            step: Step::Poll,
            calls: Vec::new(),
            is_stalled: false,
        }
    }
}

impl<H: Handler> Process<H> {
    /// It gets a partition, perhaps one that it had before: what it knows of it is old.
    pub fn gain(&mut self, partition: usize, broker: &Broker) {
        self.offsets.forget(&[partition as i32]);
        self.next.insert(partition, broker.committed(H::Message::TOPIC, partition));
    }

    /// A partition goes to another process. What is under way in it goes on.
    pub fn lose(&mut self, partition: usize) {
        self.offsets.forget(&[partition as i32]);
        self.next.remove(&partition);
    }

    /// Its partitions go to others, and it does not know.
    pub fn stall(&mut self) {
        self.is_stalled = true;
    }

    /// It learns that it has lost its partitions.
    pub fn wake(&mut self) {
        self.is_stalled = false;
        let lost: BTreeSet<usize> = self.next.keys().copied().collect();
        lost.into_iter().for_each(|partition| self.lose(partition));
    }

    /// Whether others have its partitions without its knowing.
    #[must_use]
    pub const fn is_stalled(&self) -> bool {
        self.is_stalled
    }

    /// Where it is, for a person.
    #[must_use]
    pub fn place(&self) -> String {
        format!("before {:?} of {} records, {} calls open", self.step, self.batch.len(), self.calls.len())
    }

    /// Whether it is in the middle of something.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.step != Step::Poll || !self.calls.is_empty()
    }

    /// Takes one step, of the batch or of a call; false if there is nothing to do.
    pub fn advance<C: Caller<H>>(
        &mut self,
        handler: &H,
        store: &mut Store<H>,
        caller: C,
        around: &mut Surroundings,
    ) -> bool {
        if !self.calls.is_empty() && around.chance.one_in(2) {
            self.call(caller, around);
            return true;
        }
        match self.step {
            Step::Poll if self.is_stalled => return !self.calls.is_empty() && self.call(caller, around),
            Step::Poll => return self.poll(handler, store, around) || self.call(caller, around),
            Step::Write => self.write(handler, store, around),
            Step::SaveRows => store.save(&self.planned().rows),
            Step::Publish => self.publish(around),
            Step::Call => self.start_calls(),
            Step::StoreOffsets => self.finish(around),
        }
        self.step = self.step.next();
        true
    }

    fn planned(&mut self) -> &mut Plan<H> {
        self.plan.as_mut().expect("a batch that was polled has a plan")
    }

    /// Takes some records of each of its partitions, in their order.
    fn take(&mut self, around: &mut Surroundings) {
        for (partition, next) in &mut self.next {
            let most = MOST_RECORDS - around.chance.pick(MOST_RECORDS);
            let before = self.batch.len();
            self.batch.extend(around.broker.read(*partition, *next, most));
            *next += (self.batch.len() - before) as i64;
        }
    }

    fn poll(&mut self, handler: &H, store: &Store<H>, around: &mut Surroundings) -> bool {
        self.take(around);
        if self.batch.is_empty() {
            return false;
        }
        around.tell(|| format!("{}: takes {}", H::Message::TOPIC, names(&self.batch)));
        self.held = self.batch.iter().map(|delivery| self.offsets.take(delivery.position)).collect();
        if around.planted == Some(Planted::OffsetsFirst) {
            self.next.iter().for_each(|(partition, next)| around.broker.commit(H::Message::TOPIC, *partition, *next));
        }
        let all: Vec<usize> = (0..self.batch.len()).collect();
        let known = self.known.take(self.batch.iter().map(|delivery| delivery.aggregate_id.as_str()));
        let remembered = known.keys().cloned().collect();
        let loaded = store.load(handler, self.batch.iter(), known);
        let mut first = plan(handler, &self.batch, &all, loaded);
        if around.planted != Some(Planted::TrustedMemory) {
            self.unproven = first.unproven(&remembered);
        }
        first.withdraw(&self.unproven, &self.batch);
        self.plan = Some(first);
        self.step = Step::Write;
        true
    }

    /// Writes, and plans what met another writer, or has no proof, again on what the store says. An answer that is lost
    /// after the write makes the same write meet itself.
    fn write(&mut self, handler: &H, store: &mut Store<H>, around: &mut Surroundings) {
        let mut which: Vec<usize> = (0..self.batch.len()).collect();
        let mut total = self.plan.take().expect("a batch that was polled has a plan");
        if around.planted == Some(Planted::NoJournal) {
            total.writes.values_mut().for_each(|document| document.journal.clear());
        }
        store.is_blind = around.planted == Some(Planted::BlindWrites);
        if around.chance.fault(30) {
            around.tell(|| format!("{}: the answer to a write is lost", H::Message::TOPIC));
            store.write(&total);
        }
        let mut again = store.write(&total);
        total.withdraw(&again, &self.batch);
        again.extend(self.unproven.drain());
        while !again.is_empty() {
            which.retain(|index| again.contains(&self.batch[*index].aggregate_id));
            let loaded = store.load(handler, which.iter().map(|index| &self.batch[*index]), ById::default());
            let mut next = plan(handler, &self.batch, &which, loaded);
            again = store.write(&next);
            next.withdraw(&again, &self.batch);
            total.absorb(next);
        }
        self.known.keep(std::mem::take(&mut total.writes));
        self.plan = Some(total);
    }

    /// An acknowledgement that is lost makes all of it be sent again.
    fn publish(&mut self, around: &mut Surroundings) {
        let times = if around.chance.fault(25) { 2 } else { 1 };
        if times > 1 {
            around.tell(|| format!("{}: the acknowledgement of what was sent is lost", H::Message::TOPIC));
        }
        let now = around.now;
        for _ in 0..times {
            for (_, message) in &self.planned().messages {
                around.broker.append(message.clone(), now);
            }
        }
        for dead in &self.plan.as_ref().expect("a plan").dead {
            let delivery = &self.batch[dead.delivery];
            let name = delivery.message.name();
            around.dead.push(format!("{} {name} for {}: {}", H::Message::TOPIC, delivery.aggregate_id, dead.refusal));
        }
    }

    fn start_calls(&mut self) {
        for Call { aggregate_id, effect, delivery, tried } in std::mem::take(&mut self.planned().calls) {
            let held = self.offsets.hold(self.held[delivery]);
            let Delivery { correlation, trace, .. } = self.batch[delivery];
            self.calls.push(OpenCall { aggregate_id, effect, correlation, trace, held, tried, attempts: 0 });
        }
    }

    fn finish(&mut self, around: &mut Surroundings) {
        self.plan = None;
        self.batch.clear();
        self.held.drain(..).for_each(|held| self.offsets.release(held));
        self.commit(around);
    }

    fn commit(&self, around: &mut Surroundings) {
        for (partition, next) in self.offsets.advanced() {
            if !self.is_stalled {
                around.broker.commit(H::Message::TOPIC, partition as usize, next);
            }
        }
    }

    /// Makes one of the open calls; false if there is none. Request or answer may be lost, then it is made again.
    fn call<C: Caller<H>>(&mut self, caller: C, around: &mut Surroundings) -> bool {
        if self.calls.is_empty() {
            return false;
        }
        let chosen = around.chance.pick(self.calls.len());
        let call = &mut self.calls[chosen];
        let tried = std::mem::replace(&mut call.tried, Tried::Perhaps);
        call.attempts += 1;
        let request_lost = around.chance.fault(12);
        let answer = if request_lost { None } else { caller.call(&call.effect, tried, around) };
        let answer_lost = around.chance.fault(12);
        around.tell(|| {
            let lost = if request_lost { ", which is lost" } else { "" };
            let silent = if answer_lost { ", the answer is lost" } else { "" };
            format!("{}: makes a call for {}{lost}{silent}", H::Message::TOPIC, call.aggregate_id)
        });
        let message = match answer.filter(|_| !answer_lost) {
            Some(message) => message,
            None if call.attempts >= MOST_ATTEMPTS => caller.unanswered(&call.effect.effect),
            None => return true,
        };
        let call = self.calls.swap_remove(chosen);
        around.broker.append(outcome(&call, &message, around), around.now);
        self.offsets.release(call.held);
        self.commit(around);
        true
    }
}

fn names<M: Topic>(batch: &[Delivery<M>]) -> String {
    let name = |delivery: &Delivery<M>| format!("{} for {}", delivery.message.name(), delivery.aggregate_id);
    batch.iter().map(name).collect::<Vec<_>>().join(", ")
}

fn outcome<E, M: Topic>(call: &OpenCall<E>, message: &M, around: &Surroundings) -> Outgoing {
    let id: MessageId = call.effect.id.derive("outcome");
    let OpenCall { correlation, trace, .. } = *call;
    let origin = Origin { id, causation: call.effect.id, correlation, at: around.now, trace };
    Outgoing::new(&call.aggregate_id, message, origin).expect("an outcome fits its schema")
}

impl Step {
    const fn next(self) -> Self {
        match self {
            Self::Poll => Self::Write,
            Self::Write => Self::SaveRows,
            Self::SaveRows => Self::Publish,
            Self::Publish => Self::Call,
            Self::Call => Self::StoreOffsets,
            Self::StoreOffsets => Self::Poll,
        }
    }
}
