//! The offset follows the work: a partition's offset moves past a record only when nothing that it set in motion is left.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::message::Position;

/// What is under way in each partition. Cheap to clone; shared by the worker, its calls and the rebalance events.
#[derive(Debug, Clone, Default)]
pub struct Offsets(Arc<Mutex<Partitions>>);

#[derive(Debug, Default)]
struct Partitions {
    /// Counts the lives of partitions in this process.
    lives: u64,
    by_number: BTreeMap<i32, Partition>,
}

#[derive(Debug, Default)]
struct Partition {
    life: u64,
    /// One past the last record taken.
    next: i64,
    /// How many pieces of work hold each record.
    holds: BTreeMap<i64, u32>,
    /// What was reported as done last.
    reported: i64,
}

/// A piece of work on a record. It belongs to the life its partition had when the record was taken: what a zombie still
/// holds or releases says nothing about the partition after it was lost and came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    position: Position,
    life: u64,
}

impl Held {
    /// The life of the partition that the record was taken in; a later one has a larger number.
    pub(super) const fn life(self) -> u64 {
        self.life
    }
}

impl Offsets {
    /// A record was taken from the inbox.
    pub fn take(&self, position: Position) -> Held {
        let mut partitions = self.lock();
        let Partitions { lives, by_number } = &mut *partitions;
        let partition = by_number.entry(position.partition).or_insert_with(|| {
            *lives += 1;
            Partition { life: *lives, ..Partition::default() }
        });
        partition.next = partition.next.max(position.offset + 1);
        *partition.holds.entry(position.offset).or_default() += 1;
        Held { position, life: partition.life }
    }

    /// Something more works on a record that is held.
    pub fn hold(&self, held: Held) -> Held {
        if let Some(holds) = self.lock().holds(held) {
            *holds += 1;
        }
        held
    }

    /// Something has finished with this record.
    pub fn release(&self, held: Held) {
        let mut partitions = self.lock();
        let Some(holds) = partitions.holds(held) else { return };
        *holds -= 1;
        if *holds == 0
            && let Some(partition) = partitions.by_number.get_mut(&held.position.partition)
        {
            partition.holds.remove(&held.position.offset);
        }
    }

    /// The partitions whose first record not yet done has moved, each with that record's offset.
    #[must_use]
    pub fn advanced(&self) -> Vec<(i32, i64)> {
        let mut advanced = Vec::new();
        for (number, partition) in self.lock().by_number.iter_mut() {
            let done = partition.holds.keys().next().copied().unwrap_or(partition.next);
            if done > partition.reported {
                partition.reported = done;
                advanced.push((*number, done));
            }
        }
        advanced
    }

    /// These partitions were lost, or begin anew: what is still under way in them is finished but not reported.
    pub fn forget(&self, lost: &[i32]) {
        self.lock().by_number.retain(|number, _| !lost.contains(number));
    }

    fn lock(&self) -> MutexGuard<'_, Partitions> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Partitions {
    fn holds(&mut self, held: Held) -> Option<&mut u32> {
        let partition = self.by_number.get_mut(&held.position.partition)?;
        if partition.life == held.life { partition.holds.get_mut(&held.position.offset) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn at(offset: i64) -> Position {
        Position { partition: 0, offset }
    }

    #[test]
    fn a_record_that_is_still_held_keeps_later_ones_from_being_stored() {
        let offsets = Offsets::default();
        let held: Vec<Held> = (10..13).map(|offset| offsets.take(at(offset))).collect();
        offsets.release(held[1]);
        offsets.release(held[2]);
        assert_eq!(offsets.advanced(), vec![(0, 10)]);
        offsets.release(held[0]);
        assert_eq!(offsets.advanced(), vec![(0, 13)]);
        assert_eq!(offsets.advanced(), vec![]);
    }

    #[test]
    fn a_partition_that_was_lost_is_not_reported() {
        let offsets = Offsets::default();
        let held = offsets.take(at(5));
        offsets.forget(&[0]);
        offsets.release(held);
        assert_eq!(offsets.advanced(), vec![]);
    }

    #[test]
    fn a_zombie_does_not_move_the_offsets_of_a_partition_that_comes_back() {
        let offsets = Offsets::default();
        let old: Vec<Held> = (10..20).map(|offset| offsets.take(at(offset))).collect();
        offsets.forget(&[0]);
        let new = offsets.take(at(12));
        offsets.hold(old[9]);
        offsets.release(old[2]);
        assert_eq!(offsets.advanced(), vec![(0, 12)]);
        offsets.release(new);
        assert_eq!(offsets.advanced(), vec![(0, 13)]);
    }

    proptest! {
        #[test]
        fn nothing_held_is_ever_passed(order in Just((0i64..40).collect::<Vec<_>>()).prop_shuffle()) {
            let offsets = Offsets::default();
            let held: Vec<Held> = (0..40).map(|offset| offsets.take(at(offset))).collect();
            let mut open: std::collections::BTreeSet<i64> = (0..40).collect();
            for offset in order {
                offsets.release(held[usize::try_from(offset).unwrap()]);
                open.remove(&offset);
                let first_open = open.first().copied().unwrap_or(40);
                for (_, next) in offsets.advanced() {
                    prop_assert_eq!(next, first_open);
                }
            }
        }
    }
}
