//! Limits on how often something may be done, which hold over all processes together.
//!
//! Each limit is a bucket that fills by itself: it holds `burst` tokens, one more comes in at a steady pace, and whoever
//! finds none waits. It is kept in Redis as the one moment at which it will be full again (the "generic cell rate
//! algorithm"), by Redis' clock, in one script and one round trip whatever the number of buckets. Where Redis does not
//! answer, each process goes by buckets of its own: the limits are then as many times as wide as there are processes, but
//! never gone, and nobody is turned away because of Redis.

mod local;
mod redis_buckets;

use std::time::Duration;

use self::{local::LocalBuckets, redis_buckets::RedisBuckets};

/// Micros in a minute.
const MINUTE: i64 = 60_000_000;

/// How often something may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Micros after which another token comes in.
    interval: i64,
    /// The tokens of a full bucket.
    burst: i64,
}

/// One token that is to be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Take {
    /// Whose bucket for what.
    pub bucket: String,
    /// How it fills.
    pub rate: Rate,
}

/// A bucket is empty, and nothing was taken from any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exhausted {
    /// Which of the takes, from 0 on.
    pub which: usize,
    /// How long until all have a token.
    pub wait: Duration,
}

impl Rate {
    /// So many at once, and so many a minute in the long run. Both are taken to be at least 1, and at most a million.
    #[must_use]
    pub fn new(burst: u32, per_minute: u32) -> Self {
        let bounded = |number: u32| i64::from(number.clamp(1, 1_000_000));
        Self { interval: MINUTE / bounded(per_minute), burst: bounded(burst) }
    }

    /// Micros in which an empty bucket becomes full.
    const fn whole(self) -> i64 {
        self.interval.saturating_mul(self.burst)
    }

    /// Takes a token from a bucket that is full at this moment or was before: when it will be full then, or how long until it
    /// has one. A bucket that would be full later than an empty one was kept under another clock, and counts as empty.
    fn take(self, full_at: i64, now: i64) -> Result<i64, i64> {
        let full_at = full_at.clamp(now, now.saturating_add(self.whole())).saturating_add(self.interval);
        let wait = full_at.saturating_sub(self.whole()).saturating_sub(now);
        if wait > 0 { Err(wait) } else { Ok(full_at) }
    }
}

/// All buckets.
pub struct RateLimiter {
    shared: Option<RedisBuckets>,
    local: LocalBuckets,
}

impl RateLimiter {
    /// Buckets in the Redis at this URL, under this prefix; connects when first used.
    ///
    /// # Errors
    /// A text that says why the URL is none.
    pub fn connect(url: &str, prefix: &str) -> Result<Self, String> {
        let shared = RedisBuckets::new(url, prefix).map_err(|error| error.to_string())?;
        metrics::counter!("rate_limit_without_redis_total").increment(0);
        Ok(Self { shared: Some(shared), ..Self::of_this_process() })
    }

    /// Buckets of this process alone.
    #[must_use]
    pub fn of_this_process() -> Self {
        Self { shared: None, local: LocalBuckets::default() }
    }

    /// Takes a token from each bucket, or from none if one is empty.
    ///
    /// # Errors
    /// Which is empty.
    pub async fn take(&self, takes: &[Take]) -> Result<(), Exhausted> {
        if takes.is_empty() {
            return Ok(());
        }
        if let Some(shared) = &self.shared {
            if let Some(answer) = shared.take(takes).await {
                return answer;
            }
            metrics::counter!("rate_limit_without_redis_total").increment(1);
        }
        self.local.take(takes)
    }
}

fn exhausted(which: usize, micros: i64) -> Exhausted {
    Exhausted { which, wait: Duration::from_micros(micros.unsigned_abs()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rates() -> impl Strategy<Value = Rate> {
        (1..50_u32, 1..600_u32).prop_map(|(burst, per_minute)| Rate::new(burst, per_minute))
    }

    /// When each wish came, in micros.
    fn wishes() -> impl Strategy<Value = Vec<i64>> {
        proptest::collection::vec(0..3_000_000_i64, 1..200).prop_map(|gaps| {
            let clock = gaps.into_iter().scan(1_790_000_000_000_000, |now, gap| {
                *now += gap;
                Some(*now)
            });
            clock.collect()
        })
    }

    fn granted(rate: Rate, wishes: &[i64]) -> Vec<i64> {
        let mut full_at = 0;
        let mut take = |now: i64| rate.take(full_at, now).map(|then| full_at = then).is_ok();
        wishes.iter().copied().filter(|now| take(*now)).collect()
    }

    proptest! {
        #[test]
        fn in_no_span_of_time_is_more_granted_than_a_full_bucket_and_what_came_in_meanwhile(rate in rates(), wishes in wishes()) {
            let granted = granted(rate, &wishes);
            for (first, from) in granted.iter().enumerate() {
                for (last, until) in granted.iter().enumerate().skip(first) {
                    let came_in = (until - from) / rate.interval;
                    prop_assert!(i64::try_from(last - first + 1).unwrap() <= rate.burst + came_in);
                }
            }
        }

        #[test]
        fn who_wishes_no_faster_than_tokens_come_in_is_never_refused(rate in rates(), times in 1..200_i64) {
            let wishes: Vec<i64> = (0..times).map(|n| n * rate.interval).collect();
            prop_assert_eq!(granted(rate, &wishes).len(), wishes.len());
        }

        #[test]
        fn who_is_refused_is_let_in_after_the_wait_and_not_a_moment_before(rate in rates(), wishes in wishes()) {
            let mut full_at = 0;
            for at in wishes {
                match rate.take(full_at, at) {
                    Ok(then) => full_at = then,
                    Err(wait) => {
                        prop_assert!(rate.take(full_at, at + wait).is_ok());
                        prop_assert!(rate.take(full_at, at + wait - 1).is_err());
                        prop_assert!(wait <= rate.interval);
                    }
                }
            }
        }

        #[test]
        fn whatever_was_kept_a_bucket_is_never_emptier_than_empty_or_fuller_than_full(
            rate in rates(), kept in any::<i64>(), now in 0..i64::MAX / 4,
        ) {
            let mut full_at = kept;
            let mut take = |_: &i64| rate.take(full_at, now).map(|then| full_at = then).is_ok();
            let given = (0..=rate.burst).take_while(|n| take(n)).count();
            prop_assert!(i64::try_from(given).unwrap() <= rate.burst);
            prop_assert!(kept > now || i64::try_from(given).unwrap() == rate.burst);
            prop_assert!(rate.take(kept, now).err().is_none_or(|wait| wait <= rate.interval));
        }
    }

    #[test]
    fn a_full_bucket_gives_its_burst_at_once_and_then_one_by_one() {
        let rate = Rate::new(3, 60);
        let second = |seconds: i64| 1_000_000 * (100 + seconds);
        let wishes = [second(0), second(0), second(0), second(0), second(1), second(1), second(2), second(60)];
        assert_eq!(granted(rate, &wishes), [second(0), second(0), second(0), second(1), second(2), second(60)]);
    }

    #[tokio::test]
    async fn where_one_bucket_is_empty_nothing_is_taken_from_the_others() {
        let limiter = RateLimiter::of_this_process();
        let take = |bucket: &str, burst| Take { bucket: bucket.to_owned(), rate: Rate::new(burst, 1) };
        let (narrow, wide) = (take("narrow", 1), take("wide", 2));
        assert_eq!(limiter.take(&[wide.clone(), narrow.clone()]).await, Ok(()));
        for _ in 0..3 {
            let refused = limiter.take(&[wide.clone(), narrow.clone()]).await.unwrap_err();
            assert_eq!((refused.which, refused.wait.as_secs()), (1, 59));
        }
        assert_eq!(limiter.take(std::slice::from_ref(&wide)).await, Ok(()));
        assert!(limiter.take(&[wide]).await.is_err());
    }

    #[tokio::test]
    async fn without_redis_the_limits_of_the_process_hold() {
        let limiter = RateLimiter::connect("redis://127.0.0.1:1/", "p").unwrap();
        let take = [Take { bucket: "x".to_owned(), rate: Rate::new(3, 1) }];
        let answers = futures::future::join_all((0..20).map(|_| limiter.take(&take))).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 3);
    }
}
