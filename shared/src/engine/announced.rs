//! Which deadlines were announced, and when each may be announced again.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use crate::id::MessageId;

/// A deadline that was announced is not announced again this soon: its message may just be waiting in the inbox.
const FIRST_REST: Duration = Duration::from_secs(30);
/// Nor later than this: each time is twice as long as the one before.
const LONGEST_REST: Duration = Duration::from_secs(3_600);

/// What was announced by this process.
#[derive(Default)]
pub(super) struct Announced(HashMap<MessageId, (Instant, u32)>);

impl Announced {
    /// Whether it is too early to announce this one (again).
    pub(super) fn rests(&self, id: MessageId) -> bool {
        self.0.get(&id).is_some_and(|(at, times)| at.elapsed() < rest(*times))
    }

    /// Notes announcements, and forgets those that are long past.
    pub(super) fn note(&mut self, ids: impl IntoIterator<Item = MessageId>) {
        self.0.retain(|_, (at, _)| at.elapsed() < 2 * LONGEST_REST);
        for id in ids {
            let (at, times) = self.0.entry(id).or_insert_with(|| (Instant::now(), 0));
            (*at, *times) = (Instant::now(), times.saturating_add(1));
        }
    }
}

fn rest(times: u32) -> Duration {
    FIRST_REST.saturating_mul(1 << times.saturating_sub(1).min(10)).min(LONGEST_REST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_rests_twice_as_long_each_time_and_an_hour_at_most() {
        let rests: Vec<_> = [1, 2, 3, 7, 8, 100].map(|times| rest(times).as_secs()).into();
        assert_eq!(rests, [30, 60, 120, 1920, 3600, 3600]);
    }

    #[test]
    fn what_was_announced_rests_and_nothing_else() {
        let mut announced = Announced::default();
        let (one, other) = (MessageId::generate(), MessageId::generate());
        announced.note([one]);
        assert!(announced.rests(one) && !announced.rests(other));
    }
}
