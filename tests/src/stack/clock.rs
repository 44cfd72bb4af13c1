//! The clock of a shop, which a test may put forward: what it shows, and what it meant when it showed something.

use crate::webhook::unix_millis;

/// When it was put how far ahead of the machine's, in milliseconds. It only ever jumps forwards, and by more than any
/// process takes to notice.
#[derive(Debug, Clone, Default)]
pub(super) struct Clock(Vec<Jump>);

#[derive(Debug, Clone, Copy)]
struct Jump {
    /// When, by the machine's clock: no process has noticed before.
    at: i64,
    /// How far ahead it is from then on.
    ahead: i64,
}

impl Clock {
    /// Puts it so far ahead from this moment of the machine's on.
    ///
    /// # Panics
    /// When that is a jump backwards: times would then be shown twice.
    pub(super) fn put(&mut self, at: i64, ahead: i64) {
        assert!(ahead >= self.ahead(), "a jump backwards");
        self.0.push(Jump { at, ahead });
    }

    /// How far ahead it is.
    pub(super) fn ahead(&self) -> i64 {
        self.0.last().map_or(0, |jump| jump.ahead)
    }

    /// What it shows now.
    pub(super) fn now(&self) -> i64 {
        unix_millis() + self.ahead()
    }

    /// When a process of the shop read this time, by the machine's clock: whoever has noticed the jump reads more than
    /// anybody who has not.
    pub(super) fn machine_time(&self, shown: i64) -> i64 {
        let noticed = self.0.iter().rev().find(|jump| jump.at + jump.ahead <= shown);
        shown - noticed.map_or(0, |jump| jump.ahead)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Longer than a frozen process takes to notice.
    const NOTICED_WITHIN: i64 = 15_000;

    /// Jumps so long after one another, each so far.
    fn clock(jumps: &[(i64, i64)]) -> Clock {
        let (mut clock, mut at, mut ahead) = (Clock::default(), 0, 0);
        for (later, further) in jumps {
            (at, ahead) = (at + later, ahead + further);
            clock.put(at, ahead);
        }
        clock
    }

    #[test]
    fn a_time_from_before_a_jump_stays_and_one_from_after_it_goes_back_by_the_jump() {
        let clock = clock(&[(1_000, 60_000)]);
        assert_eq!(clock.machine_time(999), 999);
        assert_eq!(clock.machine_time(61_000), 1_000);
        assert_eq!(clock.machine_time(1_200), 1_200, "read by one that had not noticed");
    }

    proptest! {
        #[test]
        fn whatever_a_process_reads_and_whenever_it_notices_the_moment_is_found_again(
            jumps in prop::collection::vec((0..30_000_i64, NOTICED_WITHIN + 1..100_000_000), 0..6),
            moment in 0..200_000_i64,
            late in 0..=NOTICED_WITHIN,
        ) {
            let clock = clock(&jumps);
            let noticed = clock.0.iter().rev().find(|jump| jump.at + late <= moment);
            let shown = moment + noticed.map_or(0, |jump| jump.ahead);
            prop_assert_eq!(clock.machine_time(shown), moment);
        }
    }
}
