//! The offset follows the work: a partition's offset moves past a record only when nothing that it set in motion is left.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::message::Position;

/// What is under way in each partition. Cheap to clone; shared by the worker, its calls and the rebalance events.
#[derive(Debug, Clone, Default)]
pub struct Offsets(Arc<Mutex<HashMap<i32, Partition>>>);

#[derive(Debug, Default)]
struct Partition {
    /// One past the last record taken.
    next: i64,
    /// How many pieces of work hold each record.
    holds: BTreeMap<i64, u32>,
    /// What was reported as done last.
    reported: i64,
}

impl Offsets {
    /// A record was taken from the inbox.
    pub fn take(&self, position: Position) {
        let mut partitions = self.lock();
        let partition = partitions.entry(position.partition).or_default();
        partition.next = partition.next.max(position.offset + 1);
        *partition.holds.entry(position.offset).or_default() += 1;
    }

    /// Something more works on a record that was taken. Without effect when its partition was lost meanwhile: what a
    /// zombie does must not move the offsets it will find when the partition comes back.
    pub fn hold(&self, position: Position) {
        let mut partitions = self.lock();
        let partition = partitions.get_mut(&position.partition);
        if let Some(holds) = partition.and_then(|partition| partition.holds.get_mut(&position.offset)) {
            *holds += 1;
        }
    }

    /// Something has finished with this record.
    pub fn release(&self, position: Position) {
        let mut partitions = self.lock();
        let Some(partition) = partitions.get_mut(&position.partition) else { return };
        if let Some(holds) = partition.holds.get_mut(&position.offset) {
            *holds -= 1;
            if *holds == 0 {
                partition.holds.remove(&position.offset);
            }
        }
    }

    /// The partitions whose first record not yet done has moved, each with that record's offset.
    #[must_use]
    pub fn advanced(&self) -> Vec<(i32, i64)> {
        let mut advanced = Vec::new();
        for (number, partition) in self.lock().iter_mut() {
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
        self.lock().retain(|number, _| !lost.contains(number));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<i32, Partition>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
        (10..13).for_each(|offset| offsets.take(at(offset)));
        offsets.release(at(11));
        offsets.release(at(12));
        assert_eq!(offsets.advanced(), vec![(0, 10)]);
        offsets.release(at(10));
        assert_eq!(offsets.advanced(), vec![(0, 13)]);
        assert_eq!(offsets.advanced(), vec![]);
    }

    #[test]
    fn a_partition_that_was_lost_is_not_reported() {
        let offsets = Offsets::default();
        offsets.take(at(5));
        offsets.forget(&[0]);
        offsets.release(at(5));
        assert_eq!(offsets.advanced(), vec![]);
    }

    #[test]
    fn a_zombie_does_not_move_the_offsets_of_a_partition_that_comes_back() {
        let offsets = Offsets::default();
        (10..20).for_each(|offset| offsets.take(at(offset)));
        offsets.forget(&[0]);
        offsets.hold(at(19));
        offsets.take(at(12));
        offsets.release(at(19));
        offsets.release(at(12));
        assert_eq!(offsets.advanced(), vec![(0, 13)]);
    }

    proptest! {
        #[test]
        fn nothing_held_is_ever_passed(order in Just((0i64..40).collect::<Vec<_>>()).prop_shuffle()) {
            let offsets = Offsets::default();
            (0..40).for_each(|offset| offsets.take(at(offset)));
            let mut open: std::collections::BTreeSet<i64> = (0..40).collect();
            for offset in order {
                offsets.release(at(offset));
                open.remove(&offset);
                let first_open = open.first().copied().unwrap_or(40);
                for (_, next) in offsets.advanced() {
                    prop_assert_eq!(next, first_open);
                }
            }
        }
    }
}
