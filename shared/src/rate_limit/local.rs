//! Buckets in memory.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use super::{Exhausted, Take, exhausted};

/// The most buckets; a hundred bytes each.
const MOST_BUCKETS: usize = 65_536;
/// Where those share one that find no room: better a narrow limit than none.
const OTHERS: &str = "others";
/// Micros between two looks for buckets that are full again.
const FORGET_AFTER: i64 = 1_000_000;

/// The buckets of this process.
pub(super) struct LocalBuckets {
    since: Instant,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    full_at: HashMap<String, i64>,
    forgot_at: i64,
}

impl Default for LocalBuckets {
    fn default() -> Self {
        Self { since: Instant::now(), kept: Mutex::default() }
    }
}

impl LocalBuckets {
    pub(super) fn take(&self, takes: &[Take]) -> Result<(), Exhausted> {
        let now = i64::try_from(self.since.elapsed().as_micros()).unwrap_or(i64::MAX / 2);
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).take(takes, now, MOST_BUCKETS)
    }
}

impl Kept {
    fn take(&mut self, takes: &[Take], now: i64, most: usize) -> Result<(), Exhausted> {
        self.make_room(now, most);
        let mut taken = Vec::new();
        let mut worst: Option<(usize, i64)> = None;
        for (which, Take { bucket, rate }) in takes.iter().enumerate() {
            let bucket = if self.has_room_for(bucket, most) { bucket } else { OTHERS };
            match rate.take(self.full_at.get(bucket).copied().unwrap_or_default(), now) {
                Ok(full_at) => taken.push((bucket, full_at)),
                Err(wait) if worst.is_none_or(|(_, longest)| wait > longest) => worst = Some((which, wait)),
                Err(_) => {}
            }
        }
        if let Some((which, wait)) = worst {
            return Err(exhausted(which, wait));
        }
        self.full_at.extend(taken.into_iter().map(|(bucket, full_at): (&str, i64)| (bucket.to_owned(), full_at)));
        Ok(())
    }

    fn has_room_for(&self, bucket: &str, most: usize) -> bool {
        self.full_at.len() < most || self.full_at.contains_key(bucket)
    }

    /// Forgets what is full again, not at every call: looking at all of them takes a moment.
    fn make_room(&mut self, now: i64, most: usize) {
        if self.full_at.len() >= most && now - self.forgot_at >= FORGET_AFTER {
            self.full_at.retain(|_, full_at| *full_at > now);
            self.forgot_at = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rate_limit::Rate;

    fn take(bucket: &str) -> [Take; 1] {
        [Take { bucket: bucket.to_owned(), rate: Rate::new(2, 60) }]
    }

    #[test]
    fn those_who_find_no_room_share_a_bucket_until_others_are_full_again() {
        let (mut kept, now) = (Kept::default(), 10_000_000);
        assert_eq!(kept.take(&take("a"), now, 2), Ok(()));
        assert_eq!(kept.take(&take("b"), now, 2), Ok(()));
        assert_eq!(kept.take(&take("a"), now, 2), Ok(()), "who has a bucket keeps it");
        assert_eq!(kept.take(&take("c"), now, 2), Ok(()));
        assert_eq!(kept.take(&take("d"), now, 2), Ok(()));
        assert!(kept.take(&take("e"), now, 2).is_err());
        assert!(kept.full_at.len() <= 3);
        assert_eq!(kept.take(&take("e"), now + 60_000_000, 2), Ok(()));
        assert_eq!(kept.full_at.keys().collect::<Vec<_>>(), ["e"]);
    }
}
