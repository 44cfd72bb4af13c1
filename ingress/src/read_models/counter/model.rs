//! Several processes that show a product while it changes, as a model: the memory is the real one, the record and the shared
//! cache are what they promise.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use proptest::prelude::*;

use super::{
    at_hand::{AtHand, Begun},
    testing::document,
};

const PROCESSES: usize = 3;

/// One step of somebody. Numbers choose among what can be done.
#[derive(Debug, Clone)]
enum Step {
    /// The record changes.
    Change,
    /// The catalog worker tells the cache of a version, perhaps a long time after it was written, perhaps never.
    Project(usize),
    /// A process hears of a change, perhaps never.
    Announce { process: usize },
    /// A process begins to answer a reader.
    Ask { process: usize },
    /// One of the answers that are being sought goes on.
    GoOn(usize),
    /// Time goes by.
    Wait(u64),
}

/// An answer that is being sought.
struct Reading {
    process: usize,
    /// The newest version that anybody had been shown when it was asked for.
    floor: i64,
    at: At,
}

enum At {
    /// The cache is to be asked.
    Start,
    /// The record is to be asked.
    Missing(Begun),
    /// It said so; the cache is to be told before it is shown.
    Read(Begun, i64),
}

struct World {
    record: i64,
    written: Vec<i64>,
    cache: i64,
    memories: Vec<AtHand>,
    readings: Vec<Reading>,
    shown: i64,
    now: Instant,
}

impl World {
    fn new() -> Self {
        let memories = std::iter::repeat_with(AtHand::default).take(PROCESSES).collect();
        let (readings, written) = (Vec::new(), Vec::new());
        Self { record: 1, written, cache: 0, memories, readings, shown: 0, now: Instant::now() }
    }

    fn take(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::Change => {
                self.record += 1;
                self.written.push(self.record);
            }
            Step::Project(which) => {
                let version = self.written.get(which % self.written.len().max(1)).copied().unwrap_or(0);
                self.cache = self.cache.max(version);
            }
            Step::Announce { process } => {
                self.memories[*process].announced(std::iter::once(document(1, 1).state.product_id));
            }
            Step::Ask { process } => {
                self.readings.push(Reading { process: *process, floor: self.shown, at: At::Start });
            }
            Step::GoOn(which) if !self.readings.is_empty() => {
                let reading = self.readings.swap_remove(which % self.readings.len());
                return self.go_on(reading);
            }
            Step::GoOn(_) => {}
            Step::Wait(millis) => self.now += Duration::from_millis(*millis),
        }
        Ok(())
    }

    fn go_on(&mut self, reading: Reading) -> Result<(), TestCaseError> {
        let Reading { process, floor, at } = reading;
        let memory = &mut self.memories[process];
        let id = document(1, 1).state.product_id;
        let at = match at {
            At::Start => {
                // An entry that is not there is at version 0: no memory has that.
                if let Some(found) = memory.kept.at_version(id, self.cache, self.now) {
                    return self.show(found.version, floor);
                }
                At::Missing(memory.begin(self.now))
            }
            At::Missing(begun) => At::Read(begun, self.record),
            At::Read(begun, version) => {
                self.cache = self.cache.max(version);
                memory.keep(&[document(1, version)], begun);
                return self.show(version, floor);
            }
        };
        self.readings.push(Reading { process, floor, at });
        Ok(())
    }

    fn show(&mut self, version: i64, floor: i64) -> Result<(), TestCaseError> {
        prop_assert!(version >= floor, "{version} is shown to who asked after {floor} was");
        self.shown = self.shown.max(version);
        Ok(())
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => Just(Step::Change),
        1 => (0..9_usize).prop_map(Step::Project),
        1 => (0..PROCESSES).prop_map(|process| Step::Announce { process }),
        4 => (0..PROCESSES).prop_map(|process| Step::Ask { process }),
        9 => (0..9_usize).prop_map(Step::GoOn),
        1 => (0..2_000_u64).prop_map(Step::Wait),
    ]
}

proptest! {
    #[test]
    fn nobody_is_shown_an_older_version_than_anybody_was_before_they_asked(
        steps in proptest::collection::vec(step(), 0..200),
    ) {
        let mut world = World::new();
        for step in &steps {
            world.take(step)?;
        }
    }

    #[test]
    fn once_the_cache_was_told_of_the_last_change_everybody_is_shown_it(
        steps in proptest::collection::vec(step(), 0..100),
    ) {
        let mut world = World::new();
        for step in &steps {
            world.take(step)?;
        }
        world.cache = world.record;
        world.readings.clear();
        for process in 0..PROCESSES {
            world.readings.push(Reading { process, floor: world.record, at: At::Start });
        }
        while let Some(reading) = world.readings.pop() {
            world.go_on(reading)?;
        }
    }

    #[test]
    fn once_a_change_was_announced_no_memory_shows_what_was_read_before_it(
        before in proptest::collection::vec((0..4_usize, 1..5_i64), 1..40),
    ) {
        // Reads begin and end in any order; the last version is announced somewhere between.
        let (mut memory, now, mut begun) = (AtHand::default(), Instant::now(), BTreeMap::new());
        let (middle, id) = (before.len() / 2, document(1, 1).state.product_id);
        for (number, (reader, version)) in before.iter().enumerate() {
            if number == middle {
                memory.announced(std::iter::once(id));
            }
            match begun.remove(reader) {
                None => drop(begun.insert(*reader, (number, memory.begin(now)))),
                Some((since, started)) => {
                    let version = if since >= middle { 9 } else { *version };
                    memory.keep(&[document(1, version)], started);
                }
            }
        }
        let found = memory.kept.recent(id, now).map(|found| found.version);
        prop_assert!(found.is_none_or(|version| version == 9), "{found:?}");
    }
}
