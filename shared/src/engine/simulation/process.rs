//! A process of the worker, one step at a time.

use std::collections::{HashMap, HashSet};

use super::{
    super::{
        Document, Held, LetterState, Loaded, Offsets, Parked, PendingEffect, Plan, Row, Saved, Tried, known::Known,
        letter_id, plan,
    },
    toy::{Adder, Noted, Tally, Toy},
    world::{Letter, World},
};
use crate::message::{Delivery, Envelope, Topic};

/// One process: where it is in a batch.
pub(super) struct Process<const BY_OFFSET: bool> {
    pub(super) offsets: Offsets,
    next: usize,
    batch: Vec<Delivery<Toy>>,
    plan: Option<Plan<Adder<BY_OFFSET>>>,
    pub(super) step: usize,
    held: Vec<Held>,
    calling: Vec<(String, PendingEffect<i64>, Held)>,
    known: Known<Document<Tally<BY_OFFSET>, i64, Noted>>,
    unproven: HashSet<String>,
    parked: HashMap<String, Parked>,
    handler: Adder<BY_OFFSET>,
}

/// The steps of a batch.
pub(super) const STEPS: usize = 8;

impl<const BY_OFFSET: bool> Process<BY_OFFSET> {
    pub(super) fn start(world: &World<BY_OFFSET>) -> Self {
        Self {
            offsets: Offsets::default(),
            next: usize::try_from(world.committed).unwrap(),
            batch: Vec::new(),
            plan: None,
            step: 0,
            held: Vec::new(),
            calling: Vec::new(),
            known: Known::default(),
            unproven: HashSet::new(),
            parked: world.parked.clone(),
            handler: Adder { mended: world.mended },
        }
    }

    /// The partition comes back after another process had it: what was known before is old.
    pub(super) fn come_back(
        self,
        world: &mut World<BY_OFFSET>,
        meanwhile: impl Fn(&mut Self, &mut World<BY_OFFSET>),
    ) -> Self {
        meanwhile(&mut Self::start(world), world);
        Self { known: self.known, ..Self::start(world) }
    }

    /// Takes the next step of a batch; a crash or a pause may come between any two.
    pub(super) fn advance(&mut self, world: &mut World<BY_OFFSET>, most: usize) {
        match self.step {
            0 => self.poll(world, most),
            1 => self.write(world),
            2 => self.save_rows(world),
            3 => self.publish(world),
            4 => self.keep_aside(world),
            5 => self.park(world),
            6 => self.start_calls(world),
            _ => self.finish_batch(world),
        }
        self.step = if self.batch.is_empty() { 0 } else { (self.step + 1) % STEPS };
        if self.step == 0 {
            self.batch.clear();
        }
    }

    fn poll(&mut self, world: &World<BY_OFFSET>, most: usize) {
        let end = world.inbox.len().min(self.next + most);
        self.batch = (self.next..end).map(|offset| world.delivery(offset)).collect();
        self.next = end;
        self.held = self.batch.iter().map(|delivery| self.offsets.take(delivery.position)).collect();
        self.decide(world);
    }

    fn decide(&mut self, world: &World<BY_OFFSET>) {
        let concerns_parked = |delivery: &Delivery<Toy>| {
            self.parked.contains_key(&delivery.aggregate_id) || world.place(delivery.position).is_some()
        };
        if self.batch.iter().any(concerns_parked) {
            self.parked.clone_from(&world.parked);
        }
        let all: Vec<usize> = (0..self.batch.len()).collect();
        let known = self.known.take(self.batch.iter().map(|delivery| delivery.aggregate_id.as_str()));
        let remembered = known.keys().cloned().collect();
        let mut loaded = self.load(world);
        loaded.documents.extend(known);
        let mut plan = plan(&self.handler, &self.batch, &all, loaded);
        self.unproven = plan.unproven(&remembered);
        plan.withdraw(&self.unproven, &self.batch);
        self.plan = Some(plan);
    }

    fn load(&self, world: &World<BY_OFFSET>) -> Loaded<Adder<BY_OFFSET>> {
        Loaded { parked: self.parked.clone(), ..world.load(&self.batch) }
    }

    fn write(&mut self, world: &mut World<BY_OFFSET>) {
        let mut which: Vec<usize> = (0..self.batch.len()).collect();
        let mut total = self.plan.take().unwrap();
        let mut again = world.write(&total);
        total.withdraw(&again, &self.batch);
        again.extend(self.unproven.drain());
        while !again.is_empty() {
            which.retain(|index| again.contains(&self.batch[*index].aggregate_id));
            let mut next = plan(&self.handler, &self.batch, &which, self.load(world));
            again = world.write(&next);
            next.withdraw(&again, &self.batch);
            total.absorb(next);
        }
        self.known.keep(std::mem::take(&mut total.writes));
        self.plan = Some(total);
    }

    fn save_rows(&mut self, world: &mut World<BY_OFFSET>) {
        for Saved { version, row, .. } in &self.plan.as_ref().unwrap().rows {
            let key = row.key();
            if world.rows.get(&key).is_none_or(|(kept, _)| kept < version) {
                world.rows.insert(key, (*version, row.clone()));
            }
        }
    }

    fn publish(&mut self, world: &mut World<BY_OFFSET>) {
        let plan = self.plan.as_ref().unwrap();
        let sent = plan.messages.iter().map(|(_, message)| Envelope::decode(&message.payload).unwrap().message_id);
        world.published.extend(sent);
    }

    fn keep_aside(&mut self, world: &mut World<BY_OFFSET>) {
        for dead in &self.plan.as_ref().unwrap().dead {
            let delivery = &self.batch[dead.delivery];
            let Some(place) = dead.place.clone() else {
                world.dead.insert(delivery.id);
                continue;
            };
            let id = letter_id(Toy::TOPIC, delivery.position);
            let record = world.inbox[usize::try_from(delivery.position.offset).unwrap()].clone();
            let begins = place.parking == id;
            let new = Letter { record, place, state: LetterState::Open };
            let letter = world.letters.entry(id).or_insert_with(|| new.clone());
            if begins || letter.place.parking != new.place.parking {
                *letter = new;
            }
        }
    }

    /// After a lost race the batch is taken again, as if after a crash.
    fn park(&mut self, world: &mut World<BY_OFFSET>) {
        for (key, parked) in &self.plan.as_ref().unwrap().parkings {
            if world.parked.get(key).map_or(0, |stored| stored.version) != parked.version - 1 {
                self.parked.clone_from(&world.parked);
                self.decide(world);
                self.step = 0;
                return;
            }
            match parked.is_over() {
                true => (world.parked.remove(key), self.parked.remove(key)),
                false => {
                    (world.parked.insert(key.clone(), parked.clone()), self.parked.insert(key.clone(), parked.clone()))
                }
            };
        }
    }

    fn start_calls(&mut self, world: &mut World<BY_OFFSET>) {
        for key in self.plan.as_ref().unwrap().parkings.keys() {
            world.send_on(key);
        }
        for call in self.plan.take().unwrap().calls {
            let held = self.offsets.hold(self.held[call.delivery]);
            let first = call.tried == Tried::Perhaps || world.first_tries.insert(call.effect.id);
            assert!(first, "two processes take a call for untried");
            self.calling.push((call.aggregate_id, call.effect, held));
        }
    }

    fn finish_batch(&mut self, world: &mut World<BY_OFFSET>) {
        self.held.drain(..).for_each(|held| self.offsets.release(held));
        self.commit(world);
    }

    /// A call is answered: the outcome goes to the inbox, the record is let go.
    pub(super) fn answer_one(&mut self, world: &mut World<BY_OFFSET>) {
        let Some((aggregate, effect, held)) = self.calling.pop() else { return };
        *world.calls.entry(effect.id).or_default() += 1;
        world.inbox.push((effect.id.derive("outcome"), effect.id, aggregate, Toy::Answered(effect.effect)));
        self.offsets.release(held);
        self.commit(world);
    }

    fn commit(&self, world: &mut World<BY_OFFSET>) {
        for (_, next) in self.offsets.advanced() {
            // A zombie's commit is refused by the broker; here the newest process's wins because it is the only one.
            world.committed = world.committed.max(next);
        }
    }
}
