//! The controller with the shop it controls, as a model: an order waits in the inboxes, one after another; the workers
//! share a machine and give each inbox its part of it; the ingress looks once a second and sees what was committed half a
//! second ago.

use proptest::prelude::*;
use shared::kafka::Progress;

use super::*;
use crate::admission::backlog::{Backlog, PATH};

const LONGEST: Duration = Duration::from_secs(10);
const SECOND: Duration = Duration::from_secs(1);
/// The stages of the path that an order passes, in this order, by their number in [`PATH`].
const WAY: [usize; 14] = [0, 1, 1, 0, 2, 0, 2, 0, 3, 0, 1, 1, 4, 4];
const STEPS: usize = 10;

struct Model {
    capacity: f64,
    waiting: [f64; WAY.len()],
    end: [f64; PATH.len()],
    done: [f64; PATH.len()],
    done_before: [f64; PATH.len()],
    booked: f64,
    backlog: Backlog,
    control: Control,
}

struct Second {
    share: f64,
    /// Orders that were booked, as a part of the capacity.
    goodput: f64,
    /// How long what waits takes, in seconds.
    wait: f64,
}

impl Model {
    fn new(capacity: f64) -> Self {
        Self {
            capacity,
            waiting: [0.0; WAY.len()],
            end: [0.0; PATH.len()],
            done: [0.0; PATH.len()],
            done_before: [0.0; PATH.len()],
            booked: 0.0,
            backlog: Backlog::default(),
            control: Control::new(LONGEST),
        }
    }

    /// A second with so much offered, as a multiple of the capacity; `stopped` is a pool that does nothing.
    fn second(&mut self, offered: f64, stopped: Option<usize>) -> Second {
        let booked = self.booked;
        for step in 0..STEPS {
            if step == STEPS / 2 {
                self.done_before = self.done;
            }
            self.arrive(offered * self.capacity * (1.0 - self.control.share()) / STEPS as f64);
            self.work(stopped);
        }
        let progress = |(end, done): (&f64, &f64)| vec![Progress { end: *end as i64, committed: *done as i64 }];
        let look: Vec<_> = self.end.iter().zip(&self.done_before).map(progress).collect();
        let expected = self.backlog.observe(&look, SECOND, LONGEST * 2);
        self.control.update(expected.wait, SECOND);
        Second {
            share: self.control.share(),
            goodput: (self.booked - booked) / self.capacity,
            wait: self.waiting.iter().sum::<f64>() / self.capacity,
        }
    }

    fn arrive(&mut self, orders: f64) {
        self.waiting[0] += orders;
        self.end[WAY[0]] += orders;
    }

    fn work(&mut self, stopped: Option<usize>) {
        let works = |place: usize| stopped != Some(WAY[place]);
        let all: f64 = (0..WAY.len()).filter(|place| works(*place)).map(|place| self.waiting[place]).sum();
        let part = (self.capacity * WAY.len() as f64 / STEPS as f64 / all.max(1e-9)).min(1.0);
        let moves: Vec<f64> =
            (0..WAY.len()).map(|place| if works(place) { self.waiting[place] * part } else { 0.0 }).collect();
        for (place, moved) in moves.into_iter().enumerate() {
            self.waiting[place] -= moved;
            self.done[WAY[place]] += moved;
            match self.waiting.get_mut(place + 1) {
                Some(next) => {
                    *next += moved;
                    self.end[WAY[place + 1]] += moved;
                }
                None => self.booked += moved,
            }
        }
    }

    fn seconds(&mut self, count: usize, offered: f64) -> Vec<Second> {
        (0..count).map(|_| self.second(offered, None)).collect()
    }
}

fn mean(seconds: &[Second], of: impl Fn(&Second) -> f64) -> f64 {
    seconds.iter().map(of).sum::<f64>() / seconds.len() as f64
}

fn range(seconds: &[Second], of: impl Fn(&Second) -> f64) -> (f64, f64) {
    seconds.iter().map(of).fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)))
}

#[test]
fn below_its_capacity_nothing_is_refused() {
    let mut model = Model::new(300.0);
    model.seconds(5, 0.5);
    assert!(model.seconds(120, 0.95).iter().all(|second| second.share == 0.0));
}

#[test]
fn at_three_times_the_capacity_the_shop_does_what_it_can_and_what_is_taken_does_not_wait_long() {
    let mut model = Model::new(300.0);
    model.seconds(60, 0.95);
    let overloaded = model.seconds(60, 3.0);
    assert!(mean(&overloaded, |second| second.goodput) >= 0.9, "{}", mean(&overloaded, |second| second.goodput));
    assert!(range(&overloaded, |second| second.wait).1 < LONGEST.as_secs_f64());
    let (low, high) = range(&overloaded[20..], |second| second.share);
    assert!(low > 0.6 && high < 0.75, "the share settles: {low} to {high}");
    let after = model.seconds(60, 0.95);
    assert!(after[20..].iter().all(|second| second.share == 0.0 && second.goodput > 0.9), "and it is over soon");
}

#[test]
fn while_a_pool_stands_still_all_is_refused_and_soon_after_it_goes_on_all_is_taken() {
    let mut model = Model::new(300.0);
    model.seconds(30, 0.8);
    let stopped: Vec<_> = (0..20).map(|_| model.second(0.8, Some(0))).collect();
    assert_eq!(stopped[19].share, 1.0);
    assert!(range(&stopped, |second| second.wait).1 < LONGEST.as_secs_f64());
    let after = model.seconds(30, 0.8);
    assert!(after[15..].iter().all(|second| second.share < 0.01));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_the_capacity_and_the_load_it_is_used_and_no_queue_grows(
        capacity in 60.0..3_000.0_f64,
        offered in 1.2..10.0_f64,
    ) {
        let mut model = Model::new(capacity);
        model.seconds(30, 0.9);
        let overloaded = model.seconds(120, offered);
        let settled = &overloaded[60..];
        prop_assert!(mean(settled, |second| second.goodput) > 0.9);
        prop_assert!(range(&overloaded, |second| second.wait).1 < 3.0 * LONGEST.as_secs_f64());
    }

    #[test]
    fn a_share_is_a_share_whatever_comes(waits in proptest::collection::vec((0_u64..100_000, 0_u64..100_000), 0..50)) {
        let mut control = Control::new(LONGEST);
        for (wait, elapsed) in waits {
            control.update(Duration::from_millis(wait), Duration::from_millis(elapsed));
            prop_assert!((0.0..=1.0).contains(&control.share()));
            prop_assert!(wait < 10_000 || control.share() == 1.0, "beyond the longest wait nothing is taken");
        }
    }

    #[test]
    fn a_longer_wait_never_lets_more_in(
        before in 0_u64..20_000,
        wait in 0_u64..20_000,
        more in 0_u64..20_000,
        seconds in 1_usize..10,
    ) {
        let after = |wait| {
            let mut control = Control::new(LONGEST);
            control.update(Duration::from_millis(before), SECOND);
            (0..seconds).for_each(|_| control.update(Duration::from_millis(wait), SECOND));
            control.share()
        };
        prop_assert!(after(wait) <= after(wait + more));
    }
}
