//! The rules of replay, tried out: a toy worker on a simulated broker and store, with crashes between any two steps,
//! repetitions, zombies, a bug that is mended at some time and operators who replay what died of it, by seed.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    Document, Handler, Held, LetterState, Loaded, Memory, Offsets, Outbox, Parked, PendingEffect, Place, Plan, Refusal,
    Row, RowKey, Saved, State, known::Known, letter_id, plan,
};
use crate::{
    avro::{AvroError, Fingerprint},
    id::{CorrelationId, MessageId},
    message::{Delivery, Envelope, Position, Topic},
    time::Timestamp,
    trace::TraceContext,
};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Toy {
    Add(i64),
    /// Takes back what the message with this id added.
    TakeBack(MessageId),
    Answered(i64),
}

impl Topic for Toy {
    const TOPIC: &'static str = "toy";

    fn name(&self) -> &'static str {
        "Toy"
    }

    fn encode(&self) -> Result<(Fingerprint, Vec<u8>), AvroError> {
        Ok(([0; 8], serde_json::to_vec(self).unwrap()))
    }

    fn decode(_: Fingerprint, body: &[u8]) -> Result<Self, AvroError> {
        Ok(serde_json::from_slice(body).unwrap())
    }
}

/// Adds up what it is told; asks the outside about every third amount and adds up the answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Tally<const BY_OFFSET: bool> {
    sum: i64,
    answers: i64,
    /// What was added, in the order in which it was.
    added: Vec<MessageId>,
}

impl<const BY_OFFSET: bool> State for Tally<BY_OFFSET> {
    const COLLECTION: &'static str = "tallies";
    const MEMORY: Memory = if BY_OFFSET { Memory::LastOffset } else { Memory::Lifetime };
}

/// One row per message, and one per aggregate that every message writes again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Noted {
    Added { message: MessageId, aggregate: String, amount: i64, taken_back: bool },
    Sum { aggregate: String, sum: i64 },
}

impl Row for Noted {
    fn key(&self) -> RowKey {
        match self {
            Self::Added { message, .. } => Self::key_of_added(*message),
            Self::Sum { aggregate, .. } => RowKey { collection: "sums", id: aggregate.clone() },
        }
    }
}

impl Noted {
    fn added(delivery: &Delivery<Toy>, amount: i64) -> Self {
        Self::Added { message: delivery.id, aggregate: delivery.aggregate_id.clone(), amount, taken_back: false }
    }

    fn key_of_added(message: MessageId) -> RowKey {
        RowKey { collection: "added", id: message.to_string() }
    }
}

/// The amount that counts only sometimes.
const SOMETIMES: i64 = 7;

/// The amount that is refused unless something was added before.
const ONLY_LATER: i64 = 100;

/// The amount that the handler panics at until it is mended.
const BUG: i64 = 14;

struct Adder<const BY_OFFSET: bool> {
    mended: bool,
}

impl<const BY_OFFSET: bool> Handler for Adder<BY_OFFSET> {
    type State = Tally<BY_OFFSET>;
    type Message = Toy;
    type Effect = i64;
    type Row = Noted;

    fn rows(&self, delivery: &Delivery<Toy>) -> Vec<RowKey> {
        match delivery.message {
            Toy::TakeBack(added) => vec![Noted::key_of_added(added)],
            Toy::Add(_) | Toy::Answered(_) => vec![Noted::key_of_added(delivery.id)],
        }
    }

    fn handle(
        &self,
        state: Option<Tally<BY_OFFSET>>,
        delivery: &Delivery<Toy>,
        out: &mut Outbox<'_, i64, Noted>,
    ) -> Result<Option<Tally<BY_OFFSET>>, Refusal> {
        let mut tally = state.unwrap_or(Tally { sum: 0, answers: 0, added: Vec::new() });
        match delivery.message {
            Toy::Add(13) => return Err(Refusal::new("unlucky", "13")),
            Toy::Add(ONLY_LATER) if tally.sum <= 1 => return Err(Refusal::new("too_early", "100")),
            // Unwinds as a panic does, without a line on the screen each time.
            Toy::Add(BUG) if !self.mended => std::panic::resume_unwind(Box::new("a bug in a handler")),
            Toy::Add(amount) => {
                let row = Noted::added(delivery, amount);
                let is_new = out.row(&row.key()).is_none();
                // What a message means may depend on what came before it: this one has nothing to say to an even sum.
                if amount == SOMETIMES && is_new && tally.sum % 2 == 0 {
                    return Ok(Some(tally));
                }
                out.send::<Toy>("told", Toy::Add(amount));
                if is_new {
                    tally.sum += amount;
                    tally.added.push(delivery.id);
                    out.save(row);
                    out.save(Noted::Sum { aggregate: delivery.aggregate_id.clone(), sum: tally.sum });
                    if amount % 3 == 0 && !BY_OFFSET {
                        out.call(amount);
                    }
                }
            }
            Toy::TakeBack(added) => {
                let row = out.row(&Noted::key_of_added(added)).cloned();
                if let Some(Noted::Added { message, aggregate, amount, taken_back: false }) = row {
                    tally.sum -= amount;
                    out.save(Noted::Added { message, aggregate: aggregate.clone(), amount, taken_back: true });
                    out.save(Noted::Sum { aggregate, sum: tally.sum });
                }
            }
            Toy::Answered(amount) => tally.answers += amount,
        }
        Ok(Some(tally))
    }
}

/// The broker, the store and the outside: what survives a crash.
struct World<const BY_OFFSET: bool> {
    inbox: Vec<(MessageId, MessageId, String, Toy)>,
    committed: i64,
    documents: HashMap<String, Document<Tally<BY_OFFSET>, i64, Noted>>,
    rows: BTreeMap<RowKey, (i64, Noted)>,
    published: Vec<MessageId>,
    calls: BTreeMap<MessageId, u32>,
    dead: BTreeSet<MessageId>,
    /// Those that wait, or that others wait for, by id.
    letters: BTreeMap<String, Letter>,
    parked: HashMap<String, Parked>,
    /// The places of the records that were sent again, by offset.
    places: HashMap<usize, Place>,
    /// Whether processes that start now run the mended program.
    mended: bool,
}

/// A dead letter with a place.
#[derive(Debug, Clone)]
struct Letter {
    record: (MessageId, MessageId, String, Toy),
    place: Place,
    state: LetterState,
}

/// One process: where it is in a batch.
struct Process<const BY_OFFSET: bool> {
    offsets: Offsets,
    next: usize,
    batch: Vec<Delivery<Toy>>,
    plan: Option<Plan<Adder<BY_OFFSET>>>,
    step: usize,
    held: Vec<Held>,
    calling: Vec<(String, PendingEffect<i64>, Held)>,
    known: Known<Document<Tally<BY_OFFSET>, i64, Noted>>,
    unproven: HashSet<String>,
    parked: HashMap<String, Parked>,
    handler: Adder<BY_OFFSET>,
}

/// The steps of a batch.
const STEPS: usize = 8;

impl<const BY_OFFSET: bool> Process<BY_OFFSET> {
    fn start(world: &World<BY_OFFSET>) -> Self {
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
    fn come_back(self, world: &mut World<BY_OFFSET>, meanwhile: impl Fn(&mut Self, &mut World<BY_OFFSET>)) -> Self {
        meanwhile(&mut Self::start(world), world);
        Self { known: self.known, ..Self::start(world) }
    }

    /// Takes the next step of a batch; a crash or a pause may come between any two.
    fn advance(&mut self, world: &mut World<BY_OFFSET>, most: usize) {
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
            self.calling.push((call.aggregate_id, call.effect, held));
        }
    }

    fn finish_batch(&mut self, world: &mut World<BY_OFFSET>) {
        self.held.drain(..).for_each(|held| self.offsets.release(held));
        self.commit(world);
    }

    /// A call is answered: the outcome goes to the inbox, the record is let go.
    fn answer_one(&mut self, world: &mut World<BY_OFFSET>) {
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

impl<const BY_OFFSET: bool> World<BY_OFFSET> {
    fn new(inbox: Vec<(MessageId, MessageId, String, Toy)>) -> Self {
        Self {
            inbox,
            committed: 0,
            documents: HashMap::new(),
            rows: BTreeMap::new(),
            published: Vec::new(),
            calls: BTreeMap::new(),
            dead: BTreeSet::new(),
            letters: BTreeMap::new(),
            parked: HashMap::new(),
            places: HashMap::new(),
            mended: false,
        }
    }

    fn place(&self, position: Position) -> Option<&Place> {
        self.places.get(&usize::try_from(position.offset).unwrap())
    }

    fn resend(&mut self, id: &str) {
        let letter = self.letters.get_mut(id).unwrap();
        letter.state = LetterState::Replayed;
        self.places.insert(self.inbox.len(), letter.place.clone());
        self.inbox.push(letter.record.clone());
    }

    /// The open letters of a parking from its head on, in their order.
    fn waiting(&self, parked: &Parked) -> Vec<String> {
        let waits = |letter: &Letter| {
            let Letter { place, state, .. } = letter;
            *state == LetterState::Open && place.parking == parked.name && place.number >= parked.head
        };
        let mut waiting: Vec<_> = self.letters.iter().filter(|(_, letter)| waits(letter)).collect();
        waiting.sort_by_key(|(_, letter)| letter.place.number);
        waiting.into_iter().map(|(id, _)| id.clone()).collect()
    }

    /// As the engine does once the one that a key waited for has passed.
    fn send_on(&mut self, key: &str) {
        let Some(parked) = self.parked.get(key).filter(|parked| !parked.blocked) else { return };
        let waiting = self.waiting(parked);
        // Those behind one that is under way would come too early.
        if waiting.first().is_some_and(|id| self.letters[id].place == parked.first()) {
            waiting.iter().for_each(|id| self.resend(id));
        }
    }

    /// An operator replays a letter that is open.
    fn operate(&mut self, chosen: usize) {
        let open: Vec<String> =
            self.letters.iter().filter(|(_, l)| l.state == LetterState::Open).map(|(id, _)| id.clone()).collect();
        let Some(id) = open.get(chosen % open.len().max(1)) else { return };
        let letter = &self.letters[id];
        let parked = self.parked.get(&letter.record.2).filter(|parked| parked.name == letter.place.parking);
        match parked {
            Some(parked) if !parked.blocked => self.send_on(&parked.key.clone()),
            Some(parked) => {
                let first = parked.first();
                let first = self.waiting(parked).into_iter().find(|id| self.letters[id].place == first);
                let first = first.unwrap_or_else(|| parked.name.clone());
                let place = parked.first();
                self.letters.get_mut(&first).unwrap().place = place;
                self.resend(&first);
            }
            None => self.resend(&id.clone()),
        }
    }

    fn delivery(&self, offset: usize) -> Delivery<Toy> {
        let (id, causation, aggregate_id, message) = self.inbox[offset].clone();
        Delivery {
            id,
            causation,
            correlation: CorrelationId::from_uuid(id.as_uuid()),
            aggregate_id,
            at: Timestamp::from_millis(0),
            position: Position { partition: 0, offset: i64::try_from(offset).unwrap() },
            trace: TraceContext::start(),
            message,
        }
    }

    fn load(&self, batch: &[Delivery<Toy>]) -> Loaded<Adder<BY_OFFSET>> {
        let ids: HashSet<&String> = batch.iter().map(|delivery| &delivery.aggregate_id).collect();
        let documents = self.documents.iter().filter(|(id, _)| ids.contains(id));
        Loaded {
            documents: documents.map(|(id, document)| (id.clone(), document.clone())).collect(),
            rows: self.rows.iter().map(|(key, stored)| (key.clone(), stored.clone())).collect(),
            places: batch.iter().filter_map(|d| Some((d.position, self.place(d.position)?.clone()))).collect(),
            ..Loaded::default()
        }
    }

    /// Like the store, it does not say which of the documents that were there before could not be written.
    fn write(&mut self, plan: &Plan<Adder<BY_OFFSET>>) -> HashSet<String> {
        let (mut conflicts, mut all_changed) = (HashSet::new(), true);
        for (id, document) in &plan.writes {
            let stored = self.documents.get(id).map_or(0, |stored| stored.version);
            if stored == document.version - 1 {
                self.documents.insert(id.clone(), document.clone());
            } else if document.version == 1 {
                conflicts.insert(id.clone());
            } else {
                all_changed = false;
            }
        }
        let known = plan.writes.iter().filter(|(_, document)| !all_changed && document.version > 1);
        conflicts.extend(known.map(|(id, _)| id.clone()));
        conflicts
    }
}

/// What may happen next.
#[derive(Debug, Clone, Copy)]
enum Event {
    Step {
        most: usize,
    },
    Answer,
    Crash,
    /// A mended program is there for whoever starts from now on.
    Mend,
    /// An operator replays one of the open letters.
    Operate {
        chosen: usize,
    },
    /// The process sleeps; another takes over; it wakes after so many steps of the other and goes on as if nothing was.
    Zombie {
        steps: usize,
    },
    /// The partition goes to another process for so many steps and comes back.
    Return {
        steps: usize,
    },
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        8 => (1usize..6).prop_map(|most| Event::Step { most }),
        3 => Just(Event::Answer),
        1 => Just(Event::Crash),
        1 => prop_oneof![9 => Just(Event::Crash), 1 => Just(Event::Mend)],
        1 => (0usize..20).prop_map(|chosen| Event::Operate { chosen }),
        1 => (1usize..20).prop_map(|steps| Event::Zombie { steps }),
        1 => (1usize..20).prop_map(|steps| Event::Return { steps }),
    ];
    prop::collection::vec(event, 0..120)
}

/// Amounts for four aggregates, some of them taken back. Some messages are in the inbox twice: alone, or with all that was
/// sent shortly before them, as when their sender had no answer and sent its batch again.
fn inbox() -> impl Strategy<Value = Vec<(MessageId, MessageId, String, Toy)>> {
    let amount = prop_oneof![3 => 1i64..20, 1 => Just(SOMETIMES), 1 => Just(BUG)];
    let batch_again = prop_oneof![4 => Just(0usize), 1 => 1usize..6];
    prop::collection::vec((0u8..4, amount, any::<bool>(), any::<bool>(), batch_again), 1..40).prop_map(|amounts| {
        let mut inbox = Vec::new();
        for (index, (aggregate, amount, twice, is_taken_back, batch_again)) in amounts.into_iter().enumerate() {
            let id = MessageId::of_fact(&index.to_string());
            let record = (id, id, aggregate.to_string(), Toy::Add(amount));
            inbox.push(record.clone());
            if twice {
                inbox.insert(inbox.len() / 2, record);
            }
            if is_taken_back {
                let back = id.derive("back");
                inbox.push((back, back, aggregate.to_string(), Toy::TakeBack(id)));
            }
            inbox.extend_from_within(inbox.len().saturating_sub(batch_again)..);
        }
        inbox
    })
}

fn simulate<const BY_OFFSET: bool>(
    inbox: Vec<(MessageId, MessageId, String, Toy)>,
    events: &[Event],
) -> World<BY_OFFSET> {
    let mut world = World::new(inbox);
    let mut process = Process::start(&world);
    for event in events {
        match *event {
            Event::Step { most } => process.advance(&mut world, most),
            Event::Answer => process.answer_one(&mut world),
            Event::Crash => process = Process::start(&world),
            Event::Mend => world.mended = true,
            Event::Operate { chosen } => world.operate(chosen),
            Event::Return { steps } => {
                let meanwhile = |other: &mut Process<BY_OFFSET>, world: &mut World<BY_OFFSET>| {
                    (0..steps).for_each(|_| other.advance(world, 3));
                };
                process = process.come_back(&mut world, meanwhile);
            }
            Event::Zombie { steps } => {
                let mut zombie = std::mem::replace(&mut process, Process::start(&world));
                (0..steps).for_each(|_| process.advance(&mut world, 3));
                // It can finish its batch, but its commits are refused.
                zombie.offsets.forget(&[0]);
                while zombie.step != 0 {
                    zombie.advance(&mut world, 1);
                }
            }
        }
    }
    // Quiescence: until everything is committed, every call answered and every letter replayed.
    world.mended = true;
    process = Process::start(&world);
    for _ in 0..10_000 {
        while usize::try_from(world.committed).unwrap() < world.inbox.len() || process.step != 0 {
            process.advance(&mut world, 7);
            process.answer_one(&mut world);
        }
        world.parked.keys().cloned().collect::<Vec<_>>().iter().for_each(|key| world.send_on(key));
        world.operate(0);
        if usize::try_from(world.committed).unwrap() == world.inbox.len() {
            return world;
        }
    }
    panic!("no rest: {:?}, {:?}", world.parked, world.letters);
}

fn check<const BY_OFFSET: bool>(sent: &[(MessageId, MessageId, String, Toy)], world: &World<BY_OFFSET>) {
    let unique: BTreeMap<MessageId, (String, i64)> = sent
        .iter()
        .filter_map(|(id, _, aggregate, message)| match message {
            Toy::Add(amount) => Some((*id, (aggregate.clone(), *amount))),
            Toy::TakeBack(_) | Toy::Answered(_) => None,
        })
        .collect();
    let (bad, good): (BTreeMap<_, _>, BTreeMap<_, _>) = unique.into_iter().partition(|(_, (_, amount))| *amount == 13);
    assert_eq!(world.dead, bad.keys().copied().collect(), "dead letters");
    let (mut counted, mut taken, mut sums) = (BTreeMap::new(), BTreeSet::new(), BTreeMap::new());
    for (_, row) in world.rows.values() {
        match row {
            Noted::Added { message, aggregate, amount, taken_back } => {
                counted.insert(*message, (aggregate.clone(), *amount));
                taken.extend(taken_back.then_some(*message));
            }
            Noted::Sum { aggregate, sum } => drop(sums.insert(aggregate.clone(), *sum)),
        }
    }
    assert!(counted.iter().all(|(id, entry)| good.get(id) == Some(entry)), "nothing is counted that was not sent");
    let missing = good.iter().filter(|(id, _)| !counted.contains_key(id));
    assert!(missing.into_iter().all(|(_, (_, amount))| *amount == SOMETIMES), "everything sent is counted");
    let published: BTreeSet<_> = world.published.iter().copied().collect();
    assert_eq!(published.len(), counted.len(), "each message counted is told of once, under one id");
    assert!(world.parked.is_empty(), "no key is parked for ever");
    for (aggregate, document) in &world.documents {
        check_order(sent, aggregate, &document.state);
        let of_this = || counted.iter().filter(|(_, (owner, _))| owner == aggregate);
        let amounts = || of_this().map(|(_, (_, amount))| *amount);
        let kept: i64 = of_this().filter(|(id, _)| !taken.contains(id)).map(|(_, (_, amount))| *amount).sum();
        assert_eq!(document.state.sum, kept, "the sum of aggregate {aggregate}");
        assert_eq!(
            document.state.sum,
            sums.get(aggregate).copied().unwrap_or(0),
            "the row with the sum of {aggregate}"
        );
        if !BY_OFFSET {
            let asked = amounts().filter(|amount| amount % 3 == 0).sum::<i64>();
            assert_eq!(document.state.answers, asked, "the answers of aggregate {aggregate}");
            assert!(document.pending.is_empty(), "no call is left open");
        }
    }
}

/// Nothing overtakes what waits: what was added was added in the order in which it was first sent.
fn check_order<const BY_OFFSET: bool>(
    sent: &[(MessageId, MessageId, String, Toy)],
    aggregate: &str,
    tally: &Tally<BY_OFFSET>,
) {
    let counts =
        |id: &MessageId| sent.iter().any(|(sent, _, _, message)| sent == id && *message != Toy::Add(SOMETIMES));
    let mut firsts = Vec::new();
    for (id, _, owner, message) in sent {
        let is_added = matches!(message, Toy::Add(amount) if ![13, SOMETIMES].contains(amount));
        if owner == aggregate && !firsts.contains(id) && is_added {
            firsts.push(*id);
        }
    }
    let added: Vec<MessageId> = tally.added.iter().copied().filter(counts).collect();
    assert_eq!(added, firsts, "the order in aggregate {aggregate}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_message_counts_once_whatever_crashes(inbox in inbox(), events in events()) {
        let world = simulate::<false>(inbox.clone(), &events);
        check(&inbox, &world);
    }

    #[test]
    fn the_last_offset_and_rows_are_memory_enough_for_an_aggregate_that_lives_for_ever(
        inbox in inbox(),
        events in events(),
    ) {
        let world = simulate::<true>(inbox.clone(), &events);
        check(&inbox, &world);
    }
}

/// One record, taken all the way.
fn one_record(process: &mut Process<false>, world: &mut World<false>) {
    one_batch(process, world, 1);
}

fn one_batch<const BY_OFFSET: bool>(process: &mut Process<BY_OFFSET>, world: &mut World<BY_OFFSET>, most: usize) {
    (0..STEPS).for_each(|_| process.advance(world, most));
}

#[test]
fn what_is_known_from_before_a_partition_went_away_decides_nothing() {
    let record = |index: &str, amount| {
        let id = MessageId::of_fact(index);
        (id, id, "a".to_owned(), Toy::Add(amount))
    };
    let mut world = World::new(vec![record("0", 1), record("1", 1), record("2", ONLY_LATER)]);
    let mut process = Process::start(&world);
    one_record(&mut process, &mut world);
    let mut process = process.come_back(&mut world, one_record);
    one_record(&mut process, &mut world);
    assert_eq!(world.dead, BTreeSet::new(), "nothing is refused for what was true before");
    assert_eq!(world.documents["a"].state.sum, 2 + ONLY_LATER);
}

/// A sender without an answer sends its batch again: the journal then keeps what led to the row's first form, because that
/// message has just come again, and forgets what led to its last.
#[test]
fn a_row_stays_as_its_batch_left_it_when_only_half_of_the_batch_comes_again() {
    let id = |index: &str| MessageId::of_fact(index);
    let record = |index: &str, message| (id(index), id(index), "a".to_owned(), message);
    let (add, take_back) = (record("0", Toy::Add(4)), record("1", Toy::TakeBack(id("0"))));
    let other = record("2", Toy::Add(1));
    let mut world = World::new(vec![add.clone(), take_back.clone(), add, other, take_back]);
    let mut process = Process::<true>::start(&world);
    (0..3).for_each(|_| one_batch(&mut process, &mut world, 2));
    assert_eq!(world.documents["a"].state.sum, 1, "4 is taken back once");
}
