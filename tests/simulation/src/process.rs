//! One process of a worker, one step at a time: what `shared::engine::worker` does, with a place to crash between any two.

use std::collections::HashSet;

use shared::{
    engine::{Call, Handler, Held, Known, Offsets, PendingEffect, Plan, plan},
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
    next: i64,
    known: Known<DocumentOf<H>>,
    batch: Vec<Delivery<H::Message>>,
    held: Vec<Held>,
    unproven: HashSet<String>,
    plan: Option<Plan<H>>,
    step: Step,
    calls: Vec<OpenCall<H::Effect>>,
    /// Another process has its partition: it may go on for a while, but commits nothing.
    is_zombie: bool,
}

/// A mistake in the engine: an invariant is worth something only if it finds one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    attempts: u32,
}

impl<H: Handler> Process<H> {
    /// Joins its group.
    #[must_use]
    pub fn start(broker: &Broker) -> Self {
        Self {
            offsets: Offsets::default(),
            next: broker.committed(H::Message::TOPIC),
            known: Known::default(),
            batch: Vec::new(),
            held: Vec::new(),
            unproven: HashSet::new(),
            plan: None,
            step: Step::Poll,
            calls: Vec::new(),
            is_zombie: false,
        }
    }

    /// Its partition goes to another process.
    pub fn lose_partition(&mut self) {
        self.is_zombie = true;
    }

    /// Its partition comes back to it, after another had it: what it knows is old.
    pub fn gain_partition(self, broker: &Broker) -> Self {
        Self { known: self.known, ..Self::start(broker) }
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
            Step::Poll if self.is_zombie => return !self.calls.is_empty() && self.call(caller, around),
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

    fn poll(&mut self, handler: &H, store: &Store<H>, around: &mut Surroundings) -> bool {
        let most = 1 + around.chance.pick(MOST_RECORDS);
        self.batch = around.broker.read(self.next, most);
        if self.batch.is_empty() {
            return false;
        }
        self.next += self.batch.len() as i64;
        self.held = self.batch.iter().map(|delivery| self.offsets.take(delivery.position)).collect();
        if around.planted == Some(Planted::OffsetsFirst) {
            around.broker.commit(H::Message::TOPIC, self.next);
        }
        let all: Vec<usize> = (0..self.batch.len()).collect();
        let ids: HashSet<&str> = self.batch.iter().map(|delivery| delivery.aggregate_id.as_str()).collect();
        let known = self.known.take(&ids);
        let remembered = known.keys().cloned().collect();
        let mut loaded = store.load(handler, self.batch.iter());
        loaded.documents.extend(known);
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
            store.write(&total);
        }
        let mut again = store.write(&total);
        total.withdraw(&again, &self.batch);
        again.extend(self.unproven.drain());
        while !again.is_empty() {
            which.retain(|index| again.contains(&self.batch[*index].aggregate_id));
            let loaded = store.load(handler, which.iter().map(|index| &self.batch[*index]));
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
        for Call { aggregate_id, effect, delivery } in std::mem::take(&mut self.planned().calls) {
            let held = self.offsets.hold(self.held[delivery]);
            let Delivery { correlation, trace, .. } = self.batch[delivery];
            self.calls.push(OpenCall { aggregate_id, effect, correlation, trace, held, attempts: 0 });
        }
    }

    fn finish(&mut self, around: &mut Surroundings) {
        self.plan = None;
        self.batch.clear();
        self.held.drain(..).for_each(|held| self.offsets.release(held));
        self.commit(around);
    }

    fn commit(&self, around: &mut Surroundings) {
        for (_, next) in self.offsets.advanced() {
            if !self.is_zombie {
                around.broker.commit(H::Message::TOPIC, next);
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
        call.attempts += 1;
        let request_lost = around.chance.fault(12);
        let answer = if request_lost {
            None
        } else {
            Some(caller.call(&call.effect, &mut around.outside, &mut around.chance, around.now))
        };
        let message = match answer.filter(|_| !around.chance.fault(12)) {
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
