//! What strikes when: drawn from the seed before the run begins.

use std::time::Duration;

use super::faults::{Fault, Kind, Lane};
use crate::life::Dice;

/// Nothing strikes before the shop is under way.
const CALM: Duration = Duration::from_secs(2);
const SHORTEST_GAP: Duration = Duration::from_millis(300);
const LONGEST_GAP: Duration = Duration::from_secs(5);

/// A fault and its time.
pub struct Strike {
    /// How long after the first order, at the earliest: a fault waits until the one before it in its lane is over.
    pub at: Duration,
    /// Its kind.
    pub kind: &'static Kind,
    /// Itself.
    pub fault: Box<dyn Fault>,
}

/// The strikes of each lane. Each kind strikes at least once, and again in rounds until the time is over. What is outside
/// goes on for as long as what is inside.
#[must_use]
pub fn schedule(seed: u64, kinds: &[&'static Kind], time: Duration) -> [Vec<Strike>; 2] {
    let draw = |number: u64, lane: Lane, time: Duration| {
        let kinds: Vec<&'static Kind> = kinds.iter().copied().filter(|kind| kind.lane == lane).collect();
        draw_lane(&mut Dice::of_part(seed, number << 32), &kinds, time)
    };
    let inside = draw(1, Lane::Inside, time);
    let outside = draw(2, Lane::Outside, inside.last().map_or(time, |last| time.max(last.at)));
    [inside, outside]
}

fn draw_lane(dice: &mut Dice, kinds: &[&'static Kind], time: Duration) -> Vec<Strike> {
    let (mut strikes, mut at) = (Vec::new(), CALM);
    while !kinds.is_empty() && (strikes.is_empty() || at < time) {
        let first_round = strikes.is_empty();
        for kind in dice.shuffled(kinds) {
            if !first_round && at >= time {
                break;
            }
            let fault = (kind.draw)(dice);
            let lasts = fault.lasts();
            strikes.push(Strike { at, kind, fault });
            at += lasts + dice.between(SHORTEST_GAP, LONGEST_GAP);
        }
    }
    strikes
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::chaos::faults::KINDS;

    fn told(seed: u64, seconds: u64) -> Vec<String> {
        let kinds: Vec<&Kind> = KINDS.iter().collect();
        let lanes = schedule(seed, &kinds, Duration::from_secs(seconds));
        lanes.iter().flatten().map(|strike| format!("{:?} {} {}", strike.at, strike.kind.id, strike.fault)).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_schedule() {
        assert_eq!(told(7, 120), told(7, 120));
        assert_ne!(told(7, 120), told(8, 120));
    }

    #[test]
    fn every_kind_strikes_however_short_the_run() {
        for seed in 0..50 {
            let struck = told(seed, 1);
            let ids: BTreeSet<&str> = struck.iter().filter_map(|strike| strike.split(' ').nth(1)).collect();
            assert_eq!(ids.len(), KINDS.len(), "{struck:?}");
        }
    }

    #[test]
    fn what_is_outside_goes_on_for_as_long_as_what_is_inside() {
        let kinds: Vec<&Kind> = KINDS.iter().collect();
        for seed in 0..50 {
            let [inside, outside] = schedule(seed, &kinds, Duration::from_secs(1));
            let last = outside.last().unwrap();
            assert!(inside.last().unwrap().at < last.at + last.fault.lasts() + LONGEST_GAP);
        }
    }

    #[test]
    fn no_strike_begins_before_the_one_before_it_in_its_lane_is_over() {
        for lane in schedule(3, &KINDS.iter().collect::<Vec<_>>(), Duration::from_secs(300)) {
            for pair in lane.windows(2) {
                assert!(pair[0].at + pair[0].fault.lasts() < pair[1].at);
            }
        }
    }
}
