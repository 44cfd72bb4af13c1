//! Reproducible chance.
//!
//! Each kind of decision has its own counter, and the n-th draw of a kind depends on the seed, the kind and n alone.
//! So switching one fault on does not shift the draws of another, and no lock is needed.

use std::sync::atomic::{AtomicU64, Ordering};

/// What a draw decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Draw {
    /// Whether a payment or booking is declined.
    Decline,
    /// Whether an answer is withheld although the effect happened.
    Timeout,
    /// Whether an answer is a 500 although the effect happened.
    Error500,
    /// Whether a webhook is posted twice.
    Duplicate,
    /// Whether a webhook is never posted.
    Drop,
    /// How far a webhook moves inside the reorder window.
    Reorder,
}

const KINDS: usize = 6;

/// A seeded source of draws.
#[derive(Debug)]
pub struct Dice {
    seed: u64,
    drawn: [AtomicU64; KINDS],
}

impl Dice {
    /// Dice whose every future draw follows from `seed`.
    pub fn new(seed: u64) -> Self {
        Self { seed, drawn: Default::default() }
    }

    /// The next draw of this kind, uniform in `0.0..1.0`.
    pub fn roll(&self, kind: Draw) -> f64 {
        let nth = self.drawn[kind as usize].fetch_add(1, Ordering::Relaxed);
        unit(mix(self.seed ^ mix(kind as u64 + 1)).wrapping_add(nth.wrapping_mul(GOLDEN)))
    }

    /// Whether an event of probability `rate` happens this time. A rate of zero draws nothing.
    pub fn happens(&self, kind: Draw, rate: f64) -> bool {
        rate > 0.0 && self.roll(kind) < rate
    }

    /// Starts every sequence again from its first draw.
    pub fn rewind(&self) {
        for counter in &self.drawn {
            counter.store(0, Ordering::Relaxed);
        }
    }
}

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The SplitMix64 finaliser (Steele, Lea and Flood 2014): a bijection of 64-bit words that spreads every input bit.
pub fn mix(word: u64) -> u64 {
    let word = word.wrapping_add(GOLDEN);
    let word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ (word >> 31)
}

/// The top 53 bits, which a double holds exactly, as a fraction of one.
fn unit(state: u64) -> f64 {
    const SCALE: f64 = 1.0 / (1_u64 << 53) as f64;
    (mix(state) >> 11) as f64 * SCALE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seeds_draw_equal_sequences() {
        let (left, right) = (Dice::new(7), Dice::new(7));
        let rolls = |dice: &Dice| (0..100).map(|_| dice.roll(Draw::Decline)).collect::<Vec<_>>();
        assert_eq!(rolls(&left), rolls(&right));
    }

    #[test]
    fn one_kind_does_not_shift_another() {
        let (plain, busy) = (Dice::new(7), Dice::new(7));
        let _ = busy.roll(Draw::Drop);
        assert_eq!(plain.roll(Draw::Decline), busy.roll(Draw::Decline));
        assert_ne!(plain.roll(Draw::Timeout), busy.roll(Draw::Drop));
    }

    #[test]
    fn a_rate_is_met_on_average() {
        let dice = Dice::new(42);
        let hits = (0..10_000).filter(|_| dice.happens(Draw::Timeout, 0.2)).count();
        assert!((1_800..2_200).contains(&hits), "{hits} of 10000 at a rate of 0.2");
    }

    #[test]
    fn the_ends_of_the_range_are_certain() {
        let dice = Dice::new(1);
        assert!((0..1_000).all(|_| dice.happens(Draw::Drop, 1.0)));
        assert!((0..1_000).all(|_| !dice.happens(Draw::Drop, 0.0)));
    }

    #[test]
    fn rewinding_repeats_the_sequence() {
        let dice = Dice::new(3);
        let first = dice.roll(Draw::Reorder);
        dice.rewind();
        assert_eq!(first, dice.roll(Draw::Reorder));
    }
}
