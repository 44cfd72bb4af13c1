//! How many orders may be taken at once: as many as still take no longer than they should.
//!
//! A fixed number would be wrong on every machine but one. The number falls below what was under way when orders take too
//! long on average, the more the longer they take, and grows again while they do not (multiplicative decrease and increase,
//! as in TCP's congestion control, by the time that things take as in TCP Vegas). An average, because a single pause of a
//! store is no overload.

use std::time::Duration;

/// How often the number is thought over.
pub const WINDOW: Duration = Duration::from_millis(500);
/// Fewer orders than this say nothing about the average.
const FEWEST: u32 = 5;
/// So many are always let in, or nothing would ever be learnt again.
const LEAST: f64 = 8.0;
/// One window takes no more than the half: what is taken in the next will show whether that was enough.
const MOST_DECREASE: f64 = 0.5;
/// Even a little too long is answered, or it would stay so.
const LEAST_DECREASE: f64 = 0.9;
const INCREASE: f64 = 1.1;

/// What was done in a window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    /// How many orders were taken.
    pub count: u32,
    /// How long they took together.
    pub total: Duration,
    /// The most that were under way at once. What is under way when a pause is over says nothing about the pause.
    pub most: usize,
}

/// The number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    now: f64,
    most: f64,
    target: Duration,
}

impl Limit {
    /// At most so many, which take so long on average. It begins with all of them.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "some thousands")]
    pub fn new(most: usize, target: Duration) -> Self {
        let most = (most as f64).max(LEAST);
        Self { now: most, most, target }
    }

    /// How many may be taken at once.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between LEAST and most")]
    pub const fn now(&self) -> usize {
        self.now as usize
    }

    /// Thinks it over after a window in which this was done.
    #[allow(clippy::cast_precision_loss, reason = "some thousands")]
    pub fn update(&mut self, done: Done) {
        if done.count < FEWEST {
            return;
        }
        // By Little's law, so much more than fits is under way as an order takes longer than it should.
        let fitting = (self.target * done.count).as_secs_f64() / done.total.as_secs_f64().max(f64::MIN_POSITIVE);
        let next = if fitting < 1.0 {
            self.now.min(done.most as f64) * fitting.clamp(MOST_DECREASE, LEAST_DECREASE)
        } else {
            self.now * INCREASE
        };
        self.now = next.clamp(LEAST, self.most);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TARGET: Duration = Duration::from_millis(250);

    /// A shop that takes so many orders a second while so many are wanted, for some windows; tells the highest number under
    /// way in the last ten.
    fn live(limit: &mut Limit, capacity: f64, wanted: f64, windows: u32) -> f64 {
        let (mut under_way, mut highest) = (0.0_f64, 0.0_f64);
        for window in 0..windows {
            under_way = (under_way + wanted * WINDOW.as_secs_f64()).min(limit.now() as f64);
            let count = (capacity * WINDOW.as_secs_f64()).min(under_way);
            let each = Duration::from_secs_f64(under_way / capacity);
            limit.update(Done { count: count as u32, total: each * count as u32, most: under_way as usize });
            under_way -= count;
            if window + 10 >= windows {
                highest = highest.max(limit.now() as f64);
            }
        }
        highest
    }

    #[test]
    fn it_settles_where_orders_take_as_long_as_they_should_however_quick_the_shop_is() {
        for capacity in [100.0, 400.0, 2_000.0] {
            let mut limit = Limit::new(4_096, TARGET);
            let highest = live(&mut limit, capacity, 3.0 * capacity, 100);
            let fitting = capacity * TARGET.as_secs_f64();
            assert!((0.7 * fitting..1.3 * fitting).contains(&highest), "{highest} at {capacity}/s");
        }
    }

    #[test]
    fn it_grows_back_when_the_trouble_is_over() {
        let mut limit = Limit::new(1_000, TARGET);
        live(&mut limit, 400.0, 1_200.0, 60);
        assert!(limit.now() < 150, "{limit:?}");
        live(&mut limit, 400.0, 40.0, 60);
        assert_eq!(limit.now(), 1_000);
    }

    #[test]
    fn a_single_slow_order_changes_nothing() {
        let mut limit = Limit::new(1_000, TARGET);
        limit.update(Done { count: 100, total: Duration::from_millis(50 * 99 + 9_000), most: 30 });
        limit.update(Done { count: 1, total: Duration::from_secs(9), most: 1 });
        assert_eq!(limit.now(), 1_000);
    }

    #[test]
    fn a_pause_lowers_it_to_what_came_together_in_it_and_not_to_what_is_left() {
        let mut limit = Limit::new(1_000, TARGET);
        limit.update(Done { count: 150, total: TARGET * 200, most: 100 });
        assert_eq!(limit.now(), 75);
    }

    #[test]
    fn an_overload_is_answered_within_two_seconds() {
        let mut limit = Limit::new(512, TARGET);
        live(&mut limit, 400.0, 1_200.0, 4);
        assert!(limit.now() <= 130, "{limit:?}");
    }

    proptest! {
        #[test]
        fn it_stays_within_its_bounds(windows in proptest::collection::vec((0_u32..500, 0_u64..5_000, 0_usize..5_000), 0..60)) {
            let mut limit = Limit::new(512, TARGET);
            for (count, each, most) in windows {
                limit.update(Done { count, total: Duration::from_millis(each) * count, most });
                prop_assert!((8..=512).contains(&limit.now()));
            }
        }
    }
}
