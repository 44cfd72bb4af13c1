//! Up to where an index has followed the catalog's events. It is committed together with what it says is in the index.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use shared::{
    kafka::{Extent, Followed},
    time::Timestamp,
};

/// What the broker holds, by partition.
pub type Extents = BTreeMap<i32, Extent>;

/// Where an index stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The shop that it is of.
    pub source: String,
    /// The order by which it was made.
    pub generation: i64,
    /// For each partition the first offset that is not in it.
    pub next: BTreeMap<i32, i64>,
}

impl Mark {
    /// The mark of an index that is read from the record after the broker held this much.
    pub fn at_the_end(source: String, generation: i64, extents: &Extents) -> Self {
        let next = extents.iter().map(|(partition, extent)| (*partition, extent.end)).collect();
        Self { source, generation, next }
    }

    /// Reads the note of a commit; none for that of an index that was not finished.
    pub fn read(note: &str) -> Option<Self> {
        serde_json::from_str(note).ok()
    }

    /// As the note of a commit.
    pub fn note(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Whether the index may go on from here: it is of this shop and not older than was ordered, and all that came since is
    /// still there.
    pub fn goes_on(&self, source: &str, generation: i64, extents: &Extents) -> bool {
        self.source == source && self.generation >= generation && !self.missed(extents)
    }

    /// Whether something that came is not there any more, or the topic is another one than it was.
    pub fn missed(&self, extents: &Extents) -> bool {
        let is_gone = |partition: &i32| !extents.contains_key(partition);
        let is_out =
            |(partition, extent): (&i32, &Extent)| !(extent.begin..=extent.end).contains(&self.next_in(*partition));
        self.next.keys().any(is_gone) || extents.iter().any(is_out)
    }

    /// How many records the index does not have.
    pub fn behind(&self, extents: &Extents) -> i64 {
        extents.iter().map(|(partition, extent)| (extent.end - self.next_in(*partition)).max(0)).sum()
    }

    /// Begins with partitions that were added; whether there were any.
    pub fn add_partitions(&mut self, extents: &Extents) -> bool {
        let before = self.next.len();
        for partition in extents.keys() {
            self.next.entry(*partition).or_insert(0);
        }
        self.next.len() > before
    }

    /// These records are in the index.
    pub fn advance(&mut self, batch: &[Followed]) {
        for record in batch {
            self.next.insert(record.position.partition, record.position.offset + 1);
        }
    }

    fn next_in(&self, partition: i32) -> i64 {
        self.next.get(&partition).copied().unwrap_or(0)
    }
}

/// For how long there has been something that cannot be found yet.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lag {
    since: Option<Instant>,
}

impl Lag {
    /// How old the oldest change is that cannot be found yet, at most: it came after the newest that can be, which came at
    /// `found`, and after nothing was missing.
    pub fn of(&mut self, is_behind: bool, found: Option<Timestamp>, now: (Instant, Timestamp)) -> Duration {
        if !is_behind {
            self.since = None;
            return Duration::ZERO;
        }
        let waited = now.0.saturating_duration_since(*self.since.get_or_insert(now.0));
        found.map_or(waited, |found| now.1.since(found).min(waited))
    }
}

#[cfg(test)]
mod tests {
    use shared::message::Position;

    use super::*;

    fn extents(of: &[(i32, i64, i64)]) -> Extents {
        of.iter().map(|(partition, begin, end)| (*partition, Extent { begin: *begin, end: *end })).collect()
    }

    fn mark() -> Mark {
        Mark::at_the_end("shop".to_owned(), 3, &extents(&[(0, 0, 10), (1, 0, 20)]))
    }

    #[test]
    fn an_index_goes_on_while_all_that_came_since_is_there() {
        let mark = mark();
        assert!(mark.goes_on("shop", 3, &extents(&[(0, 10, 10), (1, 0, 25)])));
        assert!(mark.goes_on("shop", 3, &extents(&[(0, 0, 10), (1, 0, 20), (2, 0, 5)])), "a partition was added");
        for (source, generation, extents) in [
            ("other", 3, extents(&[(0, 0, 10), (1, 0, 20)])),
            ("shop", 4, extents(&[(0, 0, 10), (1, 0, 20)])),
            ("shop", 3, extents(&[(0, 11, 12), (1, 0, 20)])),
            ("shop", 3, extents(&[(0, 0, 9), (1, 0, 20)])),
            ("shop", 3, extents(&[(0, 0, 10)])),
            ("shop", 3, extents(&[(0, 0, 10), (1, 0, 20), (2, 1, 5)])),
        ] {
            assert!(!mark.goes_on(source, generation, &extents), "{source} {generation} {extents:?}");
        }
    }

    #[test]
    fn a_mark_moves_with_what_was_taken_and_is_read_as_it_was_noted() {
        let mut mark = mark();
        let position = Position { partition: 1, offset: 20 };
        mark.advance(&[Followed { position, at: Timestamp::from_millis(0), payload: Vec::new() }]);
        assert_eq!(mark.behind(&extents(&[(0, 0, 10), (1, 0, 25), (2, 0, 2)])), 6);
        assert!(mark.add_partitions(&extents(&[(2, 0, 2)])) && !mark.add_partitions(&extents(&[(2, 0, 2)])));
        assert_eq!(Mark::read(&mark.note()), Some(mark));
        assert_eq!(Mark::read(""), None);
    }

    #[test]
    fn the_lag_is_that_of_what_waits_and_not_of_a_quiet_night() {
        let (mut lag, start, clock) = (Lag::default(), Instant::now(), Timestamp::from_millis(10_000_000));
        let at = |seconds| (start + Duration::from_secs(seconds), clock.plus(Duration::from_secs(seconds)));
        let long_ago = Some(Timestamp::from_millis(0));
        assert_eq!(lag.of(false, long_ago, at(0)), Duration::ZERO);
        assert_eq!(lag.of(true, long_ago, at(1)), Duration::ZERO);
        assert_eq!(lag.of(true, long_ago, at(4)), Duration::from_secs(3));
        assert_eq!(lag.of(true, Some(at(8).1), at(9)), Duration::from_secs(1), "a stream that is followed");
        assert_eq!(lag.of(false, long_ago, at(10)), Duration::ZERO);
        assert_eq!(lag.of(true, long_ago, at(11)), Duration::ZERO);
    }
}
