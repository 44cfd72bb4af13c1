//! The rules of replay, tried out: a toy worker on a simulated broker and store, with crashes between any two steps,
//! repetitions, zombies, a bug that is mended at some time and operators who replay what died of it, by seed.

mod process;
mod toy;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use self::{
    process::{Process, STEPS},
    toy::{BUG, Noted, ONLY_LATER, SOMETIMES, Tally, Toy},
    world::World,
};
use crate::id::MessageId;

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
